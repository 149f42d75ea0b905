"""Starts a child for long work and passes its lines on as they come. Leaving the stream kills the child."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncGenerator
from typing import Any

from tandem_worker.errors import unavailable
from tandem_worker.logs import log
from tandem_worker.settings import PREFIX, Settings

CHUNK_BYTES = 256 * 1024


class Children:
    """The running pieces of long work, at most `max_trainings`."""

    def __init__(self, settings: Settings) -> None:
        self.running = 0
        self._settings = settings

    def check(self) -> None:
        """Raises RequestError 503 when every place is taken."""
        if self.running >= self._settings.max_trainings:
            raise unavailable(
                f"{self.running} trainings run, at most {self._settings.max_trainings} do so at once (TANDEM_WORKER_MAX_TRAININGS). "
                "Try again when one has ended.",
                retry_after_s=10,
            )

    async def lines(self, kind: str, order: dict[str, Any], body: bytes) -> AsyncGenerator[bytes, None]:
        """Lines of JSON, in chunks: progress, then a result or an error. Closing the generator kills the child."""
        self.check()
        self.running += 1
        process: asyncio.subprocess.Process | None = None
        last = b"\n"
        try:
            process, stdin, stdout = await self._start(kind)
            head = order | {"root": str(self._settings.root), "threads": self._settings.threads, "bodyBytes": len(body)}
            head["rayAddress"] = self._settings.ray_address
            with contextlib.suppress(ConnectionError):
                stdin.write(json.dumps(head).encode() + b"\n" + body)
                await stdin.drain()
            while chunk := await stdout.read(CHUNK_BYTES):
                last = chunk[-1:]
                yield chunk
            status = await process.wait()
            if status != 0:
                log.error(f"the child for {kind} ended with status {status}")
                yield (b"" if last == b"\n" else b"\n") + _ended(kind, status)
        finally:
            self.running -= 1
            if process is not None and process.returncode is None:
                process.kill()

    async def _start(self, kind: str) -> tuple[asyncio.subprocess.Process, asyncio.StreamWriter, asyncio.StreamReader]:
        # Without the token: what the work imports has no use for it.
        environment = {name: value for name, value in os.environ.items() if name != f"{PREFIX}TOKEN"}
        # Threads that wait for each other by spinning take twelve times as long on a busy machine (8.5 s against 0.7 s).
        environment.setdefault("OMP_WAIT_POLICY", "passive")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-u", "-m", "tandem_worker.child", kind),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment | {"OMP_NUM_THREADS": str(self._settings.threads)},
        )
        if process.stdin is None or process.stdout is None:
            raise OSError("the child has no pipes")
        return process, process.stdin, process.stdout


def _ended(kind: str, status: int) -> bytes:
    how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
    hint = " The system kills what takes too much memory: train on fewer rows." if status == -9 else " The worker's log says why."
    line = {"type": "error", "code": "training_ended", "message": f"The process of the {kind} work {how}.{hint}"}
    return json.dumps(line).encode() + b"\n"
