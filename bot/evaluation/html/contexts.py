"""The parts of articles that the page shows around quotes and gold, each stored once however many quotes share it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

AROUND = 130  # characters on either side of a span, fewer where its paragraph ends


@dataclass(slots=True)
class Source:
    """An article with the spans of it that the page needs."""

    article: str
    number: int
    text: str | None
    spans: list[tuple[int, int]] = field(default_factory=list)
    at: str = ""
    """What the permalinks of its quotes begin with: ARTICLE@DIGEST12."""

    def pieces(self) -> list[tuple[int, str]]:
        """Return offset and text of every part that the page needs; parts that overlap are merged."""
        merged: list[tuple[int, int]] = []
        for start, end in sorted(self.spans):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return [(start, (self.text or "")[start:end]) for start, end in merged]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a source that the page shows; offsets count characters of the article."""

    source: int
    start: int
    end: int


class Contexts:
    """Collects what the page shows of the articles."""

    def __init__(self, text_of: Callable[[str], str | None]) -> None:
        self._text_of = text_of
        self.sources: dict[str, Source] = {}

    def source(self, article: str) -> Source:
        """Return the article, which is read on first use."""
        if article not in self.sources:
            self.sources[article] = Source(article, len(self.sources), self._text_of(article))
        return self.sources[article]

    def window(self, article: str, start: int, end: int, *, around: int = AROUND) -> Window | None:
        """Return the window around a span; None if the article is gone, or has no such place."""
        source = self.source(article)
        if source.text is None or not 0 <= start < end <= len(source.text):
            return None
        first, last = _window_start(source.text, start, around), _window_end(source.text, end, around)
        # One character more on either side tells whether the window begins and ends a paragraph.
        source.spans.append((max(0, first - 1), min(len(source.text), last + 1)))
        return Window(source.number, first, last)

    def holds(self, article: str, start: int, end: int, text: str) -> bool:
        """Return whether the article has this text at this place."""
        source_text = self.source(article).text
        return source_text is not None and source_text[start:end] == text


def _window_start(text: str, start: int, around: int) -> int:
    """Return where the window begins: at the paragraph, or at a word at most `around` characters before the span."""
    first = max(0, start - around)
    paragraph = text.rfind("\n\n", first, start)
    if paragraph >= 0:
        return paragraph + 2
    while 0 < first < start and not text[first - 1].isspace():
        first += 1
    return first


def _window_end(text: str, end: int, around: int) -> int:
    """Return where the window ends: at the paragraph's end, or at a word at most `around` characters after the span."""
    last = min(len(text), end + around)
    paragraph = text.find("\n\n", end, last)
    if paragraph >= 0:
        return paragraph
    while end < last < len(text) and not text[last].isspace():
        last -= 1
    return last
