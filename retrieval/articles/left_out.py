"""The parts of an article that are never quoted: every character outside its sentences, with the reason."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from retrieval.articles.structure import NO_END, Span
from retrieval.records import Article, LeftOut, Reason, Sentence

OPENING = 60
"""Characters of a piece's beginning that are kept."""


def left_out(
    article: Article, sentences: Sequence[Sentence], dropped: Iterable[tuple[int, int, Reason]]
) -> tuple[LeftOut, ...]:
    """Return the pieces of an article outside its sentences, given those that were dropped for a reason."""
    quoted = [(sentence.start, sentence.end) for sentence in sentences]
    pieces: list[tuple[int, int, Reason]] = []
    for start, end, reason in dropped:
        pieces += [(first, last, reason) for first, last in _beside(start, end, quoted)]
    known = sorted([*quoted, *((start, end) for start, end, _ in pieces)])
    pieces += [(start, end, Reason.FRONT_MATTER) for start, end in _beside(0, article.body, known)]
    pieces += [(start, end, Reason.MARKS) for start, end in _beside(article.body, len(article.text), known)]
    texts = [(reason, article.text[start:end]) for start, end, reason in sorted(pieces)]
    texts += [(Reason.OUTSIDE, text) for text in article.outside]
    return tuple(_described(texts))


def characters(text: str) -> int:
    """Count the characters of a text that are not white space."""
    return sum(map(len, text.split()))


def _beside(start: int, end: int, spans: Sequence[Span]) -> Iterator[Span]:
    """Yield the parts of [start, end) outside the spans, which are in order."""
    for first, last in spans[max(0, bisect_right(spans, (start, NO_END)) - 1) :]:
        if start < min(first, end):
            yield start, min(first, end)
        start = max(start, last)
        if start >= end:
            return
    if start < end:
        yield start, end


def _opening(text: str) -> str:
    """Return the first words of a text on one line."""
    line = " ".join(text[: 4 * OPENING].split())
    return line if len(line) <= OPENING else f"{line[:OPENING].rsplit(' ', 1)[0]} …"


def _described(texts: Iterable[tuple[Reason, str]]) -> Iterator[LeftOut]:
    """Yield each piece that holds a word, then all marks that hold none together."""
    marks = 0
    for reason, text in texts:
        if any(map(str.isalpha if reason is Reason.MARKS else str.isalnum, text)):
            yield LeftOut(reason, characters(text), _opening(text))
        else:
            marks += characters(text)
    if marks:
        yield LeftOut(Reason.MARKS, marks, "")
