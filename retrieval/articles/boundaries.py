"""Where the sentences of a text begin and end, and where one that is too long is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from retrieval.articles.sentence_ends import ends_in_title
from retrieval.articles.structure import Span

LONGEST = 1200
"""Characters of the longest sentence; a longer one is split."""
SPACE = re.compile(r"\s|[\ud800-\udfff]")

_WINDOW = 20_000
_CLAUSE_END = re.compile(r"[;:,](?=\s)|[，；、：،؛]")
_SAYS = re.compile(r"[」』]と(?!にかく|ころが|りあえず|はいえ|ても|なり)")
"""The end of a Japanese quotation that its sentence goes on behind: who said it."""
_UNKNOWN_END = re.compile(r"(?<=[។៕])\s+")
"""Behind a full stop that sentencex does not know (Khmer)."""
_OPENED = re.compile(r"\s([“‘«„(\[]+)\s*\Z")


def sentence_spans(flat: str, offset: int, language: str) -> Iterator[Span]:
    """Yield the sentences that sentencex finds, white space included."""
    position = 0
    while position < len(flat):
        # In windows, because unbalanced quotation marks take time that grows with the square of the length.
        boundaries = get_sentence_boundaries(language, flat[position : position + _WINDOW])
        if len(boundaries) > 1 and position + _WINDOW < len(flat):
            boundaries.pop()
        start = position
        for sentence in boundaries:
            end = position + sentence["end_index"]
            if sentence is not boundaries[-1] and (opened := _OPENED.search(flat, start, end)):
                end = opened.start(1)  # a quotation that is never closed begins with the sentence behind it
            goes_on = ends_in_title(sentence["text"]) or _SAYS.match(flat, end - 1)
            if not goes_on or sentence is boundaries[-1]:
                for space in _UNKNOWN_END.finditer(flat, start, end):
                    yield offset + start, offset + space.start()
                    start = space.start()
                yield offset + start, offset + end
                start = end
        position = start


def split(text: str, start: int, end: int) -> Iterator[Span]:
    """Cut a sentence that is too long behind a clause, at white space or, with neither, where the limit falls."""
    while end - start > LONGEST:
        clauses = [mark.end() for mark in _CLAUSE_END.finditer(text, start + LONGEST // 4, start + LONGEST)]
        spaces = [] if clauses else [mark.start() for mark in SPACE.finditer(text, start + 1, start + LONGEST)]
        cut = (clauses or spaces or [start + LONGEST])[-1]
        yield _stripped(text, start, cut)
        start = cut
    yield _stripped(text, start, end)


def _stripped(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def lines_together(text: str, start: int, end: int) -> Iterator[Span]:
    """Cut code that is too long behind a line; a line that is too long is cut where the limit falls."""
    while end - start > LONGEST:
        cut = text.rfind("\n", start + 1, start + LONGEST)
        cut = cut if cut > start else start + LONGEST
        if any(map(str.isalnum, text[start:cut])):
            yield _stripped(text, start, cut)
        start = cut
    if any(map(str.isalnum, text[start:end])):
        yield _stripped(text, start, end)
