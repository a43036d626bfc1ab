"""Asking for sentences in their own words."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.engine import Engine, Trace
from retrieval.evaluation.coverage.lines import line_of
from retrieval.evaluation.coverage.self_retrieval import SEED, Selves, Unreached, ask_self, ask_selves
from retrieval.index.generation import Generation
from tests.toy import ANSWERS, SHARED_LINE, SPEC, ToyEncoder, build_toy, open_toy

WINDS = "Who winds the clocks of the museum?"


def row_of(engine: Engine, opening: str) -> int:
    """Return the row of the sentence with this beginning."""
    generation = engine.generation
    return next(row for row in range(len(generation.sentences)) if line_of(generation, row).text.startswith(opening))


def ask_instead(monkeypatch: pytest.MonkeyPatch, engine: Engine, question: str, *, passages: bool = True) -> None:
    """Ask this question in place of any sentence; without `passages`, rank none."""
    own = engine.trace

    def trace(_sentence: str, *, top: int) -> Trace:
        outcome = own(question, top=top)
        return outcome if passages else replace(outcome, candidates=())

    monkeypatch.setattr(engine, "trace", trace)


def test_all_but_a_twin_are_found_by_their_own_words(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    progress: list[tuple[int, int]] = []
    selves = ask_selves(engine, 0, lambda step, total: progress.append((step, total)))
    count = engine.generation.manifest.counts.sentences
    assert (selves.asked, selves.sentences, selves.is_sample) == (count, count, False)
    assert progress == [(number, count) for number in range(1, count + 1)]
    (unreached,) = selves.unreached
    assert (unreached.line.text, unreached.cause, unreached.rank) == (SHARED_LINE, "twin", None)
    assert unreached.instead is not None
    assert unreached.instead.text == SHARED_LINE
    assert {unreached.line.citation.article, unreached.instead.citation.article} == {"harbour", "storm"}
    assert selves.share == (1 / count, 1 / count, 1 / count)


def test_a_sample_is_the_same_each_time(toy_index: Path) -> None:
    engine = open_toy(toy_index, replace(ANSWERS, threshold=1.01))
    total = len(engine.generation.sentences)
    selves = ask_selves(engine, 5)
    drawn = sorted(random.Random(SEED).sample(range(total), 5))
    lines = [unreached.line for unreached in (*selves.unreached, *selves.refused)]
    assert (len(lines), set(lines)) == (5, {line_of(engine.generation, row) for row in drawn})
    assert (selves.asked, selves.sentences, selves.is_sample) == (5, total, True)
    assert ask_selves(engine, 5) == selves
    for sample in (total, total + 1, 0):
        assert ask_selves(engine, sample).asked == total


@pytest.mark.parametrize(
    ("unreached", "sample", "share"),
    [(0, 10, (0.0, 0.0, 0.2775)), (1, 10, (0.1, 0.0179, 0.4042)), (10, 10, (1.0, 0.7225, 1.0))],
)
def test_the_interval_of_a_sample_is_wilsons(
    unreached: int, sample: int, share: tuple[float, float, float], toy_index: Path
) -> None:
    sentence = Unreached(line_of(Generation.current(toy_index), 0), "outscored", None, None, 0.5)
    assert Selves(sample, 1000, (sentence,) * unreached).share == pytest.approx(share, abs=1e-4)
    assert Selves(0, 0, ()).share == (0.0, 0.0, 0.0)


def test_a_sentence_that_is_found_and_refused(toy_index: Path) -> None:
    engine = open_toy(toy_index, replace(ANSWERS, threshold=1.01))
    refused = ask_self(engine, row_of(engine, "Curator Osric Pell"))
    assert refused is not None
    assert (refused.cause, refused.rank) == ("refused", 1)
    assert refused.confidence == engine.ask(refused.line.text).confidence > 0
    selves = ask_selves(engine, 0)
    assert refused in selves.refused
    assert {unreached.cause for unreached in selves.refused} == {"refused"}
    assert "refused" not in {unreached.cause for unreached in selves.unreached}
    assert selves.share[0] == len(selves.unreached) / selves.asked


def test_what_the_encoder_reads_only_in_part(tmp_path: Path) -> None:
    """Its beginning finds it, but nothing finds its end."""
    (tmp_path / "corpus").mkdir()
    names = ", ".join(f"member{number}" for number in range(40))
    (tmp_path / "corpus" / "list.txt").write_text(f"The members are {names}. They met on Monday.\n")
    encoder = ToyEncoder(replace(SPEC, max_pieces=24))
    build_toy(tmp_path / "corpus", tmp_path / "index", encoder)
    engine = Engine(Generation.current(tmp_path / "index"), encoder, ANSWERS)
    (unreached,) = ask_selves(engine, 0).unreached
    assert (unreached.cause, unreached.rank, unreached.line.text) == ("cut", 1, f"The members are {names}.")


@pytest.mark.parametrize(
    ("question", "sentence", "passages", "cause"),
    [
        (WINDS, "It loses four minutes", True, "outscored"),
        (WINDS, "It loses four minutes", False, "not ranked"),
        ("Which monk built the oldest clock in 1540?", "It loses four minutes", True, "beside"),
        ("Which monk built the oldest clock in 1540?", "Curator Osric Pell", True, "beside"),
    ],
)
def test_why_another_is_quoted(
    monkeypatch: pytest.MonkeyPatch, toy_index: Path, question: str, sentence: str, passages: bool, cause: str
) -> None:
    engine = open_toy(toy_index, replace(ANSWERS, word_cost=1.0))
    instead = engine.ask(question).quotes[0]
    row = row_of(engine, sentence)
    ask_instead(monkeypatch, engine, question, passages=passages)
    unreached = ask_self(engine, row)
    assert unreached is not None
    assert unreached.cause == cause
    assert unreached.instead is not None
    assert (unreached.instead.text, unreached.instead.citation) == (instead.text, instead.citation)
    assert unreached.rank != 1


def test_a_sentence_whose_words_stand_in_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("The old harbour is closed.\n")
    (tmp_path / "corpus" / "b.txt").write_text("Anker said the old harbour is closed until the wall has been mended.\n")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    assert ask_selves(engine, 0).unreached == ()
    ask_instead(monkeypatch, engine, "Until when, said Anker, is it closed, until the wall has been mended?")
    unreached = ask_self(engine, row_of(engine, "The old harbour"))
    assert unreached is not None
    assert unreached.cause == "within"


def test_the_rank_of_its_own_quote_is_told(monkeypatch: pytest.MonkeyPatch, toy_index: Path) -> None:
    engine = open_toy(toy_index, replace(ANSWERS, least=0.0, word_cost=1.0))
    quotes = engine.ask(WINDS, top=10).quotes
    row = row_of(engine, quotes[3].text)
    ask_instead(monkeypatch, engine, WINDS)
    unreached = ask_self(engine, row)
    assert unreached is not None
    assert unreached.rank == 4


def test_words_that_make_no_question(toy_index: Path) -> None:
    """A sentence is cut to the longest question; here only an opening quotation mark remains."""
    engine = open_toy(toy_index, replace(ANSWERS, max_question=1))
    row = row_of(engine, "“Our wells are low")
    line = line_of(engine.generation, row)
    assert ask_self(engine, row) == Unreached(line, "not asked", None, None, 0.0)


def test_a_sentence_longer_than_a_question_is_asked_by_its_beginning(toy_index: Path) -> None:
    engine = open_toy(toy_index, replace(ANSWERS, max_question=30))
    assert ask_self(engine, row_of(engine, "The meteorologist Jonna Lind")) is None


def test_an_empty_trace_is_no_fault(monkeypatch: pytest.MonkeyPatch, toy_index: Path) -> None:
    engine = open_toy(toy_index)
    nothing = engine.trace(WINDS)
    nothing = replace(nothing, answer=replace(nothing.answer, quotes=(), answered=False, confidence=0.0), candidates=())
    monkeypatch.setattr(engine, "trace", lambda question, *, top: nothing)
    unreached = ask_self(engine, 0)
    assert unreached == Unreached(line_of(engine.generation, 0), "not ranked", None, None, 0.0)
