"""Axes, bars, and the operating point."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.evaluation.html.charts import latencies, operating_point, ranks
from bot.evaluation.html.drawing import interval_bar, ticks
from retrieval.evaluation.records import Curve
from tests.bot.evaluation.html.sample import OUTCOMES

CURVE = Curve((0.25, 0.5, 1.0), (0.0, 0.5, 0.625), (0.9, 0.3, 0.1), 0.3)


@pytest.mark.parametrize(
    ("high", "marks"),
    [
        (0.0, [0.0, 1.0]),
        (float("nan"), [0.0, 1.0]),
        (0.61, [0.0, 0.2, 0.4, 0.6, 0.8]),
        (1.0, [0.0, 0.25, 0.5, 0.75, 1.0]),
        (1, [0.0, 0.25, 0.5, 0.75, 1.0]),
        (116, [0.0, 50.0, 100.0, 150.0]),
        (3000, [0.0, 1000.0, 2000.0, 3000.0]),
    ],
)
def test_ticks_are_round_and_reach_the_highest_value(high: float, marks: list[float]) -> None:
    assert ticks(high) == marks


@pytest.mark.parametrize(
    ("threshold", "point"),
    [(0.0, (1.0, 0.625)), (0.1, (1.0, 0.625)), (0.3, (0.5, 0.5)), (0.31, (0.25, 0.0)), (0.95, None)],
)
def test_the_operating_point_answers_all_that_reach_the_threshold(
    threshold: float, point: tuple[float, float] | None
) -> None:
    assert operating_point(CURVE, threshold) == point


def test_ranks_are_counted_over_answerable_questions() -> None:
    drawn = ranks(OUTCOMES).drawing
    assert re.findall(r"<title>([^<]+: \d[^<]*)</title>", drawn) == [
        *("1: 3 questions", "2: 0 questions", "3: 0 questions", "4–10: 1 question", "none: 2 questions")
    ]


def test_times_beyond_the_axis_are_in_the_last_bar() -> None:
    slow = [replace(OUTCOMES[0], elapsed_ms=float(ms)) for ms in [*range(1, 100), 10_000]]
    drawn = latencies(slow, []).drawing
    assert "The last bar holds the 1 question that took longer." in drawn
    assert "<title>100 ms and more: 1</title>" in drawn
    counts = [int(many) for many in re.findall(r"<title>[^<]* ms[^<]*: (\d+)</title>", drawn)]
    assert sum(counts) == 100


def test_questions_that_took_no_time_can_be_drawn() -> None:
    assert "<title>0 to 0.05 ms: 2</title>" in latencies([replace(OUTCOMES[0], elapsed_ms=0.0)] * 2, []).drawing


def test_an_interval_without_numbers_is_not_drawn() -> None:
    assert interval_bar(float("nan"), 0.0, 1.0) == ""
    assert interval_bar(0.0, 0.0, 0.0, 0.0) == ""
