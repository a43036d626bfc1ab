"""SQuAD's word F1 and exact match."""

from __future__ import annotations

import pytest

from retrieval.evaluation.measures.overlap import best, normal


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The  Tarn,\n a river.", "tarn river"),
        ("An apple a day", "apple day"),
        ("theatre", "theatre"),
        ("U.S. $4.5", "us 45"),
        ("“Tarn”", "“tarn”"),
        ("the", ""),
        ("", ""),
    ],
)
def test_normal_form(text: str, plain: str) -> None:
    assert normal(text) == plain


@pytest.mark.parametrize(
    ("quote", "answers", "f1", "exact"),
    [
        ("The five masons!", ["five masons"], 1.0, 1.0),
        ("five masons of Oskeld", ["five masons", "twelve masons"], 2 * 2 / (4 + 2), 0.0),
        ("five masons of Oskeld", ["nobody"], 0.0, 0.0),
        ("five five", ["five"], 2 / 3, 0.0),
        ("masons five", ["five masons"], 1.0, 0.0),
        ("", ["five"], 0.0, 0.0),
        ("anything", [], 0.0, 0.0),
    ],
)
def test_the_best_answer_counts(quote: str, answers: list[str], f1: float, exact: float) -> None:
    assert best(quote, answers) == pytest.approx((f1, exact))
