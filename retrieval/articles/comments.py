"""The comments of a Markdown text, and what of it is code, in one walk: its time is in proportion to the text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from retrieval.articles.structure import Span

_OPENING = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})|(?P<code>`[^`\n]+`)|(?P<comment><!--|\{/\*|(?<!\S)%%)", re.MULTILINE
)
_OPENS_BLOCK = re.compile(r"(?:\A|\n)[ ]{0,3}\Z")
"""What stands before a comment that is a block: one that is not closed ends with the text (CommonMark 4.6)."""
_FENCE = re.compile(r"^[ \t>]*(?P<run>`{3,}|~{3,})[`~]*[ \t\r]*$", re.MULTILINE)
_CLOSINGS = {"<!--": r"-->", "{/*": r"\*/\}", "%%": r"%%(?!\w)|\n[ \t]*\n"}
"""What ends a comment, by what begins it; a blank line ends none, but says that there is none."""


def comments_and_code(text: str) -> Iterator[tuple[Span, bool]]:
    """Yield the comments (True) of a Markdown text, and the code (False) in which none begins, in order."""
    fences = {mark: _Fences(text, mark) for mark in "`~" if mark * 3 in text}
    closings = {begin: Finder(text, pattern) for begin, pattern in _CLOSINGS.items()}
    at = 0
    while opening := _OPENING.search(text, at):
        start, at = opening.span()
        if fence := opening["fence"]:
            end = fences[fence[0]].end(text.find("\n", at), len(fence))
            at = at - 1 if end < 0 else end
        elif begin := opening["comment"]:
            closing = closings[begin].find(at)
            end = closing.end() if closing and not closing.group().isspace() else -1
            if closing is None and begin == "<!--" and _OPENS_BLOCK.search(text, max(0, start - 4), start):
                end = len(text)
            at = max(at, end)
        else:
            end = at
        if end >= 0:
            yield (start, end), bool(opening["comment"])


class Finder:
    """Finds what a pattern matches first behind a place; of places in order, no stretch is searched twice."""

    def __init__(self, text: str, pattern: str) -> None:
        self._text, self._pattern = text, re.compile(pattern)
        self._next: re.Match[str] | None = None
        self._from = -1

    def find(self, at: int) -> re.Match[str] | None:
        """Return the first match from a place on."""
        is_known = self._from >= 0 and (self._next is None or self._next.start() >= at)
        if not is_known:
            self._from, self._next = at, self._pattern.search(self._text, at)
        return self._next


class _Fences:
    """The lines of a text that may close code between fences of one mark."""

    def __init__(self, text: str, mark: str) -> None:
        lines = [line for line in _FENCE.finditer(text) if line["run"][0] == mark]
        self._starts = [line.start() for line in lines]
        self._ends = [line.end() for line in lines]
        self._lengths = [len(line["run"]) for line in lines]
        self._longest = list(accumulate(reversed(self._lengths), max))[::-1]
        """Of each line, the length of the longest fence from it on."""

    def end(self, at: int, length: int) -> int:
        """Return where code ends whose fence of some length stands on the line that ends at a place; -1 for nowhere.

        Where all fences below are shorter, the longest of them closes it.
        """
        row = bisect_left(self._starts, at) if at >= 0 else len(self._starts)
        if row == len(self._starts):
            return -1
        length = min(length, self._longest[row])
        while self._lengths[row] < length:
            row += 1
        return self._ends[row]
