"""The comments of a Markdown text, and what of it is code, in one walk: its time is in proportion to the text.

Processing instructions (`<?php ... ?>`), declarations and CDATA sections count as comments: no page shows them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from retrieval.articles.structure import Span

_OPENING = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})|(?P<code>`[^`\n]+`)|"
    r"(?P<comment><!--|<\?|<!\[CDATA\[|<![A-Za-z]|\{/\*|(?<![^\s.!?:;,)\]…”\"*_])%%)",
    re.MULTILINE,
)
_OPENS_BLOCK = re.compile(r"(?:\A|[\r\n])[ ]{0,3}\Z")
"""What stands before a comment that is a block: one that is not closed ends with the text (CommonMark 4.6)."""
_INDENTED = re.compile(r"(?:\A|[\r\n])(?: {4}| {0,3}\t)[ \t]*\Z")
"""What stands before a line of indented code, in which no instruction and no declaration begins."""
_LONGEST_INDENT = 100
_FENCE = re.compile(r"^[ \t>]*(?P<run>`{3,}|~{3,})[`~]*[ \t\r]*$", re.MULTILINE)
_BLANK_LINE = r"|(?:\r\n?|\n)[ \t>]*[\r\n]"
_CLOSINGS = {
    "<!--": r"-->", "<?": r"\?>", "<![": r"\]\]>", "<!": r">", "{/*": r"\*/\}", "%%": rf"%%(?!\w){_BLANK_LINE}",
}  # fmt: skip
"""What ends a comment, by how it begins; a blank line ends none, but says that there is none."""
_MARKUP = frozenset({"<?", "<![", "<!"})
"""Beginnings of what a blank line ends unless it is a block."""


def comments_and_code(text: str) -> Iterator[tuple[Span, bool]]:
    """Yield the comments (True) of a Markdown text, and the code (False) in which none begins, in order."""
    fences = {mark: _Fences(text, mark) for mark in "`~" if mark * 3 in text}
    comments = _Comments(text)
    at = 0
    while opening := _OPENING.search(text, at):
        start, at = opening.span()
        if fence := opening["fence"]:
            end = fences[fence[0]].end(text.find("\n", at), len(fence))
            at = at - 1 if end < 0 else end
        elif begin := opening["comment"]:
            end = comments.end(start, begin)
            at = max(at, end)
        else:
            end = at
        if end >= 0:
            yield (start, end), bool(opening["comment"])


class _Comments:
    """The ends of a text's comments."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._closings = {begin: Finder(text, pattern) for begin, pattern in _CLOSINGS.items()}
        self._in_line = {begin: Finder(text, _CLOSINGS[begin] + _BLANK_LINE) for begin in _MARKUP}

    def end(self, start: int, begin: str) -> int:
        """Return where a comment that begins so at a place ends; -1 where there is none."""
        before = self._text[max(0, start - _LONGEST_INDENT) : start]
        is_block = bool(_OPENS_BLOCK.search(before))
        kind = begin if begin in _CLOSINGS else begin[:3] if begin.startswith("<![") else "<!"
        if kind in _MARKUP and _INDENTED.search(before):
            return -1
        finder = self._closings[kind] if is_block or kind not in _MARKUP else self._in_line[kind]
        closing = finder.find(start + 2)  # `<!-->` is one
        if closing is None and is_block and begin.startswith("<"):
            return len(self._text)
        return closing.end() if closing and not closing.group().isspace() else -1


class Finder:
    """Finds what a pattern matches first behind a place; of places in order, no stretch is searched twice."""

    def __init__(self, text: str, pattern: str) -> None:
        self._text, self._pattern = text, re.compile(pattern)
        self._next: re.Match[str] | None = None
        self._from = -1

    def find(self, at: int) -> re.Match[str] | None:
        """Return the first match from a place on."""
        is_known = 0 <= self._from <= at and (self._next is None or self._next.start() >= at)
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
