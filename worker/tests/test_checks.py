"""Format, lint and types of the worker."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.conftest import WORKER

LINT = ["ruff", "check", "."]
FORMAT = ["ruff", "format", "--check", "."]
# Where torch is, mypy reads the types of it for a minute when it has no cache.
TYPES = pytest.param(["mypy"], marks=[pytest.mark.slow] if find_spec("torch") else [], id="types")


@pytest.mark.parametrize("command", [pytest.param(LINT, id="lint"), pytest.param(FORMAT, id="format"), TYPES])
def test_is_clean(command: list[str]) -> None:
    if find_spec(command[0]) is None:
        pytest.skip(f"needs {command[0]}: pip install 'tandem-worker[dev]'")
    found = subprocess.run([sys.executable, "-m", *command], cwd=WORKER, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
