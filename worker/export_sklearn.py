"""Writes a fitted scikit-learn model as plain numbers in JSON, for importSklearn of tandem-ml/learn.

Usage: python export_sklearn.py model.joblib > model.json        (joblib.load runs code: only open files you trust)
In a program: json.dump(export_sklearn.exported(model), file)
Decision trees, random forests, extra trees, gradient boosting, histogram gradient boosting, and linear models; others are refused by name.
"""

import json
import sys
from typing import Any

import numpy as np
import sklearn
from sklearn.base import is_classifier
from sklearn.linear_model import (
    ElasticNet,
    ElasticNetCV,
    Lasso,
    LassoCV,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Ridge,
    RidgeCV,
)
from sklearn.svm import LinearSVC

FORMAT, VERSION = "tandem-sklearn", 1
LINEAR = {
    LogisticRegression: "logistic-regression",
    LogisticRegressionCV: "logistic-regression",
    LinearSVC: "linear-svm",
    LinearRegression: "linear-regression",
    Ridge: "ridge",
    RidgeCV: "ridge",
    Lasso: "elastic-net",
    LassoCV: "elastic-net",
    ElasticNet: "elastic-net",
    ElasticNetCV: "elastic-net",
}
TREES = ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")
FORESTS = ("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor")
BOOSTED = ("GradientBoostingClassifier", "GradientBoostingRegressor")
HISTOGRAM = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")


def exported(model: Any) -> dict[str, Any]:
    """The model as plain numbers. Raises SystemExit that names what cannot be exported."""
    name = type(model).__name__
    if getattr(model, "n_outputs_", 1) != 1:
        raise SystemExit("The model predicts several targets at once. Export one model for each.")
    head = {
        "format": FORMAT,
        "version": VERSION,
        "sklearn": sklearn.__version__,
        "estimator": name,
        "nFeatures": int(model.n_features_in_),
        "featureNames": [str(n) for n in getattr(model, "feature_names_in_", [])],
        "classes": [plain(c) for c in model.classes_] if is_classifier(model) else [],
    }
    if type(model) in LINEAR:
        return head | linear(model)
    if name in (*TREES, *FORESTS):
        return head | forest(model)
    if name in BOOSTED:
        return head | boosted(model)
    if name in HISTOGRAM:
        return head | histogram(model)
    known = [kind.__name__ for kind in LINEAR] + [*TREES, *FORESTS, *BOOSTED, *HISTOGRAM]
    raise SystemExit(f"A {name} cannot be exported. Possible are {', '.join(known)}.")


def linear(model: Any) -> dict[str, Any]:
    """Coefficients, one row an output."""
    coefficients = np.atleast_2d(model.coef_)
    if not is_classifier(model) and len(coefficients) != 1:
        raise SystemExit("The model predicts several targets at once. Export one model for each.")
    intercepts = np.broadcast_to(np.atleast_1d(model.intercept_), (len(coefficients),))
    return {"kind": "linear", "model": LINEAR[type(model)], "coefficients": coefficients.tolist(), "intercepts": intercepts.tolist()}


def tree(fitted: Any, values: Any) -> dict[str, Any]:
    """Nodes of a sklearn.tree._tree.Tree; `values` has one row a node."""
    return {
        "left": fitted.children_left.tolist(),
        "right": fitted.children_right.tolist(),
        "feature": fitted.feature.tolist(),
        "threshold": finite(fitted.threshold),
        "missingLeft": fitted.missing_go_to_left.astype(int).tolist(),
        "cover": fitted.n_node_samples.tolist(),
        "values": values.tolist(),
    }


def forest(model: Any) -> dict[str, Any]:
    """Trees whose leaves hold the probabilities of every class but the first, or the value."""
    trees = []
    # One tree alone is a forest of one.
    for estimator in getattr(model, "estimators_", [model]):
        values = estimator.tree_.value[:, 0, :]
        if is_classifier(model):
            values = (values / values.sum(axis=1, keepdims=True))[:, 1:]
        trees.append(tree(estimator.tree_, values))
    return {"kind": "forest", "trees": trees, "baseScores": [0.0], "importances": model.feature_importances_.tolist(), "link": "none"}


def boosted(model: Any) -> dict[str, Any]:
    """Trees of a gradient boosting, with the learning rate in their leaves."""
    if type(model.init_).__module__ != "sklearn.dummy":
        raise SystemExit("The boosting starts from another model (init). Only a constant start can be exported.")
    base = np.asarray(model._raw_predict_init(np.zeros((1, model.n_features_in_), dtype=np.float32)))[0]
    # Exponential loss: the probability is expit(2 score).
    scale = 2.0 if getattr(model, "loss", "") == "exponential" else 1.0
    trees = [
        tree(estimator.tree_, estimator.tree_.value[:, 0, :] * model.learning_rate * scale)
        for stage in model.estimators_
        for estimator in stage
    ]
    return {
        "kind": "boosting",
        "trees": trees,
        "baseScores": (base * scale).tolist(),
        "importances": model.feature_importances_.tolist(),
        "link": "none",
    }


def histogram(model: Any) -> dict[str, Any]:
    """Trees of a histogram gradient boosting."""
    if model.is_categorical_ is not None and np.any(model.is_categorical_):
        raise SystemExit("The model reorders and encodes categorical features before its trees. Encode them yourself and train on numbers.")
    trees = []
    gains = np.zeros(model.n_features_in_)
    for stage in model._predictors:
        for predictor in stage:
            nodes = predictor.nodes
            leaf = nodes["is_leaf"].astype(bool)
            np.add.at(gains, nodes["feature_idx"][~leaf], np.maximum(nodes["gain"][~leaf], 0))
            trees.append(
                {
                    "left": np.where(leaf, -1, nodes["left"].astype(int)).tolist(),
                    "right": np.where(leaf, -1, nodes["right"].astype(int)).tolist(),
                    "feature": nodes["feature_idx"].tolist(),
                    "threshold": finite(nodes["num_threshold"]),
                    "missingLeft": nodes["missing_go_to_left"].astype(int).tolist(),
                    "cover": nodes["count"].tolist(),
                    "values": nodes["value"].reshape(-1, 1).tolist(),
                }
            )
    link = "log" if type(model._loss.link).__name__ == "LogLink" else "none"
    return {
        "kind": "boosting",
        "trees": trees,
        "baseScores": np.ravel(model._baseline_prediction).tolist(),
        "importances": (gains / (gains.sum() or 1)).tolist(),
        "link": link,
    }


def finite(thresholds: Any) -> Any:
    """A split between missing and not missing has the threshold infinity, which JSON cannot say."""
    largest = float(np.finfo(np.float32).max)
    return np.clip(thresholds, -largest, largest).tolist()


def plain(label: Any) -> Any:
    """A class as JSON can say it."""
    return label.item() if hasattr(label, "item") else label


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    import joblib

    json.dump(exported(joblib.load(sys.argv[1])), sys.stdout, allow_nan=False)
