"""Filters as people name them: with dates in whatever form, where no guess is needed to read them."""

from __future__ import annotations

import re

from retrieval.dates import period
from retrieval.errors import FilterInvalid
from retrieval.filters import filter_of
from retrieval.records import Filter

_VAGUE = re.compile(
    r"\b(?:early|mid|late|spring|summer|autumn|fall|winter|q[1-4]|copyright|about|after|around|by|just|c|ca|circa|cca|"
    r"cirka|cerca|environ|etwa|asi|kolem|okolo|zhruba|přibližně|yaklaşık|около|примерно|приблизно|близько)\b"
    r"|\d(?:st|nd|rd|th) \w+day\b|[©約约]",
    re.IGNORECASE,
)
"""Words that a reader of dates passes over, though they make another date of one."""


def filter_named(*, since: str | None = None, until: str | None = None, **others: str | None) -> Filter | None:
    """Return the filter that these values name, None without any; raises FilterInvalid."""
    return filter_of(since=_date(since), until=_date(until), **others)


def _date(text: str | None) -> str | None:
    """Return a date as ISO 8601; an empty text as it is, which is refused with the rest."""
    if text is None or not text.strip() or period(text):
        return text
    from retrieval.articles.publication_dates import iso_date  # loads dateparser, which takes a while

    known = None if _VAGUE.search(text) else iso_date(text.strip())
    if known is None:
        raise FilterInvalid(
            f"The date {text!r}", "cannot be read", "write it as 2023, 2023-06, 2023-06-30 or 30 June 2023"
        )
    return known[:10]
