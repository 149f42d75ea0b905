"""Wires the worker's parts and runs them: socket, handshake, signals, drain."""

import asyncio
import contextlib
import os
import signal
import socket
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import uvicorn.config
import uvicorn.server

from tandem_worker import PROTOCOL, __version__
from tandem_worker.app import ControlPlane, Worker
from tandem_worker.child_stream import Children
from tandem_worker.embed import EmbedModel
from tandem_worker.language import language_models
from tandem_worker.logs import Announcements, log
from tandem_worker.model import Model
from tandem_worker.repository import Repository
from tandem_worker.settings import Settings
from tandem_worker.tabular import TabularModels

BACKLOG = 512
# One model computes while another is opened; the libraries below use the cores by threads of their own.
INFERENCE_THREADS = 2


class _Server(uvicorn.server.Server):
    """Leaves the signals to us: they begin a drain, and the process then ends with status 0."""

    def __init__(self, config: uvicorn.config.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See the class."""
        yield


def serve(settings: Settings, announcements: Announcements) -> int:
    """Serves until drained. Returns the exit status."""
    try:
        listener = _listen(settings)
    except OSError as error:
        log.error(f"cannot listen on {settings.socket or f'{settings.host}:{settings.port}'}: {error}")
        return 1
    try:
        asyncio.run(_serve(settings, announcements, listener))
    finally:
        if settings.socket is not None:
            Path(settings.socket).unlink(missing_ok=True)
    return 0


async def _serve(settings: Settings, announcements: Announcements, listener: socket.socket) -> None:
    executor = ThreadPoolExecutor(INFERENCE_THREADS, thread_name_prefix="inference")
    embed = EmbedModel(settings, executor)
    fixed: list[Model] = [embed, *language_models(settings, executor)]
    tabular = TabularModels(settings, executor)
    repository = Repository(fixed, tabular.find, tabular.all)
    children = Children(settings)

    def drain(reason: str) -> None:
        if worker.protocol.draining:
            return
        worker.protocol.draining = True
        log.info(f"draining: {reason}", extra={"fields": {"inFlight": worker.protocol.in_flight}})
        announcements.say("draining")
        # After the answer to whoever asked has left.
        asyncio.get_running_loop().call_later(0.05, setattr, server, "should_exit", True)

    was_signaled = False

    def on_signal(name: str) -> None:
        nonlocal was_signaled
        # Who insists by a second signal does not wait. One after a drain over HTTP is how a supervisor says the same once more.
        if was_signaled:
            server.force_exit = True
        was_signaled = True
        drain(name)

    worker = Worker(settings, repository, lambda: _open_control(settings, children, embed.sources), drain)
    config = uvicorn.config.Config(
        worker,
        http="httptools",
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, settings.drain_ms // 1000),
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, on_signal, signal.Signals(signum).name)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    listening = asyncio.create_task(server.listening.wait())
    await asyncio.wait([running, listening], return_when=asyncio.FIRST_COMPLETED)
    if server.started:
        address = listener.getsockname()
        announcements.say(
            "listening",
            tandem_worker=1,
            protocol=PROTOCOL,
            version=__version__,
            pid=os.getpid(),
            nonce=settings.nonce,
            port=None if settings.socket else address[1],
            socket=settings.socket,
        )
        announcements.say("ready")
    await running
    executor.shutdown(wait=False, cancel_futures=True)


def _open_control(settings: Settings, children: Children, sources: Callable[[], dict[str, str]]) -> ControlPlane:
    from tandem_worker.control import create_control

    control: ControlPlane = create_control(settings, children, sources)
    return control


def _listen(settings: Settings) -> socket.socket:
    if settings.socket is None:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    else:
        path = Path(settings.socket)
        # A socket left by a worker that was killed; anything else at this place stays and makes bind fail.
        if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
            path.unlink()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Only this user may connect, from the first moment on.
        mask = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(mask)
    listener.setblocking(False)
    return listener
