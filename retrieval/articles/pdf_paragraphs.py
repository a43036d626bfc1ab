"""The rows of a column -> its paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from retrieval.articles.pdf_boxes import APART, CLEARLY, LEAST_GUTTER, OTHER_SIZE, Box, Passage, Row, leading_of
from retrieval.articles.sentence_ends import ends_sentence
from retrieval.stand_ins import STRUCK

_PADDING = 0.4  # of the size of the letters
_LEAST_JUSTIFIED = 0.5  # of the rows
_OUTDENT = 4.0  # of the size of the letters: more than the first line of a paragraph is indented
_FAR = 3.0  # of the size of the letters
_ALIGNED = 0.2  # of the size of the letters
_SHORT, _VERY_SHORT = 0.75, 0.6  # of the width of a column
_INDENT = 0.8  # of the size of the letters
_MOST_BETWEEN = 3  # blocks that may interrupt a sentence: a caption, a footnote, a heading of a box
_FIGURE = re.compile(r"\d")
ITEM = re.compile(r"(?:\(?(?:\d{1,3}|[a-z])[.)]|[•·‣◦▪●–*-])\s")


def is_ended(text: str) -> bool:
    """Return whether a line ends a sentence, as far as its words tell: one whose end is struck out may go on."""
    return ends_sentence(text) and not text.endswith(STRUCK)


def goes_on(text: str, following: str) -> bool:
    """Return whether a line goes on in the next within a sentence, as far as their words tell."""
    first = following.lstrip("“‘\"'(")[:1]
    if first.lower() == first.upper():  # a script without capitals, or a figure
        return first.isalpha() and not is_ended(text)
    return first.islower() or text.endswith(("-", "\u00ad"))


def paragraphs(rows: Sequence[Row]) -> Iterator[Passage]:
    """Cut a column into its paragraphs."""
    if not rows:
        return
    leading = leading_of(rows)
    left = min(row.left for row in rows)
    in_table = _in_table(rows)
    paragraph = [rows[0]]
    for at, (before, row) in enumerate(pairwise(rows), start=1):
        width, right = before.right - left, _edge(rows, at - 1)
        is_apart = (
            before.base - row.base > APART * leading
            or abs(before.size - row.size) > OTHER_SIZE * before.size
            or bool(ITEM.match(row.text))
            or before.left - row.left > _OUTDENT * row.size
            or (row.left - before.left > _INDENT * row.size and is_ended(before.text))
            or (width < _SHORT * (right - left) and is_ended(before.text) and has_room(before, row, right))
            or (width < _VERY_SHORT * (right - left) and not goes_on(before.text, row.text))
        )
        if in_table[at - 1] or in_table[at] or is_apart:
            yield Passage(tuple(paragraph), is_paragraph=not in_table[at - 1])
            paragraph = []
        paragraph.append(row)
    yield Passage(tuple(paragraph), is_paragraph=not in_table[-1])


def _edge(rows: Sequence[Row], at: int) -> float:
    """Return how far to the right the lines about a row reach; those beside a picture are shorter than the others."""
    above, below = rows[max(0, at - 2) : at], rows[at + 1 : at + 3]
    return max(rows[at].right, min(max(row.right for row in part) for part in (above, below) if part))


def _in_table(rows: Sequence[Row]) -> list[bool]:
    """Return of each row whether it is one of a table: it has cells far apart, or below those of another row."""
    if _are_justified(rows):
        return [False] * len(rows)
    pairs = [False, *(_are_cells(_cells(before), _cells(row)) for before, row in pairwise(rows)), False]
    far = [
        any(width > _FAR * row.size for _, width in row.spaces) and not _is_stretched(rows, at)
        for at, row in enumerate(rows)
    ]
    return [before or behind or alone for (before, behind), alone in zip(pairwise(pairs), far, strict=True)]


def _is_stretched(rows: Sequence[Row], at: int) -> bool:
    """Return whether a row is a line of a sentence, with few words that are set from edge to edge."""
    row, around = rows[at], rows[max(0, at - 2) : at + 3]
    before, behind = rows[at - 1 : at], rows[at + 1 : at + 2]
    at_edges = (
        max(other.right for other in around) - row.right < _ALIGNED * row.size
        and row.left - min(other.left for other in around) < _ALIGNED * row.size
    )
    goes_through = all(
        goes_on(*pair)
        for pair in [(each.text, row.text) for each in before] + [(row.text, each.text) for each in behind]
    )
    return at_edges and goes_through


def _are_justified(rows: Sequence[Row]) -> bool:
    """Return whether most rows end at the same edge, and not with a figure, as they do in a table of figures."""
    right = max(row.right for row in rows)
    full = [row for row in rows if right - row.right < _ALIGNED * row.size]
    figures = sum(bool(_FIGURE.search(row.text.split()[-1])) for row in full)
    return len(full) >= _LEAST_JUSTIFIED * len(rows) and len(full) > 2 and 2 * figures < len(full)


def _cells(row: Row) -> list[Box]:
    """Return the boxes behind spaces that are clearly wider than those between the words of a justified line."""
    spaces = row.spaces
    is_in_pieces = len(row.text.split()) >= 2 * (len(spaces) + 1)  # the spaces between words part no boxes
    usual = median(width for _, width in spaces) if len(spaces) > 2 and not is_in_pieces else 0.0
    least = LEAST_GUTTER if len(spaces) <= 2 and not is_in_pieces else _PADDING
    return [box for box, width in spaces if width >= max(least * row.size, CLEARLY * usual)]


def _are_cells(boxes: Sequence[Box], others: Sequence[Box]) -> bool:
    """Return whether cells of two rows stand below each other: words, from the left; figures, from the right, too."""
    return any(
        abs(box.left - other.left) < _ALIGNED * box.size
        or (
            abs(box.right - other.right) < _ALIGNED * box.size
            and _FIGURE.search(box.text)
            and _FIGURE.search(other.text)
        )
        for box in boxes
        for other in others
    )


def has_room(before: Row, row: Row, right: float) -> bool:
    """Return whether the first word of a row would have fitted the line before it."""
    text = row.text
    word = (row.right - row.left) * len(text.split(maxsplit=1)[0]) / len(text)
    return right - before.right > word + row.size / 2


def uninterrupted(passages: Sequence[Passage]) -> Iterator[Passage]:
    """Join the parts of a paragraph that goes on in the next column, or behind a caption or a footnote."""
    waiting = list(passages)
    while waiting:
        passage = waiting.pop(0)
        while passage.is_paragraph and (at := _continuation(passage, waiting)) is not None:
            passage = Passage((*passage.rows, *waiting.pop(at).rows), is_paragraph=True)
        yield passage


def _continuation(passage: Passage, following: Sequence[Passage]) -> int | None:
    text = passage.rows[-1].text
    if is_ended(text) or text.endswith((":", "：")):
        return None
    last = passage.rows[-1]
    for at, other in enumerate(following[: _MOST_BETWEEN + 1]):
        row = other.rows[0]
        is_alike = abs(row.size - last.size) <= OTHER_SIZE * last.size
        if other.is_paragraph and is_alike and goes_on(text, row.text):
            return at
        if is_alike and 0 < last.base - row.base <= APART * leading_of(passage.rows):
            return None  # it stands between as a line of the same text does
        last = other.rows[-1]
    return None
