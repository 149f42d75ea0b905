"""Teaches an embedding model of sentence-transformers which texts belong together, and measures it on texts it did not see."""

import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from tandem_worker.child import Order, Progress
from tandem_worker.encoders import folder_of, prepare_torch
from tandem_worker.errors import bad, shown
from tandem_worker.orders import FineTuneOrder, read_order

MAX_HELD_OUT = 1_000


def fine_tune(order: Order, progress: Progress) -> dict[str, Any]:
    """Reads the order, trains, saves the model as embed/NAME in the worker's folder. Returns the fields of the result line.

    Loss: multiple negatives ranking (Henderson et al. 2017: the other positives of a batch are the negatives) or triplet.
    """
    asked = read_order(FineTuneOrder, order)
    width = 3 if asked.loss == "triplet" else len(asked.examples[0])
    for index, example in enumerate(asked.examples):
        if len(example) != width:
            raise bad(f"examples[{index}] has {len(example)} texts, expected {width} with the loss {asked.loss}, as in the others.")
    name, folder = _source(asked, order)
    rng = random.Random(asked.seed)  # noqa: S311 - a split, no secret
    examples = list(asked.examples)
    rng.shuffle(examples)
    held = min(MAX_HELD_OUT, int(len(examples) * asked.heldOutShare))
    test, train = examples[:held], examples[held:]
    progress(0.0, f"{len(train)} examples, {len(test)} held out")

    torch = prepare_torch(order["threads"])
    torch.manual_seed(asked.seed)
    from sentence_transformers import SentenceTransformer

    from tandem_worker.encoders import best_device

    model = SentenceTransformer(str(folder), device=best_device(torch), local_files_only=True)
    before = _judge(model, test)
    losses = _train(model, train, asked, rng, progress)
    after = _judge(model, test)
    _save(model, Path(order["root"]) / "embed" / asked.name)
    return {
        "kind": "fine-tune",
        "name": asked.name,
        "model": name,
        "loss": asked.loss,
        "examples": len(train),
        "heldOut": len(test),
        "epochs": asked.epochs,
        "losses": losses,
        "before": before,
        "after": after,
        "dimensions": len(model.encode(["dimensions"])[0]),
    }


def _source(asked: FineTuneOrder, order: Order) -> tuple[str, Path]:
    models: dict[str, str] = order["embedModels"]
    name = asked.model or next(iter(models))
    if name not in models:
        raise bad(f"model: {shown(name)} is no model of embed; there are {', '.join(models)}.")
    if models[name] == "hash":
        raise bad("model: hashed words learn nothing. Name a model of sentence-transformers in TANDEM_WORKER_MODELS.")
    if asked.name in models:
        raise bad(f"name: embed already has a model {asked.name!r}. Take another name, so that vectors made before stay comparable.")
    try:
        return name, folder_of(models[name], Path(order["root"]))
    except FileNotFoundError as error:
        raise bad(f"model: {error}.") from error


def _train(model: Any, train: list[list[str]], asked: FineTuneOrder, rng: random.Random, progress: Progress) -> list[float]:
    import torch
    from sentence_transformers.sentence_transformer import losses

    kind = losses.TripletLoss if asked.loss == "triplet" else losses.MultipleNegativesRankingLoss
    loss = kind(model).to(model.device)
    steps = asked.epochs * -(-len(train) // asked.batchSize)
    optimizer = torch.optim.AdamW(model.parameters(), lr=asked.learningRate, weight_decay=0.01)
    warmup = max(1, int(steps * asked.warmupShare))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, max(0.0, (steps - step) / max(1, steps - warmup)))
    )
    model.train()
    means, done = [], 0
    for epoch in range(asked.epochs):
        rng.shuffle(train)
        total, batches = 0.0, 0
        for start in range(0, len(train), asked.batchSize):
            batch = train[start : start + asked.batchSize]
            done += 1
            # A single example has no negatives.
            if len(batch) < 2:
                continue
            columns = [_to_device(model.preprocess(list(texts)), model.device) for texts in zip(*batch, strict=True)]
            value = loss(columns, torch.zeros(len(batch), device=model.device))
            optimizer.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total, batches = total + float(value.detach()), batches + 1
            if done % 5 == 0 or done == steps:
                progress(done / (steps + 1), f"epoch {epoch + 1} of {asked.epochs}, loss {total / batches:.4f}")
        means.append(total / max(1, batches))
    model.eval()
    return means


def _to_device(features: dict[str, Any], device: Any) -> dict[str, Any]:
    return {name: value.to(device) if hasattr(value, "to") else value for name, value in features.items()}


def _judge(model: Any, test: list[list[str]]) -> dict[str, float]:
    """Finds each held-out anchor's positive among the held-out positives: recall at 1 and 10, mean reciprocal rank."""
    if len(test) < 2:
        return {}
    anchors, positives = (
        model.encode([example[place] for example in test], convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False)
        for place in (0, 1)
    )
    scores = anchors @ positives.T
    ranks = 1 + (scores > np.diag(scores)[:, None]).sum(axis=1)
    return {
        "recallAt1": float((ranks <= 1).mean()),
        "recallAt10": float((ranks <= 10).mean()),
        "meanReciprocalRank": float((1 / ranks).mean()),
    }


def _save(model: Any, place: Path) -> None:
    part = place.with_name(f".{place.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        model.save(str(part), safe_serialization=True)
        part.replace(place)
    except BaseException:
        # On a full disk half a model would keep the room that the next try needs.
        shutil.rmtree(part, ignore_errors=True)
        raise
