"""Writes the synthetic set of the learning benchmarks: 19 features (10 informative, 4 redundant, 5 noise), 5 % of the labels flipped.

Usage: generate.py FOLDER ROWS...   Smaller sets are the first rows of the largest; 100,000 more rows are for testing.
NAME.x is float32 row-major, NAME.y uint8, for each number of rows and for "test".
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import make_classification

SEED = 7
TEST_ROWS = 100_000
# One stream of random numbers for 1.1 million rows: the first rows are the same whatever is asked for.
ROWS = 1_000_000


def main(folder: Path, sizes: list[int]) -> None:
    x, y = make_classification(
        n_samples=ROWS + TEST_ROWS,
        n_features=19,
        n_informative=10,
        n_redundant=4,
        n_clusters_per_class=4,
        class_sep=0.8,
        flip_y=0.05,
        random_state=SEED,
    )
    x, y = x.astype(np.float32), y.astype(np.uint8)
    for size in sizes:
        x[:size].tofile(folder / f"{size}.x")
        y[:size].tofile(folder / f"{size}.y")
    x[ROWS:].tofile(folder / "test.x")
    y[ROWS:].tofile(folder / "test.y")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(size) for size in sys.argv[2:]])
