"""The Open Inference Protocol against the running worker: the published schemas, NVIDIA's client, and what is refused."""

import json
import struct
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import tritonclient.http as triton

from tests.conftest import TOKEN, RunningWorker, text_input

# Of kserve/open-inference-protocol, Apache-2.0; its origin stands in the file.
FIXTURES = Path(__file__).parents[2] / "src/interfaces/server/inference/fixtures"
API = json.loads((FIXTURES / "open-inference-rest.json").read_text())


def expect_schema(name: str, body: Any) -> None:
    jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", **API}).validate(body)


def test_answers_are_as_the_published_openapi_file_has_them(worker: RunningWorker) -> None:
    expect_schema("metadata_server_response", worker.client.get("/v2").json())
    expect_schema("metadata_model_response", worker.client.get("/v2/models/embed").json())
    expect_schema("metadata_model_response", worker.client.get("/v2/models/embed/versions/1").json())
    answer = worker.infer("embed", {"id": "42", "inputs": [text_input(["a", "b"])], "parameters": {"normalize": True}}).json()
    expect_schema("inference_response", answer)
    assert answer["id"] == "42"
    assert answer["model_name"] == "embed"
    assert answer["parameters"] == {"model": "hash-384", "runtime": "hash", "device": "cpu", "fingerprint": "crc32-words-1"}
    assert answer["outputs"][0]["shape"] == [2, 384]
    for response in (worker.infer("embed", {}), worker.infer("absent", {}), worker.client.get("/v2/models/absent")):
        expect_schema("inference_error_response", response.json())
        assert list(response.json()) == ["error"]


def test_everything_but_liveness_needs_the_token(worker: RunningWorker) -> None:
    paths = ["/v2", "/v2/health/ready", "/v2/models/embed", "/tandem/v1/status", "/docs", "/openapi.json", "/nowhere"]
    none = {"authorization": ""}
    assert worker.client.get("/v2/health/live", headers=none).status_code == 200
    assert [worker.client.get(path, headers=none).status_code for path in paths] == [401] * len(paths)
    other = {"authorization": f"Bearer {TOKEN[:-1]}x"}
    assert worker.client.post("/v2/models/embed/infer", json={}, headers=other).status_code == 401


@pytest.mark.parametrize("binary", [False, True])
def test_tritonclient_reads_what_json_says(worker: RunningWorker, binary: bool) -> None:
    auth = {"authorization": f"Bearer {TOKEN}"}
    client = triton.InferenceServerClient(f"127.0.0.1:{worker.line['port']}")
    assert client.is_server_live()
    assert client.is_server_ready(headers=dict(auth))
    assert client.is_model_ready("embed", headers=dict(auth))
    assert not client.is_model_ready("absent", headers=dict(auth))
    assert client.get_model_repository_index(headers=dict(auth))[0]["name"] == "embed"
    text = triton.InferInput("text", [2], "BYTES")
    text.set_data_from_numpy(np.array(["Grüße", "two"], dtype=np.object_), binary_data=binary)
    wanted = triton.InferRequestedOutput("embedding", binary_data=binary)
    result = client.infer("embed", [text], outputs=[wanted], request_id="r1", headers=dict(auth))
    assert result.get_response()["id"] == "r1"
    expected = worker.embed(["Grüße", "two"]).json()["outputs"][0]["data"]
    # FP32 travels as the shortest decimals that give it back: equal, not near.
    np.testing.assert_array_equal(result.as_numpy("embedding").ravel(), np.array(expected, dtype=np.float32))
    client.load_model("embed", headers=dict(auth))
    client.unload_model("embed", headers=dict(auth))
    with pytest.raises(triton.InferenceServerException, match="There is no model 'absent'"):
        client.infer("absent", [text], headers=dict(auth))


BAD: list[tuple[int, str, Any]] = [
    (400, "inputs must be an array", {}),
    (400, "inputs must be an array", {"inputs": []}),
    (400, "inputs lacks 'text'", {"inputs": [{**text_input(["a"]), "name": "x"}]}),
    (400, "inputs[0].shape", {"inputs": [{**text_input(["a"]), "shape": [-1]}]}),
    (400, "has 2 elements, but data has 1", {"inputs": [{**text_input(["a"]), "shape": [2]}]}),
    (400, "datatype must be one of", {"inputs": [{**text_input(["a"]), "datatype": "TEXT"}]}),
    (400, "must be a text, as its datatype is BYTES", {"inputs": [{**text_input(["a"]), "data": [1]}]}),
    (400, "text[0] is null", {"inputs": [{**text_input(["a"]), "data": [None]}]}),
    (400, "must have 1 to 10000 texts, got 0", {"inputs": [text_input([])]}),
    (400, "name of another tensor", {"inputs": [text_input(["a"]), text_input(["a"])]}),
    (400, "which this model does not take", {"inputs": [text_input(["a"]), {**text_input(["a"]), "name": "x"}]}),
    (400, "nested as its shape", {"inputs": [{**text_input(["a", "b"]), "shape": [2, 1], "data": [["a"], "b"]}]}),
    (400, "id must be a text", {"id": 1, "inputs": [text_input(["a"])]}),
    (400, "parameters must be an object", {"inputs": [text_input(["a"])], "parameters": []}),
    (400, "parameters.dimensions must be 1 to 384", {"inputs": [text_input(["a"])], "parameters": {"dimensions": 1000}}),
    (400, "parameters.dimensions must be a whole number", {"inputs": [text_input(["a"])], "parameters": {"dimensions": True}}),
    (404, "The model 'x' of embed is unknown", {"inputs": [text_input(["a"])], "parameters": {"model": "x"}}),
    (400, "has no output 'x'", {"inputs": [text_input(["a"])], "outputs": [{"name": "x"}]}),
    (400, "outputs[0] must be an object", {"inputs": [text_input(["a"])], "outputs": [1]}),
]


@pytest.mark.parametrize(("status", "says", "body"), BAD)
def test_refuses_and_says_why(worker: RunningWorker, status: int, says: str, body: Any) -> None:
    response = worker.infer("embed", body)
    assert (response.status_code, says in response.json()["error"]) == (status, True), response.text


RAW: list[tuple[bytes, dict[str, str], str]] = [
    (b"", {}, "The body is empty"),
    (b"[1]", {}, "must be a JSON object"),
    (b"{", {}, "is no JSON"),
    (b'{"a": NaN}', {}, "NaN is no JSON number"),
    (b'{"a": "\xff"}', {}, "no UTF-8"),
    (b"[" * 100_000, {}, "nested too deeply"),
    (b'{"inputs":[{"name":"text","datatype":"BYTES","shape":[1],"data":["\\ud800"]}]}', {}, "surrogate pair"),
    (b"{}", {"inference-header-content-length": "5"}, "Inference-Header-Content-Length"),
    (b"{}", {"inference-header-content-length": "-1"}, "Inference-Header-Content-Length"),
    (b"{}", {"x-request-deadline-ms": "soon"}, "x-request-deadline-ms"),
]


@pytest.mark.parametrize(("body", "headers", "says"), RAW)
def test_refuses_bodies_that_are_no_message(worker: RunningWorker, body: bytes, headers: dict[str, str], says: str) -> None:
    response = worker.client.post("/v2/models/embed/infer", content=body, headers=headers)
    assert (response.status_code, says in response.json()["error"]) == (400, True), response.text


@pytest.mark.parametrize(
    ("tail", "size", "says"),
    [
        (b"", 9, "needs bytes 0 to 9"),
        (struct.pack("<I", 5) + b"abc", 7, "says that text 0 has 5 bytes, but 3 follow"),
        (b"\x01\x00", 2, "ends within a length"),
        (struct.pack("<I", 1) + b"\xff", 5, "is no UTF-8"),
        (struct.pack("<I", 1) + b"a" + b"rest", 5, "9 bytes follow the JSON"),
        (struct.pack("<I", 1) + b"a" + struct.pack("<I", 0), 9, "has 2 texts, but its shape has 1 elements"),
    ],
)
def test_refuses_binary_tensors_that_do_not_fit(worker: RunningWorker, tail: bytes, size: int, says: str) -> None:
    entry = {"name": "text", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": size}}
    head = json.dumps({"inputs": [entry]}).encode()
    headers = {"inference-header-content-length": str(len(head))}
    response = worker.client.post("/v2/models/embed/infer", content=head + tail, headers=headers)
    assert (response.status_code, says in response.json()["error"]) == (400, True), response.text


def test_tells_other_methods_and_paths_apart(worker: RunningWorker) -> None:
    assert worker.client.get("/v2/models/embed/infer").status_code == 405
    assert worker.client.post("/v2").status_code == 405
    for path in ("/v2/nowhere", "/v2/models", "/v2/models/a%2Fb", "/v2/models/embed/versions/9", "/nowhere", "/tandem/v1/nowhere"):
        response = worker.client.get(path)
        assert (path, response.status_code, list(response.json())) == (path, 404, ["error"])


def test_refuses_a_body_above_the_limit_before_it_is_read(root: Path) -> None:
    small = RunningWorker(root, TANDEM_WORKER_MAX_BODY_BYTES="2000")
    try:
        response = small.embed(["a" * 5000])
        assert (response.status_code, "at most 2000 are taken" in response.json()["error"]) == (413, True)
        assert small.embed(["a"]).status_code == 200
    finally:
        small.stop()


def test_takes_requests_of_every_datatype_as_the_schema_has_it(worker: RunningWorker) -> None:
    for datatype, data in (("FP32", [1e39]), ("INT8", [128]), ("UINT8", [-1]), ("BOOL", [2]), ("INT64", [1.5]), ("FP64", ["x"])):
        response = worker.infer("embed", {"inputs": [{"name": "text", "datatype": datatype, "shape": [1], "data": data}]})
        assert (datatype, response.status_code) == (datatype, 400)
        assert f"as its datatype is {datatype}" in response.json()["error"]
