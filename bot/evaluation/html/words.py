"""Values as the page prints them."""

from __future__ import annotations

from datetime import datetime
from math import isfinite

MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"


def number(value: float, unit: str = "", *, like: float | None = None) -> str:
    """Return a value with its unit: a share to three places, a percentage to one, times and counts to three digits.

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
    """Return both ends of an interval, the unit once."""
    if not (isfinite(low) and isfinite(high)):
        return DASH
    return f"{number(low, unit, like=high).removesuffix(f' {unit}')} to {number(high, unit)}"


def change(value: float, unit: str = "") -> str:
    """Return a difference, always with its sign; of percentages, in points."""
    difference = number(value, unit)
    if unit == "%":
        difference = difference.removesuffix("%") + "points"
    return f"+{difference}" if value > 0 else difference


def change_interval(low: float, high: float, unit: str = "") -> str:
    """Return both ends of the interval of a difference, the unit once."""
    last = change(high, unit)
    _, space, unit_name = last.partition(" ")
    first = change(low, unit)
    return f"{first.removesuffix(space + unit_name) if space else first} to {last}"


def chance(p: float) -> str:
    """Return the p of a test."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def thousands(number: int) -> str:
    """Return a whole number with its thousands set apart."""
    return f"{number:,}"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Return how many there are of a thing: "1 question", "1,200 questions"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def moment(timestamp: str) -> str:
    """Return an ISO 8601 time as a reader writes it, or as it was given where it is none."""
    try:
        time = datetime.fromisoformat(timestamp)
    except ValueError:
        return timestamp
    return f"{time.day} {time:%B %Y, %H:%M}"
