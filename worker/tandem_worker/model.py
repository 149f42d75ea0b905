"""What the repository serves: the port that every capability implements."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from tandem_worker.errors import bad, shown
from tandem_worker.tensors import Tensor


@dataclass(frozen=True)
class TensorSpec:
    """Name, datatype and shape of an input or output; -1 stands for any length."""

    name: str
    datatype: str
    shape: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        """As the protocol's metadata has it."""
        return {"name": self.name, "datatype": self.datatype, "shape": list(self.shape)}


@dataclass(frozen=True)
class Call:
    """One inference: its tensors, its parameters, and until when the answer is of use (time.monotonic)."""

    inputs: list[Tensor]
    parameters: dict[str, Any]
    version: str | None = None
    deadline: float | None = None

    @property
    def canary(self) -> bool:
        """Whether a supervisor asks if the real path answers."""
        return self.parameter("canary", bool, default=False) is True

    def parameter(self, name: str, kind: type, *, default: Any = None) -> Any:
        """A parameter of the request. Raises RequestError 400 for another type."""
        value = self.parameters.get(name, default)
        if value is default or (isinstance(value, kind) and (kind is bool or not isinstance(value, bool))):
            return value
        names = {bool: "true or false", int: "a whole number", str: "a text", list: "a list"}
        raise bad(f"parameters.{name} must be {names.get(kind, kind.__name__)}, got {shown(value)}.")

    def input(self, name: str) -> Tensor:
        """The tensor of this name. Raises RequestError 400 where it is missing."""
        for tensor in self.inputs:
            if tensor.name == name:
                return tensor
        raise bad(f"inputs lacks {name!r}; it has {', '.join(shown(tensor.name) for tensor in self.inputs[:20])}.")

    def texts(self, *, at_most: int, longest: int) -> list[str]:
        """The texts of the input `text`, of shape [n] or [n, 1]. Raises RequestError 400."""
        tensor = self.input("text")
        extra = [one.name for one in self.inputs if one.name != "text"]
        if extra:
            raise bad(f"inputs has {shown(extra[0])}, which this model does not take. It takes text.")
        if tensor.datatype != "BYTES" or not isinstance(tensor.data, list):
            raise bad(f"The input text must have the datatype BYTES, got {tensor.datatype}.")
        if len(tensor.shape) == 0 or any(size != 1 for size in tensor.shape[1:]):
            raise bad(f"The input text must have the shape [n], got {list(tensor.shape)}.")
        if not 1 <= len(tensor.data) <= at_most:
            raise bad(f"The input text must have 1 to {at_most} texts, got {len(tensor.data)}.")
        for index, text in enumerate(tensor.data):
            if text is None:
                raise bad(f"text[{index}] is null; send an empty text where there is none.")
            if len(text) > longest:
                raise bad(f"text[{index}] has {len(text)} characters, at most {longest} are read.")
        return [text for text in tensor.data if text is not None]


@dataclass(frozen=True)
class Answer:
    """Outputs of one inference, and what the answer says about how they came to be."""

    outputs: list[Tensor]
    parameters: dict[str, Any] = field(default_factory=dict)
    version: str = "1"


class Model(Protocol):
    """A model of the repository. Methods are called on the event loop and must not block it."""

    name: str
    platform: str

    def unavailable_reason(self) -> str | None:
        """Why it cannot be served, with the command that mends it; None where it can."""

    def versions(self) -> list[str]:
        """The newest first."""

    def inputs(self, version: str | None) -> list[TensorSpec]:
        """What it takes."""

    def outputs(self, version: str | None) -> list[TensorSpec]:
        """What it gives."""

    def is_loaded(self) -> bool:
        """Whether it is in memory."""

    async def load(self) -> None:
        """Brings it into memory. Raises RequestError 503 where it cannot be."""

    def unload(self) -> None:
        """Gives its memory back; the next call loads it again."""

    async def infer(self, call: Call) -> Answer:
        """Answers. Raises RequestError."""

    def status(self) -> dict[str, Any]:
        """Numbers for the status page."""
