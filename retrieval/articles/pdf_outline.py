"""A PDF's bookmarks -> the headings in its text: those whose words are lines of their own on the page they open."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retrieval.articles.structure import NO_END
from retrieval.records import BlockPlace, Kind

if TYPE_CHECKING:
    from pypdf import PdfReader

_DEEPEST = 6
_MOST_LINES = 3
"""Lines that a heading may run over."""
_MOST = 10_000
_LINE = re.compile(r"[^\n]+")
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(
    r"\d+|[a-z]|[ivxlc]+|chapter|section|part|appendix|kapitel|abschnitt|teil|anhang|chapitre|partie|annexe|capítulo"
    r"|sección|parte|anexo"
)
"""A word of a heading's number, which its bookmark may lack, or write otherwise."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of an outline."""

    title: str
    level: int
    """From 1, the outermost."""
    page: int
    """Row of the page that it opens."""


def bookmarks_of(reader: PdfReader) -> list[Bookmark]:
    """Return the bookmarks of a document in order; none where its outline cannot be read."""
    try:
        return list(_bookmarks(reader, reader.outline, 1))[:_MOST]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a damaged PDF may raise anything; its text is read all the same
        return []


def _bookmarks(reader: PdfReader, entries: Sequence[Any], level: int) -> Iterator[Bookmark]:
    for entry in entries:
        if isinstance(entry, list):
            yield from _bookmarks(reader, entry, level + 1)
            continue
        page = reader.get_destination_page_number(entry)
        if page is not None and page >= 0:
            yield Bookmark(str(entry.title or ""), min(level, _DEEPEST), page)


def headings(text: str, starts: Sequence[int], bookmarks: Sequence[Bookmark]) -> Iterator[BlockPlace]:
    """Yield the headings that bookmarks name, as blocks, given where each page of the text begins."""
    behind = 0
    for bookmark in bookmarks:
        if bookmark.page >= len(starts):
            continue
        start = max(behind, starts[bookmark.page])
        end = starts[bookmark.page + 1] if bookmark.page + 1 < len(starts) else len(text)
        if span := _lines_of(text, start, end, _words(bookmark.title)):
            behind = span[1]
            yield (*span, int(Kind.HEADING), bookmark.level, NO_END)


def _lines_of(text: str, start: int, end: int, title: Sequence[str]) -> tuple[int, int] | None:
    """Return the span of the first whole lines that have the words of a title and no others."""
    lines = [match.span() for match in _LINE.finditer(text, start, max(start, end)) if not match[0].isspace()]
    if start and "\n" not in text[start - 1 : start + 1]:
        del lines[:1]  # one that begins on the page before
    for row, (_, last) in enumerate(lines):
        for first, _ in reversed(lines[max(0, row - _MOST_LINES + 1) : row + 1]):
            if title and _words(text[first:last]) == title:
                return first, last
    return None


def _words(title: str) -> list[str]:
    """Return the words of a heading as they are compared: without its number, ligatures and capitals."""
    words = _WORD.findall(unicodedata.normalize("NFKC", title).casefold())
    number = next((place for place, word in enumerate(words) if not _NUMBER.fullmatch(word)), 0)
    return words[number:]
