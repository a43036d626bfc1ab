"""AUROC and the risk-coverage curve, against counts by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.evaluation.measures import refusals
from retrieval.evaluation.measures.intervals import Paired, paired
from retrieval.evaluation.records import Curve, Outcome
from tests.retrieval.evaluation.builders import outcome

SCORES = st.lists(st.integers(0, 4).map(lambda value: value / 4), min_size=1, max_size=9)


def outcomes(*answers: tuple[float, str | None]) -> list[Outcome]:
    """Return questions by confidence and first quote: "x" right, "." wrong, None for an unanswerable question."""
    return [
        outcome(f"q{n}", quote or ".", answer="five" if quote else None, confidence=confidence)
        for n, (confidence, quote) in enumerate(answers)
    ]


@settings(deadline=None)
@given(SCORES, SCORES)
def test_auroc_is_the_share_of_pairs_in_order(positive: list[float], negative: list[float]) -> None:
    pairs = [(high > low) + (high == low) / 2 for high in positive for low in negative]
    assert refusals.auroc(positive, negative) == pytest.approx(sum(pairs) / len(pairs))


def test_auroc_of_one_kind_alone_is_none() -> None:
    assert math.isnan(refusals.auroc([0.5, 0.7], []))
    assert math.isnan(refusals.auroc([], [0.5]))


def test_auroc_of_a_resample_counts_each_question_as_often_as_it_was_drawn() -> None:
    statistic = refusals.auroc_of([1, 1, 0, 0], [0.9, 0.2, 0.5, 0.2])
    counts = np.array([[1.0, 1, 1, 1], [2, 0, 1, 1], [0, 3, 2, 1], [2, 2, 0, 0]])
    expected = [
        refusals.auroc([0.9] * a + [0.2] * b, [0.5] * c + [0.2] * d) for a, b, c, d in counts.astype(int).tolist()
    ]
    assert statistic(counts).tolist() == pytest.approx(expected, nan_ok=True)
    assert [math.isnan(value) for value in expected] == [False, False, False, True]


def test_the_curve_by_hand() -> None:
    drawn = refusals.curve(outcomes((0.2, None), (0.9, "x"), (0.5, "."), (0.5, "x"), (0.7, "x")))
    assert drawn is not None
    # Answered at .9: one of five, right; at .7: two; at .5 two more at once, one of them wrong; at .2 all.
    assert drawn.coverage == (0.2, 0.4, 0.8, 1.0)
    assert drawn.risk == (0.0, 0.0, 0.25, 0.4)
    assert drawn.thresholds == (0.9, 0.7, 0.5, 0.2)
    assert drawn.area == pytest.approx((0 + 0 + 0.25 + 0.25 + 0.4) / 5)


def test_equal_confidences_are_one_point() -> None:
    assert refusals.curve(outcomes((0.5, "x"), (0.5, None), (0.5, "."), (0.5, "x"))) == Curve(
        (1.0,), (0.5,), (0.5,), 0.5
    )


@pytest.mark.parametrize("answers", [[], [(0.5, "x"), (0.4, ".")], [(0.5, None)]])
def test_no_curve_of_one_kind_alone(answers: list[tuple[float, str | None]]) -> None:
    assert refusals.curve(outcomes(*answers)) is None


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4).map(lambda value: value / 4), st.sampled_from(["x", ".", None])), min_size=1)
)
def test_the_area_is_the_mean_risk_at_every_question(answers: Sequence[tuple[float, str | None]]) -> None:
    drawn = refusals.curve(outcomes(*answers))
    if drawn is None:
        assert len({quote is None for _, quote in answers}) == 1
        return
    risks = []
    for confidence, _ in answers:
        answered = [quote != "x" for other, quote in answers if other >= confidence]
        risks.append(sum(answered) / len(answered))
    assert drawn.area == pytest.approx(sum(risks) / len(risks))
    wide = np.diff((0, *drawn.coverage))
    assert drawn.area == pytest.approx(float(wide @ np.array(drawn.risk)))


def test_a_resample_that_drew_nothing_confident_has_an_area() -> None:
    statistic = refusals.aurc_of([0, 1, 1], [0.9, 0.5, 0.1])
    assert statistic(np.array([[0.0, 3, 0], [1, 1, 1], [2, 1, 0]])).tolist() == pytest.approx(
        [1, (0 + 1 / 2 + 2 / 3) / 3, (0 + 0 + 1 / 3) / 3]
    )


def test_two_runs_compare_by_auroc() -> None:
    answerable = [1] * 30 + [0] * 30
    before, after = [0.5] * 60, [0.8] * 25 + [0.1] * 5 + [0.2] * 30
    gain = paired(60, refusals.auroc_of(answerable * 2, before + after))
    assert gain.difference == pytest.approx(25 / 30 - 0.5)
    assert gain.low < gain.difference < gain.high
    assert gain.p < 0.01
    assert paired(60, refusals.auroc_of(answerable * 2, after + after)) == Paired(0.0, 0.0, 0.0, 1.0)
