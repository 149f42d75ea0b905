"""Fits scikit-learn and LightGBM on matrices written by parity.ts and writes their probabilities beside them.

Usage: rivals.py FOLDER. FOLDER/tasks.json lists { name, rows, features, splits: [{ seed, train, test }] };
NAME.x is float32 row-major, NAME.y float64, splits are uint32 row numbers. One thread everywhere.
"""

import json
import sys
import time
from pathlib import Path

import lightgbm
import numpy as np
import sklearn
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

RIVALS = {
    "forest-10": lambda seed: RandomForestClassifier(100, max_depth=10, min_samples_split=5, random_state=seed, n_jobs=1),
    "forest": lambda seed: RandomForestClassifier(100, random_state=seed, n_jobs=1),
    "lightgbm": lambda seed: LGBMClassifier(n_estimators=100, random_state=seed, n_jobs=1, verbosity=-1),
    "hist": lambda seed: HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=seed),
}


def main(folder: Path) -> None:
    results = []
    for task in json.loads((folder / "tasks.json").read_text()):
        name = task["name"]
        x = np.fromfile(folder / f"{name}.x", dtype=np.float32).reshape(task["rows"], task["features"])
        y = np.fromfile(folder / f"{name}.y").astype(np.int64)
        for split in task["splits"]:
            train = np.fromfile(folder / split["train"], dtype=np.uint32)
            test = np.fromfile(folder / split["test"], dtype=np.uint32)
            x_train, y_train = np.ascontiguousarray(x[train]), y[train]
            for rival, make in RIVALS.items():
                started = time.process_time()
                model = make(split["seed"]).fit(x_train, y_train)
                seconds = time.process_time() - started
                file = f"{name}-{rival}-{split['seed']}.p"
                model.predict_proba(x[test])[:, 1].astype(np.float64).tofile(folder / file)
                results.append({"name": name, "rival": rival, "seed": split["seed"], "seconds": seconds, "file": file})
    versions = {"scikit-learn": sklearn.__version__, "lightgbm": lightgbm.__version__}
    (folder / "results.json").write_text(json.dumps({"versions": versions, "results": results}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
