"""The worker as an ASGI application: who may ask, what answers which path, and errors in one form.

The data plane stands on bare ASGI: importing FastAPI costs 0.3 s of processor time, which would be a third of every restart. The
control plane (train, fine-tune, the interactive documentation) is FastAPI, imported when first asked.
"""

import asyncio
import hmac
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable
from importlib import metadata
from typing import Any

from tandem_worker import PROTOCOL, __version__
from tandem_worker.errors import RequestError, shown
from tandem_worker.exchange import Gone, Receive, Request, Scope, Send, answer_error, answer_json
from tandem_worker.inference import Protocol
from tandem_worker.logs import log
from tandem_worker.repository import Repository
from tandem_worker.settings import Settings

OPEN_PATHS = frozenset({"/v2/health/live"})
PACKAGES = ("numpy", "fastapi", "uvicorn", "torch", "sentence-transformers", "transformers", "scikit-learn", "lightgbm", "spacy", "ray")

ControlPlane = Callable[[Scope, Receive, Send], Awaitable[None]]


class Worker:
    """The application. `drain` is called once when a caller asks for it; `open_control` imports the control plane."""

    def __init__(
        self, settings: Settings, repository: Repository, open_control: Callable[[], ControlPlane], drain: Callable[[str], None]
    ) -> None:
        self.protocol = Protocol(repository)
        self._settings, self._repository, self._drain = settings, repository, drain
        self._open_control = open_control
        self._control: ControlPlane | None = None
        self._started = time.monotonic()
        self._expected = f"Bearer {settings.token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive, self._settings.max_body_bytes)
        started = False

        async def watched(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._handle(request, scope, receive, watched)
        except Gone:
            return
        except asyncio.CancelledError:
            # The time of the drain is over before the answer was there: right, but not here.
            if started or not self.protocol.draining:
                raise
            message = "This worker ended while it computed the answer: it was drained, and the time for that is over. Ask again."
            await answer_error(watched, RequestError(503, message, retry_after_s=1))
        except RequestError as error:
            if not started:
                await answer_error(watched, error)
        except Exception as error:
            log.error(f"{request.method} {shown(request.path, 200)} failed", exc_info=error)
            if started:
                raise
            await answer_error(watched, RequestError(500, f"The worker failed: {type(error).__name__}. Its log says why."))

    async def _handle(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        if request.path not in OPEN_PATHS:
            self._check_token(request)
        if request.path == "/v2" or request.path.startswith("/v2/"):
            return await self.protocol.handle(request, send)
        if request.path == "/tandem/v1/status":
            if request.method != "GET":
                raise RequestError(405, f"{request.path} takes GET only, got {request.method}.")
            return await answer_json(send, self._status())
        if request.path == "/tandem/v1/drain":
            if request.method != "POST":
                raise RequestError(405, f"{request.path} takes POST only, got {request.method}.")
            self._drain("asked to over HTTP")
            return await answer_json(send, {"draining": True, "in_flight": self.protocol.in_flight}, 202)
        if self._control is None:
            # On a thread: importing FastAPI must not hold up the inferences beside it.
            self._control = await asyncio.get_running_loop().run_in_executor(None, self._open_control)
        await self._control(scope, receive, send)

    def _check_token(self, request: Request) -> None:
        given = (request.header(b"authorization") or "").encode("latin-1")
        if not hmac.compare_digest(given, self._expected):
            raise RequestError(401, "Send the header `Authorization: Bearer TOKEN` with the TANDEM_WORKER_TOKEN of this worker.")

    def _status(self) -> dict[str, Any]:
        return {
            "version": __version__,
            "protocol": PROTOCOL,
            "nonce": self._settings.nonce,
            "pid": os.getpid(),
            "uptime_seconds": round(time.monotonic() - self._started, 3),
            "rss_bytes": rss_bytes(),
            "draining": self.protocol.draining,
            "in_flight": self.protocol.in_flight,
            "oldest_seconds": self.protocol.oldest_seconds(),
            "served": self.protocol.served,
            "models": self._repository.loaded(),
            "queues": {model.name: model.status() for model in self._repository.all()},
            "device": device(),
            "threads": self._settings.threads,
            "python": platform.python_version(),
            "packages": _versions(),
        }


def rss_bytes() -> int:
    """Memory of this process that is in RAM; 0 where the system has no /proc."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def device() -> str:
    """Where torch computes; "cpu" as long as nothing has needed it."""
    torch = sys.modules.get("torch")
    # While it is being imported on another thread it lacks its parts.
    if torch is None or not hasattr(torch, "cuda") or not hasattr(torch, "backends"):
        return "cpu"
    from tandem_worker.encoders import best_device

    return best_device(torch)


_found: dict[str, str] = {}


def _versions() -> dict[str, str]:
    if not _found:
        for package in PACKAGES:
            try:
                _found[package] = metadata.version(package)
            except metadata.PackageNotFoundError:
                continue
    return _found
