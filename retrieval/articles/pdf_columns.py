"""Boxes of text on a page -> the order in which its columns are read, where they are drawn row by row.

Most programs draw columns one after another, and what is drawn so is left as it is. For the others, an XY-cut (Nagy and
Seth, 1984): a page is cut at a gutter that runs down through several lines, then each part again. A table has gutters,
too: it is left in rows, since its cells do not run on from line to line as a column's text does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from retrieval.articles.pdf_boxes import (
    APART,
    CLEARLY,
    LEAST_GUTTER,
    OTHER_SIZE,
    Box,
    Passage,
    Row,
    Space,
    gaps,
    leading_of,
    rows_of,
)
from retrieval.articles.pdf_paragraphs import ITEM, goes_on, is_ended, paragraphs, uninterrupted

_LEAST_ROWS = 3
_LEAST_WORDS = 3  # a line of a column, at the median
_LEAST_LETTERS = 8  # the same, where no spaces part the words
_LEAST_CLEAR = 0.75
"""Share of rows whose gap at the gutter is clearly wider: words of a justified line stand equally far apart."""
_LEAST_RUNNING_ON = 0.25
"""Share of a column's lines that go on in its next line."""
_MOST_CELLS = 0.2
"""Share of rows at which the texts on both sides begin anew together, as the cells of a table do."""
_MOST_UNEVEN = 1.7  # lines on one side for each on the other
_MOST_HOLES = 2
"""In the text of the side with fewer lines: figures, not the ends of many cells."""
_NEARLY_FULL = 0.85
_FAR = 3  # of the leading
_LETTER = re.compile(r"[^\W\d_]")
_MOST_ROWS = 300
"""On a page; one with more is a drawing."""


def passages_of(boxes: Sequence[Box]) -> list[Passage] | None:
    """Return a page's text in reading order; None where it has no columns, or they are drawn one after another."""
    rows = rows_of(boxes)
    passages = list(_cut(rows, in_column=False)) if len(rows) <= _MOST_ROWS else []
    return passages if any(passage.is_paragraph for passage in passages) else None


def _cut(rows: Sequence[Row], *, in_column: bool) -> Iterator[Passage]:
    band = _band(rows)
    if band is None:
        if in_column:
            yield from paragraphs(rows)
        elif rows:
            yield Passage(tuple(rows), is_paragraph=False)
        return
    first, behind, gutter = band
    yield from _cut(rows[:first], in_column=in_column)
    left, right = _sides(rows[first:behind], gutter)
    yield from uninterrupted([*_cut(left, in_column=True), *_cut(right, in_column=True)])
    yield from _cut(rows[behind:], in_column=in_column)


def _band(rows: Sequence[Row]) -> tuple[int, int, float] | None:
    """Return the first and the last row but one of the longest text in two columns, and the middle of its gutter."""
    runs = sorted(_runs(rows), key=lambda run: (run[0] - run[1], run[0], run[2]))
    for first, behind, gutter in runs:
        for start, end in _parts(rows, first, behind, gutter):
            left, right = _sides(rows[start:end], gutter)
            if (
                _alternate(rows[start:end], left, right)
                and _is_in_columns(left, right)
                and _is_clear(rows[start:end], gutter)
            ):
                return start, end, gutter
    return None


def _runs(rows: Sequence[Row]) -> set[tuple[int, int, float]]:
    """Return the runs of rows through which a gutter runs."""
    runs: dict[tuple[int, int], list[tuple[float, float]]] = {}
    spaces = [list(gaps(row.boxes, edges=True)) for row in rows]
    for at, row in enumerate(rows):
        following = rows[at + 1].boxes if at + 1 < len(rows) else ()
        for left, right in (*gaps(row.boxes), *gaps([*row.boxes, *following])):
            is_known = (first <= at < behind and left <= start and end <= right
                        for (first, behind), gutters in runs.items() for start, end in gutters)  # fmt: skip
            if any(is_known):
                continue
            first, left, right = _extended(rows, spaces, at, (left, right), -1)
            last, left, right = _extended(rows, spaces, at, (left, right), 1)
            runs.setdefault((first, last + 1), []).append((left, right))
    return {
        (first, behind, round((left + right) / 2, 1))
        for (first, behind), gutters in runs.items()
        for left, right in gutters
        if behind - first >= _LEAST_ROWS
    }


def _extended(
    rows: Sequence[Row], spaces: Sequence[Sequence[Space]], at: int, gutter: Space, step: int
) -> tuple[int, float, float]:
    """Follow a gutter up or down; return the last row that it runs through, and where it still is."""
    left, right = gutter
    while 0 <= at + step < len(rows):
        overlaps = ((max(left, start), min(right, end)) for start, end in spaces[at + step])
        widest = max(overlaps, key=lambda space: space[1] - space[0], default=(0.0, 0.0))
        if widest[1] - widest[0] < LEAST_GUTTER * rows[at + step].size:
            break
        left, right = widest
        at += step
    return at, left, right


def _parts(rows: Sequence[Row], first: int, behind: int, gutter: float) -> Iterator[tuple[int, int]]:
    """Yield a run of rows, then what is left of it without the parts at its ends that white space sets apart."""
    leading = leading_of(rows[first:behind])
    cuts = [row for row in range(first + 1, behind) if rows[row - 1].base - rows[row].base > APART * leading]
    bounds = [first, *cuts, behind]
    parts = list(pairwise(bounds))
    while len(parts) > 1 and not _belongs(rows, parts[0], parts[1:], gutter):
        parts.pop(0)
    while len(parts) > 1 and not _belongs(rows, parts[-1], parts[:-1], gutter):
        parts.pop()
    whole = parts[0][0], parts[-1][1]
    trimmed = _trimmed(rows, *whole, gutter)
    is_table = max(trimmed[0] - whole[0], whole[1] - trimmed[1]) > 1
    yield from (trimmed, whole) if is_table else (whole, trimmed)
    for part in sorted(parts, key=lambda part: part[0] - part[1]):
        yield part
        yield _trimmed(rows, *part, gutter)


def _trimmed(rows: Sequence[Row], first: int, behind: int, gutter: float) -> tuple[int, int]:
    """Return a run of rows without those at its ends of which neither side goes on: those of a table."""

    def runs_on(row: int) -> bool:
        pairs = zip(_sides(rows[row : row + 1], gutter), _sides(rows[row + 1 : row + 2], gutter), strict=True)
        return any(side and following and goes_on(side[0].text, following[0].text) for side, following in pairs)

    while behind - first > _LEAST_ROWS and not runs_on(first):
        first += 1
    while behind - first > _LEAST_ROWS and not runs_on(behind - 2):
        behind -= 1
    return first, behind


def _belongs(rows: Sequence[Row], part: tuple[int, int], others: Sequence[tuple[int, int]], gutter: float) -> bool:
    """Return whether rows at an end of a run belong to its columns: they are no running head, table or footnote."""
    left, right = _sides(rows[slice(*part)], gutter)
    if _is_in_columns(left, right):
        return True
    if len(left) >= _LEAST_ROWS and len(right) >= _LEAST_ROWS:
        return False
    body = rows[others[0][0] : others[-1][1]]
    away = min(abs(rows[part[0]].base - body[-1].base), abs(rows[part[1] - 1].base - body[0].base))
    if not (left and right) and away > _FAR * leading_of(body):
        return False
    size = median(row.size for row in body)
    starts = [min((row.left for row in side), default=0.0) for side in _sides(body, gutter)]
    aligned = all(
        0 <= row.left - start + size < 4 * size
        for side, start in zip((left, right), starts, strict=True)
        for row in side
    )
    return aligned and all(row.size > (1 - OTHER_SIZE) * size and len(row.text.split()) > 1 for row in (*left, *right))


def _sides(rows: Sequence[Row], gutter: float) -> tuple[list[Row], list[Row]]:
    left = [Row(boxes) for row in rows if (boxes := tuple(box for box in row.boxes if box.left < gutter))]
    right = [Row(boxes) for row in rows if (boxes := tuple(box for box in row.boxes if box.left >= gutter))]
    return left, right


def _alternate(rows: Sequence[Row], left: Sequence[Row], right: Sequence[Row]) -> bool:
    """Return whether rows are drawn across a gutter, not one side after the other."""
    drawn = sorted((box.order, side) for side, each in enumerate((left, right)) for row in each for box in row.boxes)
    switches = sum(before[1] != box[1] for before, box in pairwise(drawn))
    orders = [[box.order for box in row.boxes] for row in rows]
    whole = sum(max(order) - min(order) < 3 * len(order) for order in orders)  # little else is drawn between
    return switches >= min(len(left), len(right)) and whole >= _LEAST_CLEAR * len(rows)


def _is_clear(rows: Sequence[Row], gutter: float) -> bool:
    """Return whether the gaps at a gutter are clearly wider than those between the words beside it."""
    crossing = [row for row in rows if row.left < gutter <= row.boxes[-1].left]
    return sum(_parts_row(row, gutter) for row in crossing) >= _LEAST_CLEAR * len(crossing)


def _parts_row(row: Row, gutter: float) -> bool:
    spaces = row.spaces
    if len(row.text.split()) >= 2 * (len(spaces) + 1):
        return True  # most gaps between its words are too narrow to part boxes
    widths = [width for _, width in spaces]
    at = sum(box.left < gutter for box, _ in spaces)
    return widths.pop(at) >= CLEARLY * median(widths or [0.0])


def _is_in_columns(left: Sequence[Row], right: Sequence[Row]) -> bool:
    """Return whether the texts on both sides of a gutter are columns, not cells of a table."""
    if min(len(left), len(right)) < _LEAST_ROWS:
        return False
    if all(sum(bool(ITEM.match(row.text)) for row in side) >= 0.4 * len(side) for side in (left, right)):
        return True
    if not (_runs_on(left) and _runs_on(right)):
        return False
    low, high = max(left[-1].base, right[-1].base), min(left[0].base, right[0].base)
    counts = [sum(low - 1 <= row.base <= high + 1 for row in side) for side in (left, right)]
    same_size = abs(left[0].size - right[0].size) < OTHER_SIZE * left[0].size
    if same_size and max(counts) > _MOST_UNEVEN * min(counts) and _holes(min(left, right, key=len)) > _MOST_HOLES:
        return False
    begun = [_beginnings(side) for side in (left, right)]
    cells = sum(any(abs(base - other) < 1 for other in begun[1]) for base in begun[0])
    return cells < 2 or cells <= _MOST_CELLS * min(len(left), len(right))


def _holes(rows: Sequence[Row]) -> int:
    steps = [before.base - row.base for before, row in pairwise(rows)]
    return sum(step > APART * min(steps) for step in steps)


def _runs_on(rows: Sequence[Row]) -> bool:
    """Return whether lines are of words that go on from line to line."""
    texts = [row.text for row in rows]
    counts = [len(text.split()) for text in texts]
    letters = [len(_LETTER.findall(text)) / max(count, 1) for text, count in zip(texts, counts, strict=True)]
    if median(counts) < _LEAST_WORDS and median(letters) < _LEAST_LETTERS:
        return False
    running = sum(goes_on(*pair) for pair in pairwise(texts))
    return running >= _LEAST_RUNNING_ON * (len(texts) - 1)


def _beginnings(rows: Sequence[Row]) -> list[float]:
    """Return the base lines of the rows that begin a text anew: the one before ends a sentence, or is short."""
    width = max(row.right for row in rows) - min(row.left for row in rows)
    return [
        row.base
        for before, row in pairwise(rows)
        if not goes_on(before.text, row.text)
        and (
            is_ended(before.text) or (before.right - before.left < _NEARLY_FULL * width and not row.text[:1].isdigit())
        )
    ]
