"""The description of the whole worker: the control plane's, with the paths of the Open Inference Protocol beside them."""

from typing import Any

from pydantic import BaseModel

ERRORS = {
    "400": "Not as described; the error says what and where",
    "401": "No token, or another",
    "404": "No such model, version or path",
    "405": "Another method",
    "413": "The body is too large",
    "503": "Right, but not now: full, draining, not installed, or its deadline passed",
    "507": "The disk has no room for the model",
}
TENSOR = {
    "type": "object",
    "required": ["name", "shape", "datatype"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 500},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "maxItems": 8},
        "datatype": {
            "enum": [*("BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BYTES")]
        },
        "parameters": {"type": "object"},
        "data": {"type": "array"},
    },
}
OUTPUT = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "parameters": {"type": "object"}}}
REQUEST = {
    "type": "object",
    "required": ["inputs"],
    "properties": {
        "id": {"type": "string"},
        "parameters": {"type": "object"},
        "inputs": {"type": "array", "items": TENSOR, "minItems": 1},
        "outputs": {"type": "array", "items": OUTPUT},
    },
}
ANSWER = {
    "type": "object",
    "required": ["model_name", "outputs"],
    "properties": {
        "model_name": {"type": "string"},
        "model_version": {"type": "string"},
        "id": {"type": "string"},
        "parameters": {"type": "object"},
        "outputs": {"type": "array", "items": TENSOR},
    },
}
SPECIFICATION = {
    "type": "object",
    "required": ["name", "shape", "datatype"],
    "properties": {
        "name": {"type": "string"},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": -1}, "description": "-1: any length"},
        "datatype": {"type": "string"},
    },
}
METADATA = {
    "type": "object",
    "required": ["name", "versions", "platform", "inputs", "outputs"],
    "properties": {
        "name": {"type": "string"},
        "versions": {"type": "array", "items": {"type": "string"}},
        "platform": {"type": "string"},
        "inputs": {"type": "array", "items": SPECIFICATION},
        "outputs": {"type": "array", "items": SPECIFICATION},
    },
}
OBJECT = {"type": "object"}


def describe(made: dict[str, Any], orders: list[type[BaseModel]]) -> dict[str, Any]:
    """Adds the protocol's paths, the schemas of the orders, the errors and the token to what FastAPI described."""
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas["Error"] = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}, "additionalProperties": False}
    for order in orders:
        schema = order.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[order.__name__] = schema
    made["components"]["schemas"] = schemas
    made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    made["security"] = [{"token": []}]
    for operations in made["paths"].values():
        for operation in operations.values():
            operation["responses"] = {"200": operation["responses"]["200"]} | _errors("400", "401", "405", "413", "503", "507")
    made["paths"] |= _protocol() | {
        "/tandem/v1/status": {"get": _operation("What the worker is and does", OBJECT)},
    }
    return made


def _protocol() -> dict[str, Any]:
    paths: dict[str, Any] = {
        "/v2": {"get": _operation("Name, version and extensions", OBJECT)},
        "/v2/health/live": {"get": _operation("Whether the worker answers", OBJECT)},
        "/v2/health/ready": {"get": _operation("Whether it takes inferences", OBJECT)},
        "/v2/repository/index": {
            "post": _operation("Every model with its state", {"type": "array", "items": OBJECT}, {"type": "object"}, required=False)
        },
    }
    for action in ("load", "unload"):
        one = _operation(f"{action.capitalize()} a model", OBJECT, {"type": "object"}, required=False)
        paths[f"/v2/repository/models/{{model}}/{action}"] = {"parameters": [_in_path("model")], "post": one}
    for prefix, places in (("/v2/models/{model}", ["model"]), ("/v2/models/{model}/versions/{version}", ["model", "version"])):
        parameters = [_in_path(place) for place in places]
        paths[prefix] = {"parameters": parameters, "get": _operation("Inputs and outputs of a model", METADATA)}
        paths[f"{prefix}/ready"] = {"parameters": parameters, "get": _operation("Whether the model can answer", OBJECT)}
        paths[f"{prefix}/infer"] = {"parameters": parameters, "post": _operation("Ask a model", ANSWER, REQUEST)}
    return paths


def _operation(summary: str, answer: dict[str, Any], body: dict[str, Any] | None = None, *, required: bool = True) -> dict[str, Any]:
    success = {"200": {"description": "Answered", "content": {"application/json": {"schema": answer}}}}
    made: dict[str, Any] = {"summary": summary, "responses": success | _errors(*(status for status in ERRORS if status != "507"))}
    if body is not None:
        made["requestBody"] = {"required": required, "content": {"application/json": {"schema": body}}}
    return made


def _errors(*statuses: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {status: {"description": ERRORS[status], "content": content} for status in statuses}


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
