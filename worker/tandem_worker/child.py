"""Long work in a process of its own: `python -m tandem_worker.child KIND`, its order on stdin, its progress and result on stdout.

The order is a line of JSON (root, threads, contentType, query, embedModels, bodyBytes) and the body of the request behind it, which is
read and checked here, not beside the answers of the worker.

A process, because a training can then be cancelled at once, gives all its memory back, cannot stop the answers of the worker by
holding Python's lock, and dies alone when it runs out of memory. It ends with the worker, in whatever way that ends.
"""

import errno
import json
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

from tandem_worker.errors import RequestError
from tandem_worker.parent import exit_at_end_of_stdin, kill_with_parent

# Says how far the work is: a share from 0 to 1, and what is done next.
Progress = Callable[[float, str], None]
Order = dict[str, Any]
KINDS = ("tabular", "fine-tune")
DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NICE = 5
MOST_WARNINGS = 20
# Rows as numbers, see train_matrix.py.
MATRIX = "application/octet-stream"


def main() -> int:
    """Does one piece of work. Status 0 when it said a result or an error, anything else when it could not even say that."""
    kill_with_parent()
    started_at = time.perf_counter()
    order: Order = json.loads(sys.stdin.buffer.readline())
    order["body"] = sys.stdin.buffer.read(order["bodyBytes"])
    order["startedAt"] = started_at
    threading.Thread(target=exit_at_end_of_stdin, daemon=True).start()
    lines = os.dup(1)
    # What the libraries print goes to the log.
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    if hasattr(os, "nice"):
        os.nice(NICE)

    def say(line: dict[str, Any]) -> None:
        data = json.dumps(line, allow_nan=False).encode() + b"\n"
        while data:
            data = data[os.write(lines, data) :]

    left = 0

    def warn(message: Warning | str, category: type[Warning], *_place: Any) -> None:
        nonlocal left
        if left > 0:
            left -= 1
            say({"type": "warning", "message": f"{category.__name__}: {message}"[:500]})

    def progress(share: float, message: str) -> None:
        nonlocal left
        if share == 0:
            # Not before: the first line says whether the order is good.
            left = MOST_WARNINGS
        say({"type": "progress", "progress": round(share, 4), "message": message})

    # What a library warns of belongs to the log of the training.
    warnings.showwarning = warn  # type: ignore[assignment]
    try:
        found = _work(sys.argv[1], order["contentType"])(order, progress)
        for line in found.pop("lines", ()):
            say(line)
        say({"type": "result", **found})
    except RequestError as error:
        say({"type": "error", "code": "invalid_input", "message": error.message})
    except ImportError as error:
        say({"type": "error", "code": "dependency_missing", "message": f"{error}. Install it: {_INSTALL[sys.argv[1]]}"})
    except MemoryError:
        say({"type": "error", "code": "out_of_memory", "message": "The memory of this machine did not suffice. Train on fewer rows."})
    except Exception as error:
        if not is_disk_full(error):
            raise
        message = f"The disk of {order['root']} is full ({error}). Free some room and train again; nothing half written was kept."
        say({"type": "error", "code": "storage_full", "message": message})
    return 0


def is_disk_full(error: BaseException) -> bool:
    """Whether there is no room left, no quota, or a file may not grow: as Python says it, or as the Rust of safetensors does."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in DISK_FULL
    return any(f"os error {number})" in str(error) for number in DISK_FULL)


_INSTALL = {
    "tabular": "pip install 'tandem-worker[tabular]'",
    "fine-tune": "pip install 'tandem-worker[embed]'",
}


def _work(kind: str, content_type: str) -> Callable[[Order, Progress], dict[str, Any]]:
    if kind == "tabular" and content_type.startswith(MATRIX):
        from tandem_worker.train_matrix import train_matrix

        return train_matrix
    if kind == "tabular":
        from tandem_worker.train_tabular import train_tabular

        return train_tabular
    if kind == "fine-tune":
        from tandem_worker.fine_tune import fine_tune

        return fine_tune
    raise RequestError(400, f"The kind of work is {kind!r}, expected one of {', '.join(KINDS)}.")


if __name__ == "__main__":
    sys.exit(main())
