"""Format, lint and types of the worker."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.conftest import WORKER


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]], ids=["lint", "format", "types"])
def test_is_clean(command: list[str]) -> None:
    if find_spec(command[0]) is None:
        pytest.skip(f"needs {command[0]}: pip install 'tandem-worker[dev]'")
    found = subprocess.run([sys.executable, "-m", *command], cwd=WORKER, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
