"""The model `embed`: texts to vectors, through the best encoder that is here."""

import asyncio
import re
from concurrent.futures import Executor
from typing import Any

import numpy as np

from tandem_worker.encoders import PACKAGED_MODEL, Encoder, is_installed, open_encoder
from tandem_worker.errors import bad, not_found, shown, unavailable
from tandem_worker.lane import Lane
from tandem_worker.logs import log
from tandem_worker.model import Answer, Call, TensorSpec
from tandem_worker.settings import Settings
from tandem_worker.tensors import Tensor

TUNED_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
HASH_MODEL = "hash-384"
MAX_TEXTS = 10_000
MAX_CHARACTERS = 1_000_000


class _Slot:
    """One encoder: opened once, by whoever asks first, on the lane's thread."""

    def __init__(self, name: str, source: str, settings: Settings, executor: Executor) -> None:
        self.name, self.source = name, source
        self.encoder: Encoder | None = None
        self.reason: str | None = None
        self._settings, self._executor = settings, executor
        self._opening: asyncio.Task[Encoder] | None = None
        self.lane = Lane(f"embed:{name}", self._encode, executor, max_items=settings.max_queue_items, batch_items=settings.batch_items)

    async def open(self) -> Encoder:
        """The encoder. Raises RuntimeError with the reason where none can be opened; the next call tries again."""
        if self.encoder is not None:
            return self.encoder
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open_now())
            self._opening.add_done_callback(lambda task: task.cancelled() or task.exception())
        # Shielded: a caller that leaves must not stop the opening for the others.
        return await asyncio.shield(self._opening)

    async def _open_now(self) -> Encoder:
        loop = asyncio.get_running_loop()
        try:
            encoder = await loop.run_in_executor(self._executor, open_encoder, self.source, self._settings.root, self._settings.threads)
        except RuntimeError as error:
            self.reason = str(error)
            raise
        self.encoder, self.reason = encoder, None
        log.info(f"opened {self.name}", extra={"fields": {"runtime": encoder.runtime, "device": encoder.device}})
        return encoder

    def _encode(self, texts: Any, _options: Any) -> Any:
        encoder = self.encoder
        if encoder is None:
            raise unavailable(f"{self.name!r} was unloaded while this waited. Ask again.", retry_after_s=1)
        return encoder.encode(list(texts))


class EmbedModel:
    """See the module. Which model, length and dimensions are parameters of the request."""

    name, platform = "embed", "tandem_embed"

    def __init__(self, settings: Settings, executor: Executor) -> None:
        sources = dict(settings.embed_models)
        if not sources and is_installed(PACKAGED_MODEL.replace("-", "_")) and is_installed("torch"):
            sources["all-MiniLM-L6-v2"] = f"package:{PACKAGED_MODEL}"
        sources.setdefault(HASH_MODEL, "hash")
        self._settings, self._executor = settings, executor
        self._slots = {name: _Slot(name, source, settings, executor) for name, source in sources.items()}
        self._default = next(iter(self._slots))

    def sources(self) -> dict[str, str]:
        """Each model with its folder or package, the default one first."""
        return {name: slot.source for name, slot in self._slots.items()}

    def unavailable_reason(self) -> str | None:
        """Never unavailable: hashed words need nothing."""
        return None

    def versions(self) -> list[str]:
        """One."""
        return ["1"]

    def inputs(self, version: str | None) -> list[TensorSpec]:
        """Texts."""
        return [TensorSpec("text", "BYTES", (-1,))]

    def outputs(self, version: str | None) -> list[TensorSpec]:
        """Vectors, as long as the model of the request has them."""
        return [TensorSpec("embedding", "FP32", (-1, -1))]

    def is_loaded(self) -> bool:
        """Whether its default model is in memory."""
        return self._slots[self._default].encoder is not None

    async def load(self) -> None:
        """Opens the default model."""
        await self._open(None, None)

    def unload(self) -> None:
        """Gives back every encoder."""
        for slot in self._slots.values():
            slot.encoder = None

    async def infer(self, call: Call) -> Answer:
        """Parameters: model, dimensions (1 to the model's, cut and brought to length 1 again), normalize (default true)."""
        texts = call.texts(at_most=MAX_TEXTS, longest=MAX_CHARACTERS)
        wanted = call.parameter("model", str)
        normalize = call.parameter("normalize", bool, default=True)
        dimensions = call.parameter("dimensions", int)
        slot, encoder, reason = await self._open(wanted, call.deadline)
        if dimensions is not None and not 1 <= dimensions <= encoder.dimensions:
            raise bad(f"parameters.dimensions must be 1 to {encoder.dimensions}, the length of {slot.name!r}, got {dimensions}.")
        rows = await slot.lane.run(texts, None, deadline=call.deadline, canary=call.canary)
        vectors = np.stack(rows)[:, :dimensions]
        if normalize:
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            vectors = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
        if not np.isfinite(vectors).all():
            raise ValueError(f"{slot.name} gave a vector with NaN or infinity")
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        said: dict[str, Any] = {"model": slot.name, "runtime": encoder.runtime, "device": encoder.device}
        said["fingerprint"] = encoder.fingerprint
        if reason is not None:
            said["fallback_reason"] = reason
        return Answer([Tensor("embedding", "FP32", vectors.shape, vectors)], said)

    def status(self) -> dict[str, Any]:
        """Each encoder with its queue."""
        return {
            name: {
                "loaded": slot.encoder is not None,
                "runtime": slot.encoder.runtime if slot.encoder else None,
                "device": slot.encoder.device if slot.encoder else None,
                "dimensions": slot.encoder.dimensions if slot.encoder else None,
                "reason": slot.reason,
                "waiting": slot.lane.waiting_items,
                "served": slot.lane.served,
                "batches": slot.lane.batches,
            }
            for name, slot in self._slots.items()
        }

    async def _open(self, wanted: str | None, deadline: float | None) -> tuple[_Slot, Encoder, str | None]:
        """The model asked for, or the first of the chain.

        Only a request that names none may get hashed words instead: vectors of two models must not be mixed unknowingly.
        """
        if wanted is not None:
            self._find_tuned(wanted)
        if wanted is not None and wanted not in self._slots:
            raise not_found(f"The model {shown(wanted)} of embed is unknown; there are {', '.join(self._slots)}.")
        slot = self._slots[wanted or self._default]
        loop = asyncio.get_running_loop()
        try:
            left = None if deadline is None else deadline - loop.time()
            return slot, await asyncio.wait_for(slot.open(), left), None
        except TimeoutError as error:
            raise unavailable(f"The deadline passed while {slot.name!r} was opened; it is still being opened.", retry_after_s=5) from error
        except RuntimeError as error:
            if wanted is not None:
                raise unavailable(f"{slot.name!r} cannot be opened: {error}") from error
            last = self._slots[HASH_MODEL]
            return last, await last.open(), f"{slot.name}: {error}"

    def _find_tuned(self, name: str) -> None:
        """Takes up a model that fine-tuning has left in the worker's folder since."""
        if name in self._slots or TUNED_NAME.fullmatch(name) is None:
            return
        if (self._settings.root / "embed" / name / "modules.json").is_file():
            self._slots[name] = _Slot(name, f"embed/{name}", self._settings, self._executor)
