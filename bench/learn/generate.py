"""Writes the sets of the learning benchmarks: NAME.x (float32, row-major), NAME.y (uint8), and NAME.json with what they hold.

Usage: generate.py FOLDER NAME...   A name is a number of rows of the synthetic set of two classes: 19 features (10 informative, 4 redundant,
5 noise), 5 % of the labels flipped; smaller ones are the first rows of the largest, ROWS@2 those after them, ROWS@3 the next. ROWSx7 is the
same of seven classes. 100,000 more rows are for testing. `digits` and `dna` are tables of ../shared/data, of which three in ten rows are for
testing, others in each of `digits@2`, `digits@3`...
"""

import csv
import json
import re
import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import make_classification

SEED = 7
TEST_ROWS = 100_000
# One stream of random numbers for all rows of a kind: the first rows are the same whatever is asked for.
ROWS = {2: 1_000_000, 7: 100_000}
TABLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "tabular"


def write(folder: Path, name: str, x: np.ndarray, y: np.ndarray, classes: int, test: str) -> None:
    x.astype(np.float32).tofile(folder / f"{name}.x")
    y.astype(np.uint8).tofile(folder / f"{name}.y")
    about = {"rows": len(x), "features": x.shape[1], "classes": classes, "test": test}
    (folder / f"{name}.json").write_text(json.dumps(about))


def synthetic(folder: Path, classes: int, parts: list[tuple[int, int]]) -> None:
    rows = ROWS[classes]
    x, y = make_classification(
        n_samples=rows + TEST_ROWS,
        n_features=19,
        n_informative=10,
        n_redundant=4,
        n_classes=classes,
        n_clusters_per_class=4,
        class_sep=0.8,
        flip_y=0.05,
        random_state=SEED,
    )
    suffix = "" if classes == 2 else f"x{classes}"
    for size, part in parts:
        name = f"{size}{suffix}" if part == 1 else f"{size}{suffix}@{part}"
        chosen = slice((part - 1) * size, part * size)
        write(folder, name, x[chosen], y[chosen], classes, f"test{suffix}")
    write(folder, f"test{suffix}", x[rows:], y[rows:], classes, f"test{suffix}")


def table(folder: Path, name: str) -> None:
    source, _, part = name.partition("@")
    with open(TABLES / f"{source}.csv", newline="") as file:
        header, *lines = csv.reader(file)
    at = next(i for i, column in enumerate(header) if column.strip().lower() in ("target", "label"))
    labels = sorted({line[at] for line in lines})
    x = np.array([[float(value) for i, value in enumerate(line) if i != at] for line in lines], dtype=np.float32)
    y = np.array([labels.index(line[at]) for line in lines])
    order = np.random.default_rng(SEED + int(part or 1) - 1).permutation(len(x))
    cut = len(x) * 7 // 10
    write(folder, name, x[order[:cut]], y[order[:cut]], len(labels), f"{name}-test")
    write(folder, f"{name}-test", x[order[cut:]], y[order[cut:]], len(labels), f"{name}-test")


def main(folder: Path, names: list[str]) -> None:
    drawn = [re.fullmatch(r"(\d+)(?:x(\d+))?(?:@(\d+))?", name) for name in names if name[0].isdigit()]
    for classes in ROWS:
        parts = [(int(of[1]), int(of[3] or 1)) for of in drawn if of and classes == int(of[2] or 2)]
        if parts:
            synthetic(folder, classes, parts)
    for name in names:
        if not name[0].isdigit():
            table(folder, name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
