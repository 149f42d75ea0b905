"""scikit-learn's linear models with its defaults, on the rows that the benchmark leaves in a folder."""
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
from rival_loop import serve, timed
from scipy.sparse import csr_matrix
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge
from sklearn.svm import LinearSVC

state = {}
warnings.simplefilter("ignore")


def load(folder, train, test, sparse):
    for part, shape in (("train", train), ("test", test)):
        read = lambda name, kind: np.fromfile(Path(folder) / f"{part}.{name}", dtype=kind)
        x = csr_matrix((read("values", "f8"), read("indices", "i4"), read("starts", "i4")), shape=shape) if sparse else read("values", "f8").reshape(shape)
        state[part] = (x, read("y", "f8"))
    return {}


def fit(method, alpha, classes, fits):
    model = {
        "ridge": lambda: Ridge(),
        "lasso": lambda: Lasso(alpha=alpha),
        "elastic net": lambda: ElasticNet(alpha=alpha),
        "logistic": lambda: LogisticRegression(),
        "svm": lambda: LinearSVC(),
    }[method]()
    x, y = state["train"]
    target = y if classes == 0 else y.astype(int)
    _, times = timed(lambda: [model.fit(x, target) for _ in range(fits)])
    held, truth = state["test"]
    return {**times, "quality": float(model.score(held, truth if classes == 0 else truth.astype(int))), "iterations": int(np.max(getattr(model, "n_iter_", 0) or 0))}


serve({"scikit-learn": sklearn.__version__, "scipy": scipy.__version__}, {"load": load, "fit": fit})
