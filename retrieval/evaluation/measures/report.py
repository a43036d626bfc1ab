"""From a run to its figures: each with its 95 % interval, over all questions and over those that share a tag."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from retrieval.evaluation.measures import refusals
from retrieval.evaluation.measures.intervals import (
    Statistic,
    Values,
    bootstrap,
    mean_intervals,
    observed,
    percentile_of,
    ratio_of,
)
from retrieval.evaluation.measures.per_question import Measure, PerQuestion, column
from retrieval.evaluation.measures.per_question import per_question as per_question
from retrieval.evaluation.records import Curve, Figure, Outcome, Report, Run, Slice

GROUPS = ("passages", "quotes", "refusals", "proof", "speed")
"""What figures are of, in the order that they are told."""

SLICED = (
    *("quotes P@1", "quotes Success@3", "quotes RR@10", "passages R@10"),
    *("refusals false refusals", "refusals false answers"),
)
"""The figures of a slice."""

AUROC = Measure("AUROC", "refusals", "an answerable question is trusted more than one that is not")
AURC = Measure("AURC", "refusals", "wrong answers, averaged over every threshold", better="lower")
EXACT = Measure("exact", "proof", "quotes that are exact slices of their source", "%")
P50 = Measure("p50", "speed", "half of the questions take no longer", "ms", "lower")
P95 = Measure("p95", "speed", "95 of 100 questions take no longer", "ms", "lower")
RATE = Measure("throughput", "speed", "questions answered a second, one after the other", "/s")


def report(run: Run, tell: Callable[[int, int], None] = lambda *_: None) -> Report:
    """Measure a run; `tell` is called with (steps done, all). A figure without a question to be of is left out."""
    tagged = _tagged(run.outcomes)
    steps = 2 + len(tagged)
    measured = per_question(run)
    tell(1, steps)
    curve = refusals.curve(run.outcomes)
    figures = _means([one for one in measured.values() if one.group != "speed"])
    figures += [*_told_apart(run.outcomes, curve), *_exact(run.outcomes), *_speed(run)]
    figures.sort(key=lambda one: GROUPS.index(one.group))
    tell(2, steps)
    sliced = [measured[key] for key in SLICED if key in measured]
    slices = []
    for tag, ids in tagged.items():
        slices.append(Slice(tag, len(ids), tuple(_means([one.of(ids) for one in sliced]))))
        tell(2 + len(slices), steps)
    return Report(run, tuple(figures), tuple(slices), curve)


def _tagged(outcomes: Sequence[Outcome]) -> dict[str, frozenset[str]]:
    """Ids of the questions by tag, the tag of most questions first, then by name.

    A question with history has the tag "follow-up", one without an answer "unanswerable", whether or not it is said.
    """
    ids: dict[str, set[str]] = {}
    for one in outcomes:
        told = ["follow-up"] if one.history else []
        told += [] if one.answerable else ["unanswerable"]
        for tag in {*one.tags, *told}:
            ids.setdefault(tag, set()).add(one.id)
    return {tag: frozenset(ids[tag]) for tag in sorted(ids, key=lambda tag: (-len(ids[tag]), tag))}


def _means(measured: Sequence[PerQuestion]) -> list[Figure]:
    """The means, in the order given; those over the same questions are resampled together."""
    together: dict[tuple[str, ...], list[PerQuestion]] = {}
    for one in measured:
        together.setdefault(one.ids, []).append(one)
    bounds: dict[str, Values] = {}
    for ids, those in together.items():
        if ids:
            low_high = mean_intervals(np.column_stack([one.values for one in those]))
            bounds.update(zip([one.key for one in those], low_high.T, strict=True))
    return [_figure(one, float(one.values.mean()), bounds[one.key], len(one.ids)) for one in measured if one.ids]


def _told_apart(outcomes: Sequence[Outcome], curve: Curve | None) -> list[Figure]:
    """AUROC and AURC, where there are questions of both kinds."""
    if curve is None:
        return []
    answerable, confidence = (column(one.answerable for one in outcomes), column(one.confidence for one in outcomes))
    return [
        _statistic(AUROC, len(outcomes), refusals.auroc_of(answerable, confidence)),
        _statistic(AURC, len(outcomes), refusals.aurc_of(refusals.wrong(outcomes), confidence)),
    ]


def _exact(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Share of the quotes that are exact slices; counts quotes, resampled by question."""
    quotes = column(len(one.quotes) for one in outcomes)
    exact = column(sum(quote.exact for quote in one.quotes) for one in outcomes)
    if not quotes.sum():
        return []
    return [replace(_statistic(EXACT, len(outcomes), ratio_of(exact, quotes)), count=int(quotes.sum()))]


def _speed(run: Run) -> list[Figure]:
    """Percentiles of the time a question takes, and questions a second of the run's own time.

    The interval of the latter is that of the questions' times, in proportion.
    """
    elapsed = column(one.elapsed_ms for one in run.outcomes)
    if not elapsed.sum() or not run.seconds:
        return []
    rate = ratio_of(np.full_like(elapsed, elapsed.sum() / run.seconds), elapsed)
    return [
        _statistic(P50, len(elapsed), percentile_of(elapsed, 50)),
        _statistic(P95, len(elapsed), percentile_of(elapsed, 95)),
        _statistic(RATE, len(elapsed), rate),
    ]


def _statistic(measure: Measure, questions: int, statistic: Statistic) -> Figure:
    return _figure(measure, observed(questions, statistic), bootstrap(questions, statistic), questions)


def _figure(measure: Measure, value: float, bounds: Values, count: int) -> Figure:
    return Figure(
        name=measure.name,
        group=measure.group,
        value=value,
        low=float(bounds[0]),
        high=float(bounds[1]),
        count=count,
        unit=measure.unit,
        better=measure.better,
        label=measure.label,
    )
