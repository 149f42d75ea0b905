"""What the worker's own models say of rows: python predict_like_worker.py ORDER ROWS [ORDER ROWS ...], the answers as JSON on stdout.

ORDER is the body that a training sends; ROWS are float32 of shape (rows, features). Nothing is exported or imported on the way.
"""

import json
import sys
from pathlib import Path

import numpy as np
from tandem_worker.orders import MatrixOrder
from tandem_worker.train_matrix import arrays_of, fit, outputs_of
from tandem_worker.train_tabular import maker


def answers(order: str, rows: str) -> list[float]:
    """Predictions, row by row."""
    head, _, body = Path(order).read_bytes().partition(b"\n")
    asked = MatrixOrder.model_validate(json.loads(head))
    x, y, weights, _fold = arrays_of(asked, body)
    held_out = np.frombuffer(Path(rows).read_bytes(), dtype="<f4").reshape(-1, asked.features)
    model = fit(maker(asked, 1, None), x, y, weights, asked.algorithm)
    return [float(value) for value in outputs_of(model, held_out, asked.classes).ravel()]


files = sys.argv[1:]
print(json.dumps([answers(order, rows) for order, rows in zip(files[::2], files[1::2], strict=True)]))
