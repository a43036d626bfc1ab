"""The calibration error and the bins of a reliability diagram, against counts by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.evaluation.measures import reliability
from retrieval.evaluation.measures.intervals import wilson_interval
from retrieval.evaluation.records import ReliabilityBin
from tests.retrieval.evaluation.builders import outcome

SCORED = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=30)


def test_the_error_by_hand() -> None:
    right, confidence = [1, 0, 1, 1, 0], [0.92, 0.98, 0.61, 0.69, 0.05]
    # From .9: mean .95, half right; from .6: mean .65, all right; below .1: mean .05, none right.
    assert reliability.calibration_error(right, confidence) == pytest.approx((2 * 0.45 + 2 * 0.35 + 0.05) / 5)


@pytest.mark.parametrize(("right", "confidence", "error"), [([1, 1], [1, 1], 0), ([0, 0], [1, 1], 1), ([1], [0], 1)])
def test_a_certain_confidence_is_right_or_wrong(right: list[int], confidence: list[float], error: float) -> None:
    assert reliability.calibration_error(right, confidence) == error


@settings(deadline=None)
@given(SCORED)
def test_the_error_is_the_mean_gap_of_the_bins(scored: Sequence[tuple[bool, float]]) -> None:
    bins = reliability.reliability(
        [outcome(f"q{n}", "x" if right else ".", confidence=score) for n, (right, score) in enumerate(scored)]
    )
    assert sum(each.count for each in bins) == len(scored)
    assert all(each.low <= each.confidence + 1e-12 and each.confidence <= each.high + 1e-12 for each in bins)
    error = sum(each.count * abs(each.confidence - each.right) for each in bins) / len(scored)
    right, confidence = zip(*scored, strict=True)
    assert reliability.calibration_error(right, confidence) == pytest.approx(error, abs=1e-12)


def test_the_error_of_a_resample_counts_each_question_as_often_as_it_was_drawn() -> None:
    statistic = reliability.ece_of([1, 0, 1], [0.95, 0.91, 0.2])
    counts = np.array([[1.0, 1, 1], [0, 2, 1], [3, 0, 0]])
    expected = [
        reliability.calibration_error([1] * a + [0] * b + [1] * c, [0.95] * a + [0.91] * b + [0.2] * c)
        for a, b, c in counts.astype(int).tolist()
    ]
    assert statistic(counts).tolist() == pytest.approx(expected)


def test_no_quote_is_right_where_the_corpus_has_no_answer_refused_or_not() -> None:
    bins = reliability.reliability(
        [
            outcome("a", "x", confidence=0.15, answered=False),
            outcome("b", "", confidence=0.1, answered=False),
            outcome("c", "x", confidence=1.0),
            outcome("d", "x", answer=None, confidence=0.9),
        ]
    )
    assert bins == (
        ReliabilityBin(0.1, 0.2, 2, 0.125, 0.5, *wilson_interval(1, 2)),
        ReliabilityBin(0.9, 1.0, 2, 0.95, 0.5, *wilson_interval(1, 2)),
    )


def test_a_run_without_questions_has_no_bins() -> None:
    assert reliability.reliability([]) == ()


def test_a_level_is_of_answers_alone() -> None:
    outcomes = [
        *(outcome(f"q{score}", "x", confidence=score) for score in (0.95, 0.796, 0.6)),
        outcome("refused", "x", confidence=0.9, answered=False),
    ]
    flags = {name: reliability.of_level(outcomes, name).tolist() for name in ("high", "fair", "low")}
    assert flags == {"high": [1, 1, 0, 0], "fair": [0, 0, 1, 0], "low": [0, 0, 0, 0]}
