"""A real worker as a process of its own, started as Tandem starts it, and a client of HTTP that hides nothing."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

WORKER = Path(__file__).parent.parent
TOKEN = "0123456789abcdef0123456789abcdef"
HASH_ONLY = {"embed": {"hash-384": "hash"}}


class RunningWorker:
    def __init__(self, root: Path, *arguments: str, models: Any = HASH_ONLY, **environment: str) -> None:
        self.root = root
        env = {name: value for name, value in os.environ.items() if not name.startswith("TANDEM_WORKER_")}
        env |= {"TANDEM_WORKER_TOKEN": TOKEN, "TANDEM_WORKER_NONCE": "nonce-1", "TANDEM_WORKER_ROOT": str(root)}
        env |= {"PYTHONPATH": os.pathsep.join(filter(None, [environment.pop("FIRST_PATH", ""), str(WORKER)]))}
        if models is not None:
            env["TANDEM_WORKER_MODELS"] = json.dumps(models)
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "tandem_worker", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env | environment,
        )
        self.logs: list[bytes] = []
        threading.Thread(target=self._read_logs, daemon=True).start()
        self.line = self.event()
        transport = httpx.HTTPTransport(uds=self.line["socket"]) if self.line.get("socket") else None
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.line.get('port') or 80}",
            headers={"authorization": f"Bearer {TOKEN}"},
            transport=transport,
            # A busy machine takes minutes to import torch.
            timeout=300,
        )

    def event(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        value: dict[str, Any] = json.loads(line) if line else {"event": "ended"}
        return value

    def infer(self, model: str, body: Any, **headers: str) -> httpx.Response:
        return self.client.post(f"/v2/models/{model}/infer", json=body, headers=headers)

    def embed(self, texts: list[str], **parameters: Any) -> httpx.Response:
        return self.infer("embed", {"inputs": [text_input(texts)], "parameters": parameters})

    def _read_logs(self) -> None:
        assert self.process.stderr is not None
        self.logs.extend(self.process.stderr)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def text_input(texts: list[str]) -> dict[str, Any]:
    return {"name": "text", "datatype": "BYTES", "shape": [len(texts)], "data": texts}


def wait_until(condition: Any, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="module")
def worker(root: Path) -> Iterator[RunningWorker]:
    running = RunningWorker(root)
    yield running
    running.stop()
