"""Counting what the answers to a list of questions quote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.engine import Trace
from retrieval.errors import QuestionInvalid
from retrieval.evaluation.coverage.reach import AskedQuestion, Surfaced, surface
from retrieval.records import Turn
from tests.toy import ANSWERS, build_toy, open_toy

ONE = replace(ANSWERS, top=1, word_cost=1.0)
WINDS = "Who winds the clocks of the museum?"
TOLL = "Who is exempt from the toll?"
GALE = "Which gale tore the roof off the ferry shed?"


def counts(surfaced: Surfaced) -> dict[str, tuple[int, int, int]]:
    """Return (quoted, first, weak) by article, in the order of the report."""
    return {reach.article: (reach.quoted, reach.first, reach.weak) for reach in surfaced.articles}


def test_the_fewest_questions_come_first(toy_index: Path) -> None:
    progress: list[tuple[int, int]] = []
    questions = [AskedQuestion(WINDS), AskedQuestion("Which clock did a monk build in 1540?"), AskedQuestion(TOLL)]
    surfaced = surface(open_toy(toy_index, ONE), questions, lambda step, total: progress.append((step, total)))
    assert list(counts(surfaced).items()) == [
        ("harbour", (0, 0, 0)),
        ("letters/mayor", (0, 0, 0)),
        ("market", (0, 0, 0)),
        ("storm", (0, 0, 0)),
        ("bridge", (1, 1, 0)),
        ("clock-museum", (2, 2, 0)),
    ]
    assert (surfaced.asked, surfaced.answered, surfaced.quoted, surfaced.best) == (3, 3, 3, 3)
    assert progress == [(1, 3), (2, 3), (3, 3)]


def test_a_line_that_two_articles_print_surfaces_both(toy_index: Path) -> None:
    surfaced = surface(open_toy(toy_index, ONE), [AskedQuestion(GALE)])
    assert counts(surfaced)["harbour"] == counts(surfaced)["storm"] == (1, 1, 0)
    assert (surfaced.quoted, surfaced.best) == (2, 2)


def test_a_question_that_is_refused_surfaces_nothing(toy_index: Path) -> None:
    surfaced = surface(open_toy(toy_index, replace(ONE, threshold=1.01)), [AskedQuestion(WINDS), AskedQuestion(WINDS)])
    assert counts(surfaced)["clock-museum"] == (0, 0, 2)
    assert list(counts(surfaced))[-1] == "clock-museum"
    assert (surfaced.asked, surfaced.answered, surfaced.quoted, surfaced.best) == (2, 0, 0, 0)


def test_a_second_quote_surfaces_its_article_and_is_not_first(toy_index: Path) -> None:
    engine = open_toy(toy_index, replace(ONE, top=3, least=0.0))
    answer = engine.ask(WINDS)
    surfaced = surface(engine, [AskedQuestion(WINDS)])
    assert {article: reached[:2] for article, reached in counts(surfaced).items() if reached[0]} == {
        quote.citation.article: (1, int(rank == 0)) for rank, quote in reversed(list(enumerate(answer.quotes)))
    }
    assert (surfaced.quoted, surfaced.best) == (3, 1)


def test_an_article_tells_its_opening_and_size(toy_index: Path, tmp_path: Path) -> None:
    by_id = {reach.article: reach for reach in surface(open_toy(toy_index), []).articles}
    museum = by_id["clock-museum"]
    assert (museum.title, museum.sentences) == ("The museum of clocks", 4)
    assert museum.opening is not None
    assert museum.opening.text == "The clock museum keeps 312 clocks, all of them wound by hand."
    assert museum.opening.citation.ref.endswith("#54-115")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "menu.txt").write_text("Home\n")
    (tmp_path / "corpus" / "news.txt").write_text("The bridge over the river reopened on Friday.\n")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    menu, news = surface(open_toy(tmp_path / "index"), [AskedQuestion("What reopened?")]).articles
    assert (menu.article, menu.opening, menu.sentences, menu.quoted) == ("menu", None, 0, 0)
    assert (news.article, news.sentences, news.quoted, news.first) == ("news", 1, 1, 1)


def test_earlier_turns_go_along(monkeypatch: pytest.MonkeyPatch, toy_index: Path) -> None:
    engine, own = open_toy(toy_index), open_toy(toy_index).trace
    calls: list[tuple[str, Sequence[Turn]]] = []

    def trace(question: str, history: Sequence[Turn]) -> Trace:
        calls.append((question, history))
        return own(question, history)

    monkeypatch.setattr(engine, "trace", trace)
    turn = Turn(WINDS, ("Curator Osric Pell winds them every Sunday between six\nand nine.",))
    surface(engine, [AskedQuestion("And when?", (turn,))])
    assert calls == [("And when?", (turn,))]


def test_a_question_that_cannot_be_asked_is_a_fault(toy_index: Path) -> None:
    with pytest.raises(QuestionInvalid, match="has no word in it"):
        surface(open_toy(toy_index), [AskedQuestion(WINDS), AskedQuestion("?!")])
