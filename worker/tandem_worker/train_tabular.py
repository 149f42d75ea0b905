"""Trains a model on a table with scikit-learn or LightGBM, judged by cross-validation, and writes it as data, never as a pickle."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tandem_worker.child import Order, Progress
from tandem_worker.errors import RequestError, bad, shown
from tandem_worker.orders import Learning, TrainOrder, read_order
from tandem_worker.table import Matrix, labels_of, matrix_of, numbers_of_target
from tandem_worker.tabular_store import new_version, save

# The name that Tandem gives a parameter -> scikit-learn's, or LightGBM's.
PARAMETERS = {
    "nEstimators": "n_estimators",
    "maxDepth": "max_depth",
    "minSamplesLeaf": "min_samples_leaf",
    "minSamplesSplit": "min_samples_split",
    "maxFeatures": "max_features",
    "learningRate": "learning_rate",
    "subsample": "subsample",
    "maxLeafNodes": "max_leaf_nodes",
    "l2Regularization": "l2_regularization",
    "earlyStopping": "early_stopping",
}
FOREST = {"nEstimators", "maxDepth", "minSamplesLeaf", "minSamplesSplit", "maxFeatures", "maxLeafNodes"}
TAKEN = {
    "random-forest": FOREST,
    "extra-trees": FOREST,
    "gradient-boosting": {"nEstimators", "maxDepth", "minSamplesLeaf", "minSamplesSplit", "maxFeatures", "learningRate", "subsample"},
    "hist-gradient-boosting": {
        *("nEstimators", "maxDepth", "minSamplesLeaf", "learningRate", "maxLeafNodes", "l2Regularization", "earlyStopping"),
    },
    "lightgbm": {"nEstimators", "maxDepth", "minSamplesLeaf", "learningRate", "maxLeafNodes", "l2Regularization", "subsample"},
}
ESTIMATORS = {
    "random-forest": "RandomForest",
    "extra-trees": "ExtraTrees",
    "gradient-boosting": "GradientBoosting",
    "hist-gradient-boosting": "HistGradientBoosting",
}
IN_HISTOGRAM = {"nEstimators": "max_iter"}
IN_LIGHTGBM = {"minSamplesLeaf": "min_child_samples", "maxLeafNodes": "num_leaves", "l2Regularization": "reg_lambda"}


def train_tabular(order: Order, progress: Progress) -> dict[str, Any]:
    """Reads the order, trains on each fold and then on every row. Returns the fields of the result line."""
    asked = read_order(TrainOrder, order)
    x = matrix_of(asked.columns, len(asked.target))
    classes: list[Any] = []
    y: npt.NDArray[Any]
    if asked.task == "classification":
        classes, y = labels_of(asked.target, asked.folds)
    else:
        y = numbers_of_target(asked.target, asked.folds)
    if asked.algorithm == "gradient-boosting" and np.isnan(x).any():
        raise bad("gradient-boosting of scikit-learn takes no missing values; use hist-gradient-boosting, random-forest or lightgbm.")
    make = maker(asked, order["threads"], order["rayAddress"])
    make()
    progress(0.0, f"{len(x)} rows, {x.shape[1]} features")
    folds = _cross_validate(make, x, y, asked, progress)
    progress(asked.folds / (asked.folds + 1), "every row")
    model = make().fit(x, y)
    artifact = artifact_of(model, list(asked.columns), classes)
    found = {
        "kind": "tabular",
        "name": asked.name,
        "version": new_version(),
        "algorithm": asked.algorithm,
        "task": asked.task,
        "rows": len(x),
        "features": list(asked.columns),
        "classes": classes,
        "parameters": asked.parameters,
        "seed": asked.seed,
        "crossValidation": folds,
        "metrics": folds["mean"],
        "importances": _importances(model, asked),
        "artifact": artifact,
    }
    if asked.name is not None:
        save(order["root"], asked.name, found)
    return found


def maker(asked: Learning, threads: int, ray_address: str | None) -> Callable[[], Any]:
    """Makes the estimator that was asked for, unfitted. Raises RequestError 400 for a parameter that it does not take."""
    if asked.workers > 1 and asked.algorithm != "lightgbm":
        raise bad(f"workers: only lightgbm trains on several machines, {asked.algorithm} has 1.")
    if asked.workers > 1 and ray_address is None:
        raise bad("workers: this worker knows no Ray cluster. Start it with TANDEM_WORKER_RAY_ADDRESS, for example auto.")
    unknown = set(asked.parameters) - TAKEN[asked.algorithm]
    if unknown:
        taken = ", ".join(sorted(TAKEN[asked.algorithm]))
        raise bad(f"parameters has {shown(sorted(unknown)[0])}, which {asked.algorithm} does not take. It takes {taken}.")
    kind = "Classifier" if asked.task == "classification" else "Regressor"
    own = {"hist-gradient-boosting": IN_HISTOGRAM, "lightgbm": IN_LIGHTGBM}.get(asked.algorithm, {})
    options: dict[str, Any] = {own.get(name, PARAMETERS[name]): value for name, value in asked.parameters.items()}
    if options.get("max_features") == "all":
        # 1 would be one feature.
        options["max_features"] = None
    options["random_state"] = asked.seed % 2**31 if asked.algorithm == "lightgbm" else asked.seed
    if asked.algorithm == "lightgbm":
        import lightgbm

        options |= {"n_jobs": threads, "deterministic": True, "force_row_wise": True, "verbosity": -1}
        if "subsample" in options:
            options["subsample_freq"] = 1
        if asked.workers > 1 and ray_address is not None:
            import ray  # noqa: F401 - missing, it is named with its command

            from tandem_worker.ray_boosting import DistributedLightGbm

            is_classifier, workers = asked.task == "classification", asked.workers
            return lambda: DistributedLightGbm(address=ray_address, workers=workers, is_classifier=is_classifier, options=options)
        return lambda: getattr(lightgbm, f"LGBM{kind}")(**options)
    from sklearn import ensemble

    if asked.algorithm in {"random-forest", "extra-trees"}:
        options["n_jobs"] = threads
    make = getattr(ensemble, ESTIMATORS[asked.algorithm] + kind)
    return lambda: make(**options)


def _cross_validate(make: Callable[[], Any], x: Matrix, y: npt.NDArray[Any], asked: TrainOrder, progress: Progress) -> dict[str, Any]:
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = StratifiedKFold if asked.task == "classification" else KFold
    scores: list[dict[str, float]] = []
    for fold, (train, test) in enumerate(kind(asked.folds, shuffle=True, random_state=asked.seed).split(x, y)):
        progress(fold / (asked.folds + 1), f"fold {fold + 1} of {asked.folds}")
        try:
            model = make().fit(x[train], y[train])
        except ValueError as error:
            # What scikit-learn refuses is a parameter out of its range: the table was checked before.
            raise RequestError(400, f"{asked.algorithm}: {str(error)[:500]}") from error
        scores.append(_classified(model, x[test], y[test]) if asked.task == "classification" else _regressed(model, x[test], y[test]))
    names = list(scores[0])
    return {
        "folds": asked.folds,
        "mean": {name: float(np.mean([one[name] for one in scores])) for name in names},
        "std": {name: float(np.std([one[name] for one in scores])) for name in names},
    }


def _classified(model: Any, x: Matrix, y: npt.NDArray[Any]) -> dict[str, float]:
    from sklearn import metrics

    probabilities = model.predict_proba(x)
    found = model.classes_[probabilities.argmax(axis=1)]
    average = "binary" if len(model.classes_) == 2 else "macro"
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(y, found, average=average, zero_division=0)
    scores = {"accuracy": metrics.accuracy_score(y, found), "precision": precision, "recall": recall, "f1": f1}
    scores["logLoss"] = metrics.log_loss(y, probabilities, labels=model.classes_)
    if len(model.classes_) == 2:
        scores["rocAuc"] = metrics.roc_auc_score(y, probabilities[:, 1])
    return {name: float(value) for name, value in scores.items()}


def _regressed(model: Any, x: Matrix, y: npt.NDArray[Any]) -> dict[str, float]:
    from sklearn import metrics

    found = model.predict(x)
    return {
        "r2": float(metrics.r2_score(y, found)),
        "meanAbsoluteError": float(metrics.mean_absolute_error(y, found)),
        "rootMeanSquaredError": float(metrics.root_mean_squared_error(y, found)),
    }


def artifact_of(model: Any, names: list[str], classes: list[Any]) -> dict[str, Any]:
    """A fitted model as text that Tandem reads. The model knows places among the classes; the text names them."""
    if hasattr(model, "booster_"):
        kind, text = "lightgbm", model.booster_.model_to_string()
    else:
        import export_sklearn

        exported = export_sklearn.exported(model)
        exported["featureNames"] = names
        exported["classes"] = classes
        kind, text = export_sklearn.FORMAT, json.dumps(exported, allow_nan=False, separators=(",", ":"))
    data = text.encode()
    return {"format": kind, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "text": text}


def _importances(model: Any, asked: TrainOrder) -> dict[str, float]:
    values = getattr(model, "feature_importances_", None)
    if values is None:
        # HistGradientBoosting has none; permutation importance would take as long as the training.
        return {}
    total = float(np.sum(values)) or 1.0
    return {name: float(value) / total for name, value in zip(asked.columns, values, strict=True)}
