"""Trains for Tandem's own training: on exactly the rows and folds that it chose, whose numbers it encoded.

The body is a line of JSON (MatrixOrder), then, in little-endian bytes: x, float32 of shape (rows, features), NaN where a value is
missing; y, float64 a row (a class by its number, or a value); where the order is weighted, the weight of each row, float64; and the fold
of each row, uint8 (255: of none). For each fold a line holds what a model that has not seen it says of its rows, in their order: float64
of shape (rows of the fold, classes or 1). The model comes in pieces, so that no line is long.
"""

import base64
import time
from collections.abc import Callable
from importlib import metadata
from platform import python_version
from typing import Any

import numpy as np
import numpy.typing as npt

from tandem_worker.child import Order, Progress
from tandem_worker.errors import RequestError, bad
from tandem_worker.orders import MatrixOrder, check_order
from tandem_worker.tensors import parse_json
from tandem_worker.train_tabular import artifact_of, maker

PIECE_CHARACTERS = 256 * 1024

Floats = npt.NDArray[np.float64]
NO_FOLD = 255


def train_matrix(order: Order, progress: Progress) -> dict[str, Any]:
    """Fits each fold and then every row. Returns the fields of the result line and, as `lines`, those before it."""
    head, _, body = order["body"].partition(b"\n")
    asked = check_order(MatrixOrder, parse_json(head))
    x, y, weights, fold = arrays_of(asked, body)
    make = maker(asked, order["threads"], order["rayAddress"])
    lines: list[dict[str, Any]] = []
    make()
    started = time.perf_counter()
    for number in range(asked.folds):
        progress(number / (asked.folds + 1), f"fold {number + 1} of {asked.folds}")
        test = fold == number
        learned = (fold == NO_FOLD) | (fold < number) if asked.growing else ~test
        model = fit(make, x[learned], y[learned], None if weights is None else weights[learned], asked.algorithm)
        said = outputs_of(model, x[test], asked.classes)
        lines.append({"type": "fold", "fold": number, "predictions": base64.b64encode(said.astype("<f8").tobytes()).decode()})
    progress(asked.folds / (asked.folds + 1), f"all {asked.rows} rows")
    model = fit(make, x, y, weights, asked.algorithm)
    fit_seconds = time.perf_counter() - started
    artifact = artifact_of(model, [], list(range(asked.classes)))
    text = artifact.pop("text")
    lines += [{"type": "artifact", "text": text[start : start + PIECE_CHARACTERS]} for start in range(0, len(text), PIECE_CHARACTERS)]
    return {
        "kind": "matrix",
        "algorithm": asked.algorithm,
        "rows": asked.rows,
        "artifact": artifact,
        "libraries": _libraries(asked.algorithm),
        "fitSeconds": round(fit_seconds, 6),
        "otherSeconds": round(time.perf_counter() - order["startedAt"] - fit_seconds, 6),
        "lines": lines,
    }


def arrays_of(asked: MatrixOrder, body: bytes) -> tuple[npt.NDArray[np.float32], Floats, Floats | None, npt.NDArray[np.uint8]]:
    """The parts of the body. Raises RequestError 400 when its length, a class, a weight or a value is not as the order says."""
    rows, cells = asked.rows, asked.rows * asked.features
    expected = cells * 4 + rows * (17 if asked.weighted else 9)
    if len(body) != expected:
        raise bad(f"Behind the first line stand {len(body)} bytes; {rows} rows of {asked.features} features are {expected}.")
    # Copies: scikit-learn refuses memory that cannot be written to.
    x = np.frombuffer(body, dtype="<f4", count=cells).reshape(rows, asked.features).copy()
    y = np.frombuffer(body[cells * 4 :], dtype="<f8", count=rows).copy()
    weights = np.frombuffer(body[cells * 4 + rows * 8 :], dtype="<f8", count=rows).copy() if asked.weighted else None
    fold = np.frombuffer(body[expected - rows :], dtype=np.uint8)
    if np.isinf(x).any() or not np.isfinite(y).all():
        raise bad("The rows hold infinity, or a target that is missing.")
    if (asked.task == "classification") != (asked.classes > 0):
        raise bad(f"classes is {asked.classes}, which does not suit the task {asked.task}.")
    if asked.classes > 0 and not np.array_equal(np.unique(y), np.arange(asked.classes)):
        raise bad(f"The targets must be the numbers 0 to {asked.classes - 1}, and each class must have a row.")
    if asked.folds > 0 and not np.array_equal(np.unique(fold[fold != NO_FOLD]), np.arange(asked.folds)):
        raise bad(f"Each row must have one of {asked.folds} folds or none ({NO_FOLD}), and each fold a row.")
    if weights is not None and not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise bad("A weight must be a finite number from 0, and one of them above 0.")
    return x, y, weights, fold


def fit(make: Callable[[], Any], x: npt.NDArray[np.float32], y: Floats, weights: Floats | None, algorithm: str) -> Any:
    """A fitted model. Raises RequestError 400 with what scikit-learn refuses."""
    try:
        return make().fit(x, y) if weights is None else make().fit(x, y, sample_weight=weights)
    except ValueError as error:
        raise RequestError(400, f"{algorithm}: {str(error)[:500]}") from error


def outputs_of(model: Any, x: npt.NDArray[np.float32], classes: int) -> Floats:
    """Probabilities of all classes, 0 for those that the model has not seen; or values, of shape (rows, 1)."""
    if classes == 0:
        return np.asarray(model.predict(x), dtype=np.float64)[:, None]
    found = np.zeros((len(x), classes))
    found[:, np.asarray(model.classes_, dtype=np.int64)] = model.predict_proba(x)
    return found


def _libraries(algorithm: str) -> dict[str, str]:
    found = {"python": python_version()}
    for name in ("lightgbm" if algorithm == "lightgbm" else "scikit-learn", "numpy"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
