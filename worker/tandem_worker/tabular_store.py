"""Trained tabular models in the worker's folder: ROOT/tabular/NAME/VERSION.json, data only. A file is whole or not there."""

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
VERSION = re.compile(r"\d{8}_\d{6}_\d{3}")


def new_version() -> str:
    """The time in UTC, to the millisecond: later versions sort behind earlier ones."""
    return datetime.now(UTC).strftime("%Y%m%d_%H%M%S_%f")[:-3]


def folder(root: str | Path) -> Path:
    """Where tabular models are."""
    return Path(root) / "tabular"


def save(root: str | Path, name: str, model: dict[str, Any]) -> None:
    """Writes a version, so that a crash leaves the whole file or none."""
    place = folder(root) / name
    place.mkdir(parents=True, exist_ok=True)
    part = place / f".{model['version']}.{os.getpid()}.part"
    try:
        with part.open("w", encoding="utf-8") as file:
            json.dump(model, file, allow_nan=False)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place / f"{model['version']}.json")
    except BaseException:
        # On a full disk half a model would keep the room that the next try needs.
        part.unlink(missing_ok=True)
        raise


def versions(root: str | Path, name: str) -> list[str]:
    """Versions of a model, the newest first; none for a name that is not there or is no name."""
    if NAME.fullmatch(name) is None:
        return []
    try:
        files = os.listdir(folder(root) / name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted((file[:-5] for file in files if file.endswith(".json") and VERSION.fullmatch(file[:-5])), reverse=True)


def names(root: str | Path) -> list[str]:
    """Names of every model with a version."""
    try:
        found = sorted(os.listdir(folder(root)))
    except FileNotFoundError:
        return []
    return [name for name in found if versions(root, name)]


def read(root: str | Path, name: str, version: str) -> dict[str, Any]:
    """What was saved. Raises OSError or ValueError for a file that is gone or damaged."""
    value = json.loads((folder(root) / name / f"{version}.json").read_text(encoding="utf-8"))
    if not isinstance(value, dict):
        raise ValueError(f"{version} of {name} is no object")
    return value
