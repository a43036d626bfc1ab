"""The page's charts, each an SVG drawing; `figure` sets one with its heading and what it shows in words."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from bot.evaluation.html.drawing import Plot, axes, bar, label, line, svg, ticks
from bot.evaluation.html.words import count, escape, number
from bot.evaluation.verdicts import VERDICTS, verdict
from retrieval.evaluation.records import Curve, Figure, Outcome

BINS = 20
LABEL = 36  # units that the name of a line is wide
RANKS = ("1", "2", "3", "4\N{EN DASH}10", "none")
TENTHS = [(tenths / 10, f"{tenths / 10:g}") for tenths in (0, 2, 4, 6, 8, 10)]


def figure(title: str, said: str, drawn: str) -> str:
    """A chart with its heading."""
    return f'<figure class="panel">\n<h3>{escape(title)}</h3>\n<p>{escape(said)}</p>\n{drawn}\n</figure>'


def strip(outcomes: Sequence[Outcome]) -> str:
    """One bar of all questions, cut by how they ended; its legend's buttons filter the table."""
    found = [(one, sum(verdict(outcome) is one for outcome in outcomes)) for one in VERDICTS]
    drawn, buttons, at = [], [], 0.0
    for one, many in found:
        wide = 1000 * many / max(1, len(outcomes))
        if many:
            drawn.append(bar(at, 0, wide, 20, f"fill-{one.key}", f"{one.label}: {many:,}"))
        at += wide
        buttons.append(
            f'<li><button type="button" class="verdict {one.key}" data-verdict="{one.key}" '
            f'title="{escape(one.meaning)}"><b>{many:,}</b> {escape(one.label)}</button></li>'
        )
    said = ", ".join(f"{many:,} {one.label}" for one, many in found)
    return (
        '<svg class="strip" viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(said)}">{"".join(drawn)}</svg>\n<ul class="legend">{"".join(buttons)}</ul>'
    )


def risk_coverage(curve: Curve, threshold: float) -> str:
    """Risk against coverage, with the point that the threshold in force gives."""
    marks = ticks(max(curve.risk, default=0.0))
    plot = Plot(y_high=marks[-1])
    points = _thinned([(plot.x(one), plot.y(risk)) for one, risk in zip(curve.coverage, curve.risk, strict=True)])
    path = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points) if points else ""
    area = f"{path} L{points[-1][0]:.1f} {plot.bottom:.1f} L{points[0][0]:.1f} {plot.bottom:.1f} Z" if points else ""
    point = operating_point(curve, threshold)
    said = _said_of_point(point, threshold) + f" The area under the curve is {number(curve.area)}; lower is better."
    shares = [(value, f"{100 * value:g} %") for value in marks]
    parts = [
        axes(
            plot,
            [(at, f"{100 * at:.0f} %") for at, _ in TENTHS],
            shares,
            ("coverage: share of questions answered", "risk: share of answers wrong"),
        ),
        f'<path class="under" d="{area}"/>\n<path class="curve" d="{path}"/>' if path else "",
        _point(plot, point, threshold) if point else "",
    ]
    title = "Risk against coverage"
    drawn = svg("risk", title, said, *parts)
    return figure(title, f"The share of answers that are wrong, as more questions are answered. {said}", drawn)


def operating_point(curve: Curve, threshold: float) -> tuple[float, float] | None:
    """Coverage and risk at a threshold; None where it leaves nothing answered."""
    kept = zip(curve.coverage, curve.risk, curve.thresholds, strict=True)
    answered = [(coverage, risk) for coverage, risk, least in kept if least >= threshold and coverage > 0]
    return max(answered, default=None)


def confidences(outcomes: Sequence[Outcome], threshold: float) -> str:
    """Two histograms of the confidence, back to back, as shares of each kind of question."""
    yes = [outcome.confidence for outcome in outcomes if outcome.answerable]
    no = [outcome.confidence for outcome in outcomes if not outcome.answerable]
    up, down = _shares(yes), _shares(no)
    high, low = 1.2 * max(max(up), 0.4 * max(down)), 1.2 * max(max(down), 0.4 * max(up))
    plot = Plot(y_high=high + low)
    middle, foot = plot.y(low), plot.bottom
    wide = (plot.right - plot.left) / BINS
    refused = max(0.0, plot.x(min(threshold, 1.0)) - plot.left)
    parts = [bar(plot.left, plot.top, refused, foot - plot.top, "refused-side", "refused")]
    for shares, kind, name in ((up, "yes", "answerable"), (down, "no", "unanswerable")):
        for place, share in enumerate(shares):
            tall = foot - plot.y(share)
            told = f"{name}, confidence {place / BINS:.2f} to {(place + 1) / BINS:.2f}: {100 * share:.1f} %"
            top = middle - tall if kind == "yes" else middle
            if share:
                parts.append(bar(plot.left + place * wide + 0.75, top, wide - 1.5, tall, f"fill-{kind}", told))
    at = plot.x(threshold)
    parts += [line(plot.left, middle, plot.right, middle, "axis"), line(at, plot.top - 4, at, foot, "threshold")]
    parts.append(label(at, plot.top - 8, f"threshold {threshold:g}", "mark", _anchor(threshold)))
    parts.append(label(plot.right - 3, plot.top + 9, "answerable", "mark", "end"))
    parts.append(label(plot.right - 3, foot - 5, "unanswerable", "mark", "end"))
    parts.append(axes(plot, TENTHS, [], ("confidence", "")))
    title = "Confidence"
    said = (
        f"Above the line {count(len(yes), 'answerable question')}, below it {count(len(no), 'unanswerable one')}, "
        f"each as shares of their kind. Left of the threshold of {threshold:g}, quoth refuses."
    )
    return figure(title, said, svg("confidence", title, said, *parts))


def ranks(outcomes: Sequence[Outcome]) -> str:
    """Where the first right quote stands, over the answerable questions."""
    found = [outcome.rank for outcome in outcomes if outcome.answerable]
    bins = [sum(rank == place for rank in found) for place in (1, 2, 3)]
    bins += [sum(rank is not None and rank > 3 for rank in found), sum(rank is None for rank in found)]
    marks = ticks(max(bins))
    plot = Plot(x_high=len(RANKS), y_high=marks[-1])
    wide = (plot.right - plot.left) / len(RANKS)
    parts = [
        axes(
            plot,
            [(place + 0.5, name) for place, name in enumerate(RANKS)],
            _whole(marks),
            ("rank of the first right quote", "questions"),
        )
    ]
    for place, (name, many) in enumerate(zip(RANKS, bins, strict=True)):
        top = plot.y(many)
        kind = ("fill-right", "fill-near", "fill-near", "fill-far", "fill-wrong")[place]
        told = f"{name}: {count(many, 'question')}"
        parts.append(bar(plot.left + place * wide + 0.14 * wide, top, 0.72 * wide, plot.bottom - top, kind, told))
        parts.append(label(plot.left + (place + 0.5) * wide, top - 5, f"{many:,}", "mark"))
    title = "Rank of the first right quote"
    said = ", ".join(f"{name}: {many:,}" for name, many in zip(RANKS, bins, strict=True))
    told = f"Of the {count(len(found), 'answerable question')}, refused or not, among the best ten quotes."
    return figure(title, told, svg("ranks", title, f"{told} {said}", *parts))


def latencies(outcomes: Sequence[Outcome], lines: Sequence[Figure]) -> str:
    """How long the questions took, with `lines` (p50, p95) drawn where they stand; the last bar holds all slower."""
    times = sorted(outcome.elapsed_ms for outcome in outcomes)
    usual = times[ceil(0.98 * len(times)) - 1]
    most = max([usual, *(one.value for one in lines)]) or 1.0
    below = ticks(most, 5)
    plot_high = below[-1]
    bins = [0] * (BINS + 1)
    for time in times:
        bins[min(int(time / plot_high * BINS), BINS)] += 1
    slower = bins[BINS] > 0
    marks = ticks(max(bins))
    plot = Plot(x_high=plot_high * (1 + slower / BINS), y_high=marks[-1])
    wide = plot.x(plot_high / BINS) - plot.left
    parts = [axes(plot, [(at, f"{at:g}") for at in below], _whole(marks), ("milliseconds a question", "questions"))]
    for place, many in enumerate(bins):
        first, last = (f"{plot_high * edge / BINS:.4g}" for edge in (place, place + 1))
        told = f"{first} to {last} ms" if place < BINS else f"{first} ms and more"
        kind = "fill-time" if place < BINS else "fill-slow"
        if many:
            top = plot.y(many)
            parts.append(
                bar(plot.left + place * wide + 0.75, top, wide - 1.5, plot.bottom - top, kind, f"{told}: {many:,}")
            )
    for one in lines:
        at = plot.x(one.value)
        near = any(at < plot.x(other.value) < at + LABEL for other in lines)
        parts.append(line(at, plot.top - 2, at, plot.bottom, "threshold"))
        parts.append(label(at + (-4 if near else 4), plot.top + 6, one.name, "mark", "end" if near else "start"))
    title = "Time for a question"
    named = ", ".join(f"{one.name} {number(one.value, one.unit)}" for one in lines)
    said = f"{named}. " if named else ""
    said += f"The last bar holds the {count(bins[BINS], 'question')} that took longer." if slower else ""
    return figure(title, f"How many questions took how long. {said}", svg("latency", title, said, *parts))


def _point(plot: Plot, point: tuple[float, float], threshold: float) -> str:
    x, y = plot.x(point[0]), plot.y(point[1])
    right = point[0] < 0.5
    return "\n".join(
        (
            line(x, y, x, plot.bottom, "guide"),
            line(plot.left, y, x, y, "guide"),
            f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="5"/>',
            label(x + (10 if right else -8), y - 9, f"threshold {threshold:g}", "mark", "start" if right else "end"),
        )
    )


def _said_of_point(point: tuple[float, float] | None, threshold: float) -> str:
    if point is None:
        return f"At the threshold of {threshold:g} nothing is answered."
    coverage, risk = (number(value, "%") for value in point)
    return f"At the threshold of {threshold:g}, {coverage} of the questions are answered, {risk} of those wrongly."


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points without those that nobody could see: nearer than half a unit to the one before."""
    kept: list[tuple[float, float]] = []
    for place, (x, y) in enumerate(points):
        last = place == len(points) - 1
        if last or not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= 0.5:
            kept.append((x, y))
    return kept


def _shares(values: Sequence[float]) -> list[float]:
    """The share of the values that falls into each bin from 0 to 1."""
    bins = [0] * BINS
    for value in values:
        bins[min(max(int(value * BINS), 0), BINS - 1)] += 1
    return [many / max(1, len(values)) for many in bins]


def _whole(marks: Sequence[float]) -> list[tuple[float, str]]:
    """Ticks of an axis that counts."""
    return [(value, f"{value:,.0f}") for value in marks if value == int(value)]


def _anchor(at: float) -> str:
    return "start" if at < 0.15 else "end" if at > 0.85 else "middle"
