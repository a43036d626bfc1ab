"""Filters: which articles a question may be answered from, by what is known of them besides their text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from retrieval.dates import Period, period
from retrieval.errors import FilterInvalid
from retrieval.language_names import language_code
from retrieval.records import Filter

_HEADLINE = re.compile(r",? [“\"„«].*", re.DOTALL)  # in quotation marks, behind the publisher's name


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """What filters know of an article."""

    source: str | None = None
    path: str | None = None
    published: Period | None = None
    """The days that its date names; None where it has no date that can be read."""
    tags: tuple[str, ...] = ()
    language: str = ""


def matches(within: Filter, facts: ArticleFacts) -> bool:
    """Return whether an article is such; one whose date names more than a day has to lie within, whole."""
    published = facts.published
    if within.since and (published is None or published.first < within.since):
        return False
    if within.until and (published is None or published.last > within.until):
        return False
    if within.source and not _has_words(facts.source or "", within.source):
        return False
    if within.path and not _is_below(facts.path or "", within.path):
        return False
    if within.tag and _folded(within.tag) not in map(_folded, facts.tags):
        return False
    return not within.language or facts.language == within.language


def publisher(source: str) -> str:
    """Return a source without the headline behind it."""
    return _HEADLINE.sub("", source)


def filter_of(
    *,
    since: str | None = None,
    until: str | None = None,
    source: str | None = None,
    path: str | None = None,
    tag: str | None = None,
    language: str | None = None,
) -> Filter | None:
    """Return a filter; None without any value. Dates are in ISO 8601: 2023, 2023-06 or 2023-06-30.

    A language is named by its code, or by its name in English or in itself.

    Raises FilterInvalid for what is no date, for an empty value, and for dates in the wrong order.
    """
    values = {"since": since, "until": until, "source": source, "path": path, "tag": tag, "language": language}
    for name, value in values.items():
        if value is not None and not value.strip():
            raise FilterInvalid(f"The {name} to filter by", "is empty", "name one, or leave it out")
    first, last = _date(since), _date(until)
    if first and last and first.first > last.last:
        raise FilterInvalid(
            "The filter", f"begins on {first.first} and ends before that, on {last.last}", "swap the two dates"
        )
    within = Filter(
        first.first if first else None,
        last.last if last else None,
        " ".join(source.split()) if source else None,
        path.strip().removeprefix("./") if path else None,
        " ".join(tag.split()) if tag else None,
        language_code(language) if language else None,
    )
    return within if within.criteria else None


def _date(text: str | None) -> Period | None:
    if text is None:
        return None
    named = period(text)
    if named is None:
        raise FilterInvalid(f"The date {text!r}", "cannot be read", "write it as 2023, 2023-06 or 2023-06-30")
    return named


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _has_words(text: str, sought: str) -> bool:
    """Return whether a text has these words side by side, none of them only the part of another."""
    return re.search(rf"(?<!\w){re.escape(_folded(sought))}(?!\w)", _folded(text)) is not None


def _is_below(path: str, pattern: str) -> bool:
    return fnmatchcase(path, pattern) or path.startswith(f"{pattern.rstrip('/')}/")
