"""scikit-learn's TF-IDF and logistic regression on SST-2, with its defaults."""
import time
from pathlib import Path

import sklearn
from rival_loop import serve, timed
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

state = {}


def read(path):
    rows = [line.rsplit("\t", 1) for line in Path(path).read_text(encoding="utf-8").strip().split("\n")]
    rows = [row for row in rows if len(row) == 2 and row[1] in ("0", "1")]
    return [text for text, _ in rows], [int(label) for _, label in rows]


def load(train, test):
    state["train"], state["test"] = read(train), read(test)
    return {"train": len(state["train"][0]), "test": len(state["test"][0])}


def fit():
    texts, labels = state["train"]

    def work():
        vectorizer = TfidfVectorizer()
        return vectorizer, LogisticRegression().fit(vectorizer.fit_transform(texts), labels)

    (state["vectorizer"], state["model"]), times = timed(work)
    test, labels = state["test"]
    accuracy = state["model"].score(state["vectorizer"].transform(test), labels)
    return {**times, "accuracy": accuracy, "terms": len(state["vectorizer"].vocabulary_)}


def one():
    texts, _ = state["test"]
    seconds = []
    for text in texts[:300]:
        started = time.perf_counter()
        state["model"].predict_proba(state["vectorizer"].transform([text]))
        seconds.append(time.perf_counter() - started)
    return {"seconds": sorted(seconds)[len(seconds) // 2]}


def batch():
    texts, _ = state["test"]
    _, times = timed(lambda: [state["model"].predict_proba(state["vectorizer"].transform(texts)) for _ in range(10)])
    return {"perSecond": 10 * len(texts) / times["cpuSeconds"]}


serve({"scikit-learn": sklearn.__version__}, {"load": load, "fit": fit, "one": one, "batch": batch})
