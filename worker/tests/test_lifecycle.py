"""Start, handshake, drain and death: what a supervisor relies on."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.conftest import TOKEN, WORKER, RunningWorker, is_alive, text_input, wait_until


def test_says_where_it_listens_on_one_line_and_that_it_is_ready(worker: RunningWorker) -> None:
    assert worker.line | {"port": 0} == {
        "event": "listening",
        "tandem_worker": 1,
        "protocol": 1,
        "version": "0.1.0",
        "pid": worker.process.pid,
        "nonce": "nonce-1",
        "port": 0,
        "socket": None,
    }
    assert worker.event() == {"event": "ready"}


def test_imports_neither_fastapi_nor_torch_for_its_first_answer(root: Path) -> None:
    # FastAPI alone costs 0.3 s of processor time, torch 2 s: a restarted worker would be missed for as long.
    script = "import sys, tandem_worker.server; print([m for m in ('fastapi', 'pydantic', 'torch', 'sklearn') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], cwd=WORKER, capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_listens_on_a_unix_socket_that_only_its_user_may_open(tmp_path: Path) -> None:
    path = tmp_path / "w.sock"
    worker = RunningWorker(tmp_path, "--socket", str(path))
    try:
        assert (worker.line["port"], worker.line["socket"]) == (None, str(path))
        assert path.stat().st_mode & 0o777 == 0o600
        assert worker.embed(["a"]).status_code == 200
        worker.process.kill()
        worker.process.wait()
        # What a killed worker left does not keep the next one from its place.
        again = RunningWorker(tmp_path, "--socket", str(path))
        assert again.embed(["a"]).status_code == 200
        again.process.send_signal(signal.SIGTERM)
        assert again.process.wait(120) == 0
        assert not path.exists()
    finally:
        worker.stop()


def test_ends_when_its_stdin_ends(root: Path) -> None:
    worker = RunningWorker(root)
    assert worker.process.stdin is not None
    worker.process.stdin.close()
    assert worker.process.wait(120) == 0


def test_ends_when_its_parent_is_killed_though_another_holds_its_stdin(root: Path) -> None:
    # Only PR_SET_PDEATHSIG sees this: the pipe of stdin stays open in this process.
    reader, writer = os.pipe()
    script = (
        "import os, subprocess, sys\n"
        f"p = subprocess.Popen([sys.executable, '-u', '-m', 'tandem_worker'], stdin={reader}, stdout=subprocess.PIPE)\n"
        "p.stdout.readline()\nprint(p.pid, flush=True)\nimport time; time.sleep(60)"
    )
    env = os.environ | {"TANDEM_WORKER_TOKEN": TOKEN, "TANDEM_WORKER_ROOT": str(root), "PYTHONPATH": str(WORKER)}
    env |= {"TANDEM_WORKER_NONCE": "nonce-1"}
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=env, pass_fds=[reader])
    try:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
        wait_until(lambda: not is_alive(pid))
    finally:
        parent.kill()
        parent.wait()
        os.close(reader)
        os.close(writer)


@pytest.mark.parametrize("stdin", [subprocess.DEVNULL, subprocess.PIPE], ids=["null", "pipe"])
def test_stays_when_nobody_supervises_it(root: Path, stdin: int) -> None:
    env = os.environ | {"TANDEM_WORKER_TOKEN": TOKEN, "TANDEM_WORKER_ROOT": str(root), "PYTHONPATH": str(WORKER)}
    env.pop("TANDEM_WORKER_NONCE", None)
    process = subprocess.Popen([sys.executable, "-m", "tandem_worker"], stdin=stdin, stdout=subprocess.PIPE, env=env)
    if process.stdin is not None:
        process.stdin.close()
    try:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        assert httpx.get(f"http://127.0.0.1:{port}/v2/health/live").status_code == 200
        process.terminate()
        assert process.wait(120) == 0
    finally:
        process.kill()


def test_finishes_what_it_began_before_it_ends(root: Path) -> None:
    worker = RunningWorker(root, TANDEM_WORKER_DRAIN_MS="240000")
    assert worker.event() == {"event": "ready"}
    answers: list[int] = []
    texts = ["a word and another " * 50] * 1000

    def ask() -> None:
        answers.append(worker.embed(texts).status_code)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: worker.client.get("/tandem/v1/status").json()["in_flight"] == 1)
    worker.process.send_signal(signal.SIGTERM)
    assert worker.event() == {"event": "draining"}
    asking.join()
    assert answers == [200]
    assert worker.process.wait(120) == 0


def test_finishes_what_it_began_when_a_signal_follows_a_drain_over_http(root: Path) -> None:
    # How Tandem retires a worker.
    answers, worker = begin_slowly(root, "240000")
    assert worker.client.post("/tandem/v1/drain").status_code == 202
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(120) == 0
    wait_until(lambda: len(answers) == 1)
    assert answers[0].status_code == 200


@pytest.mark.parametrize(("drain_ms", "signals"), [("1000", 1), ("240000", 2)], ids=["late", "told twice"])
def test_says_503_to_what_the_end_of_a_drain_cuts_off(root: Path, drain_ms: str, signals: int) -> None:
    answers, worker = begin_slowly(root, drain_ms)
    for _ in range(signals):
        worker.process.send_signal(signal.SIGTERM)
        assert worker.event()["event"] in ("draining", "ended")
    assert worker.process.wait(120) == 0
    wait_until(lambda: len(answers) == 1)
    assert (answers[0].status_code, answers[0].headers["retry-after"]) == (503, "1")
    assert "ended while it computed" in answers[0].json()["error"]


def begin_slowly(root: Path, drain_ms: str) -> tuple[list[httpx.Response], RunningWorker]:
    """A worker that computes what takes some seconds."""
    worker = RunningWorker(root, TANDEM_WORKER_DRAIN_MS=drain_ms)
    assert worker.event() == {"event": "ready"}
    answers: list[httpx.Response] = []
    texts = ["a word and another " * 50] * 4000
    threading.Thread(target=lambda: answers.append(worker.embed(texts)), daemon=True).start()
    wait_until(lambda: worker.client.get("/tandem/v1/status").json()["in_flight"] == 1)
    return answers, worker


def test_drains_over_http_and_takes_nothing_new(root: Path) -> None:
    worker = RunningWorker(root)
    assert worker.client.post("/tandem/v1/drain").json() == {"draining": True, "in_flight": 0}
    assert worker.process.wait(120) == 0


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"TANDEM_WORKER_TOKEN": "short"}, "TANDEM_WORKER_TOKEN has 5 characters, expected at least 16"),
        ({"TANDEM_WORKER_MODELS": "{"}, "TANDEM_WORKER_MODELS is no JSON"),
        ({"TANDEM_WORKER_MODELS": '{"vision": {}}'}, 'must be an object with "embed" and "language"'),
        ({"TANDEM_WORKER_LOG_LEVEL": "loud"}, "expected one of debug, info, warn, error"),
        ({"TANDEM_WORKER_THREADS": "0"}, "expected a whole number from 1 to 256"),
    ],
)
def test_refuses_settings_that_cannot_be_used(root: Path, environment: dict[str, str], says: str) -> None:
    env = os.environ | {"TANDEM_WORKER_TOKEN": TOKEN, "PYTHONPATH": str(WORKER)} | environment
    found = subprocess.run([sys.executable, "-m", "tandem_worker"], env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (found.returncode, found.stdout) == (2, "")
    line = json.loads(found.stderr)
    assert (line["level"], says in line["msg"]) == ("error", True)


def test_answers_though_nobody_reads_its_logs(tmp_path: Path) -> None:
    # Nothing reads its stderr here: 50 tracebacks of a damaged file are more than a pipe holds.
    env = os.environ | {"TANDEM_WORKER_TOKEN": TOKEN, "TANDEM_WORKER_ROOT": str(tmp_path), "PYTHONPATH": str(WORKER)}
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "tandem_worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    )
    try:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"authorization": f"Bearer {TOKEN}"}, timeout=120)
        (tmp_path / "tabular" / "broken").mkdir(parents=True)
        (tmp_path / "tabular" / "broken" / "20260101_000000_000.json").write_text("{")
        for _ in range(50):
            assert client.post("/v2/models/tabular.broken/infer", json={"inputs": [text_input(["a"])]}).status_code == 503
        assert client.get("/v2/health/ready").status_code == 200
    finally:
        process.kill()
        process.wait()


def test_tells_its_memory_and_what_it_did(worker: RunningWorker) -> None:
    worker.embed(["a"])
    status = worker.client.get("/tandem/v1/status").json()
    assert status["nonce"] == "nonce-1"
    assert status["pid"] == worker.process.pid
    assert 10_000_000 < status["rss_bytes"] < 500_000_000
    assert status["served"] >= 1
    assert status["models"] == ["embed"]
    assert (status["in_flight"], status["oldest_seconds"]) == (0, 0)
    assert status["packages"]["numpy"]
