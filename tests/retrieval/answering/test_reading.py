"""What the reader is given, and how its log-odds join the first stage's belief."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from retrieval.answering.confidence import FEATURES, READER_FEATURES, READING_UNFITTED, UNREAD, UNREAD_FEATURES, level
from retrieval.answering.reader import ReadablePassage, Reading
from retrieval.answering.reading import DOUBT, FIRST, READ, READER, joined
from retrieval.answering.scoring import RankedSentence, ScoredSentence
from retrieval.engine import Engine, Trace
from retrieval.records import Turn
from tests.toy import MODEL, build_toy, open_toy

QUESTION = "Who winds the clocks of the museum?"
SIGNED = "She signed the letter with her own hand."


class Finder:
    """A reader that believes in the sentences with one text alone; records what it is asked."""

    digest = "0123456789ab"
    languages = frozenset({"en"})

    def __init__(self, text: str, odds: float = 9.0) -> None:
        self.text, self.odds = text, odds
        self.questions: list[tuple[str, tuple[str, ...]]] = []
        self.passages: list[ReadablePassage] = []

    def read(self, question: str, history: Sequence[str], passages: Iterable[ReadablePassage]) -> list[Reading]:
        self.questions.append((question, tuple(history)))
        readings = []
        for passage in passages:
            self.passages.append(passage)
            texts = [passage.text[start:end] for start, end in passage.sentences]
            odds = np.array([self.odds if text == self.text else -np.inf for text in texts], dtype=np.float32)
            readings.append(Reading(odds, odds))
        return readings


@dataclass
class Scored:
    """What of a scored sentence matters here."""

    row: int

    @property
    def place(self) -> tuple[int, int]:
        """As of one without a date."""
        return 0, self.row


@pytest.fixture
def engine(toy_index: Path) -> Engine:
    """An engine over the toy index with a finder for its reader."""
    engine = open_toy(toy_index)
    engine.reader = Finder(SIGNED)
    return engine


def finder(engine: Engine) -> Finder:
    assert isinstance(engine.reader, Finder)
    return engine.reader


def named(trace: Trace) -> dict[str, float]:
    """The features of a trace by their names."""
    return dict(zip(FEATURES, trace.features, strict=True))


@pytest.fixture
def german(tmp_path: Path) -> Engine:
    """An engine over two German articles, with a reader that knows English alone."""
    articles = {
        "uhren": "Frau Brandt zieht die Turmuhr jeden Montag auf. Sie bekommt dafür zwei Kronen.",
        "damm": "Die Flut brach den Damm im März. Der Bürgermeister liess ihn bis zum Herbst flicken.",
    }
    corpus = tmp_path / "articles"
    corpus.mkdir()
    for name, text in articles.items():
        (corpus / f"{name}.md").write_text(f"---\ntitle: {name}\nlang: de\n---\n\n{text}\n", "utf-8")
    build_toy(corpus, tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    engine.reader = Finder(SIGNED)
    engine.model = engine.built_in
    return engine


def test_a_language_that_nothing_reads_is_trusted_by_its_words(german: Engine) -> None:
    trace = german.trace("Wer zieht die Turmuhr auf?")
    features = named(trace)
    assert features["unread"] == features["letters"] == 1.0
    assert 0.0 < features["rarest"] <= 1.0
    assert not any(features[name] for name in (*READER_FEATURES, "topic", "support"))
    assert trace.answer.confidence == round(UNREAD.probability(trace.features), 4)
    other = german.ask("Wo liegt der Leuchtturm von Kap Arkona?").confidence
    assert other < trace.answer.confidence
    assert level(other) == "low"


def test_a_reader_of_the_language_reads_it(german: Engine) -> None:
    finder(german).languages = frozenset({"de"})
    assert not any(map(named(german.trace("Wer zieht die Turmuhr auf?")).get, UNREAD_FEATURES))
    assert finder(german).passages


def test_what_is_read_or_in_english_has_no_features_of_what_nothing_reads(engine: Engine) -> None:
    assert not any(map(named(engine.trace(QUESTION)).get, UNREAD_FEATURES))
    engine.reader = None
    assert not any(map(named(engine.trace(QUESTION)).get, UNREAD_FEATURES))


def test_what_the_reader_believes_comes_first(engine: Engine) -> None:
    assert engine.ask(QUESTION).quotes[0].text == SIGNED
    engine.reader = None
    assert SIGNED not in engine.ask(QUESTION).quotes[0].text


def test_the_belief_is_a_share_of_both_stages() -> None:
    sentences = [RankedSentence(cast(ScoredSentence, Scored(row)), belief) for row, belief in enumerate((0.7, 0.3, 0))]
    ranked = joined(sentences, {0: -1.0, 2: 9.0}, 2)
    assert [(sentence.row, sentence.odds) for sentence in ranked] == [(2, 9.0), (0, -1.0), (1, None)]
    best, second, unbelieved = (sentence.belief for sentence in ranked)
    assert best + second == pytest.approx(1.0)
    assert unbelieved == 0.0
    assert np.log(best / second) == pytest.approx(FIRST * np.log(DOUBT / (0.7 + DOUBT)) + READER * (9.0 + 1.0))


def test_equal_sentences_stay_in_their_order() -> None:
    sentences = [RankedSentence(cast(ScoredSentence, Scored(row)), 0.25) for row in (3, 1, 2, 0)]
    assert [sentence.row for sentence in joined(sentences, {}, 4)] == [0, 1, 2, 3]


def test_it_reads_titles_and_whole_passages_a_few(engine: Engine) -> None:
    engine.ask(QUESTION)
    passages = finder(engine).passages
    assert 0 < len(passages) <= READ
    assert "The museum of clocks" in {passage.title for passage in passages}
    for passage in passages:
        texts = [passage.text[start:end] for start, end in passage.sentences]
        assert all(text == text.strip() and text for text in texts)
        assert passage.text.endswith(f"{texts[-1]} ")


def test_what_a_passage_stands_under_is_read_before_it(engine: Engine) -> None:
    engine.ask("What toll is charged?")
    under = [passage for passage in finder(engine).passages if "A toll of two crowns" in passage.text]
    assert [passage.text[: passage.text.index("A toll")] for passage in under] == ["Who pays. "]


def test_a_question_that_leans_on_earlier_ones_is_read_with_them_the_latest_first(engine: Engine) -> None:
    earlier = ["What toll is charged?", QUESTION, "and how often?", "and why so often?"]
    engine.ask("and who pays?", [Turn(question) for question in earlier])
    assert finder(engine).questions == [("and who pays?", ("and why so often?", "and how often?", QUESTION))]


def test_a_question_that_stands_alone_has_the_answer_that_it_has_alone(engine: Engine) -> None:
    alone = replace(engine.ask(QUESTION), elapsed_ms=0.0)
    turns = [Turn("What toll is charged?", ("A toll of two crowns.",)), Turn("and who pays?")]
    assert replace(engine.ask(QUESTION, turns), elapsed_ms=0.0) == alone
    assert finder(engine).questions == [(QUESTION, ())] * 2


@pytest.mark.parametrize(("language", "read"), [("en", True), ("de", False)])
def test_only_passages_in_its_languages_are_read(engine: Engine, language: str, read: bool) -> None:
    finder(engine).languages = frozenset({language})
    trace = engine.trace(QUESTION)
    assert (bool(finder(engine).passages), any(map(named(trace).get, READER_FEATURES))) == (read, read)


def test_what_was_not_read_is_trusted_as_without_a_reader(engine: Engine) -> None:
    finder(engine).languages = frozenset({"de"})
    engine.model = engine.built_in
    unread = engine.ask(QUESTION)
    engine.reader = None
    engine.model = engine.built_in
    assert (unread.confidence, unread.quotes) == (engine.ask(QUESTION).confidence, engine.ask(QUESTION).quotes)


def test_the_confidence_depends_on_the_readers_odds(engine: Engine) -> None:
    assert named(engine.trace(QUESTION))["odds"] == 9.0
    engine.model = engine.built_in
    assert engine.model == READING_UNFITTED != MODEL
    sure = engine.ask(QUESTION).confidence
    engine.reader = Finder(SIGNED, odds=-2.0)
    assert engine.ask(QUESTION).confidence < sure
