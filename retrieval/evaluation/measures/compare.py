"""Compares two runs over the same questions, pair by pair.

A pair is a question that both runs have, with the same id, words and history, and answerable in both or in neither.
Each figure's difference has the interval of a paired bootstrap and the p value of a randomization test (see
`intervals`).

A gate checks some twenty figures, so at a level of .05 one of them would often seem worse though nothing has changed.
It therefore acts on p values corrected over those figures by Holm's method (1979), which keeps the chance of any false
alarm below .05. Speed is compared but never gates, since it depends on the machine as much as on quoth. Whether quotes
are exact is not a matter of chance: a run with an inexact quote fails by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from retrieval.errors import InputInvalid
from retrieval.evaluation.measures import refusals, reliability, report
from retrieval.evaluation.measures.intervals import Paired, Statistic, Values, paired, paired_mean, ratio_of
from retrieval.evaluation.measures.per_question import MEANS, Measure, per_question
from retrieval.evaluation.records import Comparison, Difference, Flip, Outcome, Posed, Run

LEVEL = 0.05
"""Accepted chance of a false alarm."""
UNGATED = frozenset({"proof", "speed"})
MOST = len(MEANS) + 3 + len(report.RIGHT)
"""The most figures compared: every mean but the time, AUROC, AURC, those of the confidence and the median time."""

Key = tuple[str, str, tuple[str, ...], bool]


@dataclass(frozen=True, slots=True)
class Loss:
    """A figure that is significantly worse."""

    difference: Difference
    p: float
    """Corrected for the number of figures checked."""


def compare(before: Run, after: Run, tell: Callable[[int, int], None] = lambda *_: None) -> Comparison:
    """Compare every figure and find the flipped questions; raise InputInvalid if the runs share no question.

    Calls `tell` with (figures compared, the most there can be) after each.
    """
    earlier = {_key(outcome): outcome for outcome in before.outcomes}
    later = {_key(outcome): outcome for outcome in after.outcomes}
    both = [key for key in later if key in earlier]
    if not both:
        raise _nothing_shared(before, after.provenance.gold)
    old, new = [earlier[key] for key in both], [later[key] for key in both]
    pairs = replace(before, outcomes=tuple(old)), replace(after, outcomes=tuple(new))
    differences: list[Difference] = []
    for difference in chain(_means(*pairs), _refusals(old, new), _reliability(old, new), _median(old, new)):
        differences.append(difference)
        tell(len(differences), MOST)
    return Comparison(
        before,
        after,
        tuple(sorted(differences, key=lambda difference: report.GROUPS.index(difference.group))),
        tuple(flip for pair in zip(old, new, strict=True) for flip in _flips(*pair)),
        left_out=len(earlier) + len(later) - 2 * len(both),
    )


def check_shared(before: Run, posed: Sequence[Posed], gold: str) -> None:
    """Raise InputInvalid if the earlier run has none of these questions, as `compare` would once they are asked."""
    if set(map(_posed_key, posed)).isdisjoint(map(_key, before.outcomes)):
        raise _nothing_shared(before, gold)


def losses(comparison: Comparison) -> tuple[Loss, ...]:
    """Return the figures that are worse after, significant at .05 with Holm's correction over all gated figures."""
    gated = [figure for figure in comparison.differences if figure.better and figure.group not in UNGATED]
    corrected = holm([difference.p for difference in gated])
    pairs = zip(gated, corrected, strict=True)
    return tuple(Loss(difference, p) for difference, p in pairs if difference.verdict == "loss" and p < LEVEL)


def holm(values: Sequence[float]) -> list[float]:
    """Correct p values for their number by Holm's step-down method, keeping their order."""
    corrected, highest = [1.0] * len(values), 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=lambda place: values[place])):
        highest = max(highest, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = highest
    return corrected


def _key(outcome: Outcome) -> Key:
    return outcome.id, outcome.question, outcome.history, outcome.answerable


def _posed_key(posed: Posed) -> Key:
    return posed.gold.id, posed.gold.question, posed.gold.history, bool(posed.targets)


def _nothing_shared(before: Run, gold: str) -> InputInvalid:
    return InputInvalid(
        f"The run to compare with, of {before.provenance.gold},",
        f"shares no question with {gold}",
        "compare runs of one gold set, or of two that share questions",
    )


def _means(before: Run, after: Run) -> Iterator[Difference]:
    """Compare the means, each over the questions that both runs have for it."""
    earlier, later = per_question(before), per_question(after)
    for key, now in later.items():
        if key not in earlier or now.group == "speed":
            continue
        shared = frozenset(earlier[key].ids) & frozenset(now.ids)
        if shared:
            was, values = earlier[key].of(shared).values, now.of(shared).values
            yield _difference(now, float(was.mean()), paired_mean(was, values), len(shared))


def _refusals(before: Sequence[Outcome], after: Sequence[Outcome]) -> Iterator[Difference]:
    """Compare AUROC and the area under the risk-coverage curve."""
    if len({outcome.answerable for outcome in after}) < 2:
        return
    answerable = np.array([outcome.answerable for outcome in after], dtype=np.float64)
    was, now = _confidence(before), _confidence(after)
    both = np.concatenate([was, now])
    wrong = np.concatenate([refusals.wrong(before), refusals.wrong(after)])
    for measure, pooled in (
        (report.AUROC, refusals.auroc_of(np.tile(answerable, 2), both)),
        (report.AURC, refusals.aurc_of(wrong, both)),
    ):
        yield _of_pool(measure, pooled, len(after))


def _reliability(before: Sequence[Outcome], after: Sequence[Outcome]) -> Iterator[Difference]:
    """Compare the calibration error, and the share of right answers of each level that both runs have answers of.

    The two runs may call other questions so: a share's count is of the questions that either has there.
    """
    both = (*before, *after)
    right = 1 - refusals.wrong(both)
    yield _of_pool(report.ECE, reliability.ece_of(right, _confidence(both)), len(after))
    for name, measure in report.RIGHT.items():
        was, now = reliability.of_level(before, name), reliability.of_level(after, name)
        if was.any() and now.any():
            level = np.concatenate([was, now])
            difference = _of_pool(measure, ratio_of(right * level, level), len(after))
            yield replace(difference, count=int(np.count_nonzero(was + now)))


def _median(before: Sequence[Outcome], after: Sequence[Outcome]) -> Iterator[Difference]:
    """Compare median latency, without a better direction: it depends on the machine too."""
    elapsed = np.array([outcome.elapsed_ms for outcome in (*before, *after)], dtype=np.float64)
    yield _of_pool(replace(report.P50, better=""), _median_of(elapsed), len(after))


def _median_of(values: Values) -> Statistic:
    """Return the statistic that computes the median of [questions] values."""
    order = np.argsort(values, kind="stable")

    def statistic(counts: Values) -> Values:
        passed = np.cumsum(counts[:, order], axis=1)
        drawn = passed[:, -1:]
        lower, upper = (values[order][(passed > rank).argmax(axis=1)] for rank in ((drawn - 1) // 2, drawn // 2))
        median: Values = (lower + upper) / 2
        return median

    return statistic


def _of_pool(measure: Measure, pooled: Statistic, questions: int) -> Difference:
    before = pooled(np.hstack([np.ones((1, questions)), np.zeros((1, questions))]))
    return _difference(measure, float(before[0]), paired(questions, pooled), questions)


def _difference(measure: Measure, before: float, change: Paired, count: int) -> Difference:
    return Difference(
        name=measure.name,
        group=measure.group,
        before=before,
        after=before + change.difference,
        difference=change.difference,
        low=change.low,
        high=change.high,
        p=change.p,
        count=count,
        better=measure.better,
        unit=measure.unit,
        label=measure.label,
    )


def _confidence(outcomes: Sequence[Outcome]) -> Values:
    return np.array([outcome.confidence for outcome in outcomes], dtype=np.float64)


def _flips(before: Outcome, after: Outcome) -> Iterator[Flip]:
    right = after.rank == 1
    if after.answerable and right != (before.rank == 1):
        yield Flip(after.id, after.question, right, "quote")
    if after.answered != before.answered:
        yield Flip(after.id, after.question, after.answered == after.answerable, "refusal")
