"""A small real worker that does what a test says: Python's standard library alone, the contract of Tandem's worker.

How it starts is said by the JSON file named in WORKER_SCRIPT, read anew at each start; how it answers, by the text it is asked to
embed: "fault:NAME" or "fault:NAME:ARGUMENT". Any other text becomes [length, first character, 1, 0].
"""
import ctypes
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

NONCE = os.environ.get("TANDEM_WORKER_NONCE", "")
TOKEN = os.environ.get("TANDEM_WORKER_TOKEN", "")
SCRIPT = {}
if os.environ.get("WORKER_SCRIPT"):
    with open(os.environ["WORKER_SCRIPT"]) as script_file:
        SCRIPT = json.load(script_file)


def arm_parent_death() -> None:
    if SCRIPT.get("immortal"):
        return
    if sys.platform == "linux" and os.environ.get("TANDEM_WORKER_PARENT_DEATH") != "stdin":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)

    def watch_stdin() -> None:
        while os.read(0, 4096):
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch_stdin, daemon=True).start()


arm_parent_death()
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer  # noqa: E402

STARTED = time.monotonic()
counts = {"in_flight": 0, "served": 0, "open": 0, "most_open": 0, "calls": 0}
lock = threading.Lock()
begun = {}
kept = []
grandchild = None


def say(text: str) -> None:
    os.write(1, text.encode())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "local"

    def reply(self, status: int, body: bytes, headers=()) -> None:
        self.send_response(status)
        for name, value in headers or [("Content-Type", "application/json")]:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def reply_json(self, value, status: int = 200) -> None:
        self.reply(status, json.dumps(value).encode())

    def do_GET(self):
        if self.path == "/v2/health/live":
            return self.reply_json({"live": True})
        if not self.is_allowed():
            return
        if self.path == "/v2":
            return self.reply_json({"name": "misbehaving", "version": SCRIPT.get("version", "0.1.0"), "extensions": []})
        if self.path == "/tandem/v1/status":
            return self.reply_json({
                "nonce": SCRIPT.get("status_nonce", NONCE), "version": "0.1.0", "protocol": 1, "pid": os.getpid(),
                "rss_bytes": SCRIPT.get("rss_bytes", 10_000_000), "uptime_seconds": time.monotonic() - STARTED,
                "in_flight": counts["in_flight"], "oldest_seconds": time.monotonic() - min(begun.values()) if begun else 0, "served": counts["served"], "models": ["embed"], "device": "cpu",
                "python": sys.version.split()[0], "packages": {},
                "grandchild": grandchild.pid if grandchild else None, "most_open": counts["most_open"], "calls": counts["calls"],
            })
        return self.reply_json({"error": "there is nothing here"}, 404)

    def is_allowed(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        self.reply_json({"error": "a token is needed"}, 401)
        return False

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if not self.is_allowed():
            return
        if self.path == "/tandem/v1/drain":
            return self.reply_json({})
        if self.path == "/tandem/v1/train":
            return self.train()
        if self.path.split("/")[3].startswith("language."):
            return self.language(self.path.split("/")[3].removeprefix("language."), body)
        if self.path.split("/")[2:4] != ["models", "embed"]:
            return self.reply_json({"error": f"there is no model at {self.path}"}, 404)
        head_bytes = int(self.headers.get("Inference-Header-Content-Length", len(body)))
        head = json.loads(body[:head_bytes])
        texts = read_texts(head["inputs"][0], body[head_bytes:])
        canary = head.get("parameters", {}).get("canary", False)
        if canary and self.canary_fails():
            return
        with lock:
            counts["calls"] += 0 if canary else 1
            counts["in_flight"] += 0 if canary else 1
            if not canary:
                begun[id(self)] = time.monotonic()
            counts["most_open"] = max(counts["most_open"], counts["in_flight"])
        try:
            self.answer(head, texts)
        finally:
            with lock:
                counts["in_flight"] -= 0 if canary else 1
                begun.pop(id(self), None)
                counts["served"] += 1

    def canary_fails(self) -> bool:
        age = (time.monotonic() - STARTED) * 1000
        if age < SCRIPT.get("ready_after_ms", 0):
            self.reply(503, b'{"error": "the model is loading"}', [("Retry-After", "1")])
            return True
        if SCRIPT.get("bad_canary"):
            self.reply_json({"error": "the model is damaged"}, 500)
            return True
        if os.environ.get("WORKER_HANG") and os.path.exists(os.environ["WORKER_HANG"]):
            time.sleep(60)
        return False

    def train(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Connection", "close")
        self.end_headers()
        for step in range(3):
            self.wfile.write(json.dumps({"type": "progress", "progress": step / 3, "message": "fold"}).encode() + b"\n")
            self.wfile.flush()
        self.wfile.write(b'{"type": "result", "rows": 3}\n')
        self.close_connection = True

    def language(self, task: str, body: bytes) -> None:
        """Each text gets the value that the script has for the task; without one there is no such model here."""
        head_bytes = int(self.headers.get("Inference-Header-Content-Length", len(body)))
        head = json.loads(body[:head_bytes])
        texts = read_texts(head["inputs"][0], body[head_bytes:])
        if texts[0] == "fault:die":
            os.kill(os.getpid(), signal.SIGKILL)
        values = SCRIPT.get("language", {})
        if task not in values:
            return self.reply_json({"error": f"no model is named for {task}"}, 503)
        name = {"zero-shot": "labels"}.get(task, task)
        output = {"name": name, "datatype": "BYTES", "shape": [len(texts)], "data": [json.dumps(values[task])] * len(texts)}
        self.reply_json({"model_name": f"language.{task}", "model_version": "1", "id": head.get("id"), "parameters": {"model": "scripted"}, "outputs": [output]})

    def answer(self, head, texts) -> None:
        rows = [[float(len(text)), float(ord(text[0])), 1.0, 0.0] for text in texts]
        reply = {"model_name": "embed", "model_version": "1", "id": head.get("id"), "parameters": {"model": head.get("parameters", {}).get("model", "embed"), "runtime": "test", "device": "cpu"}}
        shape = [len(texts), 4]
        fault, _, argument = texts[0][6:].partition(":") if texts[0].startswith("fault:") else ("", "", "")
        if fault == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif fault == "die_once":
            # The file is there from the second time on: the retry finds a healthy worker.
            if not os.path.exists(argument):
                open(argument, "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
        elif fault == "abort":
            os.abort()
        elif fault == "exit":
            os._exit(int(argument))
        elif fault == "segv":
            ctypes.string_at(8)
        elif fault == "memory":
            # Written to, so that it is taken: whether that goes well is said by the limit that a test put on this process.
            kept.append(b"x" * (1 << 30))
        elif fault == "sleep":
            time.sleep(float(argument) / 1000)
        elif fault == "truncated":
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b'{"model_name": "embed"')
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        elif fault == "half_close":
            self.connection.shutdown(socket.SHUT_WR)
            time.sleep(30)
            return
        elif fault == "json":
            return self.reply(200, b'{"model_name": "embed", "outputs": [')
        elif fault == "not_http":
            self.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
            self.close_connection = True
            return
        elif fault == "nan":
            rows[0][0] = float("nan")
        elif fault == "json_nan":
            return self.reply(200, json.dumps({**reply, "outputs": [{"name": "embedding", "datatype": "FP32", "shape": shape, "data": [float("nan")] * 4}]}).encode())
        elif fault == "dimension":
            shape = [len(texts), 5]
        elif fault == "rows":
            rows, shape = rows[:0], [0, 4]
        elif fault == "length":
            body = b"x" * 16
            return self.reply(200, json.dumps({**reply, "outputs": [{"name": "embedding", "datatype": "FP32", "shape": shape, "parameters": {"binary_data_size": 16}}]}).encode() + body,
                              [("Inference-Header-Content-Length", "99999")])
        elif fault == "id":
            reply["id"] = "another"
        elif fault == "model":
            reply["model_name"] = "another"
        elif fault == "version":
            reply["model_version"] = "2"
        elif fault == "drip":
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            for _ in range(600):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)
            return
        elif fault == "announced":
            self.send_response(200)
            self.send_header("Content-Length", str(100 << 20))
            self.end_headers()
            return
        elif fault == "endless":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
            for _ in range(1600):
                self.wfile.write(chunk)
            return
        elif fault == "redirect":
            return self.reply(307, b"", [("Location", "http://169.254.169.254/latest/")])
        elif fault == "busy":
            return self.reply(503, b'{"error": "the queue is full"}', [("Retry-After", "1")])
        elif fault == "absent":
            return self.reply_json({"error": "sentence-transformers is not installed"}, 503)
        elif fault == "error":
            return self.reply_json({"detail": "broken"}, 500)
        elif fault == "refuse":
            return self.reply_json({"error": "text 0 is too long"}, 400)
        data = b"".join(struct.pack("<4f", *row) for row in rows)
        output = {"name": "embedding", "datatype": "FP32", "shape": shape, "parameters": {"binary_data_size": len(data)}}
        head_json = json.dumps({**reply, "outputs": [output]}).encode()
        self.reply(200, head_json + data, [("Inference-Header-Content-Length", str(len(head_json)))])


def read_texts(tensor, tail):
    if "data" in tensor:
        return tensor["data"]
    texts, at = [], 0
    while at < len(tail):
        (size,) = struct.unpack_from("<I", tail, at)
        texts.append(tail[at + 4:at + 4 + size].decode())
        at += 4 + size
    return texts


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        socket.socket.bind(self.socket, self.server_address)

    def get_request(self):
        request, _ = self.socket.accept()
        return request, ("local", 0)


def main() -> None:
    global grandchild
    start = SCRIPT.get("start", "")
    if SCRIPT.get("count"):
        with open(SCRIPT["count"], "a") as count_file:
            count_file.write(f"{os.getpid()}\n")
    if start == "module_missing":
        import tandem_module_that_is_not_there  # noqa: F401
    if start == "exit":
        sys.stderr.write("no model is here\n")
        os._exit(SCRIPT.get("status", 1))
    if SCRIPT.get("memory_bytes"):
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (SCRIPT["memory_bytes"], SCRIPT["memory_bytes"]))
    if start == "silent":
        time.sleep(600)
    if SCRIPT.get("grandchild"):
        grandchild = subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    family = socket.AF_UNIX if "--socket" in sys.argv else socket.AF_INET
    place = sys.argv[sys.argv.index("--socket") + 1] if family == socket.AF_UNIX else ("127.0.0.1", int(os.environ.get("WORKER_PORT", "0")))
    Server.address_family = family
    server = Server(place, Handler)
    port = None if family == socket.AF_UNIX else server.socket.getsockname()[1]
    message = json.dumps({
        "tandem_worker": 1, "event": "listening", "protocol": SCRIPT.get("protocol", 1), "version": SCRIPT.get("version", "0.1.0"),
        "pid": os.getpid(), "nonce": SCRIPT.get("nonce", NONCE), "port": port, "socket": place if port is None else None,
    })
    if start == "garbage":
        say("Loading weights...\n{\"half\": \n\n" + "x" * 300_000 + "\n\xff\xfe\n[1]\n")
    if start == "split":
        for at in range(0, len(message), 7):
            say(message[at:at + 7])
            time.sleep(0.002)
        say("\n")
    else:
        say(message + "\n")
    if start == "stderr":
        os.write(2, b"\xff\xfe broken \xc3\x28 words\n" + b'{"level":"error","msg":"said in JSON","part":7}\n' + b"no newline at the end")
    if start == "flood":
        for _ in range(300):
            say("y" * 10_000 + "\n")
            os.write(2, b"z" * 10_000 + b"\n")
    if SCRIPT.get("exit_after_ms") is not None:
        threading.Timer(SCRIPT["exit_after_ms"] / 1000, lambda: os._exit(SCRIPT.get("status", 0))).start()
    server.serve_forever()


if SCRIPT.get("slow_stop_ms") is not None:
    signal.signal(signal.SIGTERM, lambda *_: threading.Timer(SCRIPT["slow_stop_ms"] / 1000, lambda: os._exit(0)).start())
else:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
main()
