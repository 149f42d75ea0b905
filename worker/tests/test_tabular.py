"""Training on real tables, and serving what was trained without scikit-learn's pickle."""

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.conftest import TOKEN, RunningWorker, wait_until

sklearn = pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'tandem-worker[tabular]'")
from sklearn import datasets, ensemble  # noqa: E402

# Breast cancer Wisconsin (CC BY 4.0) and diabetes, as scikit-learn ships them.
CANCER = datasets.load_breast_cancer()
FEATURES = [str(name) for name in CANCER.feature_names[:8]]
X = CANCER.data[:, :8]
LABELS = ["benign" if target == 1 else "malignant" for target in CANCER.target]
ALGORITHMS = ["random-forest", "gradient-boosting", "hist-gradient-boosting", "lightgbm"]


def order(**more: Any) -> dict[str, Any]:
    columns = {name: X[:, place].tolist() for place, name in enumerate(FEATURES)}
    return {"columns": columns, "target": LABELS, "parameters": {"nEstimators": 10}, "folds": 2, "seed": 7} | more


def train(worker: RunningWorker, **more: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    response = worker.client.post("/tandem/v1/train", json=order(**more))
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["type"] for line in lines] == ["progress"] * (len(lines) - 1) + ["result"], lines[-1]
    return lines[:-1], lines[-1]


def tensor(x: Any) -> dict[str, Any]:
    return {"inputs": [{"name": "features", "datatype": "FP64", "shape": list(x.shape), "data": x.ravel().tolist()}]}


# The others are compared with Node's predictions by test/journeys/python-worker.test.ts as well.
SLOW = [pytest.param(algorithm, marks=pytest.mark.slow) for algorithm in ALGORITHMS[1:]]


@pytest.mark.parametrize("algorithm", [ALGORITHMS[0], *SLOW])
def test_serves_what_the_library_would_have_predicted(worker: RunningWorker, algorithm: str) -> None:
    if algorithm == "lightgbm":
        pytest.importorskip("lightgbm", reason="needs LightGBM: pip install 'tandem-worker[tabular]'")
    progress, result = train(worker, algorithm=algorithm, name=f"cancer-{algorithm}")
    shares = [line["progress"] for line in progress]
    assert shares == sorted(shares)
    assert result["classes"] == ["benign", "malignant"]
    assert result["crossValidation"]["folds"] == 2
    assert result["crossValidation"]["mean"]["rocAuc"] > 0.95
    answer = worker.infer(f"tabular.cancer-{algorithm}", tensor(X)).json()
    outputs = {output["name"]: output for output in answer["outputs"]}
    assert answer["model_version"] == result["version"]
    codes = [int(label == "malignant") for label in LABELS]
    if algorithm == "lightgbm":
        import lightgbm

        fitted = lightgbm.LGBMClassifier(
            n_estimators=10, random_state=7, n_jobs=2, deterministic=True, force_row_wise=True, verbosity=-1
        ).fit(X, codes)
    else:
        kind = {
            "random-forest": ensemble.RandomForestClassifier,
            "gradient-boosting": ensemble.GradientBoostingClassifier,
            "hist-gradient-boosting": ensemble.HistGradientBoostingClassifier,
        }[algorithm]
        trees = {"max_iter" if "hist" in algorithm else "n_estimators": 10}
        fitted = kind(random_state=7, **trees).fit(X, codes)
    expected = np.asarray(fitted.predict_proba(X))
    found = np.array(outputs["predict_proba"]["data"]).reshape(outputs["predict_proba"]["shape"])
    # 1e-12: only the order of adding the trees differs.
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert outputs["predict"]["data"] == [result["classes"][place] for place in expected.argmax(axis=1)]


@pytest.mark.slow
def test_serves_missing_values_classes_beyond_two_and_regression_as_the_library(worker: RunningWorker) -> None:
    wine = datasets.load_wine()
    holes = wine.data.copy()
    holes[::7, 3] = np.nan
    columns = {f"f{place}": [None if np.isnan(v) else v for v in holes[:, place]] for place in range(holes.shape[1])}
    for algorithm, kind in (("random-forest", ensemble.RandomForestClassifier), ("hist-gradient-boosting", None)):
        train(worker, name="wine", algorithm=algorithm, columns=columns, target=wine.target.tolist())
        model = (kind or ensemble.HistGradientBoostingClassifier)(random_state=7, **({"n_estimators": 10} if kind else {"max_iter": 10}))
        expected = model.fit(holes, wine.target).predict_proba(holes)
        body = {"inputs": [{"name": name, "datatype": "FP64", "shape": [len(holes)], "data": values} for name, values in columns.items()]}
        answer = worker.infer("tabular.wine", body).json()
        found = np.array(answer["outputs"][1]["data"]).reshape(-1, 3)
        np.testing.assert_allclose(found, expected, atol=1e-12)
        assert answer["parameters"]["classes"] == ["0", "1", "2"]
        time.sleep(0.002)
    diabetes = datasets.load_diabetes()
    columns = {name: diabetes.data[:, place].tolist() for place, name in enumerate(diabetes.feature_names)}
    _, result = train(worker, name="diabetes", task="regression", columns=columns, target=diabetes.target.tolist())
    assert 0.2 < result["metrics"]["r2"] < 0.7
    assert abs(sum(result["importances"].values()) - 1) < 1e-9
    expected = ensemble.RandomForestRegressor(n_estimators=10, random_state=7).fit(diabetes.data, diabetes.target).predict(diabetes.data)
    answer = worker.infer("tabular.diabetes", tensor(diabetes.data)).json()
    np.testing.assert_allclose(answer["outputs"][0]["data"], expected, atol=1e-9)


def test_trains_on_csv_as_on_json(worker: RunningWorker) -> None:
    _, first = train(worker)
    rows = [",".join([*FEATURES, "diagnosis"])]
    rows += [",".join([*(repr(float(v)) for v in row), label]) for row, label in zip(X, LABELS, strict=True)]
    query = {"target": "diagnosis", "algorithm": "random-forest", "folds": "2", "seed": "7", "nEstimators": "10"}
    response = worker.client.post("/tandem/v1/train", content="\n".join(rows), params=query, headers={"content-type": "text/csv"})
    result = json.loads(response.text.splitlines()[-1])
    assert (result["type"], result["rows"], result["features"]) == ("result", len(X), FEATURES)
    assert result["artifact"]["sha256"] == first["artifact"]["sha256"]


def test_keeps_versions_and_lists_them_in_the_repository(worker: RunningWorker) -> None:
    found = [train(worker, name="twice", seed=seed, parameters={"nEstimators": 2})[1]["version"] for seed in (1, 2)]
    assert worker.client.get("/v2/models/tabular.twice").json()["versions"] == found[::-1]
    index = worker.client.post("/v2/repository/index").json()
    assert {"name": "tabular.twice", "version": found[0], "state": "READY", "reason": ""} in index
    answers = [
        worker.client.post(f"/v2/models/tabular.twice/versions/{version}/infer", json=tensor(X[:5])).json()["model_version"]
        for version in found
    ]
    assert answers == found
    assert worker.client.post("/v2/repository/models/tabular.twice/unload").json() == {}
    assert worker.infer("tabular.twice", tensor(X[:5])).status_code == 200


BAD: list[tuple[str, dict[str, Any]]] = [
    ("algorithm", {"algorithm": "svm"}),
    ("each row needs one", {"target": LABELS[:-1]}),
    ("must be a number, true, false or null", {"columns": {"a": ["x"] * len(X)}}),
    ("At most 3.40282e+38", {"columns": {"a": [1e39] * len(X)}}),
    ("has 1 different labels", {"target": ["same"] * len(X)}),
    ("mixes", {"target": [*LABELS[:-1], 1]}),
    ("has 1 rows, but each of the 2 folds", {"target": [*LABELS[:-1], "rare"]}),
    ("which random-forest does not take", {"parameters": {"depth": 3}}),
    ("random-forest:", {"parameters": {"nEstimators": -1}}),
    ("name", {"name": "../escape"}),
    ("takes no missing values", {"algorithm": "gradient-boosting", "columns": {"a": [None] * len(X)}}),
    ("Extra inputs", {"rows": []}),
]


@pytest.mark.parametrize(("says", "more"), BAD)
def test_refuses_an_order_before_it_trains(worker: RunningWorker, says: str, more: dict[str, Any]) -> None:
    response = worker.client.post("/tandem/v1/train", json=order(**more))
    if response.status_code == 200:
        # What only the first fold can tell comes as a line.
        line = json.loads(response.text.splitlines()[-1])
        assert (line["type"], line["code"]) == ("error", "invalid_input")
        assert says in line["message"]
        return
    assert (response.status_code, says in response.json()["error"]) == (400, True), response.text


def test_refuses_rows_that_are_not_the_models(worker: RunningWorker) -> None:
    train(worker, name="rows")
    for body, says in (
        (tensor(X[:, :3]), "must have the shape [n, 8]"),
        ({"inputs": [{"name": "x", "datatype": "FP64", "shape": [1], "data": [1]}]}, "inputs lacks 'mean radius'"),
        ({"inputs": [{"name": "features", "datatype": "BYTES", "shape": [1], "data": ["1"]}]}, "must hold numbers"),
    ):
        response = worker.infer("tabular.rows", body)
        assert (response.status_code, says in response.json()["error"]) == (400, True), response.text


def test_stops_a_training_whose_caller_left_and_trains_one_at_a_time(worker: RunningWorker, root: Path) -> None:
    slow = order(parameters={"nEstimators": 100_000}, name="never")
    headers = {"authorization": f"Bearer {TOKEN}"}
    url = f"http://127.0.0.1:{worker.line['port']}/tandem/v1/train"
    with httpx.Client(timeout=300) as client, client.stream("POST", url, json=slow, headers=headers) as response:
        lines = response.iter_lines()
        assert json.loads(next(lines))["type"] == "progress"
        refused = worker.client.post("/tandem/v1/train", json=order())
        assert (refused.status_code, "at most 1 do so at once" in refused.json()["error"]) == (503, True)
        # The worker answers beside it.
        assert worker.embed(["a"]).status_code == 200
    wait_until(lambda: worker.client.post("/tandem/v1/train", json={}).status_code == 400)
    assert not (root / "tabular" / "never").exists()


def matrix(x: Any, y: Any, fold_of: Any, **more: Any) -> bytes:
    head = {"algorithm": "random-forest", "parameters": {"nEstimators": 10}, "seed": 7, "rows": len(x), "features": x.shape[1]}
    head |= {"classes": 2, "folds": 2} | more
    parts = [x.astype("<f4").tobytes(), y.astype("<f8").tobytes(), fold_of.astype(np.uint8).tobytes()]
    return json.dumps(head).encode() + b"\n" + b"".join(parts)


def send(worker: RunningWorker, body: bytes) -> httpx.Response:
    return worker.client.post("/tandem/v1/train", content=body, headers={"content-type": "application/octet-stream"})


def test_learns_a_matrix_on_the_folds_it_is_given(worker: RunningWorker) -> None:
    folds = np.arange(len(X)) % 2
    response = send(worker, matrix(X, CANCER.target, folds))
    lines = [json.loads(line) for line in response.text.splitlines()]
    result = lines[-1]
    assert (response.status_code, result["type"]) == (200, "result"), result
    assert result["libraries"]["scikit-learn"]
    text = "".join(line["text"] for line in lines if line["type"] == "artifact")
    assert hashlib.sha256(text.encode()).hexdigest() == result["artifact"]["sha256"]
    for line in (line for line in lines if line["type"] == "fold"):
        test = folds == line["fold"]
        model = ensemble.RandomForestClassifier(n_estimators=10, random_state=7).fit(X[~test].astype("f4"), CANCER.target[~test])
        said = np.frombuffer(base64.b64decode(line["predictions"])).reshape(-1, 2)
        assert np.array_equal(said, model.predict_proba(X[test].astype("f4")))


def test_weighs_the_rows_of_a_matrix_and_learns_from_earlier_folds_alone_where_they_grow(worker: RunningWorker) -> None:
    folds = np.where(np.arange(len(X)) < 200, 255, np.minimum(1, np.arange(len(X)) // 400)).astype(np.uint8)
    weights = np.random.default_rng(0).exponential(1, len(X))
    head, _, rest = matrix(X, CANCER.target, folds, weighted=True, growing=True).partition(b"\n")
    body = head + b"\n" + rest[: -len(X)] + weights.astype("<f8").tobytes() + rest[-len(X) :]
    lines = [json.loads(line) for line in send(worker, body).text.splitlines()]
    assert lines[-1]["type"] == "result", lines[-1]
    for line in (line for line in lines if line["type"] == "fold"):
        learned, test = (folds == 255) | (folds < line["fold"]), folds == line["fold"]
        model = ensemble.RandomForestClassifier(n_estimators=10, random_state=7)
        model.fit(X[learned].astype("f4"), CANCER.target[learned], sample_weight=weights[learned])
        said = np.frombuffer(base64.b64decode(line["predictions"])).reshape(-1, 2)
        assert np.array_equal(said, model.predict_proba(X[test].astype("f4")))


@pytest.mark.parametrize(
    ("says", "more", "cut"),
    [
        ("Behind the first line stand", {}, 1),
        ("must be the numbers 0 to 2", {"classes": 3}, 0),
        ("does not suit the task regression", {"task": "regression"}, 0),
        ("each fold a row", {"folds": 3}, 0),
        ("Extra inputs", {"columns": {}}, 0),
    ],
)
def test_refuses_a_matrix_that_is_not_as_its_first_line_says(worker: RunningWorker, says: str, more: dict[str, Any], cut: int) -> None:
    body = matrix(X, CANCER.target, np.arange(len(X)) % 2, **more)
    response = send(worker, body[: len(body) - cut])
    assert (response.status_code, says in response.json()["error"]) == (400, True), response.text
