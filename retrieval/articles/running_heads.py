"""The pages of a document -> their lines without running heads: titles and page numbers that every page repeats."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from retrieval.articles.pdf_hyphens import SOFT_END
from retrieval.articles.sentence_ends import HANGS, ends_sentence, word_count

EDGE = 2
"""Lines at the top and at the bottom of a page that may be a running head."""
LEAST_PAGES = 3
"""Pages on which a running head stands; two are enough for the number of a page."""
LEAST_SHARE = 0.3
"""Of the pages that a running head stands on: books have one for even and one for odd pages."""
LEAST_STEPS = 0.8
"""Share of the numbers that count the pages: a page may lack its number."""
_LEAST_SENTENCE = 4  # words
_TOP, _FOOT = 0, 1
_BARE = re.compile(r"\W*0\W*")
_LONGEST = 120
_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"\W*0\W*|.{0,60}\b(?:page|pg?|seite|s|página|pág|pagina|pag|p|стр|sida|side|strona)\b\.? ?0.{0,20}", re.IGNORECASE
)


def without_running_heads(pages: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the pages' texts without their running heads, and the lines that were left out."""
    edges = [_Edges(page.splitlines()) for page in pages]
    counts = Counter(form for page in edges for form in set(page.forms.values()))
    is_numbered = {side: _is_numbered([page.number(side) for page in edges]) for side in (_TOP, _FOOT)}
    texts: list[str] = []
    heads: list[str] = []
    for page, edge in zip(pages, edges, strict=True):
        rows = [row for side in (_TOP, _FOOT) for row in _heads(edge, side, counts, len(pages), is_numbered[side])]
        lines = page.splitlines(keepends=True)
        heads += [lines[row].strip() for row in sorted(set(rows))]
        texts.append("".join(line for row, line in enumerate(lines) if row not in rows).rstrip("\n"))
    return texts, heads


class _Edges:
    """The lines of a page, with the forms of those at its edges: 0 stands for any number."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = [" ".join(line.split()) for line in lines]
        rows = [row for row, line in enumerate(self.lines) if line]
        is_short = sum(lines[row].count(SOFT_END) + 1 for row in rows) <= EDGE
        self.rows = {_TOP: [] if is_short else rows[: EDGE + 1], _FOOT: [] if is_short else rows[: -EDGE - 2 : -1]}
        """By side, the rows from the edge inwards: those that may be heads, and the one behind."""
        self.forms = {
            row: _NUMBER.sub("0", self.lines[row])
            for side in self.rows.values()
            for row in side
            if len(lines[row]) <= _LONGEST
        }

    def number(self, side: int) -> int | None:
        """Return the number that stands alone on the outermost line of a side."""
        line = self.lines[self.rows[side][0]] if self.rows[side] else ""
        match = _NUMBER.search(line)
        return int(match.group()[:9]) if match and _BARE.fullmatch(_NUMBER.sub("0", line)) else None


def _is_numbered(numbers: Sequence[int | None]) -> bool:
    """Return whether at least three pages bear numbers, and these count the pages."""
    numbered = [(page, number) for page, number in enumerate(numbers) if number is not None]
    steps = [behind[1] - before[1] == behind[0] - before[0] for before, behind in pairwise(numbered)]
    return len(numbered) >= LEAST_PAGES and sum(steps) >= LEAST_STEPS * len(steps)


def _heads(edge: _Edges, side: int, counts: Counter[str], pages: int, is_numbered: bool) -> list[int]:
    """Return the rows of the running heads on a side of a page: lines at its very edge, apart from the text."""
    rows = edge.rows[side]
    count = 0
    while count < min(EDGE, len(rows)) and _is_head(edge.forms.get(rows[count], ""), counts, pages):
        count += 1
    if count == len(rows):
        return []
    form = edge.forms.get(rows[count], "")
    if count and counts[form] >= max(LEAST_PAGES, LEAST_SHARE * pages) and any(map(str.isalpha, form)):
        return []  # a paragraph that every page repeats
    while count and not _is_apart(edge.lines[rows[count - 1]], edge.lines[rows[count]], side, is_numbered):
        count -= 1
    return rows[:count]


def _is_apart(head: str, text: str, side: int, is_numbered: bool) -> bool:
    """Return whether no sentence runs through a head and the line of text beside it."""
    before, behind = (head, text) if side == _TOP else (text, head)
    form = _NUMBER.sub("0", head)
    if form == "0" and not is_numbered:
        return ends_sentence(before) if side == _FOOT else not behind[0].islower()
    if _PAGE_NUMBER.fullmatch(form):
        return True
    return not head[0].islower() and not HANGS.search(head) and not HANGS.search(before)


def _is_head(form: str, counts: Counter[str], pages: int) -> bool:
    """Return whether a line of this form, on so many of the pages, is a running head and says nothing."""
    count = counts[form]
    if not form or count < LEAST_SHARE * pages or (ends_sentence(form) and word_count(form) >= _LEAST_SENTENCE):
        return False
    if _PAGE_NUMBER.fullmatch(form):
        return count > 1
    return count >= LEAST_PAGES and any(map(str.isalpha, form))
