"""Boxes of text on a page, and its rules -> the rows of its tables, each with its cells.

A table is taken for one only where it is clearly one: its cells stand in columns, no column's text runs on from line to
line, and rules or figures tell it from lists that stand beside each other. All else is read as any text is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from retrieval.articles.pdf_boxes import Box, Passage, Row, Space, rows_of
from retrieval.articles.pdf_cells import Table, is_table
from retrieval.articles.pdf_rules import Rules
from retrieval.articles.pdf_table_lines import Line, cells_in, line_of, middle_of

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


@dataclass(slots=True)
class _Grid:
    """Lines below each other whose cells stand in the same columns."""

    lines: list[Line]
    columns: list[Space]
    first: int
    behind: int
    """The numbers of its first line and of the one behind its last on the page."""

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
        return next((at for at, (_, right) in enumerate(self.columns) if cell.left <= right), 0)


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
            tables += _tables([line_of(row, rules) for row in free], rules)
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


def _tables(lines: Sequence[Line], rules: Rules) -> Iterator[list[Passage]]:
    at = free = 0
    while at < len(lines):
        grid = _grid(lines, at, rules)
        tables = [table for table in _read(grid, rules) if is_table(table)] if grid else []
        if grid and tables:
            wider = _extended(grid, lines, free, rules)
            whole = [table for table in _read(wider, rules) if is_table(table)]
            if sum(len(table.rows) for table in whole) > sum(len(table.rows) for table in tables):
                grid, tables = wider, whole
            free = grid.behind
        yield from (table.passages for table in tables)
        at = grid.behind if grid and tables else at + 1


def _grid(lines: Sequence[Line], first: int, rules: Rules) -> _Grid | None:
    """Return the lines, from the first on, whose cells stand in the same columns.

    In a ruled table, so do those above it that begin the same row, and a cell may stand in several columns.
    """
    if len(lines[first].cells) < 2:
        return None
    grid = _Grid([lines[first]], list(lines[first].spans), first, first + 1)
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


def _add(grid: _Grid, line: Line, rules: Rules, *, at: int, is_spanning: bool = False) -> bool:
    """Add a line to a grid; return whether it fits its columns."""
    columns = _with_cells(grid.columns, line, rules)
    if columns is None and is_spanning and _is_within(grid, line.row) and _has_own_columns(grid, line):
        columns = grid.columns
    if columns is None:
        return False
    _insert(grid, line, at)
    grid.columns = columns
    return True


def _insert(grid: _Grid, line: Line, at: int) -> None:
    grid.lines.insert(at, line)
    grid.first -= not at
    grid.behind += bool(at)


def _extended(grid: _Grid, lines: Sequence[Line], free: int, rules: Rules) -> _Grid:
    """Return a grid with the lines around it, from the first that is free on, that stand in all of its columns."""
    wider = replace(grid, lines=list(grid.lines))
    most = _PADDED * max(above.row.base - below.row.base for above, below in pairwise(grid.lines))
    for line in reversed(lines[free : grid.first]):
        if line.row.base - wider.lines[0].row.base > most or not _align(wider, line, at=0):
            break
    for line in lines[grid.behind :]:
        end = len(wider.lines)
        is_near = 0 < wider.lines[-1].row.base - line.row.base <= most
        if not is_near or not (_align(wider, line, at=end) or _add(wider, line, rules, at=end)):
            break
    return wider


def _align(grid: _Grid, line: Line, *, at: int) -> bool:
    """Add a line to a grid if it can be cut into a cell for each column; return whether it can."""
    cells = cells_in(grid.columns, line)
    if cells is None:
        return False
    spans = [(cell.left, cell.right) for cell in cells]
    grid.columns = [
        (min(left, first), max(right, last)) for (left, right), (first, last) in zip(grid.columns, spans, strict=True)
    ]
    _insert(grid, replace(line, cells=tuple(cells), spans=tuple(spans)), at)
    return True


def _has_own_columns(grid: _Grid, line: Line) -> bool:
    """Return whether no two cells of a line begin in the same column, or behind the last."""
    begun = [grid.column(cell) for cell in line.cells]
    are_ruled = all(span != (cell.left, cell.right) for cell, span in zip(line.cells, line.spans, strict=True))
    return len(begun) == 1 or (are_ruled and all(before < behind for before, behind in pairwise(begun)))


def _is_within(grid: _Grid, row: Row) -> bool:
    return grid.left - row.size < row.left and row.right < grid.right + _APART * row.size


def _with_cells(columns: Sequence[Space], line: Line, rules: Rules) -> list[Space] | None:
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
    return left - right >= _NARROWEST * row.size or (left >= right and rules.parts(right, left, middle_of(row)))


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


def _are_rows(grid: _Grid, bands: Sequence[Sequence[Line]]) -> bool:
    """Return whether rules part each row from the next, not groups of rows: most bands begin once, or stand apart."""
    starts = [sum(_begins_row(grid, line) for line in band) for band in bands]
    inside = [before.row.base - line.row.base for band in bands for before, line in pairwise(band)]
    across = [before[-1].row.base - band[0].row.base for before, band in pairwise(bands)]
    return median(starts) <= 1 or median(across) > _PADDED * median(inside)


def _begins_row(grid: _Grid, line: Line) -> bool:
    return len(line.cells) > 1 and grid.column(line.cells[0]) == 0


def _bands(grid: _Grid, heights: Sequence[float]) -> list[list[Line]]:
    """Return the lines between the rules that run across."""
    bounds = [*heights, float("-inf")]
    bands: list[list[Line]] = [[] for _ in bounds]
    for line in grid.lines:
        bands[next(at for at, bound in enumerate(bounds) if line.row.base > bound)].append(line)
    return [band for band in bands if band]


def _without_text_around(bands: Sequence[Sequence[Line]]) -> list[Sequence[Line]]:
    """Return bands without the text above a table, or below it, that has no cells beside each other."""
    rows = list(bands)
    while rows and len(rows[0][0].cells) < 2 and all(len(line.cells) < 2 for line in rows[0]):
        rows.pop(0)
    while rows and all(len(line.cells) < 2 for line in rows[-1]):
        rows.pop()
    return rows


def _parts(grid: _Grid) -> Iterator[list[Sequence[Line]]]:
    """Cut lines that no rules part into rows; where it is not plain which row a line belongs to, a part ends."""
    begun = [line.row.base for line in grid.lines if _begins_row(grid, line)]
    usual = median([above - below for above, below in pairwise(begun)] or [0.0])
    rows: list[list[Line]] = []
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


def _by_column(grid: _Grid, lines: Sequence[Line]) -> list[Row]:
    """Return the cells of a row, one for each column: without boxes, where it has none there."""
    cells: list[list[Box]] = [[] for _ in grid.columns]
    for line in lines:
        for cell in line.cells:
            cells[grid.column(cell)] += cell.boxes
    return [Row(tuple(cell)) for cell in cells]
