"""Of a table's rows that may answer, the one with the question's words comes first, and alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.answering import named_rows
from retrieval.answering.quoter import Quoter
from retrieval.index.generation import Generation
from tests.retrieval.answering.test_quoter import believed, chosen, index
from tests.toy import ANSWERS

FEES = "Boats,Fee for a night\nup to 8 metres,12 euros\nover 8 metres,19 euros\nDogs on board,free\n"
FIRST, SECOND, DOGS = "up to 8 metres | 12 euros", "over 8 metres | 19 euros", "Dogs on board | free"


def preferred(folder: Path, question: str, *beliefs: float, text: str = FEES) -> dict[str, float]:
    """Return the belief in each row, the greatest first."""
    generation = Generation.current(index(folder, {"fees.csv": text}))
    ranked = sorted(believed(generation, beliefs), key=lambda each: -each.belief)
    quoter = Quoter(generation, ANSWERS)
    return {quoter.text_of(each): each.belief for each in named_rows.prefer(ranked, question, generation)}


def test_rows_of_a_table_are_never_joined(tmp_path: Path) -> None:
    quotes = chosen(tmp_path, {"fees.csv": FEES}, [0.5, 0.4, 0.1])
    assert [text for text, _, _ in quotes] == [FIRST, SECOND, DOGS]


@pytest.mark.parametrize(
    ("question", "row"),
    [("What does a boat over 8 metres cost?", SECOND), ("Is a dog free on board?", DOGS), ("Up to 8 metres?", FIRST)],
)
def test_the_row_with_more_of_the_questions_words_comes_first(tmp_path: Path, question: str, row: str) -> None:
    beliefs = preferred(tmp_path, question, 0.5, 0.3, 0.2)
    assert next(iter(beliefs)) == row
    assert sum(beliefs.values()) == pytest.approx(1.0)


def test_a_row_with_other_words_of_the_question_keeps_its_belief(tmp_path: Path) -> None:
    assert preferred(tmp_path, "Do dogs cost 12 euros?", 0.5, 0.3, 0.2) == {FIRST: 0.8, DOGS: 0.2, SECOND: 0.0}


def test_a_row_that_is_hardly_believed_is_not_preferred(tmp_path: Path) -> None:
    beliefs = preferred(tmp_path, "over 8 metres", 0.9, 0.08, 0.02)
    assert beliefs[FIRST] > beliefs[SECOND]


def test_rows_without_words_of_the_question_stay_as_they_are(tmp_path: Path) -> None:
    assert preferred(tmp_path, "Who came?", 0.5, 0.3, 0.2) == {FIRST: 0.5, SECOND: 0.3, DOGS: 0.2}


def test_sentences_are_no_rows(tmp_path: Path) -> None:
    generation = Generation.current(index(tmp_path, {"a.txt": "The boat came at one. The dog came at two."}))
    ranked = believed(generation, [0.6, 0.4])
    assert named_rows.prefer(ranked, "When did the dog come?", generation) == ranked
