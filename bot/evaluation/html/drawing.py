"""SVG in small pieces: a plot area with its axes, and the bar of an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10

from bot.evaluation.html.words import escape

WIDTH, HEIGHT = 400.0, 250.0


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot area in the drawing's units, and the values at its edges."""

    x_low: float = 0.0
    x_high: float = 1.0
    y_high: float = 1.0
    left: float = 40.0
    right: float = WIDTH - 12
    top: float = 30.0
    bottom: float = HEIGHT - 40

    def x(self, value: float) -> float:
        """Where a value of the x axis is drawn."""
        return self.left + (value - self.x_low) / (self.x_high - self.x_low) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Where a value of the y axis, which begins at 0, is drawn."""
        return self.bottom - value / self.y_high * (self.bottom - self.top)


def svg(name: str, title: str, described: str, *parts: str, height: float = HEIGHT) -> str:
    """A drawing with what a screen reader says of it."""
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">\n'
        f'<title id="{name}-title">{escape(title)}</title>\n<desc id="{name}-desc">{escape(described)}</desc>\n'
        + "\n".join(part for part in parts if part)
        + "\n</svg>"
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def label(x: float, y: float, text: str, kind: str = "", anchor: str = "middle") -> str:
    """Words in a drawing."""
    classed = f' class="{kind}"' if kind else ""
    return f'<text{classed} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def bar(x: float, y: float, width: float, height: float, kind: str, told: str) -> str:
    """A bar that says what it is when pointed at."""
    box = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
    return f'<rect class="{kind}" {box}><title>{escape(told)}</title></rect>'


def ticks(high: float, about: int = 4) -> list[float]:
    """Round values from 0 to the first that is not below `high`."""
    if not (isfinite(high) and high > 0):
        return [0.0, 1.0]
    rough = high / about
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    steps = 1
    while step * steps < high * 0.999:
        steps += 1
    return [round(step * number, 12) for number in range(steps + 1)]


def axes(
    plot: Plot, below: Sequence[tuple[float, str]], beside: Sequence[tuple[float, str]], names: tuple[str, str]
) -> str:
    """Grid, ticks and the names of both axes."""
    parts = [line(plot.left, plot.y(value), plot.right, plot.y(value), "grid") for value, _ in beside]
    parts += [label(plot.left - 6, plot.y(value) + 4, text, "tick", "end") for value, text in beside]
    parts += [label(plot.x(value), plot.bottom + 16, text, "tick") for value, text in below]
    parts.append(label((plot.left + plot.right) / 2, plot.bottom + 34, names[0], "name"))
    if names[1]:
        parts.append(label(plot.left - 32, plot.top - 15, names[1], "name", "start"))
    return "\n".join(parts)


def interval_bar(value: float, low: float, high: float, top: float = 1.0, bottom: float = 0.0) -> str:
    """An interval on a track from `bottom` to `top`, with its value; only beside the same in words."""
    if not all(map(isfinite, (value, low, high))) or top <= bottom:
        return ""

    def at(place: float) -> float:
        return 200 * min(1.0, max(0.0, (place - bottom) / (top - bottom)))

    zero = f'<rect class="zero" x="{at(0) - 0.5:.1f}" y="0" width="1" height="12"/>' if bottom < 0 < top else ""
    return (
        '<svg class="interval" viewBox="0 0 200 12" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" x="0" y="4.5" width="200" height="3"/>{zero}'
        f'<rect class="range" x="{at(low):.1f}" y="3" width="{max(at(high) - at(low), 1.5):.1f}" height="6"/>'
        f'<rect class="value" x="{min(max(at(value) - 1.25, 0), 197.5):.1f}" y="0" width="2.5" height="12"/></svg>'
    )
