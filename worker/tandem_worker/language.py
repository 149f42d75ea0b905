"""Texts to what they say: `language.entities` by spaCy; `language.sentiment`, `.zero-shot` and `.summary` by pipelines of transformers.

Each answers BYTES in, BYTES out: one JSON value a text.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from tandem_worker.encoders import best_device, folder_of, is_installed, prepare_torch
from tandem_worker.errors import bad, shown, unavailable
from tandem_worker.lane import Lane
from tandem_worker.logs import log
from tandem_worker.model import Answer, Call, TensorSpec
from tandem_worker.settings import LANGUAGE_TASKS, Settings
from tandem_worker.tensors import Tensor

MAX_TEXTS = 1_000
MAX_CHARACTERS = 100_000
MAX_LABELS = 50
SPACY_PIPELINE = "en_core_web_sm"
INSTALL = "pip install 'tandem-worker[language]'"
OUTPUTS = {"entities": "entities", "sentiment": "sentiment", "zero-shot": "labels", "summary": "summary"}

# Texts of a batch and the options they share to one JSON value a text.
Run = Callable[[list[str], Any], list[Any]]


class LanguageModel:
    """One task. Its model is opened when first asked for."""

    platform = "tandem_language"

    def __init__(self, task: str, settings: Settings, executor: Executor) -> None:
        self.name, self._task, self._settings, self._executor = f"language.{task}", task, settings, executor
        self._source = settings.language_models.get(task, SPACY_PIPELINE if task == "entities" else "")
        self._run: Run | None = None
        self._opening: asyncio.Task[Run] | None = None
        self._failed: str | None = None
        self._lane = Lane(self.name, self._work, executor, max_items=settings.max_queue_items, batch_items=min(16, settings.batch_items))

    def unavailable_reason(self) -> str | None:
        """What is not installed or not configured; or why the last try to open it failed."""
        package = "spacy" if self._task == "entities" else "transformers"
        if not is_installed(package) or (package == "transformers" and not is_installed("torch")):
            return f"{package} is not installed; install it: {INSTALL}"
        if self._source == "":
            return f'no model is named; set TANDEM_WORKER_MODELS to {{"language": {{"{self._task}": {{"folder": PATH}}}}}}'
        if self._task == "entities" and not self._folder().is_dir() and not is_installed(_package_of(self._source)):
            return f"the pipeline {self._source} is neither installed nor a folder; install it: python -m spacy download {self._source}"
        return self._failed

    def versions(self) -> list[str]:
        """One."""
        return ["1"]

    def inputs(self, version: str | None) -> list[TensorSpec]:
        """Texts."""
        return [TensorSpec("text", "BYTES", (-1,))]

    def outputs(self, version: str | None) -> list[TensorSpec]:
        """JSON, one value a text."""
        return [TensorSpec(OUTPUTS[self._task], "BYTES", (-1,))]

    def is_loaded(self) -> bool:
        """Whether its model is in memory."""
        return self._run is not None

    async def load(self) -> None:
        """Opens its model."""
        await self._open()

    def unload(self) -> None:
        """Gives its model back, and lets the next call try one again that could not be opened."""
        self._run, self._failed = None, None

    async def infer(self, call: Call) -> Answer:
        """Parameters: zero-shot takes `labels` and `multi_label`; summary takes `max_tokens`, 10 to 500."""
        texts = call.texts(at_most=MAX_TEXTS, longest=MAX_CHARACTERS)
        options = _options_of(self._task, call)
        await self._open()
        found = await self._lane.run(texts, options, deadline=call.deadline, canary=call.canary)
        data: list[str | None] = [json.dumps(value, allow_nan=False, ensure_ascii=False) for value in found]
        return Answer([Tensor(OUTPUTS[self._task], "BYTES", (len(data),), data)], {"model": self._source})

    def status(self) -> dict[str, Any]:
        """Its queue."""
        return {"waiting": self._lane.waiting_items, "served": self._lane.served, "batches": self._lane.batches}

    async def _open(self) -> Run:
        if self._run is not None:
            return self._run
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open_now())
            self._opening.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._opening)

    async def _open_now(self) -> Run:
        opener = _open_entities if self._task == "entities" else _open_pipeline
        try:
            self._run = await asyncio.get_running_loop().run_in_executor(self._executor, opener, self._task, self._source, self._settings)
        except Exception as error:
            log.warning(f"{self.name} cannot be opened", exc_info=error)
            # Until somebody unloads it: each try costs seconds.
            self._failed = f"{self._source}: {type(error).__name__}: {error}"[:500]
            raise unavailable(f"{self.name!r} cannot be opened: {self._failed}") from error
        log.info(f"opened {self.name}", extra={"fields": {"model": self._source}})
        return self._run

    def _work(self, texts: Sequence[Any], options: Any) -> Sequence[Any]:
        if self._run is None:
            raise unavailable(f"{self.name!r} was unloaded while this waited. Ask again.", retry_after_s=1)
        return self._run(list(texts), options)

    def _folder(self) -> Path:
        return self._settings.root / self._source


def language_models(settings: Settings, executor: Executor) -> list[LanguageModel]:
    """Every task, those without their packages too: the repository says what they lack."""
    return [LanguageModel(task, settings, executor) for task in LANGUAGE_TASKS]


def _options_of(task: str, call: Call) -> Any:
    if task == "zero-shot":
        labels = call.parameter("labels", list)
        is_list = isinstance(labels, list) and 2 <= len(labels) <= MAX_LABELS
        if not is_list or not all(isinstance(label, str) and 1 <= len(label) <= 200 for label in labels):
            raise bad(f"parameters.labels must be 2 to {MAX_LABELS} texts of 1 to 200 characters, got {shown(labels)}.")
        return (tuple(labels), call.parameter("multi_label", bool, default=False))
    if task == "summary":
        most = call.parameter("max_tokens", int, default=120)
        if not 10 <= most <= 500:
            raise bad(f"parameters.max_tokens must be 10 to 500, got {most}.")
        return most
    return None


def _package_of(source: str) -> str:
    return source.removeprefix("package:").replace("-", "_")


def _open_entities(_task: str, source: str, settings: Settings) -> Run:
    import spacy

    folder = settings.root / source
    pipeline = spacy.load(folder if folder.is_dir() else _package_of(source), exclude=["parser", "lemmatizer", "attribute_ruler", "tagger"])

    def run(texts: list[str], _options: Any) -> list[Any]:
        return [
            [{"text": one.text, "label": one.label_, "start": one.start_char, "end": one.end_char} for one in document.ents]
            for document in pipeline.pipe(texts, batch_size=16)
        ]

    return run


def _open_pipeline(task: str, source: str, settings: Settings) -> Run:
    torch = prepare_torch(settings.threads)
    import transformers

    # Its overloads know one literal name a task.
    pipeline: Any = transformers.pipeline
    folder = str(folder_of(source, settings.root))
    device = best_device(torch)
    if task == "summary":
        return _open_summary(torch, folder, device)
    made: Any = pipeline({"sentiment": "text-classification", "zero-shot": "zero-shot-classification"}[task], model=folder, device=device)

    def sentiment(texts: list[str], _options: Any) -> list[Any]:
        found = made(texts, truncation=True, top_k=None)
        return [{"label": one[0]["label"], "scores": {each["label"]: float(each["score"]) for each in one}} for one in found]

    def zero_shot(texts: list[str], options: Any) -> list[Any]:
        labels, multi_label = options
        found = made(texts, candidate_labels=list(labels), multi_label=multi_label)
        return [dict(zip(one["labels"], map(float, one["scores"]), strict=True)) for one in found]

    return sentiment if task == "sentiment" else zero_shot


def _open_summary(torch: Any, folder: str, device: str) -> Run:
    # By its parts: transformers 5 has no pipeline for summaries any more.
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model: Any = AutoModelForSeq2SeqLM.from_pretrained(folder, local_files_only=True).to(device).eval()
    longest = min(1024, tokenizer.model_max_length)

    def run(texts: list[str], most: Any) -> list[Any]:
        tokens = tokenizer(texts, padding=True, truncation=True, max_length=longest, return_tensors="pt").to(device)
        with torch.inference_mode():
            made = model.generate(**tokens, max_new_tokens=most, num_beams=4)
        return [text.strip() for text in tokenizer.batch_decode(made, skip_special_tokens=True)]

    return run
