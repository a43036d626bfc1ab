"""The lines that a PDF's page draws, and the text that they strike out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from retrieval.articles.pdf_annotations import inherited, resolved
from retrieval.articles.pdf_boxes import Box
from retrieval.articles.pdf_lines import Matrix, product

if TYPE_CHECKING:
    from pypdf import PageObject

_THICK = 0.42  # of the size of the letters: a waved line, or a bold one
_LOW, _HIGH = 0.07, 0.68  # above the base line, of the size of the letters
_HIGH_BESIDE = 0.72  # the same, of larger letters beside them
_LARGER = 1.1
_COVERED, _TALLEST = 0.45, 3.0  # of the size of the letters
_STEP = 10.0
"""Height of the strips of a page that its lines are sought by."""
_LEAST = 0.25  # of the size of the letters
_LONGEST_DASH = 8.0  # times as long as it is thick
_WIDEST_GAP = 3.0
_LOOSELY = 0.5
_MIDDLE = 0.48  # of the height of a line of text, where a viewer draws an annotation's strike
_FILLING = frozenset({b"f", b"F", b"f*"})
_STROKING = frozenset({b"S", b"s"})
_PAINTING = _FILLING | _STROKING | {b"B", b"B*", b"b", b"b*"}
_POINTS = {b"l": 1, b"c": 3, b"v": 2, b"y": 2}

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn with little height, from left to right."""

    left: float
    right: float
    low: float
    high: float
    is_frame: bool = False
    """Whether it is a rectangle."""
    order: int = -1
    """How many operations are drawn before it, if it is a rectangle that covers what is below it."""


@dataclass(slots=True)
class Drawing:
    """The lines that have been drawn, and the path that is."""

    clear_states: frozenset[str] = frozenset()
    """Names of the graphics states in which what is below shines through."""
    lines: list[Line] = field(default_factory=list)
    parts: list[list[Point]] = field(default_factory=list)
    width: float = 1.0
    is_clear: bool = False
    """Whether what is below shines through."""
    saved: list[tuple[float, bool]] = field(default_factory=list)

    def follow(self, operator: bytes, operands: Any, page: Matrix, order: int) -> None:
        """Follow an operation in the space of a page, before which so many are drawn."""
        if operator == b"q":
            self.saved.append((self.width, self.is_clear))
        elif operator == b"Q" and self.saved:
            self.width, self.is_clear = self.saved.pop()
        elif operator == b"gs" and operands:
            self.is_clear = operands[0] in self.clear_states
        elif operator == b"w" and operands:
            self.width = float(operands[0])
        elif operator == b"m" and len(operands) == 2:
            self.parts.append([_place(page, *operands)])
        elif operator in _POINTS and self.parts and len(operands) == 2 * _POINTS[operator]:
            points = [_place(page, *operands[at : at + 2]) for at in range(0, len(operands), 2)]
            self.parts[-1] += _curve(self.parts[-1][-1], points, operator)
        elif operator == b"re" and len(operands) == 4:
            x, y, width, height = map(float, operands)
            corners = (x, y), (x + width, y), (x + width, y + height), (x, y + height)
            self.parts.append([_place(page, *corner) for corner in corners])
        elif operator in {b"Do", b"INLINE IMAGE"}:
            self.lines += _bounds([[_place(page, 0, 0), _place(page, 1, 1)]], 0.0)
        elif operator in _PAINTING:
            scale = abs(page[0] * page[3] - page[1] * page[2]) ** 0.5
            covers = operator not in _STROKING and not self.is_clear
            bounds = _bounds(self.parts, 0.0 if operator in _FILLING else self.width * scale)
            self.lines += (replace(line, order=order if covers and line.is_frame else -1) for line in bounds)
        if operator in _PAINTING or operator == b"n":
            self.parts = []


def _place(page: Matrix, x: Any, y: Any) -> Point:
    _, _, _, _, left, base = product([1.0, 0.0, 0.0, 1.0, float(x), float(y)], page)
    return left, base


def _curve(start: Point, points: Sequence[Point], operator: bytes) -> Iterator[Point]:
    """Yield points of a Bézier curve, or the end of a straight line."""
    end = points[-1]
    if operator != b"l":
        first = start if operator == b"v" else points[0]
        second = end if operator == b"y" else points[-2]
        for share in (0.25, 0.5, 0.75):
            weights = (1 - share) ** 3, 3 * share * (1 - share) ** 2, 3 * share**2 * (1 - share), share**3
            shaped = list(zip((start, first, second, end), weights, strict=True))
            yield sum(x * weight for (x, _), weight in shaped), sum(y * weight for (_, y), weight in shaped)
    yield end


def _bounds(parts: Sequence[Sequence[Point]], width: float) -> Iterator[Line]:
    for part in parts:
        xs, ys = [x for x, _ in part], [y for _, y in part]
        is_frame = len(part) in {4, 5} and len({round(x, 1) for x in xs}) == len({round(y, 1) for y in ys}) == 2
        is_level = max(ys) - min(ys) <= max(xs) - min(xs)
        thick, wide = (width / 2, 0.0) if is_level else (0.0, width / 2)
        yield Line(min(xs) - wide, max(xs) + wide, min(ys) - thick, max(ys) + thick, is_frame)


def has_struck_notes(page: PageObject) -> bool:
    """Return whether notes of a page strike text out."""
    return bool(annotated_lines(page, [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]))


def annotated_lines(page: PageObject, turn: Matrix) -> list[Line]:
    """Return the lines by which notes of a page, which is turned, strike text out."""
    lines: list[Line] = []
    for reference in resolved(page.get("/Annots")) or ():
        annotation = resolved(reference)
        if not isinstance(annotation, Mapping) or annotation.get("/Subtype") != "/StrikeOut":
            continue
        points = [float(resolved(number)) for number in resolved(annotation.get("/QuadPoints")) or ()]
        for at in range(0, len(points) - 7, 8):
            corners = [_place(turn, *points[corner : corner + 2]) for corner in range(at, at + 8, 2)]
            xs, ys = [x for x, _ in corners], [y for _, y in corners]
            height = min(ys) + _MIDDLE * (max(ys) - min(ys))
            lines.append(Line(min(xs), max(xs), height, height))
    return lines


def strikes(boxes: Sequence[Box], drawn: Sequence[Line]) -> Iterator[tuple[Box, float, float]]:
    """Yield each box that lines run through, and where the first begins and the last ends."""
    heights: defaultdict[int, list[Line]] = defaultdict(list)
    for line in _joined(drawn):
        heights[int(line.low // _STEP)].append(line)
    bases: defaultdict[int, list[Box]] = defaultdict(list)
    for box in boxes if heights else ():
        bases[round(box.base)].append(box)
    for box in boxes if heights else ():
        size = max(_HIGH * box.size, _HIGH_BESIDE * _size_beside(box, bases[round(box.base)]))
        low, high = box.base + _LOW * box.size, box.base + size
        through = [
            line
            for step in range(int((box.base - _TALLEST * box.size) // _STEP), int(high // _STEP) + 1)
            for line in heights.get(step, ())
            if (
                (low < line.low and line.high < high and line.high - line.low <= _THICK * size / _HIGH)
                or _covers(line, box)
            )
            and min(line.right, box.right) - max(line.left, box.left) > _LEAST * box.size
        ]
        if through:
            left, right = min(line.left for line in through), max(line.right for line in through)
            yield box, max(left, box.left), min(right, box.right)


def _covers(line: Line, box: Box) -> bool:
    """Return whether a rectangle hides a line of text that is drawn before it."""
    is_about = line.low <= box.base + _LOW * box.size and line.high >= box.base + _COVERED * box.size
    return line.order > box.order and is_about and line.high - line.low < _TALLEST * box.size


def clear_states_of(page: PageObject) -> frozenset[str]:
    """Return the names of a page's graphics states in which what is below shines through."""
    resources = inherited(page, "/Resources")
    states = resolved(resources.get("/ExtGState")) if isinstance(resources, Mapping) else None
    named = {name: resolved(state) for name, state in (states or {}).items()}
    return frozenset(
        name
        for name, state in named.items()
        if not isinstance(state, Mapping)
        or state.get("/ca", 1) != 1
        or resolved(state.get("/BM", "/Normal")) not in {"/Normal", "/Compatible"}
        or resolved(state.get("/SMask", "/None")) != "/None"
    )


def _size_beside(box: Box, row: Sequence[Box]) -> float:
    """Return the size of larger letters beside a box on its line, through which the same strike would run; or 0."""
    sizes = [
        other.size
        for other in row
        if other.size > _LARGER * box.size
        and -other.size < max(other.left - box.right, box.left - other.right) < other.size
    ]
    return max(sizes, default=0.0)


def _joined(lines: Sequence[Line]) -> list[Line]:
    """Join the dots and dashes of a line."""
    joined: list[Line] = []
    for line in sorted(set(lines), key=lambda line: (round(line.low, 1), line.left)):
        before = joined[-1] if joined else None
        height = line.high - line.low
        is_dash = line.right - line.left <= _LONGEST_DASH * max(height, _LOOSELY)
        if (
            before
            and is_dash
            and abs(before.low - line.low) < _LOOSELY
            and -_LOOSELY <= line.left - before.right <= _WIDEST_GAP * height + _LOOSELY
        ):
            joined[-1] = Line(
                before.left,
                line.right,
                min(before.low, line.low),
                max(before.high, line.high),
                order=max(before.order, line.order),
            )
        else:
            joined.append(line)
    return joined
