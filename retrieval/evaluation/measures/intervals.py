"""Intervals and tests by resampling questions, always from the same seed.

Intervals are percentile bootstraps over questions (Efron 1979), if nothing else is said. Two runs are compared by a
paired bootstrap and by a randomization test that swaps the two runs' outcomes of a question (Fisher 1935; for retrieval
Smucker, Allan and Carterette 2007). A resample is a row of counts, how often each question was drawn: a statistic is
computed for many resamples at once, from [resamples, questions] counts to [resamples] values, NaN where a resample has
none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
Statistic = Callable[[Values], Values]
"""Maps [resamples, questions] counts to [resamples] or [resamples, figures] values."""

SEED = 20_080_419
RESAMPLES = 2000
TAILS = (2.5, 97.5)
"""Percentiles that bound a 95 % interval."""

Z = 1.959964
"""The normal distribution's quantile for a 95 % interval."""

_CELLS = 2**20  # counts held at a time, 8 MB


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """Return the bounds of the 95 % interval of a share of `count`, at least 1 (Wilson 1927)."""
    share, slack = hits / count, Z * Z / count
    middle = (share + slack / 2) / (1 + slack)
    reach = Z * sqrt(share * (1 - share) / count + slack / (4 * count)) / (1 + slack)
    return max(0.0, middle - reach) if hits else 0.0, min(1.0, middle + reach) if hits < count else 1.0


@dataclass(frozen=True, slots=True)
class Paired:
    """A difference between two runs, after minus before, over the questions of both."""

    difference: float
    low: float
    high: float
    """The paired 95 % bootstrap interval."""
    p: float
    """Two-sided p value of the randomization test; at least 1 / (RESAMPLES + 1)."""


def bootstrap(questions: int, statistic: Statistic) -> Values:
    """Return the bounds of the statistic's interval, [2] or [2, figures]; ignores resamples without a value."""
    drawn = np.concatenate([statistic(counts) for counts in _resamples(questions)])
    return np.asarray(np.nanpercentile(drawn, TAILS, axis=0))


def mirrored(value: float, bounds: Values) -> Values:
    """Turn a percentile interval into the basic one (Davison and Hinkley 1997), for a value that cannot be below 0.

    A statistic that chance only makes greater is greater still in each resample, by about as much. The basic interval
    mirrors the resamples about the value, which takes that off.
    """
    low, high = 2 * value - bounds[::-1]
    return np.array([max(0.0, low), max(value, high)])


def observed(questions: int, statistic: Statistic) -> float:
    """Return the statistic's value with each question counted once."""
    return float(statistic(np.ones((1, questions)))[0])


def ratio_of(shares: Values, wholes: Values) -> Statistic:
    """Return the statistic that divides the sum of [questions] shares by the sum of [questions] wholes."""

    def statistic(counts: Values) -> Values:
        total = counts @ wholes
        ratio: Values = np.divide(counts @ shares, total, out=np.full(len(total), np.nan), where=total > 0)
        return ratio

    return statistic


def percentile_of(values: Values, percent: float) -> Statistic:
    """Return the statistic that computes a percentile of [questions] values, interpolated as numpy does."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]

    def statistic(counts: Values) -> Values:
        drawn = np.cumsum(counts[:, order], axis=1)
        last = drawn[:, -1] - 1
        place, share = np.divmod(last * percent / 100, 1)
        lower, upper = (
            ordered[(drawn > rank[:, None]).argmax(axis=1)] for rank in (place, np.minimum(place + 1, last))
        )
        between: Values = lower + share * (upper - lower)
        return between

    return statistic


def mean_intervals(values: ArrayLike) -> Values:
    """Return the bounds, [2, figures], of the means of [questions, figures] values."""
    table = np.asarray(values, dtype=np.float64)

    def means(counts: Values) -> Values:
        drawn: Values = counts @ table / len(table)
        return drawn

    return bootstrap(len(table), means)


def mean_interval(values: ArrayLike) -> tuple[float, float]:
    """Return the bounds of the mean of [questions] values, at least one."""
    low, high = mean_intervals(np.asarray(values, dtype=np.float64)[:, None])[:, 0]
    return float(low), float(high)


def paired_mean(before: ArrayLike, after: ArrayLike) -> Paired:
    """Compare the means of [questions] values of two runs, the same questions in the same order."""
    change = np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    low, high = mean_interval(change)
    # Swapping a question with equal values in both runs changes nothing.
    moved = change[change != 0]
    swapped = [(1 - 2 * swaps) @ moved for swaps in _swaps(len(moved))] if len(moved) else [np.zeros(RESAMPLES)]
    return Paired(float(change.mean()), low, high, _p(float(moved.sum()), np.concatenate(swapped)))


def paired(questions: int, pooled: Statistic) -> Paired:
    """Compare any statistic of two runs over the same questions.

    `pooled` computes it from [resamples, 2 x questions] counts, over the earlier run's outcomes followed by the later
    run's: each run is a selection from these, and so is every swap.
    """
    ones, none = np.ones((1, questions)), np.zeros((1, questions))
    observed = float((pooled(np.hstack([none, ones])) - pooled(np.hstack([ones, none])))[0])
    drawn, swapped = [], []
    for counts in _resamples(questions):
        zeros = np.zeros_like(counts)
        drawn.append(pooled(np.hstack([zeros, counts])) - pooled(np.hstack([counts, zeros])))
    for swaps in _swaps(questions):
        swapped.append(pooled(np.hstack([swaps, 1 - swaps])) - pooled(np.hstack([1 - swaps, swaps])))
    low, high = np.nanpercentile(np.concatenate(drawn), TAILS)
    return Paired(observed, float(low), float(high), _p(observed, np.concatenate(swapped)))


def _resamples(questions: int) -> Iterator[Values]:
    """Yield blocks of rows, RESAMPLES in all: how often each question is drawn, in as many draws as questions."""
    generator = np.random.default_rng(SEED)
    for rows in _blocks(questions):
        drawn = generator.integers(questions, size=(rows, questions)) + questions * np.arange(rows)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=rows * questions)
        yield counts.reshape(rows, questions).astype(np.float64)


def _swaps(questions: int) -> Iterator[Values]:
    """Yield blocks of rows, RESAMPLES in all: 0 or 1 with equal chance for each question."""
    generator = np.random.default_rng(SEED)
    for rows in _blocks(questions):
        yield generator.integers(2, size=(rows, questions)).astype(np.float64)


def _blocks(questions: int) -> Iterator[int]:
    size = max(1, _CELLS // questions)
    for first in range(0, RESAMPLES, size):
        yield min(size, RESAMPLES - first)


def _p(observed: float, swapped: Values) -> float:
    """Return the share of swaps that differ at least as much as the runs do, counting the runs themselves.

    Ignores swaps without a value.
    """
    swapped = swapped[~np.isnan(swapped)]
    slack = 1e-9 * max(1.0, abs(observed))  # sums in another order differ in their last digits
    return float((1 + np.count_nonzero(np.abs(swapped) >= abs(observed) - slack)) / (1 + len(swapped)))
