"""The rival of contender.ts: fits when told to, and says what it took.

Usage: contender.py RIVAL SET THREADS FOLDER TREES, RIVAL a name of `make` below. Reads lines from stdin: `fit` answers { wall, cpu }; `predict` writes the
probabilities of all classes of the test rows to FOLDER/rival.p and answers { name, rssMb, one, batch, fileBytes }: median and 99th percentile of
one row in microseconds, rows a CPU second in a batch (median of four, after one to warm up), the size of its pickle; then it ends.
"""

import json
import pickle
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")


def peak_mb():
    """Of this program alone: what the system counts for a process begins with the size of who started it."""
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def make(rival: str, threads: int, trees: int):
    """Name with version, and what makes a new one: boosters of 31 leaves, but for scikit-learn's exact one of depth 5."""
    if rival == "lightgbm":
        import lightgbm

        return f"lightgbm {lightgbm.__version__}", lambda: lightgbm.LGBMClassifier(
            n_estimators=trees, num_leaves=31, learning_rate=0.1, n_jobs=threads, verbosity=-1
        )
    if rival == "xgboost":
        import xgboost

        return f"xgboost {xgboost.__version__}", lambda: xgboost.XGBClassifier(
            n_estimators=trees, tree_method="hist", grow_policy="lossguide", max_leaves=31, max_depth=0, learning_rate=0.1, n_jobs=threads
        )
    import sklearn
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier

    made = {
        "forest": lambda: RandomForestClassifier(trees, max_depth=10, min_samples_split=5, n_jobs=threads, random_state=0),
        # OMP_NUM_THREADS tells it the threads.
        "hist": lambda: HistGradientBoostingClassifier(max_iter=trees, max_leaf_nodes=31, learning_rate=0.1, early_stopping=False),
        "gradient-boosting": lambda: GradientBoostingClassifier(n_estimators=trees, max_depth=5, learning_rate=0.1, random_state=0),
    }[rival]
    return f"scikit-learn {sklearn.__version__}, {type(made()).__name__}", made


def answer(**fields) -> None:
    print(json.dumps(fields), flush=True)


def main(rival: str, name: str, threads: int, folder: Path, trees: int) -> None:
    about = json.loads((folder / f"{name}.json").read_text())
    features = about["features"]
    x = np.fromfile(folder / f"{name}.x", dtype=np.float32).reshape(-1, features)
    y = np.fromfile(folder / f"{name}.y", dtype=np.uint8)
    name, new = make(rival, threads, trees)
    model = None
    for line in sys.stdin:
        if line.strip() == "fit":
            wall, cpu = time.perf_counter(), time.process_time()
            model = new().fit(x, y)
            answer(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)
        else:
            peak = peak_mb()
            test = np.fromfile(folder / f"{about['test']}.x", dtype=np.float32).reshape(-1, features)
            model.n_jobs = 1
            p = model.predict_proba(test)
            rates = []
            for _ in range(4):
                started = time.process_time()
                model.predict_proba(test)
                rates.append(len(test) / (time.process_time() - started))
            batch = float(np.median(rates))
            p.astype(np.float64).tofile(folder / "rival.p")
            times = []
            for i in range(min(300, len(test))):
                started = time.perf_counter()
                model.predict_proba(test[i : i + 1])
                times.append((time.perf_counter() - started) * 1e6)
            one = [float(np.median(times)), float(np.quantile(times, 0.99))]
            answer(name=name, rssMb=peak, one=one, batch=batch, fileBytes=len(pickle.dumps(model)))
            return


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]) if len(sys.argv) > 5 else 100)
