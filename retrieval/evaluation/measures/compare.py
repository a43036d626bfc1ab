"""Compares two runs over the same questions, pair by pair.

A pair is a question that both runs have, with the same id, words and history, and answerable in both or in neither.
Each figure's difference has the interval of a paired bootstrap and the p of a randomization test (see `intervals`).

A gate looks at some twenty figures, so that at .05 one of them would seem lost on every day that nothing changed: what
it acts on are p values corrected by Holm's method (1979) over the figures it looks at, which keeps the chance of any
false alarm below .05. Speed is compared and never gates, for it is the machine's as much as quoth's. Whether quotes are
exact is no matter of chance: a run with one that is not has failed by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from retrieval.errors import InputInvalid
from retrieval.evaluation.measures import refusals, report
from retrieval.evaluation.measures.intervals import Paired, Statistic, Values, paired, paired_mean
from retrieval.evaluation.measures.per_question import MEANS, Measure, per_question
from retrieval.evaluation.records import Comparison, Difference, Flip, Outcome, Posed, Run

LEVEL = 0.05
"""Chance of a false alarm that is taken."""
UNGATED = frozenset({"proof", "speed"})
MOST = len(MEANS) + 2
"""Figures that are compared, where all are to be had: of the means all but the time, AUROC, AURC, the median time."""

Key = tuple[str, str, tuple[str, ...], bool]


@dataclass(frozen=True, slots=True)
class Loss:
    """A figure that is worse by more than chance explains."""

    difference: Difference
    p: float
    """Corrected for the number of figures that were looked at."""


def compare(before: Run, after: Run, tell: Callable[[int, int], None] = lambda *_: None) -> Comparison:
    """The difference of every figure, and the questions that flipped; raises InputInvalid where none is in both.

    `tell` is called with (figures compared, at most how many) as it goes on.
    """
    earlier = {_key(one): one for one in before.outcomes}
    later = {_key(one): one for one in after.outcomes}
    both = [key for key in later if key in earlier]
    if not both:
        raise _nothing_shared(before, after.provenance.gold)
    old, new = [earlier[key] for key in both], [later[key] for key in both]
    pairs = replace(before, outcomes=tuple(old)), replace(after, outcomes=tuple(new))
    differences: list[Difference] = []
    for one in chain(_means(*pairs), _told_apart(old, new), _median(old, new)):
        differences.append(one)
        tell(len(differences), MOST)
    return Comparison(
        before,
        after,
        tuple(sorted(differences, key=lambda one: report.GROUPS.index(one.group))),
        tuple(flip for one, other in zip(old, new, strict=True) for flip in _flips(one, other)),
        left_out=len(earlier) + len(later) - 2 * len(both),
    )


def check_shared(before: Run, posed: Sequence[Posed], gold: str) -> None:
    """Raise InputInvalid where the run before has none of these questions, as `compare` would once they are asked."""
    asked = {(one.gold.id, one.gold.question, one.gold.history, bool(one.targets)) for one in posed}
    if asked.isdisjoint(map(_key, before.outcomes)):
        raise _nothing_shared(before, gold)


def losses(comparison: Comparison) -> tuple[Loss, ...]:
    """The figures that are worse after, each significant at .05 after Holm's correction over all that have a better."""
    gated = [one for one in comparison.differences if one.better and one.group not in UNGATED]
    corrected = holm([one.p for one in gated])
    return tuple(Loss(one, p) for one, p in zip(gated, corrected, strict=True) if one.verdict == "loss" and p < LEVEL)


def holm(values: Sequence[float]) -> list[float]:
    """P values corrected for their number by Holm's step-down method, in the order given."""
    corrected, highest = [1.0] * len(values), 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=lambda one: values[one])):
        highest = max(highest, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = highest
    return corrected


def _key(outcome: Outcome) -> Key:
    return outcome.id, outcome.question, outcome.history, outcome.answerable


def _nothing_shared(before: Run, gold: str) -> InputInvalid:
    return InputInvalid(
        f"The run to compare with, of {before.provenance.gold},",
        f"has no question of {gold}",
        "compare runs of one gold set, or of two that share questions",
    )


def _means(before: Run, after: Run) -> Iterator[Difference]:
    """Figures that are means over questions, each over the questions that it is of in both runs."""
    earlier, later = per_question(before), per_question(after)
    for key, now in later.items():
        if key not in earlier or now.group == "speed":
            continue
        shared = frozenset(earlier[key].ids) & frozenset(now.ids)
        if shared:
            was, values = earlier[key].of(shared).values, now.of(shared).values
            yield _difference(now, float(was.mean()), paired_mean(was, values), len(shared))


def _told_apart(before: Sequence[Outcome], after: Sequence[Outcome]) -> Iterator[Difference]:
    """AUROC, and the area under the risk-coverage curve."""
    if len({one.answerable for one in after}) < 2:
        return
    answerable = np.array([one.answerable for one in after], dtype=np.float64)
    was, now = _confidence(before), _confidence(after)
    both = np.concatenate([was, now])
    wrong = np.concatenate([refusals.wrong(before), refusals.wrong(after)])
    for measure, pooled in (
        (report.AUROC, refusals.auroc_of(np.tile(answerable, 2), both)),
        (report.AURC, refusals.aurc_of(wrong, both)),
    ):
        yield _of_pool(measure, pooled, len(after))


def _median(before: Sequence[Outcome], after: Sequence[Outcome]) -> Iterator[Difference]:
    """Median latency, of which neither is better: it is the machine's too."""
    taken = np.array([one.elapsed_ms for one in (*before, *after)], dtype=np.float64)
    yield _of_pool(replace(report.P50, better=""), _median_of(taken), len(after))


def _median_of(values: Values) -> Statistic:
    """The median of resamples of [questions] values."""
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


def _difference(of: Measure, before: float, told: Paired, count: int) -> Difference:
    return Difference(
        name=of.name,
        group=of.group,
        before=before,
        after=before + told.difference,
        difference=told.difference,
        low=told.low,
        high=told.high,
        p=told.p,
        count=count,
        better=of.better,
        unit=of.unit,
        label=of.label,
    )


def _confidence(outcomes: Sequence[Outcome]) -> Values:
    return np.array([one.confidence for one in outcomes], dtype=np.float64)


def _flips(before: Outcome, after: Outcome) -> Iterator[Flip]:
    right = after.rank == 1
    if after.answerable and right != (before.rank == 1):
        yield Flip(after.id, after.question, right, "quote")
    if after.answered != before.answered:
        yield Flip(after.id, after.question, after.answered == after.answerable, "refusal")
