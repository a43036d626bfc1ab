"""Boxes of text on a page, the rows that they stand in, and the passages that are read together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from retrieval.records import Kind

LEAST_GUTTER = 1.0  # of the size of the letters
_LEAST_SPACE = 0.1  # of the size of the letters
CLEARLY = 1.5  # times as wide as the gaps between the words beside it
SAME_ROW = 0.5  # of the size of the letters
APART = 1.45  # of the leading
OTHER_SIZE = 0.08
Space = tuple[float, float]
"""Where a space on a line begins and ends."""


@dataclass(frozen=True, slots=True)
class Box:
    """A piece of text, and where it stands on its page."""

    left: float
    right: float
    base: float
    """Height of its base line above the foot of the page."""
    size: float
    text: str
    order: float = field(default=0, compare=False)
    """How many boxes are drawn before it; between two whole numbers, what stands off the line of the lower one."""
    font: str = field(default="", compare=False)
    """The name of its font on its page."""


@dataclass(frozen=True, slots=True)
class Row:
    """Boxes on one line, from left to right."""

    boxes: tuple[Box, ...]

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.boxes[0].left

    @property
    def right(self) -> float:
        """Where it ends."""
        return max(box.right for box in self.boxes)

    @property
    def base(self) -> float:
        """Its base line."""
        return self.boxes[0].base

    @property
    def size(self) -> float:
        """That of its largest letters."""
        return max(box.size for box in self.boxes)

    @property
    def text(self) -> str:
        """Its text, a space between boxes that do not touch each other."""
        behind_space = {id(box) for box, _ in self.spaces}
        return " ".join("".join(" " * (id(box) in behind_space) + box.text for box in self.boxes).split())

    @property
    def spaces(self) -> list[tuple[Box, float]]:
        """The boxes behind spaces, which may part single letters or words, and how wide these are."""
        widths = ((box, box.left - before.right) for before, box in pairwise(self.boxes))
        return [(box, width) for box, width in widths if width > _LEAST_SPACE * box.size]


@dataclass(frozen=True, slots=True)
class Passage:
    """Rows that are read together: a paragraph of a column, or what stands between columns, line by line.

    Those of a table's row are its cells, of which each may have several lines, or none.
    """

    rows: tuple[Row, ...]
    is_paragraph: bool
    is_cell: bool = False
    """Whether it stands in a cell of a table, or in a framed box."""
    kind: Kind = Kind.PROSE
    """Whether it is the row of a table, or its header."""


def gaps(boxes: Sequence[Box], *, edges: bool = False) -> Iterator[Space]:
    """Yield the spaces between boxes that are wide enough for a gutter, and those beside them."""
    right = float("-inf")
    for box in sorted(boxes, key=lambda box: box.left):
        if box.left - right >= LEAST_GUTTER * box.size and (edges or right > float("-inf")):
            yield right, box.left
        right = max(right, box.right)
    if edges:
        yield right, float("inf")


def leading_of(rows: Sequence[Row]) -> float:
    """Return the usual distance between base lines."""
    steps = [before.base - row.base for before, row in pairwise(rows)]
    return median(steps) if steps else rows[0].size * 1.2


def rows_of(boxes: Sequence[Box]) -> list[Row]:
    """Return the rows in which boxes stand, from the top of the page to its foot."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: (-box.base, box.left)):
        if rows and rows[-1][0].base - box.base < SAME_ROW * min(box.size, rows[-1][0].size):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [Row(tuple(sorted(row, key=lambda box: box.left))) for row in rows]
