"""Ray over two raylets: distributed boosting through the worker, bulk embedding by Ray Data."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tandem_worker.encoders import HashEncoder
from tests.conftest import WORKER, RunningWorker

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not all(map(find_spec, ("ray", "lightgbm", "sklearn"))), reason="needs tandem-worker[ray]"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    from ray.cluster_utils import Cluster

    # Two nodes with a raylet and a processor each.
    node = {"num_cpus": 1, "object_store_memory": 100_000_000, "include_dashboard": False}
    cluster: Any = Cluster(initialize_head=True, head_node_args=node)
    cluster.add_node(num_cpus=1, object_store_memory=100_000_000)
    cluster.wait_for_nodes()
    yield cluster.address
    cluster.shutdown()


def test_boosts_over_two_nodes_and_serves_the_model(address: str, tmp_path: Path) -> None:
    from sklearn import datasets, metrics

    data = datasets.load_breast_cancer()
    names = [str(name) for name in data.feature_names]
    columns = {name: data.data[:, place].tolist() for place, name in enumerate(names)}
    order = {"name": "far", "algorithm": "lightgbm", "workers": 2, "folds": 2, "seed": 7, "parameters": {"nEstimators": 20}}
    worker = RunningWorker(tmp_path, TANDEM_WORKER_RAY_ADDRESS=address)
    try:
        response = worker.client.post("/tandem/v1/train", json=order | {"columns": columns, "target": data.target.tolist()}, timeout=280)
        result = json.loads(response.text.splitlines()[-1])
        assert result["type"] == "result", result
        assert result["crossValidation"]["mean"]["rocAuc"] > 0.97
        assert "tree_learner: data" in result["artifact"]["text"]
        inputs = [{"name": "features", "datatype": "FP64", "shape": list(data.data.shape), "data": data.data.ravel().tolist()}]
        answer = worker.infer("tabular.far", {"inputs": inputs}).json()
        found = np.array(answer["outputs"][1]["data"]).reshape(-1, 2)
        assert metrics.roc_auc_score(data.target, found[:, 1]) > 0.99
    finally:
        worker.stop()


def test_refuses_workers_without_a_cluster(worker: RunningWorker) -> None:
    order = {"columns": {"a": [1, 2, 3, 4]}, "target": [0, 1, 0, 1], "folds": 2, "workers": 2}
    for algorithm, says in (("random-forest", "only lightgbm trains on several machines"), ("lightgbm", "TANDEM_WORKER_RAY_ADDRESS")):
        response = worker.client.post("/tandem/v1/train", json=order | {"algorithm": algorithm})
        assert (response.status_code, says in response.json()["error"]) == (400, True), response.text


def test_embeds_json_lines_into_parquet(address: str, tmp_path: Path) -> None:
    import pyarrow.parquet

    texts = [f"campaign {place} for boots" for place in range(300)]
    (tmp_path / "texts.ndjson").write_text("".join(json.dumps({"id": place, "text": text}) + "\n" for place, text in enumerate(texts)))
    command = [sys.executable, "-m", "tandem_worker.ray_embed", "--input", str(tmp_path / "texts.ndjson")]
    command += ["--output", str(tmp_path / "out"), "--model", "hash", "--address", address, "--workers", "1"]
    found = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(WORKER)}, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr[-4000:]
    table = pyarrow.parquet.read_table(tmp_path / "out").to_pylist()
    rows = {row["id"]: row["embedding"] for row in table}
    expected = HashEncoder().encode(texts)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose([rows[place] for place in range(300)], expected, atol=1e-6)
