"""Trained tabular models as `tabular.NAME`: read from the worker's folder when first asked for, never from a pickle."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
import numpy.typing as npt

from tandem_worker import tabular_store
from tandem_worker.encoders import is_installed
from tandem_worker.errors import bad, not_found, shown, unavailable
from tandem_worker.lane import Lane
from tandem_worker.model import Answer, Call, Model, TensorSpec
from tandem_worker.settings import Settings
from tandem_worker.tensors import Tensor
from tandem_worker.tree_model import TreeModel

PREFIX = "tabular."
MAX_LOADED_VERSIONS = 8
MAX_ROWS = 100_000


class Fitted:
    """One version in memory."""

    def __init__(self, saved: dict[str, Any]) -> None:
        self.features: list[str] = saved["features"]
        self.classes: list[Any] = saved["classes"]
        artifact = saved["artifact"]
        self._predict: Any
        if artifact["format"] == "lightgbm":
            if not is_installed("lightgbm"):
                raise RuntimeError("it is a model of LightGBM, which is not installed; install it: pip install 'tandem-worker[tabular]'")
            import lightgbm

            self._predict = lightgbm.Booster(model_str=artifact["text"]).predict
        else:
            self._predict = TreeModel(json.loads(artifact["text"])).outputs

    def outputs(self, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Probabilities of shape (rows, classes), or values of shape (rows, 1)."""
        found = np.asarray(self._predict(x), dtype=np.float64)
        if found.ndim == 1:
            found = np.column_stack([1 - found, found]) if self.classes else found[:, None]
        return found


class TabularModel:
    """One name with its versions. Takes `features` FP64 [n, features], or one tensor [n] for each feature by its name."""

    platform = "tandem_tabular"

    def __init__(self, name: str, settings: Settings, executor: Executor, cache: "OrderedDict[tuple[str, str], Fitted]") -> None:
        self.name, self._bare, self._root, self._cache, self._executor = PREFIX + name, name, settings.root, cache, executor
        self._lane = Lane(self.name, self._run, executor, max_items=max(settings.max_queue_items, MAX_ROWS), batch_items=MAX_ROWS)

    def unavailable_reason(self) -> str | None:
        """None: a version that cannot be opened says so when it is asked."""
        return None

    def versions(self) -> list[str]:
        """The newest first."""
        return tabular_store.versions(self._root, self._bare)

    def inputs(self, version: str | None) -> list[TensorSpec]:
        """The table as one tensor; its columns by name where the version is in memory."""
        fitted = self._cache.get((self._bare, version or self._newest()))
        return [TensorSpec("features", "FP64", (-1, len(fitted.features) if fitted else -1))]

    def outputs(self, version: str | None) -> list[TensorSpec]:
        """The label or value, and for labels the probability of each class."""
        return [TensorSpec("predict", "BYTES", (-1,)), TensorSpec("predict_proba", "FP64", (-1, -1))]

    def is_loaded(self) -> bool:
        """Whether its newest version is in memory."""
        return (self._bare, self._newest()) in self._cache

    async def load(self) -> None:
        """Reads the newest version."""
        await self._fitted(self._newest())

    def unload(self) -> None:
        """Forgets every version in memory; files stay."""
        for key in [key for key in self._cache if key[0] == self._bare]:
            del self._cache[key]

    async def infer(self, call: Call) -> Answer:
        """Outputs `predict` (the label as a text, or FP64) and, for labels, `predict_proba` in the order of the parameter classes."""
        version = call.version or self._newest()
        fitted = await self._fitted(version)
        rows = _rows_of(call, fitted.features)
        found = np.stack(await self._lane.run(list(rows), version, deadline=call.deadline, canary=call.canary))
        said = {"version": version}
        if not fitted.classes:
            return Answer([Tensor("predict", "FP64", (len(found),), found[:, 0])], said, version)
        labels: list[str | None] = [_text_of(fitted.classes[place]) for place in found.argmax(axis=1)]
        outputs = [Tensor("predict", "BYTES", (len(labels),), labels), Tensor("predict_proba", "FP64", found.shape, found)]
        return Answer(outputs, said | {"classes": [_text_of(label) for label in fitted.classes]}, version)

    def status(self) -> dict[str, Any]:
        """Its queue."""
        return {"waiting": self._lane.waiting_items, "served": self._lane.served, "batches": self._lane.batches}

    def _newest(self) -> str:
        found = self.versions()
        if not found:
            raise not_found(f"{self.name!r} has no version any more.")
        return found[0]

    async def _fitted(self, version: str) -> Fitted:
        key = (self._bare, version)
        if key not in self._cache:
            try:
                loaded = await asyncio.get_running_loop().run_in_executor(self._executor, self._read, version)
            except (RuntimeError, OSError, ValueError, KeyError, TypeError) as error:
                raise unavailable(f"{self.name!r} version {version} cannot be opened: {error}") from error
            self._cache[key] = loaded
            while len(self._cache) > MAX_LOADED_VERSIONS:
                self._cache.popitem(last=False)
        self._cache.move_to_end(key)
        return self._cache[key]

    def _read(self, version: str) -> Fitted:
        return Fitted(tabular_store.read(self._root, self._bare, version))

    def _run(self, rows: Sequence[Any], version: Any) -> Sequence[Any]:
        fitted = self._cache.get((self._bare, version)) or self._read(version)
        return list(fitted.outputs(np.stack(rows)))


class TabularModels:
    """Finds tabular models in the worker's folder."""

    def __init__(self, settings: Settings, executor: Executor) -> None:
        self._settings, self._executor = settings, executor
        self._models: dict[str, TabularModel] = {}
        self._cache: OrderedDict[tuple[str, str], Fitted] = OrderedDict()

    def find(self, name: str) -> Model | None:
        """The model `tabular.NAME`, where it has a version."""
        bare = name.removeprefix(PREFIX)
        if bare == name or not tabular_store.versions(self._settings.root, bare):
            return None
        if bare not in self._models:
            self._models[bare] = TabularModel(bare, self._settings, self._executor, self._cache)
        return self._models[bare]

    def all(self) -> list[Model]:
        """Every model there is."""
        found = (self.find(PREFIX + name) for name in tabular_store.names(self._settings.root))
        return [model for model in found if model is not None]


def _rows_of(call: Call, features: list[str]) -> npt.NDArray[np.float64]:
    tensors = {tensor.name: tensor for tensor in call.inputs}
    if set(tensors) == {"features"} and features != ["features"]:
        columns = _numbers(tensors["features"])
        if columns.ndim != 2 or columns.shape[1] != len(features):
            raise bad(f"The input features must have the shape [n, {len(features)}], got {list(columns.shape)}.")
        rows = columns
    else:
        missing = [name for name in features if name not in tensors]
        unknown = [name for name in tensors if name not in features]
        if missing or unknown:
            what = f"lacks {shown(missing[0])}" if missing else f"has {shown(unknown[0])}, which the model does not know"
            raise bad(
                f"inputs {what}. Send features FP64 [n, {len(features)}], or one tensor [n] for each of {', '.join(features)[:1000]}."
            )
        parts = [_numbers(tensors[name]).reshape(-1) for name in features]
        if len({len(part) for part in parts}) > 1:
            raise bad("The inputs must have equally many rows.")
        rows = np.column_stack(parts)
    if not 1 <= len(rows) <= MAX_ROWS:
        raise bad(f"1 to {MAX_ROWS} rows are taken at once, got {len(rows)}.")
    return rows


def _numbers(tensor: Tensor) -> npt.NDArray[np.float64]:
    if isinstance(tensor.data, list):
        raise bad(f"The input {shown(tensor.name)} must hold numbers, got the datatype BYTES.")
    numbers = tensor.data.astype(np.float64)
    if np.isinf(numbers).any():
        raise bad(f"The input {shown(tensor.name)} has infinity; send null or NaN for a missing value.")
    return numbers


def _text_of(label: Any) -> str:
    return str(label).lower() if isinstance(label, bool) else str(label)
