"""Boxes of text on a page, and its rules and frames -> the cells and framed boxes that stand beside other text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from retrieval.articles.pdf_boxes import SAME_ROW, Box, Passage, Row, rows_of
from retrieval.articles.pdf_strikes import Line
from retrieval.records import Kind

_THIN = 3.0  # points: a rule
_LEAST_FRAME = 12.0  # points: its height and width
_SLACK = 2.0  # points
_BORDER = 8.0  # points: between the rows of a table
_LEAST_LINES = 2.0  # of the size of the letters: less high, and it colours words
_INLINE = 0.8  # of the size of the letters: a word beside it goes on
_LONG = 40  # characters of a cell that may be a part of a sentence
_MOST_TESTS = 3_000_000


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a page that rules or a frame set apart."""

    left: float
    right: float
    low: float
    high: float

    def holds(self, box: Box) -> bool:
        """Return whether a box stands within."""
        middle = (box.left + box.right) / 2
        return self.left <= middle <= self.right and self.low <= box.base + box.size / 4 <= self.high


def regions_of(boxes: Sequence[Box], drawn: Iterable[Line]) -> dict[Box, Region]:
    """Return the regions of boxes in cells and frames beside other text; none where all are of a few words."""
    lines = list(set(drawn))
    upright = [line for line in lines if line.right - line.left <= _THIN < line.high - line.low]
    level = [line for line in lines if line.high - line.low <= _THIN < line.right - line.left]
    frames = [
        line for line in lines if min(line.right - line.left, line.high - line.low) >= _LEAST_FRAME and line.is_frame
    ]
    if not (len(upright) > 1 or frames) or len(boxes) * len(lines) > _MOST_TESTS:
        return {}
    ends = min(box.base for box in boxes), max(box.base for box in boxes)
    regions = {box: region for box in boxes if (region := _region(box, upright, level, frames, ends)) is not None}
    cells: defaultdict[Region, list[Box]] = defaultdict(list)
    for box, region in regions.items():
        cells[region].append(box)
    beside = {region for region, inside in cells.items() if _is_beside(region, inside, boxes, regions)}
    has_lines = any(len(rows_of(cells[region])) > 1 or _length(cells[region]) > _LONG for region in beside)
    return {box: region for box, region in regions.items() if region in beside} if has_lines else {}


def _length(boxes: Sequence[Box]) -> int:
    return sum(len(box.text) for box in boxes)


def _region(
    box: Box, upright: Sequence[Line], level: Sequence[Line], frames: Sequence[Line], ends: tuple[float, float]
) -> Region | None:
    """Return the smallest region around a box; one that goes on on another page is open where the text ends."""
    middle, height = (box.left + box.right) / 2, box.base + box.size / 4
    around = [
        Region(frame.left, frame.right, frame.low, frame.high)
        for frame in frames
        if frame.left - _SLACK <= box.left
        and box.right <= frame.right + _SLACK
        and frame.low <= height <= frame.high
        and (frame.high - frame.low >= _LEAST_LINES * box.size)
    ]
    beside = [line for line in upright if line.low - _SLACK <= height <= line.high + _SLACK]
    left = max((line.right for line in beside if line.right <= box.left + _SLACK), default=None)
    right = min((line.left for line in beside if line.left >= box.right - _SLACK), default=None)
    if left is not None and right is not None:
        across = [line for line in level if line.left <= left + 2 * _SLACK and line.right >= right - 2 * _SLACK]
        across += [line for line in level if line.left - _SLACK <= left <= middle <= right <= line.right + _SLACK]
        low = max((line.high for line in across if line.high <= height), default=None)
        high = min((line.low for line in across if line.low >= height), default=None)
        sides = [line for line in beside if line.right == left or line.left == right]
        if low is None and high is not None:
            foot = max(line.low for line in sides)
            low = foot if foot <= ends[0] else None
        elif high is None and low is not None:
            top = min(line.high for line in sides)
            high = top if top >= ends[1] else None
        if low is not None and high is not None:
            around.append(Region(left, right, low, high))
    smallest = min(around, key=lambda region: (region.right - region.left) * (region.high - region.low), default=None)
    return smallest and Region(*(round(side) for side in (smallest.left, smallest.right, smallest.low, smallest.high)))


def _is_beside(region: Region, inside: Sequence[Box], boxes: Sequence[Box], regions: dict[Box, Region]) -> bool:
    """Return whether other text stands beside a region, but none that its lines go on in."""
    outside = [box for box in boxes if region.low <= box.base <= region.high and regions.get(box) != region]
    first, last = min(box.left for box in inside), max(box.right for box in inside)
    is_inline = any(
        abs(box.base - other.base) < SAME_ROW * box.size
        and -box.size < max(other.left - box.right, box.left - other.right) < _INLINE * box.size
        and regions.get(other) is None
        for other in outside
        for box in inside
    )
    return (
        bool(outside)
        and not is_inline
        and all(box.right <= first or box.left >= last or regions.get(box) for box in outside)
    )


def merged(passages: Sequence[Passage], tables: Iterable[Sequence[Passage]]) -> list[Passage]:
    """Return passages with those of tables and framed boxes, each behind what is drawn before it."""
    ordered = list(passages)
    for table in tables:
        order = min(map(order_of, table))
        at = next((at for at, passage in enumerate(ordered) if order_of(passage) > order), len(ordered))
        ordered[at:at] = table
    return ordered


def order_of(passage: Passage) -> float:
    """Return how many boxes are drawn before a passage."""
    rows = passage.rows[:1] if passage.kind is Kind.PROSE else passage.rows  # the first cell of a row may be empty
    return min(box.order for row in rows for box in row.boxes)


def cells_by_table(cells: Mapping[Region, Sequence[Passage]]) -> list[list[Passage]]:
    """Return the passages of each table row by row, those of a row from left to right."""
    tables: list[list[Passage]] = []
    low = left = right = 0.0
    for row in _table_rows(cells):
        first, last = row[0], row[-1]
        if not (tables and abs(low - first.high) < _BORDER and first.left < right and left < last.right):
            tables.append([])
        low, left, right = first.low, first.left, last.right
        tables[-1] += _as_line([cells[region] for region in row])
    return tables


def _table_rows(cells: Mapping[Region, Sequence[Passage]]) -> list[list[Region]]:
    rows: defaultdict[tuple[float, float], list[Region]] = defaultdict(list)
    for region in sorted(cells, key=lambda region: (-region.high, region.left)):
        rows[region.high, region.low].append(region)
    return list(rows.values())


def _as_line(row: Sequence[Sequence[Passage]]) -> list[Passage]:
    """Return the passages of the cells in a row of a table: one, where each cell is of one line."""
    lines = [line for passages in row for passage in passages for line in passage.rows]
    if len(lines) == len(row) and max(line.base for line in lines) - min(line.base for line in lines) < lines[0].size:
        return [Passage((Row(tuple(box for line in lines for box in line.boxes)),), is_paragraph=False, is_cell=True)]
    return [replace(passage, is_cell=True) for passages in row for passage in passages]
