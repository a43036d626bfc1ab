"""Boxes of text on a page, and its rules -> the rows of its tables, each with its cells.

A table is taken for one only where it is clearly one: its cells stand in columns, no column's text runs on from line to
line, and rules or figures tell it from lists that stand beside each other. All else is read as any text is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from retrieval.articles.pdf_boxes import CLEARLY, LEAST_GUTTER, Box, Passage, Row, Space, rows_of
from retrieval.articles.pdf_cells import Table, is_table
from retrieval.articles.pdf_rules import Rules

_MOST_ROWS = 300
"""On a page; one with more is a drawing."""
_MOST_TESTS = 3_000_000
_NARROWEST = 0.5  # of the size of the letters: between two columns, when all their cells are known
_APART = 3.2  # of the size of the letters: from row to row, where no rule parts them
_FAR = 12.0  # the same, where rules do
_PADDED = 1.3
"""Of the distance between lines: that from row to row, where some have several lines."""
_CLOSE = 0.8
"""Of the distance between rows: a line further up belongs to the row above it."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text, and its cells from left to right."""

    row: Row
    cells: tuple[Row, ...]
    spans: tuple[Space, ...]
    """Where each cell begins and ends: at the rules around it, where they part it from those beside it."""


@dataclass(slots=True)
class _Grid:
    """Lines below each other whose cells stand in the same columns."""

    lines: list[_Line]
    columns: list[Space] = field(default_factory=list)

    @property
    def left(self) -> float:
        """Where the first column begins."""
        return self.columns[0][0]

    @property
    def right(self) -> float:
        """Where the last column ends."""
        return self.columns[-1][1]

    def column(self, cell: Row) -> int:
        """Return the number of the column that a cell stands in."""
        return next((at for at, (left, right) in enumerate(self.columns) if left <= cell.left <= right), 0)


def tables_of(boxes: Sequence[Box], rules: Rules) -> list[list[Passage]]:
    """Return the rows of each table of a page: as they stand on it, or else as they are drawn, column after column."""
    count = len(boxes) * (len(rules.level) + len(rules.upright))
    if not boxes or count > _MOST_TESTS:
        return []
    tables: list[list[Passage]] = []
    for rows in (rows_of(boxes), _drawn_rows(boxes)):
        known = {box for table in tables for passage in table for row in passage.rows for box in row.boxes}
        free = [row for row in rows if not known.intersection(row.boxes)]
        if len(rows) <= _MOST_ROWS:
            tables += _tables([_line(row, rules) for row in free], rules)
    return tables


def _drawn_rows(boxes: Sequence[Box]) -> list[Row]:
    """Return the rows as they are drawn: boxes on the same line, one behind the other."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.order):
        if rows and abs(rows[-1][0].base - box.base) < 1:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [Row(tuple(sorted(row, key=lambda box: box.left))) for row in rows]


def _line(row: Row, rules: Rules) -> _Line:
    cells = _cells(row, rules)
    spans = []
    for cell in cells:
        span = rules.around(cell.left, cell.right, _middle(row)) if len(cells) > 1 else None
        is_alone = span and not any(span[0] < other.right and other.left < span[1] for other in cells if other != cell)
        spans.append(span if span and is_alone else (cell.left, cell.right))
    return _Line(row, cells, tuple(spans))


def _middle(row: Row) -> float:
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
        if box.left - before.right >= least or rules.parts(before.right, box.left, _middle(row)):
            cells.append([])
        cells[-1].append(box)
    return tuple(Row(tuple(cell)) for cell in cells)


def _tables(lines: Sequence[_Line], rules: Rules) -> Iterator[list[Passage]]:
    at = 0
    while at < len(lines):
        grid = _grid(lines, at, rules)
        tables = [table.passages for table in _read(grid, rules) if is_table(table)] if grid else []
        yield from tables
        at += len(grid.lines) if grid and tables else 1


def _grid(lines: Sequence[_Line], first: int, rules: Rules) -> _Grid | None:
    """Return the lines, from the first on, whose cells stand in the same columns.

    In a ruled table, so do those above it that begin the same row, and one cell may stand in all columns.
    """
    if len(lines[first].cells) < 2:
        return None
    grid = _Grid([lines[first]], list(lines[first].spans))
    for line in lines[first + 1 :]:
        before = grid.lines[-1].row
        is_ruled = bool(rules.heights(grid.left, grid.right, line.row.base, before.base))
        if not 0 < before.base - line.row.base <= (_FAR if is_ruled else _APART) * max(before.size, line.row.size):
            break
        if not _add(grid, line, rules, at=len(grid.lines), is_spanning=is_ruled):
            break
    for line in reversed(lines[:first]):
        size = line.row.size
        step = line.row.base - grid.lines[0].row.base
        is_begun = rules.heights(grid.left, grid.right, line.row.base, line.row.base + _APART * size)
        is_parted = rules.heights(grid.left, grid.right, grid.lines[0].row.base, line.row.base)
        if not is_begun or is_parted or not 0 < step < 2 * size or not _add(grid, line, rules, at=0):
            break
    return grid


def _add(grid: _Grid, line: _Line, rules: Rules, *, at: int, is_spanning: bool = False) -> bool:
    """Add a line to a grid; return whether it fits its columns."""
    columns = _with_cells(grid.columns, line, rules)
    if columns is None and is_spanning and len(line.cells) == 1 and _is_within(grid, line.row):
        columns = grid.columns
    if columns is None:
        return False
    grid.lines.insert(at, line)
    grid.columns = columns
    return True


def _is_within(grid: _Grid, row: Row) -> bool:
    return grid.left - row.size < row.left and row.right < grid.right + _APART * row.size


def _with_cells(columns: Sequence[Space], line: _Line, rules: Rules) -> list[Space] | None:
    """Return columns made wide enough for the cells of a line; None where a cell stands in two, or two in one."""
    widened = list(columns)
    taken: set[int] = set()
    for cell, span in zip(line.cells, line.spans, strict=True):
        inside = [at for at, (left, right) in enumerate(columns) if cell.left < right and left < cell.right]
        if len(inside) > 1 or taken.intersection(inside):
            return None
        taken.update(inside)
        for at in inside:
            widened[at] = min(widened[at][0], span[0]), max(widened[at][1], span[1])
        if not inside:
            widened.append(span)
    widened.sort()
    known = set(pairwise(columns))
    return widened if all(pair in known or _are_apart(*pair, line.row, rules) for pair in pairwise(widened)) else None


def _are_apart(before: Space, behind: Space, row: Row, rules: Rules) -> bool:
    """Return whether white space or, on this row, a rule parts two columns."""
    right, left = before[1], behind[0]
    return left - right >= _NARROWEST * row.size or (left >= right and rules.parts(right, left, _middle(row)))


def _read(grid: _Grid, rules: Rules) -> Iterator[Table]:
    """Yield the parts of a grid that may be tables, cut into rows."""
    top, low = grid.lines[0].row, grid.lines[-1].row
    has_upright = rules.stand_between(grid.left, grid.right, low.base, top.base + top.size / 2)
    heights = rules.heights(grid.left, grid.right, low.base, top.base)
    bands = _bands(grid, heights)
    if has_upright or (len(heights) > 1 and _are_rows(grid, bands)):
        parts, is_ruled = [_without_text_around(bands)], True
    else:
        parts, is_ruled = list(_parts(grid)), False
    for rows in parts:
        cells = [_by_column(grid, row) for row in rows]
        yield Table(cells, is_ruled=is_ruled, has_upright=has_upright, has_rule=bool(heights))


def _are_rows(grid: _Grid, bands: Sequence[Sequence[_Line]]) -> bool:
    """Return whether rules part each row from the next, not groups of rows: most bands begin once, or stand apart."""
    starts = [sum(_begins_row(grid, line) for line in band) for band in bands]
    inside = [before.row.base - line.row.base for band in bands for before, line in pairwise(band)]
    across = [before[-1].row.base - band[0].row.base for before, band in pairwise(bands)]
    return median(starts) <= 1 or median(across) > _PADDED * median(inside)


def _begins_row(grid: _Grid, line: _Line) -> bool:
    return len(line.cells) > 1 and grid.column(line.cells[0]) == 0


def _bands(grid: _Grid, heights: Sequence[float]) -> list[list[_Line]]:
    """Return the lines between the rules that run across."""
    bounds = [*heights, float("-inf")]
    bands: list[list[_Line]] = [[] for _ in bounds]
    for line in grid.lines:
        bands[next(at for at, bound in enumerate(bounds) if line.row.base > bound)].append(line)
    return [band for band in bands if band]


def _without_text_around(bands: Sequence[Sequence[_Line]]) -> list[Sequence[_Line]]:
    """Return bands without the text above a table, or below it, that has no cells beside each other."""
    rows = list(bands)
    while rows and len(rows[0][0].cells) < 2 and all(len(line.cells) < 2 for line in rows[0]):
        rows.pop(0)
    while rows and all(len(line.cells) < 2 for line in rows[-1]):
        rows.pop()
    return rows


def _parts(grid: _Grid) -> Iterator[list[Sequence[_Line]]]:
    """Cut lines that no rules part into rows; where it is not plain which row a line belongs to, a part ends."""
    begun = [line.row.base for line in grid.lines if _begins_row(grid, line)]
    usual = median([above - below for above, below in pairwise(begun)] or [0.0])
    rows: list[list[_Line]] = []
    for before, line in pairwise([grid.lines[0], *grid.lines]):
        step = before.row.base - line.row.base
        goes_below = rows and grid.column(line.cells[0]) > 0 and step < _CLOSE * usual
        if goes_below:
            rows[-1].append(line)
        elif len(line.cells) > 1:
            rows.append([line])
        else:
            yield list(rows)
            rows = []
    yield list(rows)


def _by_column(grid: _Grid, lines: Sequence[_Line]) -> list[Row]:
    """Return the cells of a row, one for each column: without boxes, where it has none there."""
    cells: list[list[Box]] = [[] for _ in grid.columns]
    for line in lines:
        for cell in line.cells:
            cells[grid.column(cell)] += cell.boxes
    return [Row(tuple(cell)) for cell in cells]
