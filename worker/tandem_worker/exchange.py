"""One HTTP request and its answer, on bare ASGI: what the data plane needs, and nothing to import for it."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any

from tandem_worker.errors import RequestError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = b"application/json"


class Gone(Exception):
    """The caller closed the connection before its request was whole."""


class Request:
    """The head of a request, and its body on demand."""

    def __init__(self, scope: Scope, receive: Receive, max_body_bytes: int) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self._headers: list[tuple[bytes, bytes]] = scope["headers"]
        self._receive = receive
        self._max_body_bytes = max_body_bytes

    def header(self, name: bytes) -> str | None:
        """The value of a header given in lower case."""
        for key, value in self._headers:
            if key == name:
                return value.decode("latin-1")
        return None

    async def body(self) -> bytes:
        """The whole body. Raises RequestError 413 as soon as it is too large, by its header or by what came."""
        limit = self._max_body_bytes
        length = self.header(b"content-length")
        if length is not None and length.isdigit() and int(length) > limit:
            raise _too_large(int(length), limit)
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Gone
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > limit:
                raise _too_large(size, limit)
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)


def _too_large(size: int, limit: int) -> RequestError:
    return RequestError(
        413, f"The body has at least {size} bytes, at most {limit} are taken (TANDEM_WORKER_MAX_BODY_BYTES). Send fewer rows at once."
    )


async def answer(send: Send, status: int, body: bytes, content_type: bytes = JSON, headers: dict[bytes, bytes] | None = None) -> None:
    """Sends a whole answer."""
    pairs = [(b"content-type", content_type), (b"content-length", str(len(body)).encode()), *(headers or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def answer_stream(receive: Receive, send: Send, first: bytes, rest: AsyncGenerator[bytes, None], content_type: bytes) -> None:
    """Sends chunks as they come, and closes their source as soon as the caller is gone, though the source says nothing just then."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", content_type)]})

    async def forward() -> None:
        await send({"type": "http.response.body", "body": first, "more_body": True})
        async for chunk in rest:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    tasks = [asyncio.create_task(forward()), asyncio.create_task(gone())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0].done():
            tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await rest.aclose()


async def answer_json(send: Send, value: object, status: int = 200) -> None:
    """Sends a value as JSON."""
    await answer(send, status, json.dumps(value, allow_nan=False).encode())


async def answer_error(send: Send, error: RequestError) -> None:
    """Sends an error as the protocol has it: {"error": "..."}."""
    headers = {name.encode(): value.encode() for name, value in error_headers(error).items()}
    await answer(send, error.status, json.dumps({"error": error.message}).encode(), headers=headers)


def error_headers(error: RequestError) -> dict[str, str]:
    """What an error says beside its sentence."""
    headers: dict[str, str] = {}
    if error.retry_after_s is not None:
        headers["retry-after"] = str(error.retry_after_s)
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    if error.status == 413:
        # The rest of the body is not read.
        headers["connection"] = "close"
    return headers
