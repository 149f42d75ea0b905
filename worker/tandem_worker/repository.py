"""The models of this worker by name: fixed capabilities, and trained tabular models found in the worker's folder."""

from collections.abc import Callable
from typing import Any

from tandem_worker.errors import RequestError, not_found, shown, unavailable
from tandem_worker.model import Model

# Finds a model that is not fixed, by its name; None where there is none.
Finder = Callable[[str], Model | None]


class Repository:
    """Looks models up, loads and unloads them."""

    def __init__(self, fixed: list[Model], find: Finder, list_found: Callable[[], list[Model]]) -> None:
        self._fixed = {model.name: model for model in fixed}
        self._find, self._list_found = find, list_found

    def get(self, name: str, version: str | None = None) -> Model:
        """The model. Raises RequestError 404 for one, or a version of it, that is not there."""
        model = self._fixed.get(name) or self._find(name)
        if model is None:
            raise not_found(f"There is no model {shown(name)}. POST /v2/repository/index lists those that are.")
        if version is not None and version not in model.versions():
            raise not_found(f"The model {name!r} has no version {shown(version)}; it has {', '.join(model.versions()[:20])}.")
        return model

    def usable(self, name: str, version: str | None = None) -> Model:
        """The model, where it can be served. Raises RequestError 503 with the command that mends it."""
        model = self.get(name, version)
        reason = model.unavailable_reason()
        if reason is not None:
            raise unavailable(f"{name!r} cannot be served: {reason}")
        return model

    def all(self) -> list[Model]:
        """Every model."""
        return [*self._fixed.values(), *self._list_found()]

    def index(self, *, only_ready: bool) -> list[dict[str, Any]]:
        """As the repository extension has it: name, version, state (READY, UNAVAILABLE), reason."""
        entries = []
        for model in self.all():
            reason = model.unavailable_reason()
            if reason is not None and only_ready:
                continue
            state = "UNAVAILABLE" if reason is not None else "READY"
            entries += [
                {"name": model.name, "version": version, "state": state, "reason": reason or ""} for version in model.versions() or ["1"]
            ]
        return entries

    def loaded(self) -> list[str]:
        """Names of what is in memory."""
        return [model.name for model in self.all() if model.is_loaded()]

    async def is_ready(self) -> bool:
        """Whether the capability that every worker has answers."""
        try:
            self.usable("embed")
        except RequestError:
            return False
        return True
