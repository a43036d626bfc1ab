"""Lines of text on a page, and its rules -> their cells, if they are rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from retrieval.articles.pdf_boxes import CLEARLY, LEAST_GUTTER, Box, Row, Space
from retrieval.articles.pdf_rules import Rules
from retrieval.articles.sentence_ends import ends_sentence

_ALIGNED = 0.1  # of the size of the letters
_LONGEST = 40  # characters of a cell: a longer one may be a line of text


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, and its cells from left to right."""

    row: Row
    cells: tuple[Row, ...]
    spans: tuple[Space, ...]
    """Where each cell begins and ends: at the rules around it, where they part it from those beside it."""


def line_of(row: Row, rules: Rules) -> Line:
    """Cut a line where white space or a rule parts its cells."""
    cells = _cells(row, rules)
    spans = []
    for cell in cells:
        span = rules.around(cell.left, cell.right, middle_of(row)) if len(cells) > 1 else None
        is_alone = span and not any(span[0] < other.right and other.left < span[1] for other in cells if other != cell)
        spans.append(span if span and is_alone else (cell.left, cell.right))
    return Line(row, cells, tuple(spans))


def middle_of(row: Row) -> float:
    """Return the height at which a rule beside a row stands."""
    return row.base + row.size / 4


def _cells(row: Row, rules: Rules) -> tuple[Row, ...]:
    """Cut a line where a gap is clearly wider than those between its words, or a rule stands in it."""
    widths = [width for _, width in row.spaces]
    is_in_pieces = len(row.text.split()) >= 2 * (len(widths) + 1)
    usual = median(widths) if len(widths) > 3 and not is_in_pieces else 0.0
    least = LEAST_GUTTER * row.size
    if usual < least:
        least = max(least, CLEARLY * usual)
    cells = [[row.boxes[0]]]
    for before, box in pairwise(row.boxes):
        if box.left - before.right >= least or rules.parts(before.right, box.left, middle_of(row)):
            cells.append([])
        cells[-1].append(box)
    return tuple(Row(tuple(cell)) for cell in cells)


def cells_in(columns: Sequence[Space], line: Line) -> Sequence[Row] | None:
    """Return one cell of a line for each column; None where it does not stand in all of them, or may be a sentence.

    White space tells the cells of most lines from each other. Where one is as wide as its column, it ends as near to
    the next as two words stand, and only the columns tell where to cut: those that the other lines have.
    """
    row = line.row
    cells = line.cells if _are_below(columns, line.cells) else _cut(columns, row)
    is_text = ends_sentence(row.text) or any(len(cell.text) > _LONGEST for cell in cells)
    return cells if cells and not is_text else None


def _are_below(columns: Sequence[Space], cells: Sequence[Row]) -> bool:
    starts = [left for left, _ in columns]
    if len(cells) != len(columns):
        return False
    ends = [*starts[1:], float("inf")]
    return all(left <= cell.left and cell.right <= end for left, cell, end in zip(starts, cells, ends, strict=True))


def _cut(columns: Sequence[Space], row: Row) -> list[Row]:
    """Cut a line into one cell for each column; return none where words do not tell where."""
    words = _words(row)
    inside = [[at for at, (left, right) in enumerate(columns) if _overlaps(word, left, right)] for word in words]
    known = [(number, at[0]) for number, at in enumerate(inside) if at]
    if any(len(at) > 1 for at in inside) or [at for _, at in known] != sorted(at for _, at in known):
        return []
    if {at for _, at in known} != set(range(len(columns))):
        return []
    cuts = [_widest_gap(words, first, last) for (first, at), (last, next_at) in pairwise(known) if at != next_at]
    bounds = [0, *cuts, len(words)]
    cells = [
        Row(tuple(box for word in words[first:behind] for box in word.boxes)) for first, behind in pairwise(bounds)
    ]
    are_in_place = all(_is_in_place(*pair, column) for pair, column in zip(pairwise(cells), columns[1:], strict=True))
    return cells if are_in_place else []


def _words(row: Row) -> list[Row]:
    starts = {id(box) for box, _ in row.spaces}
    words: list[list[Box]] = []
    for box in row.boxes:
        if not words or id(box) in starts:
            words.append([])
        words[-1].append(box)
    return [Row(tuple(word)) for word in words]


def _overlaps(word: Row, left: float, right: float) -> bool:
    return word.left < right and left < word.right


def _widest_gap(words: Sequence[Row], first: int, last: int) -> int:
    """Return the number of the word behind the widest gap between two words."""
    return max(range(first + 1, last + 1), key=lambda at: words[at].left - words[at - 1].right)


def _is_in_place(before: Row, cell: Row, column: Space) -> bool:
    """Return whether a cell stands clearly apart from the one before it, or begins, ends or centres with its column."""
    left, right = column
    places = cell.left - left, cell.right - right, (cell.left + cell.right - left - right) / 2
    return cell.left - before.right >= LEAST_GUTTER * cell.size or min(map(abs, places)) < _ALIGNED * cell.size
