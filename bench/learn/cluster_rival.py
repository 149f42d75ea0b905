"""scikit-learn's clustering on rows drawn here, which the benchmark reads from a file."""
import warnings

import numpy as np
import sklearn
from rival_loop import serve, timed
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.datasets import make_blobs

warnings.filterwarnings("ignore")
state = {}


def make(path, rows, columns, kind, seed):
    if kind == "blobs":
        x, _ = make_blobs(n_samples=rows, n_features=columns, centers=12, cluster_std=4.0, random_state=seed)
    else:
        x = np.random.default_rng(seed).normal(size=(rows, columns))
    state["x"] = np.ascontiguousarray(x, dtype=np.float64)
    state["x"].tofile(path)
    return {"rows": rows}


def k_means(k, seed, starts):
    model, times = timed(lambda: KMeans(n_clusters=k, n_init=starts, random_state=seed).fit(state["x"]))
    return {**times, "loss": float(model.inertia_)}


def mini_batch(k, seed, starts):
    model, times = timed(lambda: MiniBatchKMeans(n_clusters=k, n_init=starts, random_state=seed).fit(state["x"]))
    return {**times, "loss": float(model.inertia_)}


serve({"scikit-learn": sklearn.__version__}, {"make": make, "k_means": k_means, "mini_batch": mini_batch})
