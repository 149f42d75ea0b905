"""Tensors of the Open Inference Protocol V2 as they travel: JSON, flat or nested, or bytes behind the JSON.

Source: github.com/kserve/open-inference-protocol, and Triton's binary tensor data extension.
"""

import json
import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tandem_worker.errors import bad, shown

Array = npt.NDArray[Any]
# What a tensor holds: numbers, or texts (None where the JSON has null).
Data = Array | list[str | None]

NUMBERS: dict[str, Any] = {
    "BOOL": np.bool_,
    "UINT8": np.uint8,
    "UINT16": np.uint16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
    "INT8": np.int8,
    "INT16": np.int16,
    "INT32": np.int32,
    "INT64": np.int64,
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
}
DATATYPES = (*NUMBERS, "BYTES")
MAX_DIMENSIONS = 8
MAX_TENSORS = 1_000
MAX_ELEMENTS = 2**28


@dataclass(frozen=True)
class Tensor:
    """One tensor: numbers have the shape, texts are a flat list in row-major order."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    data: Data


def parse_json(text: bytes) -> dict[str, Any]:
    """Reads a JSON object. NaN and Infinity, which JSON does not have, and lone surrogates are refused."""
    if not text.strip():
        raise bad("The body is empty; expected a JSON object.")
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise bad(f"The body is no UTF-8: byte {error.start} is {error.object[error.start]:#04x}.") from error
    except RecursionError as error:
        raise bad("The body is nested too deeply.") from error
    except ValueError as error:
        raise bad(f"The body is no JSON: {error}.") from error
    if not isinstance(value, dict):
        raise bad(f"The body must be a JSON object, got {shown(value)}.")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number; send null for a missing value")


def decode(entries: object, tail: bytes, place: str = "inputs") -> list[Tensor]:
    """Reads the tensors of a message.

    entries: the value of `inputs`; tail: the bytes behind the JSON. Raises RequestError 400 that names the tensor and what it must be.
    """
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_TENSORS:
        raise bad(f"{place} must be an array of 1 to {MAX_TENSORS} tensors, got {shown(entries)}.")
    view, offset, names = memoryview(tail), 0, set()
    tensors = []
    for index, entry in enumerate(entries):
        at = f"{place}[{index}]"
        name, datatype, shape, size = _head(entry, at)
        if name in names:
            raise bad(f"{at}.name {shown(name)} is the name of another tensor as well.")
        names.add(name)
        if size is None:
            data = _from_json(entry, datatype, shape, at)
        else:
            if offset + size > len(tail):
                raise bad(
                    f"{at} ({shown(name)}) needs bytes {offset} to {offset + size} behind the JSON, but there are {len(tail)}. "
                    "Inference-Header-Content-Length must be the length of the JSON in bytes."
                )
            data = _from_bytes(bytes(view[offset : offset + size]), datatype, shape, at)
            offset += size
        tensors.append(Tensor(name, datatype, shape, data))
    if offset != len(tail):
        raise bad(f"{len(tail)} bytes follow the JSON, but the binary_data_size of the {place} add up to {offset}.")
    return tensors


def _head(entry: object, at: str) -> tuple[str, str, tuple[int, ...], int | None]:
    if not isinstance(entry, dict):
        raise bad(f"{at} must be an object, got {shown(entry)}.")
    name, datatype, shape = entry.get("name"), entry.get("datatype"), entry.get("shape")
    parameters = entry.get("parameters", {})
    if not isinstance(name, str) or not 1 <= len(name) <= 500:
        raise bad(f"{at}.name must be a text of 1 to 500 characters, got {shown(name)}.")
    if datatype not in DATATYPES:
        raise bad(f"{at}.datatype must be one of {', '.join(DATATYPES)}, got {shown(datatype)}.")
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS or not all(type(size) is int and size >= 0 for size in shape):
        raise bad(f"{at}.shape must be at most {MAX_DIMENSIONS} whole numbers from 0, such as [2, 19], got {shown(shape)}.")
    if math.prod(shape) > MAX_ELEMENTS:
        raise bad(f"{at}.shape {shown(shape)} has more than {MAX_ELEMENTS} elements.")
    if not isinstance(parameters, dict):
        raise bad(f"{at}.parameters must be an object, got {shown(parameters)}.")
    size = parameters.get("binary_data_size")
    if size is not None and (type(size) is not int or size < 0):
        raise bad(f"{at}.parameters.binary_data_size must be a number of bytes, got {shown(size)}.")
    if size is not None and "data" in entry:
        raise bad(f"{at} has both data and binary_data_size; send one of them.")
    if size is None and not isinstance(entry.get("data"), list):
        raise bad(f"{at}.data must be an array, got {shown(entry.get('data'))}.")
    return name, datatype, tuple(shape), size


def _from_json(entry: dict[str, Any], datatype: str, shape: tuple[int, ...], at: str) -> Data:
    flat = entry["data"]
    if flat and isinstance(flat[0], list):
        flat = _flattened(flat, shape, at)
    if len(flat) != math.prod(shape):
        raise bad(f"{at}.shape {list(shape)} has {math.prod(shape)} elements, but data has {len(flat)}.")
    if datatype == "BYTES":
        return [_text(value, f"{at}.data[{index}]") for index, value in enumerate(flat)]
    return _numbers(flat, datatype, at).reshape(shape)


def _flattened(data: list[Any], shape: tuple[int, ...], at: str) -> list[Any]:
    level: list[Any] = [data]
    for depth, size in enumerate(shape):
        for part in level:
            if not isinstance(part, list) or len(part) != size:
                raise bad(f"{at}.data must be nested as its shape {list(shape)}: {size} at depth {depth + 1}, got {shown(part)}.")
        level = [value for part in level for value in part]
    return level


def _text(value: object, at: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise bad(f"{at} must be a text, as its datatype is BYTES, got {shown(value)}.")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise bad(f"{at} has half of a surrogate pair at character {error.start}, which is no text.") from error
    return value


def _numbers(flat: list[Any], datatype: str, at: str) -> Array:
    kind = NUMBERS[datatype]
    low: float
    high: float
    allowed: tuple[type, ...]
    if datatype == "BOOL":
        low, high, allowed = 0, 1, (bool, int)
    elif datatype.startswith("FP"):
        low, high, allowed = float(np.finfo(kind).min), float(np.finfo(kind).max), (int, float)
    else:
        low, high, allowed = np.iinfo(kind).min, np.iinfo(kind).max, (int,)
    for index, value in enumerate(flat):
        if value is None and datatype.startswith("FP"):
            continue
        if not isinstance(value, allowed) or (isinstance(value, bool) and datatype != "BOOL") or not low <= value <= high:
            raise bad(f"{at}.data[{index}] must be a number from {low:g} to {high:g}, as its datatype is {datatype}, got {shown(value)}.")
    if datatype.startswith("FP"):
        return np.array([math.nan if value is None else value for value in flat], dtype=np.float64).astype(kind)
    return np.array(flat, dtype=kind)


def _from_bytes(raw: bytes, datatype: str, shape: tuple[int, ...], at: str) -> Data:
    count = math.prod(shape)
    if datatype == "BYTES":
        return _texts(raw, count, at)
    kind = np.dtype(NUMBERS[datatype]).newbyteorder("<")
    if len(raw) != count * kind.itemsize:
        raise bad(
            f"{at} has shape {list(shape)} of {datatype}, which is {count * kind.itemsize} bytes, but binary_data_size is {len(raw)}."
        )
    if datatype == "BOOL" and raw.translate(None, b"\x00\x01"):
        raise bad(f"{at} has bytes other than 0 and 1, as its datatype BOOL allows.")
    return np.frombuffer(raw, dtype=kind).reshape(shape)


def _texts(raw: bytes, count: int, at: str) -> list[str | None]:
    texts: list[str | None] = []
    offset = 0
    while offset < len(raw):
        if offset + 4 > len(raw):
            raise bad(f"{at} ends within a length: each text must begin with its length in bytes as 4 bytes, the lowest first.")
        (size,) = struct.unpack_from("<I", raw, offset)
        if offset + 4 + size > len(raw):
            raise bad(f"{at} says that text {len(texts)} has {size} bytes, but {len(raw) - offset - 4} follow.")
        try:
            texts.append(raw[offset + 4 : offset + 4 + size].decode("utf-8"))
        except UnicodeDecodeError as error:
            raise bad(f"{at}: text {len(texts)} is no UTF-8.") from error
        offset += 4 + size
    if len(texts) != count:
        raise bad(f"{at} has {len(texts)} texts, but its shape has {count} elements.")
    return texts


def encode(head: dict[str, Any], outputs: list[Tensor], is_binary: dict[str, bool]) -> tuple[bytes, int | None]:
    """Writes a message. Returns the body, and the length of its JSON where bytes follow it."""
    parts: list[bytes] = []
    entries: list[dict[str, Any]] = []
    for tensor in outputs:
        entry: dict[str, Any] = {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}
        if is_binary.get(tensor.name, False):
            raw = _to_bytes(tensor)
            parts.append(raw)
            entry["parameters"] = {"binary_data_size": len(raw)}
        else:
            entry["data"] = tensor.data if isinstance(tensor.data, list) else _json_numbers(tensor.data)
        entries.append(entry)
    text = json.dumps({**head, "outputs": entries}, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    return (b"".join([text, *parts]), len(text)) if parts else (text, None)


def _json_numbers(data: Array) -> list[Any]:
    flat = data.ravel()
    # The shortest decimals that give the same FP32 again: half the bytes of those of its FP64.
    if flat.dtype == np.float32:
        return [float(text) for text in flat.astype(str)]
    values: list[Any] = flat.tolist()
    return values


def _to_bytes(tensor: Tensor) -> bytes:
    if isinstance(tensor.data, list):
        encoded = [(text or "").encode() for text in tensor.data]
        return b"".join(struct.pack("<I", len(text)) + text for text in encoded)
    return np.ascontiguousarray(tensor.data, dtype=np.dtype(NUMBERS[tensor.datatype]).newbyteorder("<")).tobytes()
