"""Permalinks, `ARTICLE@DIGEST12#START-END`, and the words they cite."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from retrieval import indexes
from retrieval.citations.freshness import OutdatedFile, outdated_files
from retrieval.errors import PermalinkInvalid, SourceChanged, SourceGone
from retrieval.index.generation import Generation
from retrieval.records import Article, Citation

_REF = re.compile(r"(?P<article>.+)@(?P<digest>[0-9a-f]{12})#(?P<start>[0-9]{1,18})-(?P<end>[0-9]{1,18})", re.DOTALL)

State = Literal["current", "changed", "withdrawn"]


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
    state: State
    """Whether the article is still the cited version; if not, the fields are those of the cited version."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A cited span, the generation that is current, and what became of the article's file since that was built."""

    version: Version
    span: CitedSpan
    current: Generation
    outdated: tuple[OutdatedFile, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """The parts of a permalink, whether or not the place exists."""

    article: str
    digest: str
    """The first 12 hex digits of the article's SHA-256."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Version:
    """The version of an article that a permalink cites."""

    generation: Generation
    """One that has it."""
    row: int
    """The article's row there."""
    place: Place
    state: State
    """Whether it is the current generation's; if not, whether that has the article at all."""


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
    return replay(index, ref).span


def replay(index: Path, ref: str) -> Replay:
    """Find what a permalink cites, as `resolve` does, and what became of the article's file."""
    current = indexes.current(index)
    version = find_version(index, current, ref)
    outdated = outdated_files(current, (version.place.article,))
    is_changed = version.state == "current" and any(file.state == "changed" for file in outdated)
    return Replay(version, _cited_span(version, "changed" if is_changed else version.state), current, outdated)


def find_version(index: Path, current: Generation, ref: str) -> Version:
    """Find the version of an article that a permalink cites, and its place in it; raises as `resolve` does."""
    try:
        return _find_version(index, current, ref)
    except PermalinkInvalid:
        if not ref.strip() or ref == ref.lstrip():
            raise
    return _find_version(index, current, ref.lstrip())


def _find_version(index: Path, current: Generation, ref: str) -> Version:
    place = parse(ref)
    cited = current.cited(place.article, place.digest)
    if cited is not None:
        return _version(current, cited, place, ref, "current")
    row = current.row_of(place.article)
    for older in indexes.former(index):
        cited = older.cited(place.article, place.digest)
        if cited is not None:
            return _version(older, cited, place, ref, "withdrawn" if row is None else "changed")
    if row is None:
        raise SourceGone(ref)
    now = current.article(row).sha256[:12]
    raise SourceChanged(ref, f"changed since it was cited (it is {now} now), and the version cited is no longer kept")


def _version(generation: Generation, row: int, place: Place, ref: str, state: State) -> Version:
    article = generation.article(row)
    if not article.body <= place.start < place.end <= len(article.text):
        raise PermalinkInvalid(ref, "points outside its article")
    return Version(generation, row, place, state)


def _cited_span(version: Version, state: State) -> CitedSpan:
    generation, row, start, end = version.generation, version.row, version.place.start, version.place.end
    article = generation.article(row)
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
