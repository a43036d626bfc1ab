"""The page's reliability diagram: how often the first quote is right, against the confidence."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from bot.evaluation.html.charts import TENTHS, Chart
from bot.evaluation.html.drawing import Plot, axes, bar, label, line, lines, svg
from bot.formats.numbers import count, interval, number
from retrieval.answering.confidence import LEVELS
from retrieval.evaluation.records import Figure, ReliabilityBin

QUARTERS = [(percent / 100, f"{percent} %") for percent in (0, 25, 50, 75, 100)]
TITLE = "Reliability"


def reliability(bins: Sequence[ReliabilityBin], error: Figure | None) -> Chart:
    """Return a bar for each bin of the confidence, as high as its share of right first quotes.

    A mark at the bin's mean confidence has the share's interval. `error` is the calibration error, if it was measured.
    """
    plot = Plot(top=48.0)
    questions = count(sum(each.count for each in bins), "question")
    text = (
        "How often the first quote is right in each tenth of the confidence, with its 95 % interval, over "
        f"{questions}, refused or not; where the corpus has no answer, no quote is right. Where a bar ends below the "
        "dashed line, the confidence promises too much."
    )
    if error is not None:
        text += f" The average gap is {number(error.value)} ({error.name}; {interval(error.low, error.high)})."
    drawing = svg(
        "reliability",
        TITLE,
        f"{text} {'; '.join(map(_in_words, bins))}.",
        axes(plot, TENTHS, QUARTERS, ("confidence", "")),
        label(plot.left - 32, plot.top - 28, "share right", "name", "start"),
        label(plot.right, plot.top - 28, "questions", "name", "end"),
        *(_bar(plot, each) for each in bins),
        line(plot.x(0), plot.y(0), plot.x(1), plot.y(1), "threshold"),
        *_levels(plot),
        *(_mark(plot, each) for each in bins),
    )
    return Chart(TITLE, text, drawing)


def _bar(plot: Plot, each: ReliabilityBin) -> Markup:
    left, right = plot.x(each.low), plot.x(each.high)
    top = plot.y(each.right)
    return lines(
        bar(left + 0.75, top, right - left - 1.5, plot.bottom - top, "fill-right-share", _in_words(each)),
        label((left + right) / 2, plot.top - 8, f"{each.count:,}", "tick"),
    )


def _mark(plot: Plot, each: ReliabilityBin) -> Markup:
    """Return the share with its interval, at the mean confidence."""
    at = plot.x(min(max(each.confidence, 0.0), 1.0))
    return lines(
        line(at, plot.y(each.right_low), at, plot.y(each.right_high), "whisker"),
        Markup('<circle class="point" cx="{:.1f}" cy="{:.1f}" r="4"/>').format(at, plot.y(each.right)),
    )


def _levels(plot: Plot) -> list[Markup]:
    """Return the names that the confidence is called by, with lines between them."""
    parts, end = list[Markup](), 1.0
    for name, least in LEVELS.items():
        parts.append(label(plot.x((least + end) / 2), plot.bottom - 6, name, "mark"))
        if least:
            parts.append(line(plot.x(least), plot.top, plot.x(least), plot.bottom, "guide"))
        end = least
    return parts


def _in_words(each: ReliabilityBin) -> str:
    share = f"{number(each.right, '%')} right ({interval(each.right_low, each.right_high, '%')})"
    return f"confidence {each.low:.1f} to {each.high:.1f}: {count(each.count, 'question')}, {share}"
