"""Boxes of text on a page -> its paragraphs in the order in which they are drawn, where columns are drawn so.

How wide a column is tells where its paragraphs end: a short line ends one, a full line goes on in the next.
"""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from retrieval.articles.pdf_boxes import APART, OTHER_SIZE, SAME_ROW, Box, Passage, Row, rows_of
from retrieval.articles.pdf_paragraphs import ITEM, has_room, is_ended, paragraphs, uninterrupted

_LEAST_ROWS = 3
_NEAR = 6  # rows: those further up may run across the page
_USUAL_LEADING = 1.15  # of the size of the letters


def stacks_of(boxes: Sequence[Box]) -> list[Passage] | None:
    """Return a page's text as it is drawn; None where nothing is drawn higher than what is drawn before it."""
    runs = _runs(_rows(boxes))
    if len(runs) < 2:
        return None
    leading = _page_leading(runs)
    passages = [[passage for stack in _stacks(run, leading) for passage in paragraphs(stack)] for run in runs]
    for (run, before), (next_run, following) in pairwise(zip(runs, passages, strict=True)):
        if min(len(run), len(next_run)) >= _LEAST_ROWS:
            _join(before, following, run)
    return list(uninterrupted([passage for part in passages for passage in part]))


def as_one_column(boxes: Sequence[Box]) -> list[Passage]:
    """Return the text of a page without columns in paragraphs, from its top to its foot."""
    rows = rows_of(boxes)
    return list(
        uninterrupted([passage for stack in _stacks(rows, _page_leading([rows])) for passage in paragraphs(stack)])
    )


def as_drawn(boxes: Sequence[Box], breaks: Sequence[float]) -> list[Passage]:
    """Return the text of a page line by line as it is drawn, parted at places in that order."""
    parts: defaultdict[int, list[Row]] = defaultdict(list)
    for row in _rows(boxes):
        parts[bisect(breaks, min(box.order for box in row.boxes))].append(row)
    return [Passage(tuple(rows), is_paragraph=False) for _, rows in sorted(parts.items())]


def _rows(boxes: Sequence[Box]) -> list[Row]:
    """Return the rows as they are drawn: boxes on about the same line, one behind the other."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.order):
        before = rows[-1][-1] if rows else None
        if before and abs(rows[-1][0].base - box.base) < SAME_ROW * before.size and box.left >= before.left:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [Row(tuple(row)) for row in rows]


def _runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Cut rows where one is drawn above the one before it, or beside it: a column, a cell or a box begins."""
    runs: list[list[Row]] = []
    before: Row | None = None
    for row in rows:
        is_below = before and row.base < before.base - SAME_ROW * min(row.size, before.size) / 2
        if before and is_below and row.left < before.right and before.left < row.right:
            runs[-1].append(row)
        else:
            runs.append([row])
        before = row
    return runs


def _page_leading(runs: Sequence[Sequence[Row]]) -> float:
    steps = [before.base - row.base for run in runs for before, row in pairwise(run)]
    return median(steps) if steps else 0.0


def _stacks(run: Sequence[Row], leading: float) -> Iterator[list[Row]]:
    """Cut rows where white space or the size of the letters sets them apart: those between are of one width."""
    stack = [run[0]]
    for before, row in pairwise(run):
        usual = max(leading, _USUAL_LEADING * row.size)
        if before.base - row.base > APART * usual or abs(before.size - row.size) > OTHER_SIZE * before.size:
            yield stack
            stack = []
        stack.append(row)
    yield stack


def _join(before: list[Passage], following: list[Passage], run: Sequence[Row]) -> None:
    """Join the paragraph that fills the last line of a column with the one that begins the next column."""
    size, row = following[0].rows[0].size, following[0].rows[0]
    same = [at for at, passage in enumerate(before) if _is_of_size(passage.rows[-1], size)]
    if not same or not before[same[-1]].is_paragraph or not following[0].is_paragraph:
        return
    last = before[same[-1]].rows[-1]
    paragraph = before[same[-1]].rows
    near = paragraph if len(paragraph) > 2 else [row for row in run if _is_of_size(row, size)][-_NEAR:]
    right = max(row.right for row in near)
    behind = before[same[-1] + 1 :]  # footnotes are set smaller
    if any(passage.rows[0].size > size for passage in behind) or ITEM.match(row.text):
        return
    if is_ended(last.text) or has_room(last, row, right):
        return
    before[same[-1]] = Passage((*before[same[-1]].rows, *following.pop(0).rows), is_paragraph=True)


def _is_of_size(row: Row, size: float) -> bool:
    return abs(row.size - size) <= OTHER_SIZE * size
