"""Makes the sets of vectors.ts from the rows of embed_texts.py: python vector_sets.py REAL FOLDER

FOLDER gets queries.f32 (400 rows, held out), rows.f32 (a million) and, for the first 100,000 and for all, the 10 nearest of each query by
faiss's exact search: of all rows, of each tenth and of each hundredth key by hash. The first rows are real, in an order that depends on
nothing; those beyond are real rows displaced by the difference of a real row and one of its three nearest, times 0.6 to 1.1, so that the
noise has the spectrum of real neighbours. Seed 1.
"""

import json
import os
import sys

import faiss
import numpy as np

DIMENSIONS, QUERIES, PAIRS, ROWS, SMALL = 384, 400, 4000, 1_000_000, 100_000


def allowed(rows, share):
    """The keys that a filter of one in `share` lets through; vectors.ts has the same."""
    keys = np.arange(rows, dtype=np.uint64)
    return np.flatnonzero((keys * 2654435761 % 2**32) % share == 0)


def differences(real, rng):
    """Differences of some real rows and their three nearest."""
    chosen = rng.choice(len(real), PAIRS, replace=False)
    index = faiss.IndexFlatIP(DIMENSIONS)
    index.add(real)
    near = index.search(real[chosen], 4)[1][:, 1:]
    return (real[chosen][:, None] - real[near]).reshape(-1, DIMENSIONS)


def displaced(real, steps, count, rng):
    scale = rng.uniform(0.6, 1.1, size=(count, 1)).astype(np.float32)
    rows = real[rng.integers(len(real), size=count)] + scale * steps[rng.integers(len(steps), size=count)]
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def main():
    real = np.fromfile(sys.argv[1], np.float32)
    real = real[: real.size // DIMENSIONS * DIMENSIONS].reshape(-1, DIMENSIONS)
    folder = sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    queries, real = real[:QUERIES], real[QUERIES : QUERIES + ROWS]
    rng = np.random.default_rng(1)
    with open(os.path.join(folder, "rows.f32"), "wb") as file:
        file.write(real.tobytes())
        steps = differences(real, rng)
        for start in range(len(real), ROWS, SMALL):
            file.write(displaced(real, steps, min(SMALL, ROWS - start), rng).astype(np.float32).tobytes())
    queries.tofile(os.path.join(folder, "queries.f32"))
    rows = np.fromfile(os.path.join(folder, "rows.f32"), np.float32).reshape(-1, DIMENSIONS)
    truth = {"real": len(real), "sets": {}}
    for size in (SMALL, ROWS):
        of = {}
        for name, share in (("all", 1), ("tenth", 10), ("hundredth", 100)):
            keys = allowed(size, share)
            index = faiss.IndexFlatIP(DIMENSIONS)
            index.add(rows[:size] if share == 1 else rows[keys])
            of[name] = keys[index.search(queries, 10)[1]].tolist()
        truth["sets"][size] = of
    with open(os.path.join(folder, "truth.json"), "w", encoding="utf-8") as file:
        json.dump(truth, file)


main()
