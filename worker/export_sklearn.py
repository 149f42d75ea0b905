"""Writes a fitted scikit-learn model as plain numbers in JSON, for importSklearn of tandem-ml/learn.

Usage: python export_sklearn.py model.joblib > model.json        (joblib.load runs code: only open files you trust)
In a program: json.dump(export_sklearn.exported(model), file)
Trees, forests, boosting and linear models, alone or behind a Pipeline of scalers, imputers and encoders; others are refused by name.
"""

import json
import sys
from typing import Any

import numpy as np
import sklearn
from sklearn.base import is_classifier

from export_preparation import plain, prepared, raw

FORMAT, VERSION = "tandem-sklearn", 1
# A model behind a preparation or on categories: a reader of version 1 would ask its trees the wrong numbers.
VERSION_PREPARED = 2
LINEAR = {
    **dict.fromkeys(("LogisticRegression", "LogisticRegressionCV", "SGDClassifier"), "logistic-regression"),
    **dict.fromkeys(("LinearRegression", "SGDRegressor", "HuberRegressor", "BayesianRidge", "LinearSVR"), "linear-regression"),
    **dict.fromkeys(("Ridge", "RidgeCV"), "ridge"),
    **dict.fromkeys(("Lasso", "LassoCV", "ElasticNet", "ElasticNetCV"), "elastic-net"),
    "LinearSVC": "linear-svm",
}
TREES = ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")
FORESTS = ("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor")
BAGGED = ("BaggingClassifier", "BaggingRegressor")
BOOSTED = ("GradientBoostingClassifier", "GradientBoostingRegressor")
HISTOGRAM = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")
JOINED = ("AdaBoostClassifier", "VotingClassifier", "VotingRegressor", "CalibratedClassifierCV", "IsolationForest")


def exported(model: Any) -> dict[str, Any]:
    """The model as plain numbers. Raises SystemExit that names what cannot be exported."""
    while hasattr(model, "best_estimator_"):
        model = model.best_estimator_
    features = int(model.n_features_in_)
    names = [str(n) for n in getattr(model, "feature_names_in_", [])]
    columns = [raw(feature) for feature in range(features)]
    categories: dict[int, list[Any]] = {}
    while type(model).__name__ == "Pipeline":
        for _, step in model.steps[:-1]:
            columns = prepared(step, columns, categories)
        model = model.steps[-1][1]
    if getattr(model, "n_outputs_", 1) != 1:
        raise SystemExit("The model predicts several targets at once. Export one model for each.")
    if type(model).__name__ in HISTOGRAM and getattr(model, "_preprocessor", None) is not None:
        columns = prepared(model._preprocessor, columns, categories)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "sklearn": sklearn.__version__,
        "estimator": type(model).__name__,
        "nFeatures": features,
        "featureNames": names,
        "classes": [plain(c) for c in model.classes_] if is_classifier(model) else [],
    }
    body = exported_body(model)
    if columns == [raw(feature) for feature in range(features)]:
        return head | body
    known = [categories.get(feature) for feature in range(features)]
    texts = [k if k is not None and any(isinstance(c, str) for c in k) else None for k in known]
    codes = [None if k is None else list(range(len(k))) if t is not None else k for k, t in zip(known, texts, strict=True)]
    inputs = [{name: value for name, value in column.items() if name not in {"raw", "rawFill"}} for column in columns]
    return head | body | {"version": VERSION_PREPARED, "inputs": inputs, "codes": codes, "categories": texts}


def exported_body(model: Any) -> dict[str, Any]:
    """What the model itself computes from its columns."""
    name = type(model).__name__
    if name in LINEAR:
        return linear(model)
    if name in (*TREES, *FORESTS, *BAGGED):
        return forest(model)
    if name in BOOSTED:
        return boosted(model)
    if name in HISTOGRAM:
        return histogram(model)
    if name == "AdaBoostClassifier":
        return ada(model)
    if name == "IsolationForest":
        return isolation(model)
    if name in {"VotingClassifier", "VotingRegressor"}:
        return voting(model)
    if name == "CalibratedClassifierCV":
        return calibrated(model)
    known = [*LINEAR, *TREES, *FORESTS, *BAGGED, *BOOSTED, *HISTOGRAM, *JOINED]
    raise SystemExit(f"A {name} cannot be exported. Possible are {', '.join(known)}, and a Pipeline that ends with one.")


def linear(model: Any) -> dict[str, Any]:
    """Coefficients, one row an output."""
    coefficients = np.atleast_2d(model.coef_)
    if not is_classifier(model) and len(coefficients) != 1:
        raise SystemExit("The model predicts several targets at once. Export one model for each.")
    if type(model).__name__ == "SGDClassifier" and (model.loss != "log_loss" or len(coefficients) > 1):
        raise SystemExit("Of SGDClassifier, loss='log_loss' of two classes can be exported.")
    if len(coefficients) > 1 and (getattr(model, "multi_class", "") == "ovr" or getattr(model, "solver", "") == "liblinear"):
        raise SystemExit("The model judges its classes one by one (ovr, liblinear). Train it with solver='lbfgs'.")
    intercepts = np.broadcast_to(np.atleast_1d(model.intercept_), (len(coefficients),))
    kind = LINEAR[type(model).__name__]
    return {"kind": "linear", "model": kind, "coefficients": coefficients.tolist(), "intercepts": intercepts.tolist()}


def tree(fitted: Any, values: Any, columns: Any = None) -> dict[str, Any]:
    """Nodes of a sklearn.tree._tree.Tree; `values` has one row a node; `columns` are those that the tree was shown."""
    feature = fitted.feature if columns is None else np.where(fitted.feature < 0, -2, np.asarray(columns)[fitted.feature])
    return {
        "left": fitted.children_left.tolist(),
        "right": fitted.children_right.tolist(),
        "feature": feature.tolist(),
        "threshold": finite(fitted.threshold),
        "missingLeft": fitted.missing_go_to_left.astype(int).tolist(),
        "cover": fitted.n_node_samples.tolist(),
        "values": values.tolist(),
    }


def forest(model: Any) -> dict[str, Any]:
    """Trees whose leaves hold the probabilities of every class but the first, or the value."""
    trees = []
    # One tree alone is a forest of one. Trees in a bag may see some columns, and some classes, alone.
    shown = getattr(model, "estimators_features_", None)
    for at, estimator in enumerate(getattr(model, "estimators_", [model])):
        if not hasattr(estimator, "tree_"):
            raise SystemExit(f"The {type(model).__name__} holds a {type(estimator).__name__}. Only trees in it can be exported.")
        values = estimator.tree_.value[:, 0, :]
        if is_classifier(model):
            shares = np.zeros((len(values), len(model.classes_)))
            own = range(len(model.classes_)) if shown is None else np.asarray(estimator.classes_, dtype=int)
            shares[:, own] = values / values.sum(axis=1, keepdims=True)
            values = shares[:, 1:]
        trees.append(tree(estimator.tree_, values, None if shown is None else shown[at]))
    importances = getattr(model, "feature_importances_", np.zeros(0)).tolist()
    return {"kind": "forest", "trees": trees, "baseScores": [0.0], "importances": importances, "link": "none"}


def ada(model: Any) -> dict[str, Any]:
    """SAMME: each tree votes with its weight for one class; softmax of the votes, which for two classes is the sigmoid."""
    classes = len(model.classes_)
    total = model.estimator_weights_.sum()
    trees = []
    for estimator, weight in zip(model.estimators_, model.estimator_weights_, strict=False):
        if not hasattr(estimator, "tree_"):
            raise SystemExit(f"The AdaBoostClassifier holds a {type(estimator).__name__}. Only trees in it can be exported.")
        chosen = np.searchsorted(model.classes_, estimator.classes_)[estimator.tree_.value[:, 0, :].argmax(axis=1)]
        if classes == 2:
            trees.append(tree(estimator.tree_, (np.where(chosen == 1, 2.0, -2.0) * weight / total)[:, None]))
        else:
            for k in range(classes):
                votes = np.where(chosen == k, 1.0, -1 / (classes - 1)) * weight / total / (classes - 1)
                trees.append(tree(estimator.tree_, votes[:, None]))
    bases = [0.0] * (classes if classes > 2 else 1)
    return {"kind": "boosting", "trees": trees, "baseScores": bases, "importances": model.feature_importances_.tolist(), "link": "none"}


def isolation(model: Any) -> dict[str, Any]:
    """The anomaly score of Liu et al. 2008, 0 to 1, which is -score_samples: 2 to the power of -(mean depth / expected depth)."""
    from sklearn.ensemble._iforest import _average_path_length

    scale = -np.log(2) / (len(model.estimators_) * _average_path_length([model._max_samples])[0])
    trees = []
    for estimator, shown in zip(model.estimators_, model.estimators_features_, strict=True):
        fitted = estimator.tree_
        depth = np.zeros(fitted.node_count)
        for node in range(fitted.node_count):
            for child in (fitted.children_left[node], fitted.children_right[node]):
                if child >= 0:
                    depth[child] = depth[node] + 1
        length = depth + _average_path_length(fitted.n_node_samples)
        trees.append(tree(fitted, (length * scale)[:, None], shown))
    return {"kind": "boosting", "trees": trees, "baseScores": [0.0], "importances": [], "link": "log"}


def voting(model: Any) -> dict[str, Any]:
    """The mean of what the members say, where all of them are forests (of a regression: trees of any kind)."""
    weights = np.asarray(model._weights_not_none if model.weights is not None else [1.0] * len(model.estimators_), dtype=float)
    weights = weights / weights.sum()
    if is_classifier(model) and model.voting != "soft":
        raise SystemExit("The VotingClassifier counts votes (hard). Use voting='soft'.")
    parts = [exported_body(member) for member in model.estimators_]
    wanted = {"forest"} if is_classifier(model) else {"forest", "boosting"}
    if any(part["kind"] not in wanted or part["link"] != "none" for part in parts):
        raise SystemExit(f"The {type(model).__name__} joins members that are no {' or '.join(sorted(wanted))}. Export each of them.")
    count = sum(len(part["trees"]) for part in parts)
    trees, base = [], 0.0
    for part, weight in zip(parts, weights, strict=True):
        mean = len(part["trees"]) if part["kind"] == "forest" else 1
        by = weight / mean * (count if is_classifier(model) else 1)
        base += part["baseScores"][0] * weight
        trees += [t | {"values": (np.asarray(t["values"]) * by).tolist()} for t in part["trees"]]
    kind = "forest" if is_classifier(model) else "boosting"
    return {"kind": kind, "trees": trees, "baseScores": [base], "importances": [], "link": "none"}


def calibrated(model: Any) -> dict[str, Any]:
    """One model of two classes with a sigmoid behind it: the sigmoid of a line of its score."""
    parts = model.calibrated_classifiers_
    if len(parts) != 1 or model.method != "sigmoid" or len(model.classes_) != 2:
        raise SystemExit("Of CalibratedClassifierCV, method='sigmoid' of two classes with ensemble=False can be exported.")
    body = exported_body(parts[0].estimator)
    a, b = float(parts[0].calibrators[0].a_), float(parts[0].calibrators[0].b_)
    if body["kind"] == "linear":
        return body | {"coefficients": (-a * np.asarray(body["coefficients"])).tolist(), "intercepts": [-a * body["intercepts"][0] - b]}
    # A forest has no score but the probability itself.
    by = -a / (len(body["trees"]) if body["kind"] == "forest" else 1)
    trees = [t | {"values": (np.asarray(t["values"]) * by).tolist()} for t in body["trees"]]
    return body | {"kind": "boosting", "trees": trees, "baseScores": [-a * body["baseScores"][0] - b]}


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
    trees = []
    gains = np.zeros(model.n_features_in_)
    for stage in model._predictors:
        for predictor in stage:
            nodes = predictor.nodes
            leaf = nodes["is_leaf"].astype(bool)
            np.add.at(gains, nodes["feature_idx"][~leaf], np.maximum(nodes["gain"][~leaf], 0))
            sets = nodes["is_categorical"].astype(bool) if "is_categorical" in nodes.dtype.names else np.zeros(len(nodes), dtype=bool)
            words = [predictor.raw_left_cat_bitsets[n["bitset_idx"]] if own else None for n, own in zip(nodes, sets, strict=True)]
            listed = {"sets": [None if w is None else bits(w) for w in words]} if sets.any() else {}
            trees.append(
                listed
                | {
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


def bits(words: Any) -> list[int]:
    """The numbers whose bits are set."""
    return [at * 32 + bit for at, word in enumerate(words) for bit in range(32) if (int(word) >> bit) & 1]


def finite(thresholds: Any) -> Any:
    """A split between missing and not missing has the threshold infinity, which JSON cannot say."""
    largest = float(np.finfo(np.float32).max)
    return np.clip(thresholds, -largest, largest).tolist()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    import joblib

    json.dump(exported(joblib.load(sys.argv[1])), sys.stdout, allow_nan=False)
