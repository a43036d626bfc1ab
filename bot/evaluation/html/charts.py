"""The page's charts: for each a heading, what it shows in words, and an SVG drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from markupsafe import Markup

from bot.evaluation.html.drawing import NOTHING, Plot, axes, bar, label, line, lines, svg, ticks
from bot.evaluation.verdicts import Verdict
from bot.formats.numbers import count, number, threshold_text
from retrieval.evaluation.records import Curve, Figure, Outcome

BINS = 20
LABEL_WIDTH = 36  # units, of the name of a line
RANKS = ("1", "2", "3", "4\N{EN DASH}10", "none")
RANK_KINDS = ("fill-right", "fill-near", "fill-near", "fill-far", "fill-wrong")
TENTHS = [(tenths / 10, f"{tenths / 10:g}") for tenths in (0, 2, 4, 6, 8, 10)]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its heading."""

    title: str
    text: str
    """What it shows, in words; or why there is nothing to draw."""
    drawing: Markup = NOTHING


def verdict_counts(outcomes: Sequence[Outcome]) -> list[tuple[Verdict, int]]:
    """Return how many questions ended in each way, from best to worst."""
    verdicts = [Verdict.of(outcome) for outcome in outcomes]
    return [(verdict, verdicts.count(verdict)) for verdict in Verdict]


def strip(counts: Sequence[tuple[Verdict, int]]) -> Markup:
    """Return one bar of all questions, cut by how they ended."""
    total = max(1, sum(questions for _, questions in counts))
    bars, left = [], 0.0
    for verdict, questions in counts:
        width = 1000 * questions / total
        if questions:
            bars.append(bar(left, 0, width, 20, f"fill-{verdict.key}", count(questions, verdict.label)))
        left += width
    drawing = Markup(
        '<svg class="strip" viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    )
    return drawing.format(
        ", ".join(count(questions, verdict.label) for verdict, questions in counts), NOTHING.join(bars)
    )


def risk_coverage(curve: Curve, threshold: float) -> Chart:
    """Return the curve of risk against coverage, with the point of the threshold in force."""
    marks = ticks(max(curve.risk, default=0.0))
    plot = Plot(y_high=marks[-1])
    point = operating_point(curve, threshold)
    area = f"The area under the curve is {number(curve.area)}; lower is better."
    description = f"{_point_in_words(point, threshold)} {area}"
    title = "Risk against coverage"
    drawing = svg(
        "risk",
        title,
        description,
        axes(
            plot,
            [(value, f"{100 * value:.0f} %") for value, _ in TENTHS],
            [(value, f"{100 * value:g} %") for value in marks],
            ("coverage: share of questions answered", "risk: share of answers wrong"),
        ),
        _curve(plot, curve),
        _point(plot, point, threshold) if point else NOTHING,
    )
    return Chart(title, f"The share of answers that are wrong, as more questions are answered. {description}", drawing)


def operating_point(curve: Curve, threshold: float) -> tuple[float, float] | None:
    """Return coverage and risk at a threshold; None if nothing is answered there."""
    points = zip(curve.coverage, curve.risk, curve.thresholds, strict=True)
    answered = [(coverage, risk) for coverage, risk, least in points if least >= threshold and coverage > 0]
    return max(answered, default=None)


def confidences(outcomes: Sequence[Outcome], threshold: float) -> Chart:
    """Return histograms of the confidence of answerable and unanswerable questions, back to back, as shares."""
    answerable = [outcome.confidence for outcome in outcomes if outcome.answerable]
    unanswerable = [outcome.confidence for outcome in outcomes if not outcome.answerable]
    up, down = _shares(answerable), _shares(unanswerable)
    high, low = 1.2 * max(max(up), 0.4 * max(down)), 1.2 * max(max(down), 0.4 * max(up))
    plot = Plot(y_high=high + low)
    middle, foot = plot.y(low), plot.bottom
    refused = max(0.0, plot.x(min(threshold, 1.0)) - plot.left)
    at = plot.x(threshold)
    title = "Confidence"
    text = (
        f"Above the line {count(len(answerable), 'answerable question')}, "
        f"below it {count(len(unanswerable), 'unanswerable one')}, "
        f"each as shares of their kind. Left of the threshold of {threshold_text(threshold)}, quoth refuses."
    )
    drawing = svg(
        "confidence",
        title,
        text,
        bar(plot.left, plot.top, refused, foot - plot.top, "refused-side", "refused"),
        *_histogram(plot, up, middle, above=True),
        *_histogram(plot, down, middle, above=False),
        line(plot.left, middle, plot.right, middle, "axis"),
        line(at, plot.top - 4, at, foot, "threshold"),
        label(at, plot.top - 8, f"threshold {threshold_text(threshold)}", "mark", _anchor(threshold)),
        label(plot.right - 3, plot.top + 9, "answerable", "mark", "end"),
        label(plot.right - 3, foot - 5, "unanswerable", "mark", "end"),
        axes(plot, TENTHS, [], ("confidence", "")),
    )
    return Chart(title, text, drawing)


def ranks(outcomes: Sequence[Outcome]) -> Chart:
    """Return a histogram of the rank of the first right quote, over the answerable questions."""
    first_right = [outcome.rank for outcome in outcomes if outcome.answerable]
    bins = [first_right.count(rank) for rank in (1, 2, 3)]
    bins += [sum(rank is not None and rank > 3 for rank in first_right), first_right.count(None)]
    marks = ticks(max(bins))
    plot = Plot(x_high=len(RANKS), y_high=marks[-1])
    width = (plot.right - plot.left) / len(RANKS)
    names = ("rank of the first right quote", "questions")
    parts = [axes(plot, [(place + 0.5, name) for place, name in enumerate(RANKS)], _whole(marks), names)]
    for place, (name, kind, questions) in enumerate(zip(RANKS, RANK_KINDS, bins, strict=True)):
        left, top = plot.left + place * width, plot.y(questions)
        meaning = f"{name}: {count(questions, 'question')}"
        parts.append(bar(left + 0.14 * width, top, 0.72 * width, plot.bottom - top, kind, meaning))
        parts.append(label(left + 0.5 * width, top - 5, f"{questions:,}", "mark"))
    title = "Rank of the first right quote"
    text = f"Of the {count(len(first_right), 'answerable question')}, refused or not, among the best ten quotes."
    bins_in_words = ", ".join(f"{name}: {questions:,}" for name, questions in zip(RANKS, bins, strict=True))
    return Chart(title, text, svg("ranks", title, f"{text} {bins_in_words}", *parts))


def latencies(outcomes: Sequence[Outcome], percentiles: Sequence[Figure]) -> Chart:
    """Return a histogram of the time for a question, with lines at percentiles; the last bar holds all slower ones."""
    times = sorted(outcome.elapsed_ms for outcome in outcomes)
    usual = times[ceil(0.98 * len(times)) - 1]
    below = ticks(max([usual, *(figure.value for figure in percentiles)]) or 1.0, 5)
    high = below[-1]
    bins = [0] * (BINS + 1)
    for time in times:
        bins[min(int(time / high * BINS), BINS)] += 1
    slower = bins[BINS]
    marks = ticks(max(bins))
    plot = Plot(x_high=high * (1 + (slower > 0) / BINS), y_high=marks[-1])
    title = "Time for a question"
    values = ", ".join(f"{figure.name} {number(figure.value, figure.unit)}" for figure in percentiles)
    description = f"{values}. " if values else ""
    description += f"The last bar holds the {count(slower, 'question')} that took longer." if slower else ""
    drawing = svg(
        "latency",
        title,
        description,
        axes(plot, [(at, f"{at:g}") for at in below], _whole(marks), ("milliseconds a question", "questions")),
        *_time_bars(plot, bins, high),
        *_percentile_lines(plot, percentiles),
    )
    return Chart(title, f"How long the questions took. {description}", drawing)


def _curve(plot: Plot, curve: Curve) -> Markup:
    places = [(plot.x(at), plot.y(risk)) for at, risk in zip(curve.coverage, curve.risk, strict=True)]
    if not places:
        return NOTHING
    points = _thinned(places)
    path = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    area = f"{path} L{points[-1][0]:.1f} {plot.bottom:.1f} L{points[0][0]:.1f} {plot.bottom:.1f} Z"
    return Markup('<path class="under" d="{}"/>\n<path class="curve" d="{}"/>').format(area, path)


def _point(plot: Plot, point: tuple[float, float], threshold: float) -> Markup:
    x, y = plot.x(point[0]), plot.y(point[1])
    offset, anchor = (10, "start") if point[0] < 0.5 else (-8, "end")
    return lines(
        line(x, y, x, plot.bottom, "guide"),
        line(plot.left, y, x, y, "guide"),
        Markup('<circle class="point" cx="{:.1f}" cy="{:.1f}" r="5"/>').format(x, y),
        label(x + offset, y - 9, f"threshold {threshold_text(threshold)}", "mark", anchor),
    )


def _point_in_words(point: tuple[float, float] | None, threshold: float) -> str:
    at = f"At the threshold of {threshold_text(threshold)}"
    if point is None:
        return f"{at} nothing is answered."
    coverage, risk = (number(value, "%") for value in point)
    return f"{at}, {coverage} of the questions are answered, {risk} of those wrongly."


def _histogram(plot: Plot, shares: Sequence[float], middle: float, *, above: bool) -> list[Markup]:
    """Return the bars of one kind of question, above or below the middle."""
    kind, name = ("fill-yes", "answerable") if above else ("fill-no", "unanswerable")
    width = (plot.right - plot.left) / BINS
    bars = []
    for place, share in enumerate(shares):
        if share:
            height = plot.bottom - plot.y(share)
            meaning = f"{name}, confidence {place / BINS:.2f} to {(place + 1) / BINS:.2f}: {number(share, '%')}"
            top = middle - height if above else middle
            bars.append(bar(plot.left + place * width + 0.75, top, width - 1.5, height, kind, meaning))
    return bars


def _time_bars(plot: Plot, bins: Sequence[int], high: float) -> list[Markup]:
    """Return a bar for each bin of times up to `high`, and one for all beyond."""
    width = plot.x(high / BINS) - plot.left
    bars = []
    for place, questions in enumerate(bins):
        if questions:
            first, last = (f"{high * edge / BINS:.4g}" for edge in (place, place + 1))
            slower = place == BINS
            times = f"{first} ms and more" if slower else f"{first} to {last} ms"
            kind = "fill-slow" if slower else "fill-time"
            left, top = plot.left + place * width + 0.75, plot.y(questions)
            bars.append(bar(left, top, width - 1.5, plot.bottom - top, kind, f"{times}: {questions:,}"))
    return bars


def _percentile_lines(plot: Plot, percentiles: Sequence[Figure]) -> list[Markup]:
    """Return a line with its name for each percentile; the name is left of the line if another line is close."""
    parts = []
    for figure in percentiles:
        at = plot.x(figure.value)
        crowded = any(at < plot.x(other.value) < at + LABEL_WIDTH for other in percentiles)
        offset, anchor = (-4, "end") if crowded else (4, "start")
        parts.append(line(at, plot.top - 2, at, plot.bottom, "threshold"))
        parts.append(label(at + offset, plot.top + 6, figure.name, "mark", anchor))
    return parts


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the points that are at least half a unit from the one before; nobody could see the others."""
    thinned: list[tuple[float, float]] = []
    for place, (x, y) in enumerate(points):
        last = place == len(points) - 1
        if last or not thinned or abs(x - thinned[-1][0]) + abs(y - thinned[-1][1]) >= 0.5:
            thinned.append((x, y))
    return thinned


def _shares(values: Sequence[float]) -> list[float]:
    """Return the share of the values that falls into each bin from 0 to 1."""
    bins = [0] * BINS
    for value in values:
        bins[min(max(int(value * BINS), 0), BINS - 1)] += 1
    return [size / max(1, len(values)) for size in bins]


def _whole(marks: Sequence[float]) -> list[tuple[float, str]]:
    """Return ticks of an axis that counts."""
    return [(value, f"{value:,.0f}") for value in marks if value == int(value)]


def _anchor(at: float) -> str:
    return "start" if at < 0.15 else "end" if at > 0.85 else "middle"
