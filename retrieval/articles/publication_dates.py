"""The date of an article, as people and programs write it -> ISO 8601; nothing where that would be a guess.

A day, a month or a year. Of numbers, the year has four digits; between dots the day comes before the month, between
slashes and hyphens the order is a setting, unless one of the two can be no month.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from retrieval.dates import period
from retrieval.settings import DateOrder

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

_ZONE = r"(?: ?(?:[ap]m|Z|[A-Z]{2,5}|[+-]\d{1,2}(?::?\d{2})?))*(?:\[[\w/]+\])?"
_CLOCK = rf"\d{{1,2}}(?::\d{{2}}){{1,2}}(?:[.,]\d+)?{_ZONE}"
_TIME = rf"(?:[T,]? ?{_CLOCK})?"
_ISO = re.compile(rf"(?:\d{{4}}(?:-\d{{1,2}})?|(\d{{4}}-\d{{1,2}}-\d{{1,2}}){_TIME})", re.IGNORECASE | re.ASCII)
_YEAR_FIRST = re.compile(
    rf"(\d{{4}})(?:([/.])(\d{{1,2}})\2|(?=\d{{4}}(?!\d))(\d\d))(\d{{1,2}})(?!\d){_TIME}", re.IGNORECASE | re.ASCII
)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([/.-]) ?(\d{{1,2}})\2 ?(\d{{4}})(?!\d){_TIME}", re.IGNORECASE | re.ASCII)
_SECONDS = re.compile(r"(\d{10})(?:\.\d+|\d{3})?", re.ASCII)
"""Seconds or milliseconds since 1970."""
_ABOUT = re.compile(
    r"(?:(?:early|mid|late)[ -](?:in )?|spring|summer|autumn|fall|winter|q[1-4]|circa|ca?\.|copyright|©)[ ,/]*(\d{4})",
    re.IGNORECASE | re.ASCII,
)
_HOUR = re.compile(rf"{_CLOCK}|\d{{1,2}} ?[ap]m{_ZONE}", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"\d+", re.ASCII)
_WORD = re.compile(r"[^\W\d_]{3,}|[年月]|[년월]")
"""What may be the name of a month."""
_NUMBERED = re.compile(r"[月월]")
"""What stands behind the number of a month."""
_LONGEST = 60
_EARLIEST, _LATEST = 1000, 2199
_LANGUAGES = (
    *("ar", "bg", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hr", "hu", "id", "it", "ja", "ko", "nb", "nl"),
    *("pl", "pt", "ro", "ru", "sk", "sv", "tr", "uk", "vi", "zh"),
)
"""Languages in which a month is read besides the article's own: with all there are, "no 3 2021" would be a date."""


@lru_cache(maxsize=4096)  # many articles have the same
def iso_date(text: str, order: DateOrder = "DMY", language: str = "") -> str | None:
    """Return a date as ISO 8601: one that is so already as it is, with its time; None for anything that is no date.

    `language` is that of the article: two languages may call different months by the same name.
    """
    plain = " ".join(text.split())
    if len(plain) > _LONGEST or any(sign.isdigit() and not sign.isascii() for sign in plain):
        return None
    if iso := _ISO.fullmatch(plain):
        return plain if period(iso[1] or plain) and _is_plausible(int(plain[:4])) else None
    return _of_numbers(plain, order) or _of_words(plain, order, language)


def _of_numbers(plain: str, order: DateOrder) -> str | None:
    if numbers := _YEAR_FIRST.fullmatch(plain):
        return _day(numbers[1], numbers[3] or numbers[4], numbers[5])
    if numbers := _YEAR_LAST.fullmatch(plain):
        first, sign, second, year = numbers.groups()
        if sign != "." and int(second) <= 12 and (order == "MDY" or int(first) > 12):
            day, month = (first, second) if int(first) > 12 else (second, first)
        else:
            day, month = (first, second) if int(second) <= 12 or sign == "." else (second, first)
        return _day(year, month, day)
    if numbers := _SECONDS.fullmatch(plain):
        moment = datetime.fromtimestamp(int(numbers[1]), UTC)
        return moment.date().isoformat() if _is_plausible(moment.year) else None
    about = _ABOUT.fullmatch(plain)
    return about[1] if about and _is_plausible(int(about[1])) else None


def _of_words(plain: str, order: DateOrder, language: str) -> str | None:
    """Read a date with the name of its month."""
    numbers = [int(number) for number in _NUMBER.findall(_HOUR.sub(" ", plain))]
    if sum(map(_is_plausible, numbers)) != 1 or not _WORD.search(plain):
        return None
    others = [number for number in numbers if not _is_plausible(number)]
    for languages in ((language,) if language in _LANGUAGES else (), _LANGUAGES):
        known = _parser(languages, order).get_date_data(plain) if languages else None
        if known and known.date_obj and known.date_obj.year in numbers:
            day: date = known.date_obj.date()
            # A number that is neither the day nor the month is of something else.
            if known.period == "month" and others in ([], [day.month] if _NUMBERED.search(plain) else []):
                return f"{day:%Y-%m}"
            if known.period == "day" and others == [*([day.month] if _NUMBERED.search(plain) else ()), day.day]:
                return day.isoformat()
    return None


@lru_cache(maxsize=64)
def _parser(languages: tuple[str, ...], order: DateOrder) -> DateDataParser:
    from dateparser.date import DateDataParser

    settings = {
        "PARSERS": ["absolute-time"],
        "REQUIRE_PARTS": ["month", "year"],
        "DATE_ORDER": order,
        "PREFER_DAY_OF_MONTH": "first",
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    return DateDataParser(languages=list(languages), settings=settings)


def _day(year: str, month: str, day: str) -> str | None:
    try:
        named = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return named.isoformat() if _is_plausible(named.year) else None


def _is_plausible(year: int) -> bool:
    return _EARLIEST <= year <= _LATEST
