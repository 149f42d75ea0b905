"""MAPIE's cross-conformal sets and intervals around scikit-learn's forests."""
import mapie
import numpy as np
import sklearn
from mapie.classification import CrossConformalClassifier
from mapie.regression import CrossConformalRegressor
from rival_loop import serve, timed
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

state = {}
TREES = {"n_estimators": 100, "max_depth": 10, "min_samples_split": 5, "random_state": 1, "n_jobs": 1}


def matrix(rows):
    return np.array([[np.nan if value is None else value for value in row] for row in rows], dtype=np.float32)


def fit(x, y, classes, coverage):
    x, y = matrix(x), np.array(y)
    if classes > 0:
        model = CrossConformalClassifier(
            RandomForestClassifier(**TREES), confidence_level=coverage, conformity_score="lac", cv=5, random_state=1
        )
    else:
        model = CrossConformalRegressor(
            RandomForestRegressor(max_features=1 / 3, **TREES), confidence_level=coverage, method="base", cv=5, random_state=1
        )
    _, times = timed(lambda: model.fit_conformalize(x, y))
    state["model"], state["classes"] = model, classes
    return times


def judge(x, y):
    x, y = matrix(x), np.array(y)
    if state["classes"] > 0:
        (_, sets), times = timed(lambda: state["model"].predict_set(x))
        sets = sets[:, :, 0]
        inside, sizes = sets[np.arange(len(y)), y.astype(int)], np.maximum(1, sets.sum(axis=1))
    else:
        (_, intervals), times = timed(lambda: state["model"].predict_interval(x))
        low, high = intervals[:, 0, 0], intervals[:, 1, 0]
        inside, sizes = (y >= low) & (y <= high), high - low
    return {**times, "coverage": float(inside.mean()), "size": float(sizes.mean())}


serve({"mapie": mapie.__version__, "sklearn": sklearn.__version__}, {"fit": fit, "judge": judge})
