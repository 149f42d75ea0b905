"""LightGBM over the machines of a Ray cluster: each actor holds a share of the rows, LightGBM's own network joins their histograms.

Source: LightGBM's "distributed learning, data parallel" (Ke et al. 2017, section 5). The packages lightgbm_ray and xgboost_ray have had
no release since 2023, and Ray Train wants storage that every node shares; actors and LightGBM's network need neither.
"""

import socket
from typing import Any

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
MINUTES_TO_CONNECT = 2


class DistributedLightGbm:
    """Fits as LGBMClassifier and LGBMRegressor do, with as many actors of a Ray cluster as asked for. Cost: rows / workers each."""

    def __init__(self, *, address: str, workers: int, is_classifier: bool, options: dict[str, Any]) -> None:
        self._address, self._workers, self._is_classifier, self._options = address, workers, is_classifier, options

    def fit(self, x: Matrix, y: npt.NDArray[Any], sample_weight: npt.NDArray[np.float64] | None = None) -> "DistributedLightGbm":
        """Trains on rows x of shape (rows, features), with a weight a row or none.

        Raises ValueError when the cluster has too few processors free for the actors.
        """
        import lightgbm
        import ray as untyped

        ray: Any = untyped
        if not ray.is_initialized():
            ray.init(address=self._address, log_to_driver=False, configure_logging=False)
        free = int(ray.cluster_resources().get("CPU", 0))
        if free < self._workers:
            raise ValueError(f"the Ray cluster has {free} processors, {self._workers} workers need one each")
        classes = np.unique(y) if self._is_classifier else np.array([])
        self.classes_ = classes
        actors = [_actor(ray).remote() for _ in range(self._workers)]
        try:
            places = ray.get([actor.reserve.remote() for actor in actors], timeout=60 * MINUTES_TO_CONNECT)
            params = self._params(len(classes)) | {
                "tree_learner": "data",
                "pre_partition": True,
                "num_machines": self._workers,
                "machines": ",".join(places),
                "time_out": MINUTES_TO_CONNECT,
                "num_threads": 1,
            }
            rounds = int(self._options.get("n_estimators", 100))
            ranks = [slice(rank, None, self._workers) for rank in range(self._workers)]
            parts = [(x[rank], y[rank], None if sample_weight is None else sample_weight[rank]) for rank in ranks]
            made = [actor.train.remote(*part, params, rounds) for actor, part in zip(actors, parts, strict=True)]
            texts = ray.get(made)
        finally:
            for actor in actors:
                ray.kill(actor)
        # Every actor ends with the same trees.
        self.booster_ = lightgbm.Booster(model_str=texts[0])
        self.feature_importances_ = self.booster_.feature_importance()
        return self

    def predict_proba(self, x: Matrix) -> Matrix:
        """Probabilities of shape (rows, classes)."""
        found = np.asarray(self.booster_.predict(x))
        return np.column_stack([1 - found, found]) if found.ndim == 1 else found

    def predict(self, x: Matrix) -> Matrix:
        """Values of shape (rows,)."""
        return np.asarray(self.booster_.predict(x))

    def _params(self, classes: int) -> dict[str, Any]:
        params = {name: value for name, value in self._options.items() if name not in {"n_estimators", "n_jobs", "random_state"}}
        params["seed"] = self._options["random_state"]
        if not self._is_classifier:
            return params | {"objective": "regression"}
        return params | ({"objective": "binary"} if classes == 2 else {"objective": "multiclass", "num_class": classes})


def _actor(ray: Any) -> Any:
    # A class within a function travels by value: the nodes need lightgbm, not this package.
    class Share:
        def reserve(self) -> str:
            """Takes a free port for LightGBM's network."""
            from ray import util

            own: Any = util
            self._held = socket.socket()
            self._held.bind(("", 0))
            self._port = self._held.getsockname()[1]
            return f"{own.get_node_ip_address()}:{self._port}"

        def train(self, x: Any, y: Any, weight: Any, params: dict[str, Any], rounds: int) -> str:
            """Trains with the others, and returns the model as text."""
            import lightgbm

            self._held.close()
            rows = lightgbm.Dataset(x, label=y, weight=weight)
            made = lightgbm.train(params | {"local_listen_port": self._port}, rows, num_boost_round=rounds)
            return str(made.model_to_string())

    # Spread over the nodes: two actors on one machine would only wait for each other.
    return ray.remote(num_cpus=1, scheduling_strategy="SPREAD")(Share)
