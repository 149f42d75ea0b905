"""Schemathesis against the worker's own description: no answer is undocumented, and none is a server's fault."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import TOKEN, RunningWorker


@pytest.mark.slow
@pytest.mark.skipif(find_spec("schemathesis") is None, reason="needs schemathesis: pip install 'tandem-worker[dev]'")
def test_no_request_is_answered_with_a_fault_of_the_server(worker: RunningWorker, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{worker.line['port']}"
    described = worker.client.get("/openapi.json").json()
    for path in described["paths"].values():
        for parameter in path.get("parameters", []):
            # Names that are there, so that the fuzzing comes as far as the models.
            parameter["schema"] = {"enum": ["embed", "absent"] if parameter["name"] == "model" else ["1", "2"]}
    (tmp_path / "openapi.json").write_text(json.dumps(described))
    # Without the drain, which would end what is tested.
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(tmp_path / "openapi.json"), "--url", url]
    command += ["--header", f"Authorization: Bearer {TOKEN}", "--max-examples", "8", "--seed", "1", "--phases", "coverage,fuzzing"]
    # On a busy machine a training takes long to begin; one that was given up would still run, and the next be told so.
    command += ["--request-timeout", "240"]
    command += ["--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=os.environ | {"NO_COLOR": "1"})
    assert found.returncode == 0, found.stdout[-6000:] + found.stderr[-2000:]
    assert " passed" in found.stdout
    assert not [line for line in worker.logs if b'"level": "error"' in line]
