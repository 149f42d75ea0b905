"""The rival of contender.ts: fits when told to, and says what it took.

Usage: contender.py forest|boosting SET THREADS FOLDER TREES. Reads lines from stdin: `fit` answers { wall, cpu }; `predict` writes the
probabilities of all classes of the test rows to FOLDER/rival.p and answers { name, rssMb, one, batch }: median and 99th percentile of one row in
microseconds, rows a second in a batch; then it ends.
"""

import json
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")


def make(kind: str, threads: int, trees: int):
    if kind == "boosting":
        import lightgbm

        return f"lightgbm {lightgbm.__version__}", lambda: lightgbm.LGBMClassifier(
            n_estimators=trees, num_leaves=31, learning_rate=0.1, n_jobs=threads, verbosity=-1
        )
    import sklearn
    from sklearn.ensemble import RandomForestClassifier

    return f"scikit-learn {sklearn.__version__}", lambda: RandomForestClassifier(
        trees, max_depth=10, min_samples_split=5, n_jobs=threads, random_state=0
    )


def answer(**fields) -> None:
    print(json.dumps(fields), flush=True)


def main(kind: str, name: str, threads: int, folder: Path, trees: int) -> None:
    about = json.loads((folder / f"{name}.json").read_text())
    features = about["features"]
    x = np.fromfile(folder / f"{name}.x", dtype=np.float32).reshape(-1, features)
    y = np.fromfile(folder / f"{name}.y", dtype=np.uint8)
    name, new = make(kind, threads, trees)
    model = None
    for line in sys.stdin:
        if line.strip() == "fit":
            wall, cpu = time.perf_counter(), time.process_time()
            model = new().fit(x, y)
            answer(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)
        else:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            test = np.fromfile(folder / f"{about['test']}.x", dtype=np.float32).reshape(-1, features)
            model.n_jobs = 1
            started = time.process_time()
            p = model.predict_proba(test)
            batch = len(test) / (time.process_time() - started)
            p.astype(np.float64).tofile(folder / "rival.p")
            times = []
            for i in range(min(300, len(test))):
                started = time.perf_counter()
                model.predict_proba(test[i : i + 1])
                times.append((time.perf_counter() - started) * 1e6)
            one = [float(np.median(times)), float(np.quantile(times, 0.99))]
            answer(name=name, rssMb=peak, one=one, batch=batch)
            return


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]) if len(sys.argv) > 5 else 100)
