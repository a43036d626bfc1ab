"""Boxes of text on a page -> its passages in the order in which they are read: tables, framed boxes, columns."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.articles.pdf_boxes import Box, Passage
from retrieval.articles.pdf_columns import passages_of
from retrieval.articles.pdf_regions import Region, cells_by_table, merged, order_of, regions_of
from retrieval.articles.pdf_rules import Rules
from retrieval.articles.pdf_stacks import as_drawn, as_one_column, stacks_of
from retrieval.articles.pdf_strikes import Line
from retrieval.articles.pdf_tables import tables_of


def in_reading_order(boxes: Sequence[Box], lines: Sequence[Line], *, is_forced: bool) -> Sequence[Passage] | None:
    """Return a page's text in the order in which it is read; None where that is the order in which it is drawn.

    `lines` are the rules and frames that it draws. If it `is_forced`, text without columns is cut into paragraphs.
    """
    tables = tables_of(boxes, Rules.of(lines))
    in_tables = {box for table in tables for row in table for cell in row.rows for box in cell.boxes}
    text = [box for box in boxes if box not in in_tables]
    regions = regions_of(text, lines) if text else {}
    main = [box for box in text if box not in regions]
    passages = (passages_of(main) or stacks_of(main)) if main else []
    if passages is None and is_forced:
        passages = as_one_column(main)
    elif passages is None and tables:
        passages = as_drawn(main, sorted(order_of(row) for table in tables for row in table))
    if passages is None or not (regions or tables):
        return passages
    cells: dict[Region, list[Box]] = {}
    for box, region in regions.items():
        cells.setdefault(region, []).append(box)
    framed = cells_by_table({region: as_one_column(inside) for region, inside in cells.items()})
    return merged(passages, [*tables, *framed])
