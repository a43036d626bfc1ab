"""Ask in one language and find in another, with the stand-in for a multilingual encoder (tests/benchmarks)."""

from __future__ import annotations

import pytest

from retrieval.analysis import is_in_english
from retrieval.encoding.selection import EncoderSettings, passage_encoder
from retrieval.engine import Engine
from retrieval.index.build import build
from retrieval.index.manifest import PassageSettings
from tests.conftest import MODEL_CACHE

MODEL = MODEL_CACHE / "multilingual-e5-small"
ARTICLES = {
    "leuchtturm": "Der Leuchtturm auf der Insel wurde 1902 gebaut. Sein Wärter zog 1978 aufs Festland.",
    "bäckerei": "Die Bäckerei öffnet um sechs Uhr morgens. Montags bleibt sie geschlossen.",
    "bridge": "The old bridge over the river collapsed in a storm. Divers recovered its bell a year later.",
    "library": "The library lends board games to its members. A lost card costs four euros.",
    "灯": "この町の灯台は百年前に建てられた。今は博物館として使われている。",
}
FOUND = {
    "When was the lighthouse on the island built?": "wurde 1902 gebaut",
    "On which day is the bakery closed?": "Montags bleibt sie geschlossen",
    "Wann öffnet die Bäckerei?": "um sechs Uhr morgens",
    "Wie viel kostet eine verlorene Karte?": "four euros",
    "Warum stürzte die alte Brücke ein?": "collapsed in a storm",
    "灯台は今何に使われていますか。": "博物館として",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    if not MODEL.is_dir():
        pytest.skip(f"{MODEL} is not there: python -m tests.benchmarks.multilingual_model makes it")
    folder = tmp_path_factory.mktemp("languages")
    (folder / "corpus").mkdir()
    for name, text in ARTICLES.items():
        (folder / "corpus" / f"{name}.txt").write_text(text, "utf-8")
    settings = EncoderSettings(str(MODEL), engine="onnx")
    build(folder / "corpus", folder / "index", lambda _: passage_encoder(settings, MODEL_CACHE), PassageSettings())
    return Engine.open(folder / "index", cache=MODEL_CACHE)


@pytest.mark.parametrize(("question", "words"), FOUND.items())
def test_a_question_finds_its_answer_in_another_language(engine: Engine, question: str, words: str) -> None:
    assert words in engine.ask(question, show_weak=True).quotes[0].text


def test_the_first_words_of_sentences_are_their_own(engine: Engine) -> None:
    generation = engine.generation
    for row in range(len(generation.sentences)):
        sentence = generation.sentence(row)
        pieces = engine.encoder.pieces(generation.text(sentence))
        assert abs(sentence.last_token - sentence.first_token - pieces) <= 1


@pytest.mark.parametrize("question", ["Who signed it?", "when was it built", "What did the mayor say?", "How?"])
def test_english_is_known_by_its_small_words(question: str) -> None:
    assert is_in_english(question)


@pytest.mark.parametrize(
    "question", ["Wann war das?", "Wer hat den Brief in der Hand?", "Qui a signé la lettre ?", "謎?"]
)
def test_other_languages_are_not_taken_for_english(question: str) -> None:
    assert not is_in_english(question)
