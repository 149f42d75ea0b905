"""Ends this process when its parent ends, in whatever way. Called before anything slow is imported.

Two independent ties, because each misses a case: PR_SET_PDEATHSIG (Linux only) reaches a process that hangs in native code, and the
end of stdin reaches it on every system and also where the parent died before the first was set. A parent with process id 1 is an
ordinary parent (Node in a container), so the parent's id is never looked at.
"""

import os
import stat
import sys
import threading

PR_SET_PDEATHSIG = 1
SIGKILL = 9


def is_supervised() -> bool:
    """Whether a supervisor started this: it gives a nonce, and a pipe or socket as stdin. That of a container may be a pipe that ends."""
    if not os.environ.get("TANDEM_WORKER_NONCE"):
        return False
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def arm() -> bool:
    """Ties this process to its parent where it has a supervisor. Returns whether it did."""
    if not is_supervised():
        return False
    # Of the thread that starts this process, says the kernel: a supervisor that starts it from a thread that ends asks for stdin alone.
    if os.environ.get("TANDEM_WORKER_PARENT_DEATH") != "stdin":
        kill_with_parent()
    threading.Thread(target=exit_at_end_of_stdin, name="parent-watch", daemon=True).start()
    return True


def kill_with_parent() -> None:
    """Linux: the kernel sends SIGKILL when the thread that started this process ends."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    # A failure leaves the watch on stdin.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)


def exit_at_end_of_stdin() -> None:
    """Reads stdin until its end, then ends the process at once."""
    while True:
        try:
            if os.read(0, 4096) == b"":
                break
        except InterruptedError:
            continue
        except OSError:
            break
    # Without cleaning up: nobody is left to wait for it, and a lock held by a hung thread must not keep the process. With its children,
    # where it leads a group of its own.
    if os.getpgrp() == os.getpid():
        os.killpg(0, SIGKILL)
    os._exit(0)
