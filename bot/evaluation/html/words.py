"""Values and strings as the page prints them."""

from __future__ import annotations

from datetime import datetime
from html import escape as escape_html
from math import isfinite

from bot.formats.visible import visible

MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"


def escape(text: str) -> str:
    """The text for an element or a quoted attribute, on one line, with what a reader could not see written out."""
    return escape_html(visible(" ".join(text.split())))


def number(value: float, unit: str = "", *, like: float | None = None) -> str:
    """A value with its unit: a share to three places, a percentage to one, times and counts to three digits.

    Only all is 100 %. `like` is a value that it stands beside, and has as many places as.
    """
    if not isfinite(value):
        return DASH
    sign, size = MINUS if value < 0 else "", abs(value)
    if unit == "%":
        return "> 99.9 %" if 0.9995 <= value < 1 else f"{sign}{100 * size:.1f} %"
    if unit:
        places = 0 if max(size, abs(like or 0)) >= 100 else 1
        return f"{sign}{size:,.{places}f} {unit}"
    return f"{sign}{size:.3f}"


def interval(low: float, high: float, unit: str = "") -> str:
    """Both ends of an interval, the unit once."""
    if not (isfinite(low) and isfinite(high)):
        return DASH
    return f"{number(low, unit, like=high).removesuffix(f' {unit}')} to {number(high, unit)}"


def change(value: float, unit: str = "") -> str:
    """A difference, always with its sign; of percentages, in points."""
    said = number(value, unit)
    if unit == "%":
        said = said.removesuffix("%") + "points"
    return f"+{said}" if value > 0 else said


def change_interval(low: float, high: float, unit: str = "") -> str:
    """Both ends of the interval of a difference, the unit once."""
    last = change(high, unit)
    _, space, named = last.partition(" ")
    return f"{change(low, unit).removesuffix(space + named) if space else change(low, unit)} to {last}"


def count(many: int, one: str, more: str | None = None) -> str:
    """How many there are of a thing: "1 question", "1,200 questions"."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def moment(made: str) -> str:
    """An ISO 8601 time as a reader writes it, or as it was given where it is none."""
    try:
        read = datetime.fromisoformat(made)
    except ValueError:
        return made
    return f"{read.day} {read:%B %Y, %H:%M}"
