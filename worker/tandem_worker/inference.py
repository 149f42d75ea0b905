"""The Open Inference Protocol V2 over HTTP: health, metadata, inference, and the model repository and binary tensor extensions."""

import re
import time
from typing import Any

from tandem_worker import __version__
from tandem_worker.errors import RequestError, bad, not_found, shown
from tandem_worker.exchange import Request, Send, answer, answer_json
from tandem_worker.model import Answer, Call, Model
from tandem_worker.repository import Repository
from tandem_worker.tensors import decode, encode, parse_json

HEAD_LENGTH = b"inference-header-content-length"
DEADLINE = b"x-request-deadline-ms"
MODEL_PATH = re.compile(r"/v2/models/([^/]+)(?:/versions/([^/]+))?(?:/(ready|infer))?/?")
REPOSITORY_PATH = re.compile(r"/v2/repository/models/([^/]+)/(load|unload)/?")
MAX_DEADLINE_MS = 3_600_000


class Protocol:
    """Routes below /v2."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        # Taken by a drain: what is asked after it goes elsewhere.
        self.draining = False
        self.in_flight = 0
        self.served = 0
        # When each inference under way began, by a number of its own; canaries are not among them.
        self._begun: dict[int, float] = {}
        self._number = 0

    def oldest_seconds(self) -> float:
        """Age of the oldest inference under way; 0 where there is none."""
        return round(time.monotonic() - min(self._begun.values()), 3) if self._begun else 0.0

    async def handle(self, request: Request, send: Send) -> None:
        """Answers one request. Raises RequestError."""
        path = request.path.rstrip("/")
        if path == "/v2":
            _only(request, "GET")
            extensions = ["binary_tensor_data", "model_repository"]
            return await answer_json(send, {"name": "tandem-worker", "version": __version__, "extensions": extensions})
        if path == "/v2/health/live":
            _only(request, "GET")
            return await answer_json(send, {"live": True})
        if path == "/v2/health/ready":
            _only(request, "GET")
            ready = not self.draining and await self._repository.is_ready()
            return await answer_json(send, {"ready": ready}, 200 if ready else 503)
        if path == "/v2/repository/index":
            _only(request, "POST")
            return await self._index(request, send)
        if found := REPOSITORY_PATH.fullmatch(request.path):
            _only(request, "POST")
            return await self._load(found[1], found[2], request, send)
        if found := MODEL_PATH.fullmatch(request.path):
            version: str | None = found[2]
            return await self._model(found[1], version, found[3], request, send)
        raise not_found(f"There is no path {shown(request.path)}. GET /openapi.json lists those that are.")

    async def _index(self, request: Request, send: Send) -> None:
        body = await request.body()
        asked = parse_json(body) if body.strip() else {}
        only_ready = asked.get("ready", False)
        if not isinstance(only_ready, bool):
            raise bad(f"ready must be true or false, got {shown(only_ready)}.")
        await answer_json(send, self._repository.index(only_ready=only_ready))

    async def _load(self, name: str, action: str, request: Request, send: Send) -> None:
        body = await request.body()
        if body.strip():
            parse_json(body)
        model = self._repository.get(name)
        # To load forgets what could not be opened before: whoever asks for it has mended something.
        if action == "unload" or not model.is_loaded():
            model.unload()
        if action == "load":
            await self._repository.usable(name).load()
        await answer_json(send, {})

    async def _model(self, name: str, version: str | None, action: str | None, request: Request, send: Send) -> None:
        if action == "infer":
            _only(request, "POST")
            return await self._infer(name, version, request, send)
        _only(request, "GET")
        model = self._repository.get(name, version)
        if action == "ready":
            ready = not self.draining and model.unavailable_reason() is None
            return await answer_json(send, {"name": name, "ready": ready}, 200 if ready else 503)
        await answer_json(send, _metadata(model, version))

    async def _infer(self, name: str, version: str | None, request: Request, send: Send) -> None:
        received = time.monotonic()
        if self.draining:
            raise RequestError(503, "This worker is draining and takes nothing new. Ask another one.", retry_after_s=1)
        self.in_flight += 1
        counted = 1
        self._number += 1
        number = self._number
        self._begun[number] = received
        try:
            deadline = _deadline(request, received)
            # The body first: a connection stays usable only when it was read.
            head, tail = _split(await request.body(), request.header(HEAD_LENGTH))
            model = self._repository.usable(name, version)
            message = parse_json(head)
            call, wanted = _call(message, tail, version, deadline)
            if call.canary:
                # A supervisor that waits for a worker to be idle must not see its own canary.
                self.in_flight -= counted
                counted = 0
                del self._begun[number]
            found = await model.infer(call)
            body, head_bytes = _encoded(name, message, found, wanted)
            self.served += counted
        finally:
            self.in_flight -= counted
            self._begun.pop(number, None)
        if head_bytes is None:
            return await answer(send, 200, body)
        await answer(send, 200, body, b"application/octet-stream", {HEAD_LENGTH: str(head_bytes).encode()})


def _only(request: Request, method: str) -> None:
    if request.method != method:
        raise RequestError(405, f"{request.path} takes {method} only, got {request.method}.")


def _metadata(model: Model, version: str | None) -> dict[str, Any]:
    return {
        "name": model.name,
        "versions": model.versions()[:100],
        "platform": model.platform,
        "inputs": [spec.as_json() for spec in model.inputs(version)],
        "outputs": [spec.as_json() for spec in model.outputs(version)],
    }


def _deadline(request: Request, received: float) -> float | None:
    text = request.header(DEADLINE)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= MAX_DEADLINE_MS):
        raise bad(f"x-request-deadline-ms is {shown(text)}, expected whole milliseconds from now, 1 to {MAX_DEADLINE_MS}.")
    return received + int(text) / 1000


def _split(body: bytes, head_bytes: str | None) -> tuple[bytes, bytes]:
    if head_bytes is None:
        return body, b""
    length = int(head_bytes) if head_bytes.isascii() and head_bytes.isdigit() and len(head_bytes) <= 10 else -1
    if not 0 < length <= len(body):
        raise bad(
            f"Inference-Header-Content-Length is {shown(head_bytes)}, but the body has {len(body)} bytes. "
            "It must be the length in bytes of the JSON that the body begins with."
        )
    return body[:length], body[length:]


def _call(message: dict[str, Any], tail: bytes, version: str | None, deadline: float | None) -> tuple[Call, dict[str, bool] | None]:
    """The call, and the outputs asked for with whether as bytes; None for every output as JSON."""
    identifier, parameters, outputs = message.get("id"), message.get("parameters", {}), message.get("outputs")
    if identifier is not None and not isinstance(identifier, str):
        raise bad(f"id must be a text, got {shown(identifier)}.")
    if not isinstance(parameters, dict):
        raise bad(f"parameters must be an object, got {shown(parameters)}.")
    all_binary = parameters.get("binary_data_output", False)
    if not isinstance(all_binary, bool):
        raise bad(f"parameters.binary_data_output must be true or false, got {shown(all_binary)}.")
    call = Call(decode(message.get("inputs"), tail), parameters, version, deadline)
    if outputs is None or outputs == []:
        return call, ({"*": True} if all_binary else None)
    if not isinstance(outputs, list) or len(outputs) > 100:
        raise bad(f"outputs must be an array of at most 100 objects, got {shown(outputs)}.")
    wanted = {}
    for index, output in enumerate(outputs):
        name = output.get("name") if isinstance(output, dict) else None
        if not isinstance(name, str):
            raise bad(f"outputs[{index}] must be an object with the name of an output, got {shown(output)}.")
        own = output.get("parameters", {})
        binary = own.get("binary_data", all_binary) if isinstance(own, dict) else None
        if not isinstance(binary, bool):
            raise bad(f"outputs[{index}].parameters.binary_data must be true or false, got {shown(own)}.")
        if isinstance(own, dict) and "classification" in own:
            raise bad(f"outputs[{index}].parameters.classification is not of this server.")
        wanted[name] = binary
    return call, wanted


def _encoded(name: str, message: dict[str, Any], found: Answer, wanted: dict[str, bool] | None) -> tuple[bytes, int | None]:
    outputs, binary = found.outputs, dict[str, bool]()
    if wanted is not None and "*" in wanted and len(wanted) == 1:
        binary = {output.name: True for output in outputs}
    elif wanted is not None:
        there = {output.name: output for output in outputs}
        for one in wanted:
            if one not in there:
                raise bad(f"{name!r} has no output {shown(one)}; it has {', '.join(there)}.")
        outputs, binary = [there[one] for one in wanted], wanted
    head: dict[str, Any] = {"model_name": name, "model_version": found.version}
    if message.get("id") is not None:
        # A lone half of a surrogate pair, which JSON can say and UTF-8 cannot, comes back as a question mark.
        head["id"] = message["id"].encode("utf-8", "replace").decode()
    if found.parameters:
        head["parameters"] = found.parameters
    return encode(head, outputs, binary)
