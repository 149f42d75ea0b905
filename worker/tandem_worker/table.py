"""Tables as training needs them: numbers in float64, NaN where a value is missing, and labels."""

import csv
import io
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tandem_worker.errors import bad, shown

Matrix = npt.NDArray[np.float64]
# Beyond the range of float32 a forest of scikit-learn refuses a value in the middle of its work.
LARGEST = float(np.finfo(np.float32).max)
MAX_CLASSES = 1_000


def matrix_of(columns: dict[str, list[Any]], rows: int) -> Matrix:
    """Features of shape (rows, columns). Raises RequestError 400 that names the column, the row and the value."""
    matrix = np.empty((rows, len(columns)), dtype=np.float64)
    for place, (name, values) in enumerate(columns.items()):
        if len(values) != rows:
            raise bad(f"columns.{name} has {len(values)} values, but target has {rows}; each row needs one.")
        matrix[:, place] = [number_of(value, f"columns.{name}", row) for row, value in enumerate(values)]
    return matrix


def number_of(value: object, where: str, row: int) -> float:
    """A feature: a number within the range of float32, true or false as 1 or 0, null as NaN."""
    if value is None:
        return math.nan
    if isinstance(value, int | float) and abs(value) <= LARGEST:
        return float(value)
    hint = "Encode texts as numbers first (one column of 0 and 1 for each)." if isinstance(value, str) else f"At most {LARGEST:g}."
    raise bad(f"{where}[{row}] must be a number, true, false or null, got {shown(value)}. {hint}")


def labels_of(target: list[Any], folds: int) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """Classes in order, and each row's place among them. Raises RequestError 400 for too few or too many, or rows without one."""
    for row, value in enumerate(target):
        if value is None or isinstance(value, float) or not isinstance(value, str | int):
            whole = isinstance(value, float) and value.is_integer()
            if not whole:
                raise bad(f"target[{row}] must be a text, a whole number, true or false, got {shown(value)}.")
    kinds = {"text" if isinstance(value, str) else "truth" if isinstance(value, bool) else "number" for value in target}
    if len(kinds) > 1:
        raise bad(f"target mixes {' and '.join(sorted(kinds))}; its labels must be of one kind.")
    classes = sorted(set(target))
    if not 2 <= len(classes) <= MAX_CLASSES:
        raise bad(f"target has {len(classes)} different labels, expected 2 to {MAX_CLASSES}. For numbers use the task regression.")
    place = {label: index for index, label in enumerate(classes)}
    codes = np.array([place[value] for value in target], dtype=np.int64)
    counts = np.bincount(codes)
    if counts.min() < folds:
        rare = classes[int(counts.argmin())]
        raise bad(
            f"The label {shown(rare)} has {counts.min()} rows, but each of the {folds} folds needs one. Add rows, or ask for fewer folds."
        )
    return classes, codes


def numbers_of_target(target: list[Any], folds: int) -> Matrix:
    """The target of a regression. Raises RequestError 400 for what is no number, or fewer rows than folds."""
    if len(target) < 2 * folds:
        raise bad(f"There are {len(target)} rows, at least {2 * folds} are needed for {folds} folds.")
    for row, value in enumerate(target):
        if value is None or isinstance(value, str | bool):
            raise bad(f"target[{row}] must be a number, got {shown(value)}.")
    return np.array([number_of(value, "target", row) for row, value in enumerate(target)], dtype=np.float64)


def table_of_csv(body: bytes, target: str) -> tuple[dict[str, list[Any]], list[Any]]:
    """Columns and target of CSV with a head line; empty fields are missing. Raises RequestError 400 with the line."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise bad(f"The CSV is no UTF-8: byte {error.start} is {error.object[error.start]:#04x}.") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = next(reader, [])
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise bad(f"Line {reader.line_num} of the CSV cannot be read: {error}.") from error
    if target not in head:
        raise bad(f"The CSV has no column {shown(target)}; its head line has {', '.join(head[:30])}.")
    if len(set(head)) < len(head) or "" in head:
        raise bad("The head line of the CSV must give each column a name of its own.")
    for index, row in enumerate(rows):
        if len(row) != len(head):
            raise bad(f"Row {index + 1} of the CSV has {len(row)} fields, its head line has {len(head)}.")
    columns = {name: [_value_of(row[place]) for row in rows] for place, name in enumerate(head)}
    return {name: values for name, values in columns.items() if name != target}, columns[target]


def _value_of(text: str) -> Any:
    stripped = text.strip()
    if stripped == "":
        return None
    if stripped in {"true", "false"}:
        return stripped == "true"
    try:
        value = float(stripped)
    except ValueError:
        return text
    if not math.isfinite(value):
        return text
    return int(stripped) if stripped.lstrip("+-").isdigit() else value
