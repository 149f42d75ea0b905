"""What training and fine-tuning take: the schemas of the control plane, checked in the child that does the work."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tandem_worker.errors import bad, shown
from tandem_worker.table import table_of_csv
from tandem_worker.tensors import parse_json

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
Column = Annotated[str, Field(min_length=1, max_length=200)]
# Checked by table.py: pydantic would take a second for a million values.
Values = Annotated[list[Any], Field(json_schema_extra={"items": {"type": ["number", "boolean", "string", "null"]}}, min_length=1)]
Algorithm = Literal["random-forest", "extra-trees", "gradient-boosting", "hist-gradient-boosting", "lightgbm"]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Learning(_Strict):
    """What to learn by."""

    algorithm: Algorithm = "random-forest"
    task: Literal["classification", "regression"] = "classification"
    parameters: dict[str, float | int | bool | str] = Field(default_factory=dict, description="nEstimators, maxDepth, learningRate ...")
    seed: Seed = 0
    workers: int = Field(1, ge=1, le=256, description="More than 1: actors of the Ray cluster at TANDEM_WORKER_RAY_ADDRESS; lightgbm only")


class TrainOrder(Learning):
    """A table and what to learn from it."""

    name: Name | None = Field(None, description="Serve the model as tabular.NAME; without it only the answer holds it")
    columns: dict[Column, Values] = Field(description="Features by name: numbers, true or false, null where missing", min_length=1)
    target: Values = Field(description="One value a row")
    folds: int = Field(5, ge=2, le=20)


class MatrixOrder(Learning):
    """The first line of a body of application/octet-stream; the numbers of the rows stand behind it, see train_matrix.py."""

    rows: int = Field(ge=2, le=2**31 - 1)
    features: int = Field(ge=1, le=100_000)
    classes: int = Field(ge=0, le=1_000, description="0 for a regression")
    folds: int = Field(ge=0, le=20, description="0: no cross-validation")
    weighted: bool = Field(False, description="Whether a weight of each row stands behind the targets")
    growing: bool = Field(False, description="A fold learns from rows of no fold and of the folds before it alone, as in the order of time")


class FineTuneOrder(_Strict):
    """Texts that belong together, and the model to teach it to."""

    name: Name = Field(description="The name under which embed serves the result")
    model: str | None = Field(None, description="A model of embed; without it the default one")
    loss: Literal["multiple-negatives-ranking", "triplet"] = "multiple-negatives-ranking"
    examples: list[Annotated[list[str], Field(min_length=2, max_length=3)]] = Field(
        min_length=10, max_length=1_000_000, description="[anchor, positive] or [anchor, positive, negative]"
    )
    epochs: int = Field(1, ge=1, le=100)
    batchSize: int = Field(16, ge=2, le=512)  # noqa: N815
    learningRate: float = Field(2e-5, gt=0, le=1)  # noqa: N815
    warmupShare: float = Field(0.1, ge=0, le=1)  # noqa: N815
    heldOutShare: float = Field(0.2, ge=0, le=0.5)  # noqa: N815
    seed: Seed = 0


AnyOrder = TypeVar("AnyOrder", bound=BaseModel)
CSV_FIELDS = {"name": str, "algorithm": str, "task": str, "seed": int, "folds": int, "target": str}
CSV_PARAMETERS = frozenset({"nEstimators", "maxDepth", "minSamplesLeaf", "learningRate", "maxLeafNodes"})


def read_order(kind: type[AnyOrder], order: dict[str, Any]) -> AnyOrder:
    """The order in the body of a request. Raises RequestError 400 that says which field is not as it should be."""
    return check_order(kind, _csv_order(order) if order["contentType"].startswith("text/csv") else parse_json(order["body"]))


def check_order(kind: type[AnyOrder], value: Any) -> AnyOrder:
    """An order that was read. Raises RequestError 400 as `read_order` does."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "The body"
        raise bad(f"{shown(place, 200)}: {first['msg']}, got {shown(first.get('input'))}.") from error


def _csv_order(order: dict[str, Any]) -> dict[str, Any]:
    query: dict[str, str] = order["query"]
    unknown = set(query) - set(CSV_FIELDS) - CSV_PARAMETERS
    if unknown or "target" not in query:
        what = f"has {shown(sorted(unknown)[0])}" if unknown else "lacks target, the name of the column to predict"
        raise bad(f"The query {what}; with text/csv it takes {', '.join([*CSV_FIELDS, *sorted(CSV_PARAMETERS)])}.")
    value: dict[str, Any] = {"parameters": {name: _number(name, query[name]) for name in sorted(CSV_PARAMETERS & set(query))}}
    for field, text in query.items():
        if field in CSV_PARAMETERS:
            continue
        if CSV_FIELDS[field] is int and not (text.isascii() and text.isdigit()):
            raise bad(f"{field} must be a whole number, got {shown(text)}.")
        value[field] = CSV_FIELDS[field](text)
    columns, target = table_of_csv(order["body"], query["target"])
    return value | {"columns": columns, "target": target}


def _number(name: str, text: str) -> int | float:
    try:
        return int(text) if text.isascii() and text.isdigit() else float(text)
    except ValueError as error:
        raise bad(f"{name} must be a number, got {shown(text)}.") from error
