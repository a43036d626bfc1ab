"""Computes a run's figures, each with its 95 % interval, over all questions and over those that share a tag."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from retrieval.answering.confidence import LEVELS
from retrieval.evaluation.measures import refusals, reliability
from retrieval.evaluation.measures.intervals import (
    Statistic,
    Values,
    bootstrap,
    mean_intervals,
    mirrored,
    observed,
    percentile_of,
    ratio_of,
    wilson_interval,
)
from retrieval.evaluation.measures.per_question import Measure, PerQuestion, column
from retrieval.evaluation.measures.per_question import per_question as per_question
from retrieval.evaluation.records import Curve, Figure, Outcome, Report, Run, Slice

GROUPS = ("passages", "quotes", "refusals", "confidence", "proof", "speed")
"""What figures measure, in the order of a report."""

SLICED = (
    *("quotes P@1", "quotes Success@3", "quotes RR@10", "passages R@10"),
    *("refusals false refusals", "refusals false answers"),
)
"""The figures of a slice."""

AUROC = Measure("AUROC", "refusals", "an answerable question is trusted more than one that is not")
AURC = Measure("AURC", "refusals", "wrong answers, averaged over every threshold", better="lower")
ECE = Measure("ECE", "confidence", "gap between the confidence and the share right, on average", better="lower")
RIGHT = {
    name: Measure(f"right if {name}", "confidence", f"answers called {name} whose first quote is right", "%", better)
    for name, better in zip(LEVELS, ("higher", "", ""), strict=True)
}
"""Of the answers of each level. Only those called high should all be right; the others were then called too low."""
EXACT = Measure("exact", "proof", "quotes that are exact slices of their source", "%")
P50 = Measure("p50", "speed", "half of the questions take no longer", "ms", "lower")
P95 = Measure("p95", "speed", "95 of 100 questions take no longer", "ms", "lower")
RATE = Measure("throughput", "speed", "questions answered a second, one after the other", "/s")


def report(run: Run, tell: Callable[[int, int], None] = lambda *_: None) -> Report:
    """Measure a run, leaving out figures that apply to no question; call `tell` with (steps done, all steps)."""
    tagged = _tagged(run.outcomes)
    steps = 2 + len(tagged)
    measured = per_question(run)
    tell(1, steps)
    curve = refusals.curve(run.outcomes)
    figures = _means([measure for measure in measured.values() if measure.group != "speed"])
    figures += [*_refusals(run.outcomes, curve), *_confidence(run.outcomes), *_exact(run.outcomes), *_speed(run)]
    figures.sort(key=lambda figure: GROUPS.index(figure.group))
    tell(2, steps)
    sliced = [measured[key] for key in SLICED if key in measured]
    slices = []
    for tag, ids in tagged.items():
        slices.append(Slice(tag, len(ids), tuple(_means([measure.of(ids) for measure in sliced]))))
        tell(2 + len(slices), steps)
    return Report(run, tuple(figures), tuple(slices), curve, reliability.reliability(run.outcomes))


def _tagged(outcomes: Sequence[Outcome]) -> dict[str, frozenset[str]]:
    """Return the ids of the questions by tag, the most frequent tag first, then by name.

    A question with history always has the tag "follow-up", and one without an answer "unanswerable".
    """
    ids: dict[str, set[str]] = {}
    for outcome in outcomes:
        implied = ["follow-up"] if outcome.history else []
        implied += [] if outcome.answerable else ["unanswerable"]
        for tag in {*outcome.tags, *implied}:
            ids.setdefault(tag, set()).add(outcome.id)
    return {tag: frozenset(ids[tag]) for tag in sorted(ids, key=lambda tag: (-len(ids[tag]), tag))}


def _means(measured: Sequence[PerQuestion]) -> list[Figure]:
    """Return the means in their order; those over the same questions are resampled together."""
    together: dict[tuple[str, ...], list[PerQuestion]] = {}
    for measure in measured:
        together.setdefault(measure.ids, []).append(measure)
    bounds: dict[str, Values] = {}
    for ids, group in together.items():
        if ids:
            low_high = mean_intervals(np.column_stack([measure.values for measure in group]))
            bounds.update(zip([measure.key for measure in group], low_high.T, strict=True))
    present = [measure for measure in measured if measure.ids]
    return [
        _figure(measure, float(measure.values.mean()), bounds[measure.key], len(measure.ids)) for measure in present
    ]


def _refusals(outcomes: Sequence[Outcome], curve: Curve | None) -> list[Figure]:
    """Return AUROC and AURC if there are answerable and unanswerable questions."""
    if curve is None:
        return []
    answerable = column(outcome.answerable for outcome in outcomes)
    confidence = column(outcome.confidence for outcome in outcomes)
    return [
        _statistic(AUROC, len(outcomes), refusals.auroc_of(answerable, confidence)),
        _statistic(AURC, len(outcomes), refusals.aurc_of(refusals.wrong(outcomes), confidence)),
    ]


def _confidence(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Return the calibration error over all questions, and for each level the share of its answers that are right.

    A level may have few answers, all of them right, where a bootstrap has no room: its interval is Wilson's.
    """
    if not outcomes:
        return []
    right = 1 - refusals.wrong(outcomes)
    ece = reliability.ece_of(right, column(outcome.confidence for outcome in outcomes))
    error = observed(len(outcomes), ece)
    figures = [_figure(ECE, error, mirrored(error, bootstrap(len(outcomes), ece)), len(outcomes))]
    for name, measure in RIGHT.items():
        level = reliability.of_level(outcomes, name)
        hits, count = int(level @ right), int(level.sum())
        if count:
            figures.append(_figure(measure, hits / count, np.array(wilson_interval(hits, count)), count))
    return figures


def _exact(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Return the share of quotes that are exact slices; its count is of quotes, its resampling by question."""
    quotes = column(len(outcome.quotes) for outcome in outcomes)
    exact = column(sum(quote.exact for quote in outcome.quotes) for outcome in outcomes)
    if not quotes.sum():
        return []
    return [replace(_statistic(EXACT, len(outcomes), ratio_of(exact, quotes)), count=int(quotes.sum()))]


def _speed(run: Run) -> list[Figure]:
    """Return percentiles of the time per question, and questions per second of the run's wall time.

    The interval of the latter scales with that of the questions' times.
    """
    elapsed = column(outcome.elapsed_ms for outcome in run.outcomes)
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
