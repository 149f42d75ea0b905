"""Logs as one JSON object a line on stderr, and the handshake on what was stdout.

Lines go through a bounded queue to a thread of their own: a supervisor that stops reading must not stop the answers. What does not
fit is dropped and counted.
"""

import json
import logging
import os
import queue
import sys
import threading
import time
import traceback
from typing import Any

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
MAX_WAITING_LINES = 2_000
MAX_MESSAGE_CHARACTERS = 8_000

log = logging.getLogger("tandem_worker")


class JsonLines(logging.Handler):
    """Writes records as JSON lines to a file descriptor without ever blocking the caller."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.dropped = 0
        self._descriptor = descriptor
        self._lines: queue.Queue[bytes] = queue.Queue(MAX_WAITING_LINES)
        threading.Thread(target=self._write, name="log-writer", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Puts one line into the queue."""
        level = "warn" if record.levelno == logging.WARNING else record.levelname.lower()
        line: dict[str, Any] = {"level": "error" if level == "critical" else level, "time": int(record.created * 1000)}
        line["msg"] = record.getMessage()[:MAX_MESSAGE_CHARACTERS]
        if record.name != "tandem_worker":
            line["logger"] = record.name
        if record.exc_info is not None and record.exc_info[0] is not None:
            line["error"] = "".join(traceback.format_exception(*record.exc_info))[-MAX_MESSAGE_CHARACTERS:]
        line |= getattr(record, "fields", {})
        if self.dropped > 0:
            line["droppedLines"] = self.dropped
        try:
            self._lines.put_nowait(json.dumps(line, default=str).encode() + b"\n")
            self.dropped = 0
        except queue.Full:
            self.dropped += 1

    def flush_for(self, seconds: float) -> None:
        """Waits until what was logged is written, but no longer than this."""
        end = time.monotonic() + seconds
        while not self._lines.empty() and time.monotonic() < end:
            time.sleep(0.005)

    def _write(self) -> None:
        while True:
            _write_all(self._descriptor, self._lines.get())


def start_logs(level: str) -> JsonLines:
    """Sends every logger and warning of the process to stderr as JSON lines."""
    handler = JsonLines(os.dup(2))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    log.setLevel(LEVELS[level])
    logging.captureWarnings(True)
    return handler


class Announcements:
    """The lines of the handshake. Whatever else prints to stdout lands in stderr, so that nothing breaks their framing."""

    def __init__(self) -> None:
        self._descriptor = os.dup(1)
        os.set_inheritable(self._descriptor, False)
        os.dup2(2, 1)
        sys.stdout = sys.stderr

    def say(self, event: str, **fields: Any) -> None:
        """Writes one event as a line of JSON."""
        _write_all(self._descriptor, json.dumps({"event": event, **fields}).encode() + b"\n")


def _write_all(descriptor: int, line: bytes) -> None:
    try:
        while line:
            line = line[os.write(descriptor, line) :]
    except OSError:
        # The reader is gone; stdin tells what that means.
        pass
