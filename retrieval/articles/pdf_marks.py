"""The operations that draw a PDF's page -> the same, with marks around raised text and in place of struck text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from retrieval.articles.inline_text import STRUCK
from retrieval.articles.pdf_boxes import Box
from retrieval.articles.pdf_lines import LEVEL, LOWERED, RAISED, Operation, product
from retrieval.articles.pdf_pieces import Pencil, drawn, fonts_of

if TYPE_CHECKING:
    from pypdf import PageObject

_SMALLER = 0.9  # of the size of the letters beside it
_LEAST_SIZE = 0.45
_RAISE = 0.15, 0.6  # of the size of the letters beside it
_LOWERING = 0.06, 0.45
_BESIDE = 0.4
_LONGEST = 12
_THIN = 0.15  # of the size of the letters
_STRIKE = 0.12, 0.5  # above the base line, of the size of the letters
_PAINTING = frozenset({b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s"})


@dataclass(frozen=True, slots=True)
class _Line:
    left: float
    right: float
    low: float
    high: float


@dataclass(slots=True)
class _Page:
    """What has been drawn."""

    operations: list[list[Operation]] = field(default_factory=list)
    boxes: list[tuple[int, Box]] = field(default_factory=list)
    """What is shown, with the numbers of the operations that show it."""
    lines: list[_Line] = field(default_factory=list)
    points: list[tuple[float, float]] = field(default_factory=list)


def marked(operations: Sequence[Operation], page: PageObject) -> tuple[list[Operation], list[str]] | None:
    """Return operations with marks, and the struck texts; None where no text is raised, lowered or struck."""
    drawing, pencil = _Page(), Pencil(fonts_of(page))
    for operands, operator in operations:
        if operator in {b"'", b'"'}:
            _draw(drawing, pencil, [], b"T*")
            operands, operator = operands[-1:], b"Tj"
        _draw(drawing, pencil, operands, operator)
    shifts, struck = list(_shifts(drawing.boxes)), list(_struck(drawing))
    for number, mark in shifts:
        drawing.operations[number] = [([mark], b"Tj"), *drawing.operations[number], ([LEVEL], b"Tj")]
    for number, _ in struck:
        drawing.operations[number] = [([STRUCK], b"Tj")]
    texts = [text.strip() for _, text in struck if text.strip()]
    return ([operation for part in drawing.operations for operation in part], texts) if shifts or struck else None


def _draw(drawing: _Page, pencil: Pencil, operands: Any, operator: bytes) -> None:
    pieces = list(drawn(pencil, operands, operator))
    if pieces:
        first, last = pieces[0].box, pieces[-1].box
        text = " ".join(piece.box.text for piece in pieces)
        drawing.boxes.append((len(drawing.operations), Box(first.left, last.right, first.base, first.size, text)))
    drawing.operations.append([(operands, operator)])
    if operator in {b"m", b"l"} and len(operands) == 2:
        drawing.points.append(_place(pencil, *operands))
    elif operator == b"re" and len(operands) == 4:
        x, y, width, height = map(float, operands)
        drawing.points += [_place(pencil, x, y), _place(pencil, x + width, y + height)]
    elif operator in _PAINTING and drawing.points:
        drawing.lines += _lines(drawing.points)
    if operator in _PAINTING or operator == b"n":
        drawing.points = []


def _place(pencil: Pencil, x: Any, y: Any) -> tuple[float, float]:
    return product([1.0, 0.0, 0.0, 1.0, float(x), float(y)], pencil.pen.page)[4], product(
        [1.0, 0.0, 0.0, 1.0, float(x), float(y)], pencil.pen.page
    )[5]


def _lines(points: Sequence[tuple[float, float]]) -> Iterator[_Line]:
    """Yield what a path draws, each two of its points a part of it if they are all but level."""
    pairs = [points[at : at + 2] for at in range(0, len(points), 2)] if len(points) % 2 == 0 else [points]
    level = all(abs(pair[0][1] - pair[-1][1]) < 3 for pair in pairs)
    for part in pairs if level else [points]:
        xs, ys = [x for x, _ in part], [y for _, y in part]
        yield _Line(min(xs), max(xs), min(ys), max(ys))


def _shifts(boxes: Sequence[tuple[int, Box]]) -> Iterator[tuple[int, str]]:
    """Yield what stands above or below the line of the larger text just before it."""
    level, right = None, 0.0
    for number, box in boxes:
        mark = _mark(level, right, box) if level else ""
        if mark:
            yield number, mark
        elif box.text.strip():
            level = box
        right = box.right


def _mark(level: Box, right: float, box: Box) -> str:
    up = (box.base - level.base) / level.size
    is_beside = -_BESIDE * level.size < box.left - right < _BESIDE * level.size
    is_small = _LEAST_SIZE * level.size <= box.size <= _SMALLER * level.size
    if not (is_beside and is_small) or len(box.text.strip()) > _LONGEST:
        return ""
    if _RAISE[0] <= up <= _RAISE[1]:
        return RAISED
    return LOWERED if _LOWERING[0] <= -up <= _LOWERING[1] else ""


def _struck(drawing: _Page) -> Iterator[tuple[int, str]]:
    """Yield what a thin line runs through."""
    if not drawing.lines:
        return
    for number, box in drawing.boxes:
        low, high = (box.base + share * box.size for share in _STRIKE)
        if any(
            low < line.low
            and line.high < high
            and line.high - line.low <= _THIN * box.size
            and min(line.right, box.right) - max(line.left, box.left) > box.size / 4
            for line in drawing.lines
        ):
            yield number, box.text
