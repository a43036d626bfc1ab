"""Permalinks, `ARTICLE@DIGEST12#START-END`, and the words they cite."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from retrieval.citations.freshness import state_of
from retrieval.errors import PermalinkInvalid, SourceChanged, SourceGone
from retrieval.index.generation import Generation
from retrieval.records import Article, Citation

_REF = re.compile(r"(?P<article>.+)@(?P<digest>[0-9a-f]{12})#(?P<start>[0-9]{1,18})-(?P<end>[0-9]{1,18})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CitedSpan:
    """A cited span in its paragraph."""

    citation: Citation
    text: str
    """The cited words."""
    before: str
    """The paragraph up to the cited words."""
    after: str
    """The paragraph after the cited words."""
    article: Article
    state: Literal["current", "changed", "withdrawn"]
    """Whether the article is still the cited version; if not, the fields are those of the cited version."""


@dataclass(frozen=True, slots=True)
class Place:
    """The parts of a permalink, whether or not the place exists."""

    article: str
    digest: str
    """The first 12 hex digits of the article's SHA-256."""
    start: int
    end: int


def parse(ref: str) -> Place:
    """Parse a permalink; raises PermalinkInvalid."""
    match = _REF.fullmatch(ref.rstrip())
    if match is None:
        raise PermalinkInvalid(ref, "is malformed")
    return Place(match["article"], match["digest"], int(match["start"]), int(match["end"]))


def resolve(index: Path, ref: str) -> CitedSpan:
    """Find what a permalink cites; raises PermalinkInvalid, or SourceChanged where the cited version is gone.

    Leading white space counts only where an article's id begins with it.
    """
    try:
        return _resolve(index, ref)
    except PermalinkInvalid:
        if not ref.strip() or ref == ref.lstrip():
            raise
    return _resolve(index, ref.lstrip())


def _resolve(index: Path, ref: str) -> CitedSpan:
    place = parse(ref)
    id_, digest, start, end = place.article, place.digest, place.start, place.end
    generation = Generation.current(index)
    cited = generation.cited(id_, digest)
    if cited is not None:
        is_changed = state_of(generation, generation.article(cited)) == "changed"
        return _cited_span(generation, cited, start, end, ref, "changed" if is_changed else "current")
    row = generation.row_of(id_)
    for older in Generation.former(index):
        cited = older.cited(id_, digest)
        if cited is not None:
            return _cited_span(older, cited, start, end, ref, "withdrawn" if row is None else "changed")
    if row is None:
        raise SourceGone(ref)
    now = generation.article(row).sha256[:12]
    raise SourceChanged(ref, f"changed since it was cited (it is {now} now), and the version cited is no longer kept")


def _cited_span(
    generation: Generation, row: int, start: int, end: int, ref: str, state: Literal["current", "changed", "withdrawn"]
) -> CitedSpan:
    article = generation.article(row)
    if not article.body <= start < end <= len(article.text):
        raise PermalinkInvalid(ref, "points outside its article")
    number, first, last = paragraph_of(generation, row, start, end)
    return CitedSpan(
        citation=generation.cite(row, start, end, number),
        text=article.text[start:end],
        before=article.text[first:start],
        after=article.text[end:last],
        article=article,
        state=state,
    )


def paragraph_of(generation: Generation, article: int, start: int, end: int) -> tuple[int, int, int]:
    """Return number, start and end of the paragraph(s) around a span; the span itself where there is none."""
    spans = generation.spans_in(article)
    starts, ends, paragraphs = spans.T
    touched = paragraphs[(starts < end) & (ends > start)]
    if not len(touched):
        earlier = paragraphs[starts <= start]
        return (int(earlier[-1]) if len(earlier) else 1), start, end
    around = spans[(paragraphs >= touched[0]) & (paragraphs <= touched[-1])]
    return int(touched[0]), min(start, int(around[0, 0])), max(end, int(around[-1, 1]))
