"""The control plane: training and fine-tuning, on FastAPI, with the documentation of the whole worker at /docs and /openapi.json."""

import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from fastapi import FastAPI, Request
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from tandem_worker import __version__, exchange
from tandem_worker.child import MATRIX
from tandem_worker.child_stream import Children
from tandem_worker.errors import RequestError, bad
from tandem_worker.openapi import describe
from tandem_worker.orders import FineTuneOrder, TrainOrder
from tandem_worker.settings import Settings

NDJSON = "application/x-ndjson"
MAX_FIRST_LINE_BYTES = 1024 * 1024
STATUS_OF = {"invalid_input": 400, "dependency_missing": 503, "out_of_memory": 503, "storage_full": 507}


def create_control(settings: Settings, children: Children, embed_models: Callable[[], dict[str, str]]) -> FastAPI:
    """The application. embed_models: the models of embed by name with their folder or package, the default one first."""
    app = FastAPI(title="tandem-worker", version=__version__, docs_url="/docs", redoc_url=None)

    @app.exception_handler(HTTPException)
    async def refuse(request: Request, error: HTTPException) -> JSONResponse:
        what = f"There is no path {request.url.path}." if error.status_code == 404 else f"{request.url.path}: {error.detail}."
        return JSONResponse({"error": what}, error.status_code, headers=error.headers)

    @app.exception_handler(RequestError)
    async def tell(_request: Request, error: RequestError) -> JSONResponse:
        return JSONResponse({"error": error.message}, error.status, headers=exchange.error_headers(error))

    @app.post("/tandem/v1/train", **_described(TrainOrder, csv=True), summary="Train a model on a table, judged by cross-validation")
    async def train(request: Request) -> Response:
        return await _Work(settings, children, "tabular", request).start({})

    @app.post("/tandem/v1/fine-tune", **_described(FineTuneOrder), summary="Teach an embedding model which texts belong together")
    async def fine_tune(request: Request) -> Response:
        return await _Work(settings, children, "fine-tune", request).start({"embedModels": embed_models()})

    described = describe(app.openapi(), [TrainOrder, FineTuneOrder])
    app.openapi = lambda: described  # type: ignore[method-assign]
    return app


class _Work:
    """One piece of long work and its answer. Bad input is told by the child's first line, so the status waits for it."""

    def __init__(self, settings: Settings, children: Children, kind: str, request: Request) -> None:
        self._settings, self._children, self._kind, self._request = settings, children, kind, request

    async def start(self, more: dict[str, Any]) -> Response:
        request = self._request
        content_type = request.headers.get("content-type", "application/json").lower()
        allowed = ("application/json", "text/csv", MATRIX) if self._kind == "tabular" else ("application/json",)
        if not content_type.startswith(allowed):
            raise bad(f"The content type is {content_type[:60]!r}, expected {' or '.join(allowed)}.")
        self._children.check()
        body = await exchange.Request(request.scope, request.receive, self._settings.max_body_bytes).body()
        order = {"contentType": content_type, "query": dict(request.query_params), **more}
        lines = self._children.lines(self._kind, order, body)
        first = b""
        try:
            while b"\n" not in first and len(first) < MAX_FIRST_LINE_BYTES:
                chunk = await anext(lines, b"")
                if chunk == b"":
                    break
                first += chunk
            _raise_error(first)
        except BaseException:
            await lines.aclose()
            raise
        return _Stream(first, lines)


class _Stream(Response):
    def __init__(self, first: bytes, rest: AsyncGenerator[bytes, None]) -> None:
        super().__init__(media_type=NDJSON)
        self._first, self._rest = first, rest

    async def __call__(self, scope: exchange.Scope, receive: exchange.Receive, send: exchange.Send) -> None:
        await exchange.answer_stream(receive, send, self._first, self._rest, NDJSON.encode())


def _raise_error(first: bytes) -> None:
    line = first.split(b"\n", 1)[0]
    # Only a short line can be an error; a long one is a result.
    value = json.loads(line) if len(line) < 10_000 and line.startswith(b"{") else {}
    if value.get("type") == "error" and value.get("code") in STATUS_OF:
        raise RequestError(STATUS_OF[value["code"]], value["message"])


def _described(order: type[BaseModel], *, csv: bool = False) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{order.__name__}"}}}
    if csv:
        content["text/csv"] = {"schema": {"type": "string"}}
    stream = {"description": "Lines of JSON: progress, then one result or error.", "content": {NDJSON: {"schema": {"type": "string"}}}}
    return {
        "response_class": Response,
        "responses": {200: stream},
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }
