"""Filters as people name them: with dates in whatever form, where no guess is needed to read them."""

from __future__ import annotations

from retrieval.dates import period
from retrieval.filters import filter_of
from retrieval.records import Filter


def filter_named(*, since: str | None = None, until: str | None = None, **others: str | None) -> Filter | None:
    """Return the filter that these values name, None without any; raises FilterInvalid."""
    return filter_of(since=_date(since), until=_date(until), **others)


def _date(text: str | None) -> str | None:
    """Return a date as ISO 8601, or what is none as it is, which is refused with the rest."""
    if text is None or period(text):
        return text
    from retrieval.articles.publication_dates import iso_date  # loads dateparser, which takes a while

    known = iso_date(text.strip())
    return known[:10] if known else text
