"""What a Pipeline of scikit-learn does before its model, as columns that are functions of one feature each; for export_sklearn.py."""

from typing import Any

import numpy as np

MAX_CATEGORY = 65_535
SCALERS = ("StandardScaler", "RobustScaler", "MinMaxScaler", "MaxAbsScaler")
ENCODERS = ("OneHotEncoder", "OrdinalEncoder", "TargetEncoder")


def raw(feature: int) -> dict[str, Any]:
    """A column that is a feature as it is. `steps` are done to its number one by one; `missing` is what a missing value becomes."""
    return {"feature": feature, "steps": [], "missing": None, "raw": True}


def prepared(step: Any, columns: list[dict[str, Any]], categories: dict[int, list[Any]]) -> list[dict[str, Any]]:
    """The columns after a fitted step. Each stays a function of one feature, or the step is refused by name."""
    name = type(step).__name__
    if step is None or (isinstance(step, str) and step == "passthrough"):
        return columns
    if name == "Pipeline":
        for _, inner in step.steps:
            columns = prepared(inner, columns, categories)
        return columns
    if name == "ColumnTransformer":
        parts = {}
        for part, transformer, _ in step.transformers_:
            if not (isinstance(transformer, str) and transformer == "drop") and part in step._transformer_to_input_indices:
                parts[part] = prepared(transformer, [columns[i] for i in step._transformer_to_input_indices[part]], categories)
        out: list[Any] = [None] * step.output_indices_[max(step.output_indices_, key=lambda k: step.output_indices_[k].stop)].stop
        for part, made in parts.items():
            place = step.output_indices_[part]
            if place.stop - place.start != len(made):
                raise SystemExit(f"The part {part} makes {place.stop - place.start} columns, expected {len(made)}.")
            out[place] = made
        return out
    if name in SCALERS:
        return [scaled(column, steps_of(step, name, at)) for at, column in enumerate(columns)]
    if name == "SimpleImputer":
        return imputed(step, columns)
    if name in ENCODERS:
        return encoded(step, columns, categories)
    # HistGradientBoosting only checks its numbers.
    if name == "FunctionTransformer" and (step.func is None or getattr(getattr(step.func, "func", None), "__name__", "") == "check_array"):
        return columns
    if hasattr(step, "get_support"):
        return [columns[at] for at in step.get_support(indices=True)]
    known = ", ".join((*SCALERS, "SimpleImputer", *ENCODERS))
    raise SystemExit(f"The step {name} cannot be exported. Possible are Pipeline, ColumnTransformer, {known} and selections of columns.")


def steps_of(step: Any, name: str, at: int) -> list[list[Any]]:
    """What a scaler does to a number of column `at`, in its order."""
    if name == "StandardScaler":
        return [*([["-", float(step.mean_[at])]] if step.with_mean else []), *([["/", float(step.scale_[at])]] if step.with_std else [])]
    if name == "RobustScaler":
        return [
            *([["-", float(step.center_[at])]] if step.with_centering else []),
            *([["/", float(step.scale_[at])]] if step.with_scaling else []),
        ]
    if name == "MaxAbsScaler":
        return [["/", float(step.scale_[at])]]
    clip = [["max", float(step.feature_range[0])], ["min", float(step.feature_range[1])]] if step.clip else []
    return [["*", float(step.scale_[at])], ["+", float(step.min_[at])], *clip]


def scaled(column: dict[str, Any], steps: list[list[Any]]) -> dict[str, Any]:
    """The column with more steps; of a category each value is known and takes them here."""

    def after(value: float | None) -> float | None:
        if value is None:
            return None
        made = value
        for sign, by in steps:
            made = {"-": made - by, "+": made + by, "*": made * by, "/": made / by, "max": max(made, by), "min": min(made, by)}[sign]
        return made

    if "values" in column:
        return column | {
            "values": [after(v) for v in column["values"]],
            "unseen": after(column["unseen"]),
            "missing": after(column["missing"]),
        }
    return {"feature": column["feature"], "steps": [*column["steps"], *steps], "missing": after(column["missing"])}


def imputed(step: Any, columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Missing values filled, and columns that say where they were."""
    if step.missing_values is not None and not (isinstance(step.missing_values, float) and np.isnan(step.missing_values)):
        raise SystemExit(f"The SimpleImputer takes {step.missing_values!r} for missing. Only NaN and None can be exported.")
    out = []
    for column, fill in zip(columns, step.statistics_, strict=True):
        if isinstance(fill, str):
            out.append(column | {"rawFill": fill})
        elif not (isinstance(fill, float) and np.isnan(fill)):
            value = float(fill)
            if "values" in column:
                filled = [value if v is None else v for v in (*column["values"], column["unseen"], column["missing"])]
                out.append(column | {"values": filled[:-2], "unseen": filled[-2], "missing": filled[-1]})
            else:
                out.append(column | {"missing": value if column["missing"] is None else column["missing"], "rawFill": plain(fill)})
        elif step.keep_empty_features:
            out.append(column | {"missing": 0.0})
    for at in step.indicator_.features_ if step.add_indicator else []:
        if "values" in columns[at]:
            raise SystemExit("The SimpleImputer marks gaps of a column that is a category. Impute before encoding.")
        # 1 where the value is missing: any number becomes 0.
        out.append({"feature": columns[at]["feature"], "steps": [["*", 0.0]], "missing": 1.0})
    return out


def encoded(step: Any, columns: list[dict[str, Any]], categories: dict[int, list[Any]]) -> list[dict[str, Any]]:
    """Columns of an encoder: the step itself says what it makes of each category, of one never seen and of a gap."""
    name = type(step).__name__
    lists = [list(c) for c in step.categories_]
    first = [next(iter([c for c in known if not gap(c)] or known)) for known in lists]
    out = []
    for at, (column, known) in enumerate(zip(columns, lists, strict=True)):
        if not column.get("raw"):
            raise SystemExit(f"The {name} encodes a column that another step has changed. Encode the feature itself.")
        own = [c for c in known if not gap(c)]
        codes = coded(column["feature"], own, categories)
        marks = [c for c in known if gap(c)]
        missing = column["rawFill"] if "rawFill" in column else marks[0] if marks else None
        asked = [*own, *([missing] if missing is not None else [])]
        rows = asked_of(step, first, at, asked)
        width = rows.shape[1]
        from_, to = place_of(step, at, width, len(lists))
        values = [[None if np.isnan(v) else float(v) for v in row[from_:to]] for row in rows]
        unseen = unseen_of(step, first, at, own, (from_, to))
        gaps = values[-1] if missing is not None else unseen
        for k in range(to - from_):
            out.append(
                {
                    "feature": column["feature"],
                    "codes": codes,
                    "values": [v[k] for v in values[: len(own)]],
                    "unseen": unseen[k],
                    "missing": gaps[k],
                }
            )
    return out


def asked_of(step: Any, first: list[Any], at: int, asked: list[Any]) -> Any:
    """What the encoder makes of rows that differ in column `at` alone."""
    kinds = {isinstance(c, str) for c in (*first, *asked)}
    rows = [[*first[:at], value, *first[at + 1 :]] for value in asked]
    if len(kinds) > 1 or True in kinds:
        import pandas

        table: Any = pandas.DataFrame(rows, columns=getattr(step, "feature_names_in_", None))
    else:
        table = np.array(rows, dtype=np.float64)
    made = step.transform(table)
    return np.asarray(made.toarray() if hasattr(made, "toarray") else made, dtype=np.float64)


def place_of(step: Any, at: int, width: int, features: int) -> tuple[int, int]:
    """The columns that feature `at` becomes."""
    if type(step).__name__ == "OneHotEncoder":
        starts = np.concatenate([[0], np.cumsum(step._n_features_outs)])
        return int(starts[at]), int(starts[at + 1])
    each = width // features
    return at * each, (at + 1) * each


def unseen_of(step: Any, first: list[Any], at: int, own: list[Any], place: tuple[int, int]) -> list[Any]:
    """What a category becomes that was never seen; where scikit-learn refuses it: nothing (one-hot), or a missing value."""
    if getattr(step, "handle_unknown", "ignore") == "error":
        return [0.0 if type(step).__name__ == "OneHotEncoder" else None] * (place[1] - place[0])
    other = "\0 never seen" if any(isinstance(c, str) for c in own) else float(max([c for c in own if not isinstance(c, str)] or [0])) + 1
    row = asked_of(step, first, at, [other])[0]
    return [None if np.isnan(v) else float(v) for v in row[place[0] : place[1]]]


def coded(feature: int, own: list[Any], categories: dict[int, list[Any]]) -> list[int]:
    """Codes of categories: whole numbers from 0 are their own, texts have their place in the list of the feature."""
    known = categories.setdefault(feature, [])
    known.extend(c for c in (plain(c) for c in own) if c not in known)
    if any(isinstance(c, str) for c in known):
        if not all(isinstance(c, str) for c in known):
            raise SystemExit(f"Feature {feature} has texts and numbers as categories. Make all of them texts.")
        return [known.index(plain(c)) for c in own]
    numbers = [float(c) for c in own]
    if any(n != int(n) or not 0 <= n <= MAX_CATEGORY for n in numbers):
        raise SystemExit(f"Feature {feature} has categories that are neither texts nor whole numbers from 0 to {MAX_CATEGORY}.")
    categories[feature] = sorted({*(int(c) for c in known)})
    return [int(n) for n in numbers]


def gap(category: Any) -> bool:
    """Whether a category is None or NaN."""
    return category is None or (isinstance(category, float) and bool(np.isnan(category)))


def plain(label: Any) -> Any:
    """A class as JSON can say it."""
    return label.item() if hasattr(label, "item") else label
