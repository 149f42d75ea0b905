"""statsforecast on the last horizon of every M4 series, one series after the other, as ours."""
import csv
import json
import time
from pathlib import Path

import numpy as np
import statsforecast
from rival_loop import serve
from statsforecast.models import MSTL, AutoETS, AutoTheta, Naive, RandomWalkWithDrift, SeasonalNaive, Theta
from statsforecast.utils import ConformalIntervals

state = {}


def load(path, horizon):
    with open(path, encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    every = [np.array([float(value) for value in row[1:] if value != ""]) for row in rows]
    state["series"] = [(y[:-horizon], y[-horizon:]) for y in every]
    state["horizon"] = horizon
    return {"series": len(every)}


def take(series, horizon):
    every = [np.array(values, dtype=float) for values in series]
    state["series"] = [(y[:-horizon], y[-horizon:]) for y in every]
    state["horizon"] = horizon
    return {"series": len(every)}


def mstl(seasons, intervals=None):
    # Its default for the trend is one object for all models, which would keep the intervals of the first: a new one each time.
    return MSTL(season_length=seasons, trend_forecaster=AutoETS(model="ZZN", prediction_intervals=intervals), prediction_intervals=intervals)


def windows_of(known, seasons):
    """As many as leave two of the longest season to learn from, at most 8."""
    return max(2, min(8, (len(known) - 2 * max(seasons)) // state["horizon"]))


def model_of(method, season, known):
    return {
        "MSTL": lambda: mstl(season),
        "MSTL conformal": lambda: mstl(season, ConformalIntervals(h=state["horizon"], n_windows=windows_of(known, season))),
        "naive": lambda: Naive(),
        "seasonal naive": lambda: SeasonalNaive(season),
        "drift": lambda: RandomWalkWithDrift(),
        "SES": lambda: AutoETS(season_length=1, model="ANN"),
        "Holt": lambda: AutoETS(season_length=1, model="AAN", damped=False),
        "theta": lambda: Theta(season_length=season),
        "auto theta": lambda: AutoTheta(season_length=season),
        "ETS": lambda: AutoETS(season_length=season),
    }[method]()


def forecast(method, season, every, cache=None):
    if cache is not None and Path(cache).exists():
        return json.loads(Path(cache).read_text(encoding="utf-8"))
    answer = scores(method, season, every)
    if cache is not None:
        Path(cache).write_text(json.dumps(answer), encoding="utf-8")
    return answer


def scores(method, season, every):
    smape, mase, covered, cpu = [], [], [], 0.0
    horizon = state["horizon"]
    for training, actual in state["series"][::every]:
        started = time.process_time()
        answer = model_of(method, season, training).forecast(training, horizon, level=[95])
        cpu += time.process_time() - started
        mean = answer["mean"]
        size = np.abs(actual) + np.abs(mean)
        smape.append(np.mean(200 * np.abs(actual - mean) / np.where(size > 0, size, 1)))
        lag = min(season) if isinstance(season, list) else season
        scale = np.mean(np.abs(training[lag:] - training[:-lag]))
        if scale > 0:
            mase.append(np.mean(np.abs(actual - mean)) / scale)
        covered.append(np.mean((actual >= answer["lo-95"]) & (actual <= answer["hi-95"])))
    return {"smape": float(np.mean(smape)), "mase": float(np.mean(mase)), "coverage": float(np.mean(covered)), "cpuSeconds": cpu}


serve({"statsforecast": statsforecast.__version__}, {"load": load, "take": take, "forecast": forecast})
