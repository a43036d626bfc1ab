"""Numbers and times as terminal and page both print them.

A share from 0 to 1 has three places, a percentage one, all else one below 100 and none above. Only all is 100 %, what
rounds to zero has no sign, and what is not finite is a dash.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isfinite

MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
ZERO = "0."  # the characters of a number that rounds to zero
SUFFIXES = {"": "", "words": "", "/s": "/s"}
"""What follows a number of a unit, where it is not the unit itself; a figure of words is named so."""


def number(value: float, unit: str = "") -> str:
    """Return a value with its unit: 0.757, 7.2 %, 3.1 ms, 160/s."""
    return _digits(value, unit, _places(value, unit)) + _suffix(unit) if isfinite(value) else DASH


def change(difference: float, unit: str = "") -> str:
    """Return a difference with its sign and unit; of percentages, in points: +0.020, −1.5 points."""
    if not isfinite(difference):
        return DASH
    suffix = " points" if unit == "%" else _suffix(unit)
    return _signed(difference, unit, _places(difference, unit)) + suffix


def interval(low: float, high: float, unit: str = "", *, signed: bool = False) -> str:
    """Return both ends of an interval, to stand beside a value that has the unit: 0.400 to 0.600.

    The ends have equally many places; those of a difference are `signed`.
    """
    if not (isfinite(low) and isfinite(high)):
        return DASH
    places = _places(max(abs(low), abs(high)), unit)
    digits = _signed if signed else _digits
    return f"{digits(low, unit, places)} to {digits(high, unit, places)}"


def chance(p: float) -> str:
    """Return the p of a test."""
    return "<0.001" if p < 0.001 else number(p)


def threshold_text(value: float) -> str:
    """Return a threshold of the confidence, in as few digits as it has, at most four."""
    return f"{value:.4g}"


def count(whole: int, singular: str) -> str:
    """Return how many there are of a thing: "1 question", "1,200 questions"."""
    return f"{whole:,} {singular}{'' if whole == 1 else 's'}"


def moment(timestamp: str) -> str:
    """Return an ISO 8601 time as a reader writes it; anything else as it is."""
    try:
        time = datetime.fromisoformat(timestamp)
    except ValueError:
        return timestamp
    return f"{time.day} {time:%B %Y, %H:%M}{' UTC' if time.utcoffset() == timedelta(0) else ''}"


def _places(value: float, unit: str) -> int:
    if unit in ("", "%"):
        return 1 if unit else 3
    return 0 if abs(value) >= 99.95 else 1


def _digits(value: float, unit: str, places: int) -> str:
    digits = _rounded(value, unit, places)
    return "> 99.9" if unit == "%" and value < 1 and digits == "100.0" else digits


def _signed(difference: float, unit: str, places: int) -> str:
    digits = _rounded(difference, unit, places)
    return f"+{digits}" if difference > 0 and digits.strip(ZERO) else digits


def _rounded(value: float, unit: str, places: int) -> str:
    digits = f"{abs(100 * value if unit == '%' else value):,.{places}f}"
    return MINUS + digits if value < 0 and digits.strip(ZERO) else digits


def _suffix(unit: str) -> str:
    return SUFFIXES.get(unit, f" {unit}")
