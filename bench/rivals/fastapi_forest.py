"""The tuned Python rival of bench/serving.ts: FastAPI with an async route, scikit-learn's forest with n_jobs=1 and cached
importances, uvicorn with uvloop and httptools. Same rows, same hyper-parameters, same request and answer, a key check too.

Usage: PORT=8000 BENCH_KEY=... fastapi_forest.py ROWS.json   (rows: [{feature: number, ..., "success": "yes" | "no"}])
"""

import hmac
import json
import os
import sys
import uuid

import numpy as np
import uvicorn
from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, create_model
from sklearn.ensemble import RandomForestClassifier

with open(sys.argv[1]) as file:
    rows = json.load(file)
names = [name for name in rows[0] if name != "success"]
x = np.array([[row[name] for name in names] for row in rows], dtype=np.float32)
y = np.array([row["success"] == "yes" for row in rows])
forest = RandomForestClassifier(n_estimators=100, max_depth=10, min_samples_split=5, n_jobs=1, random_state=7).fit(x, y)
# Reading the attribute walks all trees each time; a good service does it once.
importances = dict(zip(names, forest.feature_importances_.tolist()))
expected = f"Bearer {os.environ['BENCH_KEY']}"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


Features = create_model("Features", __base__=Strict, **{name: (float, Field(ge=0, le=1)) for name in names})
app = FastAPI()


@app.get("/health")
async def health():
    return {"status": "healthy"}


@app.post("/predict")
async def predict(features: Features, authorization: str = Header(default="")):
    if not hmac.compare_digest(authorization, expected):
        raise HTTPException(status_code=401)
    row = np.array([[getattr(features, name) for name in names]], dtype=np.float32)
    chance = float(forest.predict_proba(row)[0, 1])
    return JSONResponse(
        {
            "score": round(chance * 100, 2),
            "confidence": round(max(chance, 1 - chance) * 100, 2),
            "successProbability": round(chance * 100, 2),
            "featureImportance": importances,
            "modelVersion": "1",
            "source": "model",
            "predictionId": uuid.uuid4().hex,
        }
    )


if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=int(os.environ["PORT"]), loop="uvloop", http="httptools", log_level="warning", access_log=False
    )
