"""Takes turns with a benchmark: reads { "work": name, ... } a line, answers a line. See bench/frame/python-rival.ts."""
import json
import sys
import time


def serve(versions, works):
    print(json.dumps({"versions": versions}), flush=True)
    for line in sys.stdin:
        options = json.loads(line)
        try:
            answer = works[options.pop("work")](**options)
        except Exception as error:  # The benchmark prints it and ends.
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def timed(work):
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, {"cpuSeconds": time.process_time() - cpu, "wallSeconds": time.perf_counter() - wall}
