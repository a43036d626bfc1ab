"""Dates of publication, as documents write them: a day, a month or a year."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from retrieval.analysis import MONTH, days, month_number

_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_NUMBERED = (
    re.compile(r"^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?!\d)"),  # a time may follow
    re.compile(r"^(\d{4})(\d{2})(\d{2})(?!\d)"),
    re.compile(r"(?<!\d)(\d{4})/(\d{1,2})(?:/(\d{1,2}))?(?!\d)"),
)
_NAMED = re.compile(rf"(?<!\w){MONTH},? (?P<year>\d{{4}})(?!\w)")
_YEAR = re.compile(r"(?<![\d.,])(?:1\d|20)\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days, as ISO 8601 (YYYY-MM-DD); such texts sort by time."""

    first: str
    last: str

    @property
    def age(self) -> int:
        """A number below 0 that is smaller the later the period begins."""
        return -date.fromisoformat(self.first).toordinal()


def period(text: str) -> Period | None:
    """Return the days that a date in ISO 8601 names, such as 2023, 2023-06 or 2023-06-30; None for any other text."""
    iso = _ISO.fullmatch(text.strip())
    return _period(*iso.groups()) if iso else None


@lru_cache(maxsize=4096)  # many articles have the same
def period_in(text: str) -> Period | None:
    """Return the days that the date in a text names, in whatever form: those of a day, a month or a year."""
    plain = " ".join(text.split())
    for pattern in _NUMBERED:
        if (numbered := pattern.search(plain)) and (known := _period(*numbered.groups())):
            return known
    for day in days(plain):
        if known := period(day):
            return known
    if named := _NAMED.search(plain.lower()):
        return _period(named["year"], str(month_number(named["month"])))
    year = _YEAR.search(plain)
    return _period(year.group()) if year else None


def _period(year: str, month: str | None = None, day: str | None = None) -> Period | None:
    """Return a day, a month or a year; None where there is none such."""
    try:
        first = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    last = first
    if not month:
        last = date(first.year, 12, 31)
    elif not day:
        last = date(first.year, first.month, monthrange(first.year, first.month)[1])
    return Period(first.isoformat(), last.isoformat())
