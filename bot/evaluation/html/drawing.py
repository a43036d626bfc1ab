"""SVG in small pieces: a plot area with its axes, and the bar of an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10

from markupsafe import Markup

from bot.formats.visible import one_line

WIDTH, HEIGHT = 400.0, 250.0
NOTHING = Markup("")


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
        """Return where a value of the x axis is drawn."""
        return self.left + (value - self.x_low) / (self.x_high - self.x_low) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return where a value of the y axis, which begins at 0, is drawn."""
        return self.bottom - value / self.y_high * (self.bottom - self.top)


def svg(name: str, title: str, description: str, *parts: Markup) -> Markup:
    """Return a drawing with its title and description for screen readers."""
    drawing = Markup(
        '<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="{name}-title {name}-desc">\n'
        '<title id="{name}-title">{title}</title>\n<desc id="{name}-desc">{description}</desc>\n{parts}\n</svg>'
    )
    return drawing.format(
        width=WIDTH,
        height=HEIGHT,
        name=name,
        title=one_line(title),
        description=one_line(description),
        parts=lines(*parts),
    )


def lines(*parts: Markup) -> Markup:
    """Return the parts that are not empty, one below the other."""
    return Markup("\n").join(part for part in parts if part)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """Return a straight line."""
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(kind, x1, y1, x2, y2)


def label(x: float, y: float, text: str, kind: str, anchor: str = "middle") -> Markup:
    """Return text in a drawing."""
    element = Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>')
    return element.format(kind, x, y, anchor, one_line(text))


def bar(x: float, y: float, width: float, height: float, kind: str, meaning: str) -> Markup:
    """Return a bar with its meaning as a tooltip."""
    element = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>')
    return element.format(kind, x, y, max(width, 0), max(height, 0), one_line(meaning))


def ticks(high: float, about: int = 4) -> list[float]:
    """Return round values from 0 to the first that is not below `high`."""
    if not (isfinite(high) and high > 0):
        return [0.0, 1.0]
    rough = high / about
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    steps = 1
    while step * steps < high * 0.999:
        steps += 1
    return [round(step * place, 12) for place in range(steps + 1)]


def axes(
    plot: Plot, below: Sequence[tuple[float, str]], beside: Sequence[tuple[float, str]], names: tuple[str, str]
) -> Markup:
    """Return grid, ticks and the names of both axes."""
    parts = [line(plot.left, plot.y(value), plot.right, plot.y(value), "grid") for value, _ in beside]
    parts += [label(plot.left - 6, plot.y(value) + 4, text, "tick", "end") for value, text in beside]
    parts += [label(plot.x(value), plot.bottom + 16, text, "tick") for value, text in below]
    parts.append(label((plot.left + plot.right) / 2, plot.bottom + 34, names[0], "name"))
    if names[1]:
        parts.append(label(plot.left - 32, plot.top - 15, names[1], "name", "start"))
    return lines(*parts)


def interval_bar(value: float, low: float, high: float, top: float = 1.0, bottom: float = 0.0) -> Markup:
    """Return an interval with its value on a track from `bottom` to `top`; screen readers have the text beside it."""
    if not all(map(isfinite, (value, low, high))) or top <= bottom:
        return NOTHING

    def at(place: float) -> float:
        return 200 * min(1.0, max(0.0, (place - bottom) / (top - bottom)))

    zero = Markup('<rect class="zero" x="{:.1f}" y="0" width="1" height="12"/>').format(at(0) - 0.5)
    drawing = Markup(
        '<svg class="interval" viewBox="0 0 200 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" x="0" y="4.5" width="200" height="3"/>{zero}'
        '<rect class="range" x="{start:.1f}" y="3" width="{width:.1f}" height="6"/>'
        '<rect class="value" x="{mark:.1f}" y="0" width="2.5" height="12"/></svg>'
    )
    return drawing.format(
        zero=zero if bottom < 0 < top else NOTHING,
        start=at(low),
        width=max(at(high) - at(low), 1.5),
        mark=min(max(at(value) - 1.25, 0), 197.5),
    )
