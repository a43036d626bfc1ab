"""Rows of cells on a PDF's page -> whether they are clearly those of a table, and which of them is its header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from retrieval.articles.pdf_boxes import Passage, Row
from retrieval.articles.pdf_paragraphs import ITEM, goes_on
from retrieval.articles.sentence_ends import ends_sentence, holds_sentence
from retrieval.records import Kind

_LEAST_ROWS = 3
_LONGEST_CELL = 200
"""Characters of a cell of a row; a longer one is text, read by itself."""
_LONGEST_LABEL = 40  # characters of a cell that names its row
_MOST_WORDS = 4  # of a figure with what it counts, at the median
_LEAST_FILLED = 0.7
_ALIGNED = 0.4  # of the size of the letters
_LEAST_ALIGNED = 0.8
_LEAST_TEXT = 3  # words
_LEAST_ITEMS = 0.4  # of the cells of each column
_FIGURE = re.compile(r"\d")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_PLACE = re.compile(r"\d{1,4}|[ivxlc]{1,6}")
_LEADER = re.compile(r"(?:[.…_·] ?){4}")
_MARK = re.compile(r"[•·‣◦▪●–*-]|\(?(?:\d{1,3}|[a-z])[.)]|\(\d{1,3}\)")
_WORD = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, one for each column: without boxes, where a row has none there."""

    rows: Sequence[Sequence[Row]]
    is_ruled: bool
    """Whether rules part the rows."""
    has_upright: bool
    """Whether rules part the columns."""
    has_rule: bool
    """Whether a rule runs across."""

    @property
    def columns(self) -> list[list[Row]]:
        """The cells of each column."""
        return [list(column) for column in zip(*self.rows, strict=True)]

    @property
    def passages(self) -> list[Passage]:
        """Its rows, as they are drawn anew."""
        kinds = [Kind.HEADER if has_header(self) else Kind.ROW, *[Kind.ROW] * (len(self.rows) - 1)]
        rows = zip(self.rows, kinds, strict=True)
        return [Passage(tuple(row), is_paragraph=False, kind=kind) for row, kind in rows]


def text_of(cell: Row) -> str:
    """Return the text of a cell, which may have several lines."""
    return " ".join(" ".join(box.text for box in cell.boxes).split())


def is_table(table: Table) -> bool:
    """Return whether rows are clearly those of a table."""
    if len(table.rows) < (2 if table.has_upright else _LEAST_ROWS):
        return False
    columns = [[text_of(cell) for cell in column] for column in table.columns]
    cells = [cell for column in columns for cell in column]
    filled = [cell for cell in cells if cell]
    return (
        len(filled) >= _LEAST_FILLED * len(cells)
        and max(map(len, filled)) <= _LONGEST_CELL
        and not any(map(_LEADER.search, filled))
        and _is_of_texts(columns)
        and (table.is_ruled or (not any(map(_is_text, columns)) and all(map(_is_aligned, table.columns))))
        and (
            table.is_ruled
            or table.has_rule
            or any(map(_is_of_figures, columns[1:]))
            or (len(columns) > 2 and has_own_letters(table))
        )
        and not _is_list(table, columns)
    )


def _is_of_texts(columns: Sequence[Sequence[str]]) -> bool:
    """Return whether two columns have more than the marks of a list or the numbers of lines, and one has words."""
    texts = [[cell for cell in column if cell and not _MARK.fullmatch(cell)] for column in columns]
    return (
        sum(map(bool, texts)) > 1
        and any(2 * sum(bool(_WORD.search(cell)) for cell in column) >= len(column) for column in texts if column)
        and any(all(len(cell) <= _LONGEST_LABEL for cell in column) for column in columns)
    )


def _is_text(column: Sequence[str]) -> bool:
    """Return whether a column has a sentence, or a part of one that goes on in the line below."""
    cells = [cell for cell in column if len(cell.split()) >= _LEAST_TEXT]
    pairs = [pair for pair in pairwise(column) if all(len(cell.split()) >= _LEAST_TEXT for cell in pair)]
    return any(holds_sentence(cell) or ends_sentence(cell) for cell in cells) or any(goes_on(*pair) for pair in pairs)


def _is_aligned(column: Sequence[Row]) -> bool:
    """Return whether the cells of a column begin, or end, or have their middle below each other."""
    cells = [cell for cell in column if cell.boxes]
    lefts = [min(box.left for box in cell.boxes) for cell in cells]
    rights = [cell.right for cell in cells]
    middles = [(left + right) / 2 for left, right in zip(lefts, rights, strict=True)]
    slack = _ALIGNED * median(cell.size for cell in cells)
    return any(
        sum(abs(place - median(places)) < slack for place in places) >= _LEAST_ALIGNED * (len(places) - 1)
        for places in (lefts, rights, middles)
    )


def _is_of_figures(column: Sequence[str]) -> bool:
    """Return whether most cells of a column are figures, perhaps with what they count."""
    texts = [cell for cell in column if cell]
    figures = sum(bool(_FIGURE.search(cell)) for cell in texts)
    return 2 * figures >= len(texts) and median(len(text.split()) for text in texts) <= _MOST_WORDS


def _is_list(table: Table, columns: Sequence[Sequence[str]]) -> bool:
    """Return whether columns are lists beside each other, fields, a table of contents, or lines with their numbers."""
    if all(sum(bool(ITEM.match(cell)) for cell in column) >= _LEAST_ITEMS * len(column) for column in columns):
        return True
    if len(columns) > 2 + all(_MARK.fullmatch(cell) for cell in columns[0]):
        return False
    if 2 * sum(cell.endswith((":", "：")) for cell in columns[0]) >= len(columns[0]):
        return True
    if table.is_ruled or table.has_upright or has_header(table):
        return False
    return _is_counted(columns[-1], least=0) or _is_counted(columns[0], least=1)


def _is_counted(column: Sequence[str], *, least: int) -> bool:
    """Return whether each cell is a number, and none is lower than the one above it, by `least` or more."""
    if not all(map(_PLACE.fullmatch, column)):
        return False
    numbers = [int(cell) for cell in column if cell.isdigit()]
    return all(above + least <= below for above, below in pairwise(numbers))


def has_own_letters(table: Table) -> bool:
    """Return whether the first row is set in other letters than all others."""
    first, *others = ({box.font for cell in row for box in cell.boxes} for row in table.rows)
    return not any(fonts & first for fonts in others)


def has_header(table: Table) -> bool:
    """Return whether the first row names the columns: by other letters, or by words or years above figures."""
    first, body = table.rows[0], table.rows[1:]
    texts = [text_of(cell) for cell in first]
    if sum(map(bool, texts)) < 2 or len(set(texts)) < len(texts):
        return False
    if has_own_letters(table):
        return True
    columns = list(zip(*([text_of(cell) for cell in row] for row in body), strict=True))
    named = [
        text and (not _FIGURE.search(text) or _YEAR.fullmatch(text))
        for text, column in zip(texts, columns, strict=True)
        if _is_of_figures(column)
    ]
    is_first_named = not _FIGURE.search(texts[0])
    return is_first_named and bool(named) and all(named) and not all(map(_YEAR.fullmatch, columns[-1]))
