"""scikit-learn's clustering on rows drawn here, which the benchmark reads from a file."""
import csv
import warnings

import numpy as np
import sklearn
from rival_loop import serve, timed
from sklearn.cluster import HDBSCAN, KMeans, MiniBatchKMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import IsolationForest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import silhouette_score
from sklearn.mixture import GaussianMixture

warnings.filterwarnings("ignore")
state = {}


def make(path, rows, columns, kind, seed, data):
    if kind == "texts":
        texts = [f"{title} {text}" for _, title, text in csv.reader(open(data, encoding="utf-8"))]
        x = TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(texts)
        x.sort_indices()
        x.indptr.astype(np.int32).tofile(f"{path}.starts")
        x.indices.astype(np.int32).tofile(f"{path}.indices")
        x.data.tofile(f"{path}.values")
        state["x"] = x
        return {"rows": x.shape[0], "columns": x.shape[1]}
    if kind == "fading":
        x = np.random.default_rng(seed).normal(size=(rows, columns)) / np.sqrt(1 + np.arange(columns))
    elif kind == "vectors":
        # As embeddings of texts: of length 1, 200 topics of uneven sizes, and a spectrum that fades.
        rng = np.random.default_rng(seed)
        fading = 1 / np.sqrt(1 + np.arange(columns))
        topics = rng.normal(size=(200, columns)) * fading
        x = topics[rng.choice(200, size=rows, p=rng.dirichlet(np.ones(200)))] + rng.normal(size=(rows, columns)) * fading
        x /= np.linalg.norm(x, axis=1, keepdims=True)
    elif kind == "noise":
        x = np.random.default_rng(seed).normal(size=(rows, columns))
    else:
        centers, spread = (8, 1.5) if kind == "dense blobs" else (12, 4.0)
        x, _ = make_blobs(n_samples=rows, n_features=columns, centers=centers, cluster_std=spread, random_state=seed)
    state["x"] = np.ascontiguousarray(x, dtype=np.float64)
    state["x"].tofile(path)
    return {"rows": rows, "columns": columns}


def k_means(k, seed, starts):
    model, times = timed(lambda: KMeans(n_clusters=k, n_init=starts, random_state=seed).fit(state["x"]))
    return {**times, "loss": float(model.inertia_)}


def mini_batch(k, seed, starts):
    model, times = timed(lambda: MiniBatchKMeans(n_clusters=k, n_init=starts, random_state=seed).fit(state["x"]))
    return {**times, "loss": float(model.inertia_)}


def mixture(k, seed, covariance):
    make = GaussianMixture(k, covariance_type=covariance, max_iter=10, tol=0, random_state=seed)
    model, times = timed(lambda: make.fit(state["x"]))
    return {**times, "loss": -float(model.score(state["x"]))}


def hdbscan(seed, fewest):
    model, times = timed(lambda: HDBSCAN(min_cluster_size=fewest, copy=True).fit(state["x"]))
    return {**times, "loss": 1 + int((model.labels_ == -1).sum())}


def pca(k, seed, fits):
    def fit():
        for _ in range(fits):
            model = PCA(k, random_state=seed).fit(state["x"])
        return model

    model, times = timed(fit)
    return {**times, "loss": 1 - float(model.explained_variance_ratio_[: k // 2].sum())}


def svd(k, seed):
    model, times = timed(lambda: TruncatedSVD(k, random_state=seed).fit(state["x"]))
    return {**times, "loss": float((state["x"].data ** 2).sum() - (model.singular_values_ ** 2).sum())}


def silhouette(seed):
    x = state["x"]
    labels = (x[:, :3] > 0) @ [1, 2, 4]
    value, times = timed(lambda: silhouette_score(x, labels))
    return {**times, "loss": 1 - float(value)}


def isolation(seed):
    scores, times = timed(lambda: -IsolationForest(random_state=seed).fit(state["x"]).score_samples(state["x"]))
    return {**times, "loss": float(scores.mean())}


serve(
    {"scikit-learn": sklearn.__version__},
    {
        "make": make,
        "k_means": k_means,
        "mini_batch": mini_batch,
        "mixture": mixture,
        "hdbscan": hdbscan,
        "pca": pca,
        "svd": svd,
        "silhouette": silhouette,
        "isolation": isolation,
    },
)
