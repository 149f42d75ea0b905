"""faiss beside vectors.ts, on one thread: exact search over float32 rows, and over 8-bit ones."""

import json
import sys
import time

import faiss
import numpy as np

DIMENSIONS = 384


def main():
    faiss.omp_set_num_threads(1)
    print(json.dumps({"versions": {"faiss-cpu": faiss.__version__}}), flush=True)
    indexes, queries = {}, None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["work"] == "open":
                folder, size = request["folder"], request["rows"]
                rows = np.fromfile(f"{folder}/rows.f32", np.float32, count=size * DIMENSIONS).reshape(-1, DIMENSIONS)
                queries = np.fromfile(f"{folder}/queries.f32", np.float32).reshape(-1, DIMENSIONS)
                for name in request["kinds"]:
                    if name == "flat":
                        index = faiss.IndexFlatIP(DIMENSIONS)
                    else:
                        index = faiss.IndexScalarQuantizer(DIMENSIONS, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
                        index.train(rows[:50_000])
                    index.add(rows)
                    indexes[name] = index
                answer = {}
            elif request["work"] == "search":
                index, ms, keys = indexes[request["kind"]], [], []
                cpu = time.thread_time()
                for at in range(request["first"], request["last"]):
                    start = time.perf_counter()
                    found = index.search(queries[at : at + 1], 10)[1][0]
                    ms.append((time.perf_counter() - start) * 1000)
                    keys.append(found.tolist())
                cpu = (time.thread_time() - cpu) * 1000 / len(ms)
                answer = {"ms": ms, "keys": keys, "cpuMs": cpu}
            else:
                answer = {"error": f"unknown work {request['work']}"}
        except Exception as error:  # The caller prints it.
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


main()
