"""The cells of a web page's table row -> their texts by column, with those of cells that span several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

TABLE_TAGS = frozenset({"table", "thead", "tbody", "tfoot"})
"""Elements at the end of which a cell ends that spans several rows."""
MOST_COLUMNS = 100
_LONGEST_REPEATED = 100
_MOST_ROWS = 65_534  # by the HTML standard

Spanning = dict[int, tuple[int, str]]
"""By column, how many more rows a cell spans, and its text."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell, the number of the block with which it begins, and the columns and rows that it spans."""

    first: int
    columns: int
    rows: int

    @staticmethod
    def of(element: HtmlElement, first: int) -> Cell:
        """Read the spans of a `td` or `th`; a span of 0 rows goes on to the end."""
        columns = _number(element.get("colspan"))
        rows = _number(element.get("rowspan"))
        return Cell(first, min(max(1, columns), MOST_COLUMNS), _MOST_ROWS if rows == 0 else min(rows, _MOST_ROWS))


def _number(value: str | None) -> int:
    digits = (value or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 1


def in_columns(cells: Sequence[Cell], texts: Sequence[Sequence[str]], spanning: Spanning) -> list[str]:
    """Return the text of each column of a row, and note in `spanning` what goes on in the rows below."""
    columns: list[str] = []
    is_spread = len(cells) > 1 or bool(spanning)
    below: Spanning = {}

    def from_above() -> None:
        while (column := len(columns)) in spanning:
            rows, text = spanning.pop(column)
            columns.append(text)
            if rows > 1:
                below[column] = (rows - 1, text)

    for cell, parts in zip(cells, texts, strict=True):
        from_above()
        text = " ".join(" ".join(parts).split("\n"))
        for number in range(cell.columns if is_spread else 1):
            if len(columns) >= MOST_COLUMNS:
                break
            if cell.rows > 1:
                below[len(columns)] = (cell.rows - 1, text if len(text) <= _LONGEST_REPEATED else "")
            columns.append(text if not number or len(text) <= _LONGEST_REPEATED else "")
    from_above()
    while spanning and len(columns) < MOST_COLUMNS:
        columns.append("")
        from_above()
    spanning.clear()
    spanning.update(below)
    return columns
