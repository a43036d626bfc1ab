"""How well the confidence predicts when to refuse: AUROC, and risk against coverage.

An answer is wrong if the corpus has none, or if the first quote does not contain it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from retrieval.evaluation.measures.intervals import Statistic, Values, observed
from retrieval.evaluation.records import Curve, Outcome


def auroc(positive: ArrayLike, negative: ArrayLike) -> float:
    """Return the probability that a positive scores above a negative, ties counting half; NaN if either is missing."""
    scores = np.concatenate([np.asarray(positive, dtype=np.float64), np.asarray(negative, dtype=np.float64)])
    labels = np.arange(len(scores)) < len(np.asarray(positive))
    return observed(len(scores), auroc_of(labels, scores))


def auroc_of(answerable: ArrayLike, confidence: ArrayLike) -> Statistic:
    """Return the statistic that computes AUROC from [questions] labels and confidences."""
    labels, scores = np.asarray(answerable, dtype=np.float64), np.asarray(confidence, dtype=np.float64)
    order = np.argsort(scores, kind="stable")
    starts = _groups(scores[order])

    def statistic(counts: Values) -> Values:
        positive = np.add.reduceat((counts * labels)[:, order], starts, axis=1)
        negative = np.add.reduceat((counts * (1 - labels))[:, order], starts, axis=1)
        below = np.cumsum(negative, axis=1) - negative / 2
        pairs = positive.sum(axis=1) * negative.sum(axis=1)
        won = (positive * below).sum(axis=1)
        share: Values = np.divide(won, pairs, out=np.full(len(won), np.nan), where=pairs > 0)
        return share

    return statistic


def aurc_of(wrong: ArrayLike, confidence: ArrayLike) -> Statistic:
    """Return the statistic that computes `Curve.area` from [questions] mistakes and confidences."""
    mistakes, scores = np.asarray(wrong, dtype=np.float64), np.asarray(confidence, dtype=np.float64)
    order = np.argsort(-scores, kind="stable")
    starts = _groups(scores[order])

    def statistic(counts: Values) -> Values:
        drawn = np.add.reduceat(counts[:, order], starts, axis=1)
        answered = np.cumsum(drawn, axis=1)
        missed = np.cumsum(np.add.reduceat((counts * mistakes)[:, order], starts, axis=1), axis=1)
        risk = np.divide(missed, answered, out=np.zeros_like(missed), where=answered > 0)
        area: Values = (drawn * risk).sum(axis=1) / answered[:, -1]
        return area

    return statistic


def curve(outcomes: Sequence[Outcome]) -> Curve | None:
    """Compute risk against coverage (El-Yaniv and Wiener 2010); None unless some questions are answerable and some not.

    There is one point per distinct confidence, the highest first: everything at least as confident is answered, so
    equal confidences move together. The area is that of Geifman and El-Yaniv (2017): the mean over all questions of
    the risk when everything at least as confident as the question is answered.
    """
    if len({outcome.answerable for outcome in outcomes}) < 2:
        return None
    confidence = np.array([outcome.confidence for outcome in outcomes])
    mistakes = wrong(outcomes)
    order = np.argsort(-confidence, kind="stable")
    starts = _groups(confidence[order])
    ends = np.append(starts[1:], len(outcomes))
    risk = np.cumsum(mistakes[order])[ends - 1] / ends
    return Curve(
        coverage=tuple((ends / len(outcomes)).tolist()),
        risk=tuple(risk.tolist()),
        thresholds=tuple(confidence[order][starts].tolist()),
        area=observed(len(outcomes), aurc_of(mistakes, confidence)),
    )


def wrong(outcomes: Sequence[Outcome]) -> Values:
    """Return [questions] flags, 1 where an answer is wrong: none in the corpus, or none in the first quote."""
    return np.array([not outcome.answerable or outcome.rank != 1 for outcome in outcomes], dtype=np.float64)


def _groups(ordered: Values) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return where each run of equal values begins."""
    return np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
