"""Predicts with exported trees in numpy alone: a served model needs neither scikit-learn nor a pickle."""

from typing import Any

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]


class TreeModel:
    """A forest or boosting in the format of export_sklearn. Raises KeyError, TypeError or ValueError for another file."""

    def __init__(self, exported: dict[str, Any]) -> None:
        if exported["format"] != "tandem-sklearn" or exported["kind"] not in {"forest", "boosting"}:
            raise ValueError(f"the file is a {exported['format']} of kind {exported.get('kind')}, expected trees of tandem-sklearn")
        if exported["version"] != 1:
            raise ValueError("the file is of a model behind a preparation, which tandem-ml reads")
        trees = exported["trees"]
        sizes = [len(tree["left"]) for tree in trees]
        self._starts = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
        start_of = np.repeat(self._starts, sizes)
        left, right, self._feature, missing = (_joined(trees, name, np.int64) for name in ("left", "right", "feature", "missingLeft"))
        self._leaf = left < 0
        # A leaf leads to itself, so that every row can take as many steps as the deepest tree has.
        own = np.arange(len(left))
        self._left, self._right = np.where(self._leaf, own, left + start_of), np.where(self._leaf, own, right + start_of)
        self._feature = np.where(self._leaf, 0, self._feature)
        self.n_features = int(exported["nFeatures"])
        if min(self._left.min(), self._right.min()) < 0 or max(self._left.max(), self._right.max()) >= len(left):
            raise ValueError("a split leads out of its tree")
        if self._feature.min() < 0 or self._feature.max() >= self.n_features:
            raise ValueError("a split reads a feature that the model does not have")
        self._missing_left = missing == 1
        self._threshold = _joined(trees, "threshold", np.float64)
        self._values = np.concatenate([np.asarray(tree["values"], dtype=np.float64) for tree in trees])
        self._base = np.asarray(exported["baseScores"], dtype=np.float64)
        self._forest = exported["kind"] == "forest"
        self._log_link = exported["link"] == "log"
        # Trees of scikit-learn's Cython compare float32 features; those of the histogram boosting float64.
        self._casts = not str(exported["estimator"]).startswith("Hist")
        self.classes: list[Any] = exported["classes"]

    def outputs(self, x: Matrix) -> Matrix:
        """Probabilities of shape (rows, classes), or values of shape (rows, 1). Cost: O(rows x trees x depth)."""
        leaves: Matrix = self._values[self._leaves(x)]
        if self._forest:
            mean: Matrix = leaves.mean(axis=1)
            return np.column_stack([1 - mean.sum(axis=1), mean]) if self.classes else mean
        outputs = len(self._base)
        raw = self._base + leaves[:, :, 0].reshape(len(x), -1, outputs).sum(axis=1)
        if not self.classes:
            return np.asarray(np.exp(raw)) if self._log_link else raw
        if outputs == 1:
            probability = 1 / (1 + np.exp(-raw[:, 0]))
            return np.column_stack([1 - probability, probability])
        powers = np.exp(raw - raw.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def _leaves(self, x: Matrix) -> npt.NDArray[np.int64]:
        values = x.astype(np.float32).astype(np.float64) if self._casts else x
        nodes = np.broadcast_to(self._starts, (len(x), len(self._starts))).copy()
        rows = np.arange(len(x))[:, None]
        while True:
            found = values[rows, self._feature[nodes]]
            goes_left = np.where(np.isnan(found), self._missing_left[nodes], found <= self._threshold[nodes])
            following = np.where(goes_left, self._left[nodes], self._right[nodes])
            if np.array_equal(following, nodes):
                return nodes
            nodes = following


def _joined(trees: list[dict[str, Any]], name: str, kind: Any) -> npt.NDArray[Any]:
    return np.concatenate([np.asarray(tree[name], dtype=kind) for tree in trees])
