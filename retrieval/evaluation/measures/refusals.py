"""How well the confidence tells when to refuse: AUROC, and risk against coverage.

A question is answered wrongly where the corpus does not answer it, or where its first quote does not hold the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from retrieval.evaluation.measures.intervals import Statistic, Values, observed
from retrieval.evaluation.records import Curve, Outcome


def auroc(positive: ArrayLike, negative: ArrayLike) -> float:
    """Probability that a positive scores above a negative, equal ones counted half; NaN where either is missing."""
    scores = np.concatenate([np.asarray(positive, dtype=np.float64), np.asarray(negative, dtype=np.float64)])
    labels = np.arange(len(scores)) < len(np.asarray(positive))
    return observed(len(scores), auroc_of(labels, scores))


def auroc_of(answerable: ArrayLike, confidence: ArrayLike) -> Statistic:
    """AUROC of resamples of [questions] labels and confidences."""
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
    """Area under the risk-coverage curve, as `Curve.area`, of resamples of [questions] mistakes and confidences."""
    mistakes, scores = np.asarray(wrong, dtype=np.float64), np.asarray(confidence, dtype=np.float64)
    order = np.argsort(-scores, kind="stable")
    starts = _groups(scores[order])

    def statistic(counts: Values) -> Values:
        asked = np.add.reduceat(counts[:, order], starts, axis=1)
        answered = np.cumsum(asked, axis=1)
        missed = np.cumsum(np.add.reduceat((counts * mistakes)[:, order], starts, axis=1), axis=1)
        risk = np.divide(missed, answered, out=np.zeros_like(missed), where=answered > 0)
        area: Values = (asked * risk).sum(axis=1) / answered[:, -1]
        return area

    return statistic


def curve(outcomes: Sequence[Outcome]) -> Curve | None:
    """Risk against coverage (El-Yaniv and Wiener 2010); None where no question has no answer, or none has one.

    One point for each confidence that occurs, the highest first: everything at least as confident is answered, so that
    equal confidences move together. The area is that of Geifman and El-Yaniv (2017): the mean over all questions of
    the risk when everything at least as confident as the question is answered.
    """
    if len({one.answerable for one in outcomes}) < 2:
        return None
    confidence = np.array([one.confidence for one in outcomes])
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
    """[questions] 1 where answering is wrong: no answer in the corpus, or none in the first quote."""
    return np.array([not one.answerable or one.rank != 1 for one in outcomes], dtype=np.float64)


def _groups(ordered: Values) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Where each run of equal values begins."""
    return np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
