"""The headings in a PDF's text: what its bookmarks name, or lines that are numbered one after the other."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from retrieval.articles.structure import NO_END, Span
from retrieval.records import BlockPlace, Kind

if TYPE_CHECKING:
    from pypdf import PdfReader

_DEEPEST = 6
_MOST_LINES = 3
"""Lines that a heading may run over."""
_MOST = 10_000
_LONGEST = 500  # characters of a heading
_LINE = re.compile(r"[^\n]+")
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(
    r"\d+|[a-z]|[ivxlc]+|chapter|section|part|appendix|kapitel|abschnitt|teil|anhang|chapitre|partie|annexe|capítulo"
    r"|sección|parte|anexo"
)
"""A word of a heading's number, which its bookmark may lack, or write otherwise."""
_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,4})\.?[ \t]+(?=[^\W\d_])(?P<title>[^\n]{2,80})")
_NO_HEADING = re.compile(r".*(?:[.!?:;,]|\d|\b(?:and|or|of|the|a|an|to|in|for|with)|[.\u2026·]{2,}|(?: \.){2,})\W*")
"""The end of a sentence or of a part of one, and of a line of a table of contents."""
_LEAST_NUMBERED = 3

_Lines = defaultdict[tuple[str, ...], deque[Span]]


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
        return list(islice(_bookmarks(reader, reader.outline, 1), _MOST))
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


def headings(text: str, starts: Sequence[int], bookmarks: Sequence[Bookmark]) -> list[BlockPlace]:
    """Return the headings that bookmarks name, as blocks, given where each page of the text begins.

    Their words stand as lines of their own on the page that they open, in the order of the bookmarks.
    """
    places: list[BlockPlace] = []
    pages: dict[int, _Lines] = {}
    for bookmark in bookmarks:
        row = bookmark.page
        if row < len(starts) and row not in pages:
            end = starts[row + 1] if row + 1 < len(starts) else len(text)
            pages[row] = _lines_of(text, starts[row], end)
        spans = pages[row][tuple(_words(bookmark.title))] if row in pages else deque()
        while spans and places and spans[0][0] < places[-1][1]:
            spans.popleft()
        if spans:
            places.append((*spans[0], int(Kind.HEADING), bookmark.level, NO_END))
    return places


def _lines_of(text: str, start: int, end: int) -> _Lines:
    """Return the spans of the lines of a page, and of several together, by their words: fewer lines come first."""
    lines = [match.span() for match in _LINE.finditer(text, start, max(start, end)) if not match[0].isspace()]
    if start and "\n" not in text[start - 1 : start + 1]:
        del lines[:1]  # one that begins on the page before
    spans: _Lines = defaultdict(deque)
    for row, (_, last) in enumerate(lines):
        for first, _ in reversed(lines[max(0, row - _MOST_LINES + 1) : row + 1]):
            if last - first <= _LONGEST and (words := _words(text[first:last])):
                spans[tuple(words)].append((first, last))
    return spans


def _words(title: str) -> list[str]:
    """Return the words of a heading as they are compared: without its number, ligatures and capitals."""
    words = _WORD.findall(unicodedata.normalize("NFKC", title).casefold())
    number = next((place for place, word in enumerate(words) if not _NUMBER.fullmatch(word)), 0)
    return words[number:]


def numbered_headings(text: str) -> list[BlockPlace]:
    """Return the lines of a text that are numbered as its headings: 1, 1.1, 1.2, 2 …, with text below them.

    The items of a list stand one below the other, and so do the lines of a table of contents.
    """
    lines = [match for match in _LINE.finditer(text) if not match[0].isspace()]
    numbers = [_number_of(match[0]) for match in lines]
    places: list[BlockPlace] = []
    last: tuple[int, ...] = ()
    for row, (line, number) in enumerate(zip(lines, numbers, strict=True)):
        below = numbers[row + 1] if row + 1 < len(lines) else number
        goes_on = row + 1 < len(lines) and lines[row + 1][0].lstrip()[:1].islower()
        if number and _follows(number, last) and not goes_on and (not below or len(below) > len(number)):
            last = number
            places.append((*_trimmed(line), int(Kind.HEADING), min(len(number), _DEEPEST), NO_END))
    return places if len(places) >= _LEAST_NUMBERED else []


def _number_of(line: str) -> tuple[int, ...]:
    """Return the number of a line that may be a heading; none where it has none, or is no heading."""
    match = _NUMBERED.fullmatch(line.strip())
    if match is None or _NO_HEADING.fullmatch(match["title"]) or not match["title"][0].isupper():
        return ()
    return tuple(map(int, match["number"].split(".")))


def _follows(number: tuple[int, ...], last: tuple[int, ...]) -> bool:
    """Return whether a heading's number is the next one: the first below the last, or the next at a level of that."""
    *around, own = number
    return number == (*last, 1) or (len(number) <= len(last) and (*around, own - 1) == last[: len(number)])


def _trimmed(line: re.Match[str]) -> tuple[int, int]:
    return line.end() - len(line[0].lstrip()), line.start() + len(line[0].rstrip())
