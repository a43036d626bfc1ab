"""How far the confidence is from how often the first quote is right.

The confidence estimates the probability that the first quote answers the question; where the corpus does not, no quote
is right. Bins are ten of equal width, as Naeini, Cooper and Hauskrecht (2015) have them, so that their edges are those
of a reliability diagram and of the levels that a confidence is called by. Every question counts, also one that was
refused: a threshold may be moved, and the confidence should be true on both sides of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from retrieval.answering.confidence import level
from retrieval.evaluation.measures import refusals
from retrieval.evaluation.measures.intervals import Statistic, Values, observed, wilson_interval
from retrieval.evaluation.records import Outcome, ReliabilityBin

BINS = 10


def calibration_error(right: ArrayLike, confidence: ArrayLike) -> float:
    """Return the expected calibration error of [questions] flags and confidences, at least one (see `ece_of`)."""
    scores = np.asarray(confidence, dtype=np.float64)
    return observed(len(scores), ece_of(right, scores))


def ece_of(right: ArrayLike, confidence: ArrayLike) -> Statistic:
    """Return the statistic that computes the expected calibration error (ECE; Guo, Pleiss, Sun and Weinberger 2017).

    It is the gap between the mean confidence and the share of right answers, averaged over the bins, each weighing as
    much as it has questions. Chance alone makes gaps: of a few hundred questions, a perfect confidence has some .05.
    """
    scores = np.asarray(confidence, dtype=np.float64)
    gaps = np.zeros((len(scores), BINS))
    gaps[np.arange(len(scores)), _bins(scores)] = scores - np.asarray(right, dtype=np.float64)

    def statistic(counts: Values) -> Values:
        error: Values = np.abs(counts @ gaps).sum(axis=1) / counts.sum(axis=1)
        return error

    return statistic


def reliability(outcomes: Sequence[Outcome]) -> tuple[ReliabilityBin, ...]:
    """Return the bins that have questions, from the lowest: the reliability diagram (DeGroot and Fienberg 1983)."""
    confidence = np.array([outcome.confidence for outcome in outcomes], dtype=np.float64)
    right, bins = 1 - refusals.wrong(outcomes), _bins(confidence)
    return tuple(_bin(number, confidence[bins == number], right[bins == number]) for number in np.unique(bins).tolist())


def of_level(outcomes: Sequence[Outcome], name: str) -> Values:
    """Return [questions] flags, 1 where there was an answer and its confidence was called by this name."""
    return np.array([outcome.answered and level(outcome.confidence) == name for outcome in outcomes], dtype=np.float64)


def _bins(confidence: Values) -> NDArray[np.int64]:
    """Return the bin of each confidence; 1 is in the last one."""
    return np.clip((confidence * BINS).astype(np.int64), 0, BINS - 1)


def _bin(number: int, confidence: Values, right: Values) -> ReliabilityBin:
    count = len(right)
    right_low, right_high = wilson_interval(int(right.sum()), count)
    return ReliabilityBin(
        low=number / BINS,
        high=(number + 1) / BINS,
        count=count,
        confidence=float(confidence.mean()),
        right=float(right.mean()),
        right_low=right_low,
        right_high=right_high,
    )
