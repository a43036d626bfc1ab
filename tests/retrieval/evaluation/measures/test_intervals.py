"""Resampling: intervals that cover what they should, tests that reject as often as they should."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.evaluation.measures import intervals
from retrieval.evaluation.measures.intervals import RESAMPLES, Values

GENERATOR_SEED = 7


def test_the_interval_of_a_mean_is_that_of_the_normal_law() -> None:
    values = np.random.default_rng(GENERATOR_SEED).random(1000) < 0.3
    low, high = intervals.mean_interval(values)
    deviation = values.std() / np.sqrt(len(values))
    assert low == pytest.approx(values.mean() - 1.96 * deviation, abs=0.2 * deviation)
    assert high == pytest.approx(values.mean() + 1.96 * deviation, abs=0.2 * deviation)


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(GENERATOR_SEED)
    covered = [
        low <= 0.4 <= high for low, high in (intervals.mean_interval(generator.random(80) < 0.4) for _ in range(200))
    ]
    assert 0.90 <= np.mean(covered) <= 0.985


def test_intervals_are_the_same_each_time_and_each_for_itself() -> None:
    table = np.random.default_rng(GENERATOR_SEED).random((700, 3))
    low, high = intervals.mean_intervals(table)
    assert np.array_equal(intervals.mean_intervals(table), [low, high])
    assert intervals.mean_interval(table[:, 1]) == pytest.approx((low[1], high[1]), rel=1e-12)


def test_one_question_and_equal_values_leave_no_room() -> None:
    assert intervals.mean_interval([0.25]) == (0.25, 0.25)
    assert intervals.mean_interval([1.0] * 9) == (1.0, 1.0)
    assert intervals.mean_interval([True, True]) == (1.0, 1.0)


@pytest.mark.parametrize("questions", [1, 2, 3, 700, 5000])
def test_every_resample_draws_as_often_as_there_are_questions(questions: int) -> None:
    seen = list[Values]()

    def statistic(counts: Values) -> Values:
        seen.append(counts)
        return counts[:, 0]

    intervals.bootstrap(questions, statistic)
    counts = np.concatenate(seen)
    assert counts.shape == (RESAMPLES, questions)
    assert set(counts.sum(axis=1)) == {questions}
    assert counts.mean(axis=0) == pytest.approx(1, abs=0.15)


def test_resamples_without_a_value_are_left_out() -> None:
    shares, wholes = np.array([1.0, 0.0, 0.0]), np.array([2.0, 0.0, 0.0])
    assert intervals.observed(3, intervals.ratio_of(shares, wholes)) == 0.5
    assert intervals.bootstrap(3, intervals.ratio_of(shares, wholes)).tolist() == [0.5, 0.5]


def test_a_mirrored_interval_takes_off_what_chance_adds() -> None:
    assert intervals.mirrored(0.3, np.array([0.28, 0.4])).tolist() == pytest.approx([0.2, 0.32])
    assert intervals.mirrored(0.1, np.array([0.12, 0.3])).tolist() == [0.0, 0.1], "from 0, and the value is within"


def test_swaps_without_a_value_are_left_out() -> None:
    """One of four selections has no whole: before has one, after has one, of different questions."""
    shares, wholes = np.array([1.0, 0.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0, 1.0])
    assert intervals.paired(2, intervals.ratio_of(shares, wholes)).p == 1.0


def test_a_ratio_weighs_each_question_by_its_whole() -> None:
    statistic = intervals.ratio_of(np.array([1.0, 3.0]), np.array([2.0, 4.0]))
    assert statistic(np.array([[1.0, 1.0], [2.0, 0.0], [1.0, 3.0]])).tolist() == [4 / 6, 0.5, 10 / 14]


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=8).flatmap(
        lambda values: st.tuples(
            st.just(values), st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values)).filter(any)
        )
    ),
    st.sampled_from([0, 50, 95, 100]),
)
def test_a_percentile_is_that_of_the_values_drawn(drawn: tuple[list[int], list[int]], percent: float) -> None:
    values, counts = np.array(drawn[0], dtype=np.float64), np.array([drawn[1]], dtype=np.float64)
    expected = np.percentile(np.repeat(values, drawn[1]), percent)
    assert intervals.percentile_of(values, percent)(counts)[0] == pytest.approx(expected)


def test_two_equal_runs_differ_in_nothing() -> None:
    values = [0.0, 1.0, 1.0, 0.5]
    assert intervals.paired_mean(values, values) == intervals.Paired(0.0, 0.0, 0.0, 1.0)


def test_a_clear_gain_is_told_and_its_size() -> None:
    gain = intervals.paired_mean([0.0] * 40, [1.0] * 30 + [0.0] * 10)
    assert gain.difference == 0.75
    assert 0.55 < gain.low < 0.75 < gain.high < 0.9
    assert gain.p == 1 / (RESAMPLES + 1)


def test_the_order_of_the_runs_turns_the_sign() -> None:
    before, after = [0.0, 1.0, 0.0, 0.0, 0.25], [1.0, 0.5, 1.0, 0.0, 0.25]
    forth, back = intervals.paired_mean(before, after), intervals.paired_mean(after, before)
    assert (forth.difference, forth.low, forth.high, forth.p) == pytest.approx(
        (-back.difference, -back.high, -back.low, back.p)
    )


def test_p_is_the_share_of_all_swaps_that_differ_as_much() -> None:
    before, after = np.array([0.0, 0.2, 0.4, 0.1, 0.9, 0.3, 0.0]), np.array([0.6, 0.5, 0.3, 0.4, 1.0, 0.3, 0.2])
    change = after - before
    swaps = [abs(np.dot(signs, change)) >= abs(change.sum()) - 1e-9 for signs in product((1, -1), repeat=7)]
    assert intervals.paired_mean(before, after).p == pytest.approx(np.mean(swaps), abs=0.02)


def test_a_test_rejects_five_times_in_a_hundred_where_nothing_changed() -> None:
    generator = np.random.default_rng(GENERATOR_SEED)
    rejected = [
        intervals.paired_mean(generator.random(60) < 0.5, generator.random(60) < 0.5).p < 0.05 for _ in range(300)
    ]
    assert 0.01 <= np.mean(rejected) <= 0.09


def test_any_statistic_compares_as_the_mean_does() -> None:
    generator = np.random.default_rng(GENERATOR_SEED)
    before, after = generator.random(50), generator.random(50) + 0.15
    both = np.concatenate([before, after])

    def pooled(counts: Values) -> Values:
        mean: Values = counts @ both / counts.sum(axis=1)
        return mean

    general, direct = intervals.paired(50, pooled), intervals.paired_mean(before, after)
    assert (general.difference, general.low, general.high) == pytest.approx(
        (direct.difference, direct.low, direct.high)
    )
    assert general.p == pytest.approx(direct.p, abs=0.02)
    assert intervals.paired(50, pooled) == general
