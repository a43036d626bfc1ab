"""Notices what a PDF's page draws that has its text read again: in another order, or without a part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import atan2, degrees
from typing import Any

from retrieval.articles.pdf_lines import (
    SAME_LINE,
    SHOWING,
    Matrix,
    Operation,
    Pen,
    is_outside,
    is_upright,
    number_of,
    product,
)

_CURVES = frozenset({b"l", b"c", b"v", b"y"})
_INVISIBLE = 3  # text rendering mode
_FILLS = 0.5  # share of a page that a scan covers
_LEAST_BACK = 0.6  # of the size of the letters: an accent goes back less far than that
_LEAST_STEP = 2.5  # of the size of the letters: a word and a gutter
_LEAST_STEPS = 3
_SMALLER = 0.95
_THIN = 20.0  # before it is scaled
_LEAST_UP = 2.0  # of the size of the letters: more than the figure above a fraction
_LEAST_ANGLE = 1  # degrees
_WIDE_STEP = -1200
"""In the thousandths of the size of the letters that steps between parts of a text count in."""


@dataclass(slots=True)
class Watch:
    """Notices, while a page is read, whether its text has to be read again: in another order, or without a part."""

    box: tuple[float, ...]
    """Left, bottom, right and top of what is shown of the page."""
    is_disordered: bool = False
    is_scan: bool = False
    """Whether an image fills the page: its text layer is invisible, and the text of the image."""
    _draws_invisibly: bool = False
    _draws_outside: bool = False
    _last: tuple[float, float] | None = None
    _size: float = 12.0
    _steps: int = 0
    _before: tuple[float, float] | None = None
    """Where the last text begins, line ends of the operation that shows it counted in."""
    _leading: float = 0.0
    _place: tuple[float, float] | None = None
    """Where the last text begins on the page."""
    _jumps: int = 0
    may_have_marks: bool = False
    """Whether smaller text stands off the line before it, or lines are drawn, which may strike text out."""
    struck: list[str] = field(default_factory=list)
    angles: Counter[int] = field(default_factory=Counter)
    """How many letters run at each angle, in degrees."""
    _height: float = 0.0
    _largest: float = 0.0

    def __call__(self, operator: bytes, operands: Any, matrix: Matrix, text_matrix: Matrix) -> None:
        """Notice an operation that is about to be drawn."""
        if operator == b"Tf" and len(operands) > 1:
            self._size = number_of(operands[1])
        elif operator == b"Ts":
            self.is_disordered |= bool(operands) and number_of(operands[0]) != 0
        elif operator == b"Tr":
            self._draws_invisibly |= _is_invisible(operands)
        elif operator in {b"Do", b"INLINE IMAGE"}:
            left, bottom, right, top = self.box
            self.is_scan |= abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) >= _FILLS * (right - left) * (
                top - bottom
            )
            self.may_have_marks |= 0 < abs(matrix[3]) < _THIN
        elif operator in SHOWING:
            place = product(text_matrix, matrix)
            self._draws_outside |= self.is_outside(place)
            self.angles[angle_of(place)] += _length(operands)
            if self._last and abs(place[5] - self._last[1]) < SAME_LINE and is_upright(place):
                self.is_disordered |= place[4] < self._last[0] - _LEAST_BACK * abs(self._size * place[0])
            self._last = place[4], place[5]
        if operator == b"TL" and operands:
            self._leading = number_of(operands[0])
        elif operator in {*SHOWING, b"'", b'"'}:
            x, y = text_matrix[4], text_matrix[5] - (0 if operator in SHOWING else self._leading * text_matrix[3])
            self._steps += self._is_step(x, y, abs(self._size * text_matrix[0])) or _steps_within(operands[-1:])
            self._before = x, y
            _, _, _, height, left, base = product(text_matrix, matrix)
            if self._place and left > self._place[0] and base > self._place[1] + _LEAST_UP * abs(self._size * height):
                self._jumps += 1
            size = abs(self._size * height)
            is_level = not self._place or not 0 < abs(base - self._place[1]) < max(size, self._height)
            is_small = size < _SMALLER * self._largest
            self.may_have_marks |= not is_level or (is_small and self._place is not None and base > self._place[1])
            self._place, self._height, self._largest = (left, base), size, max(size, self._largest)
        self.may_have_marks |= operator in _CURVES or (operator == b"re" and self._is_part(operands, matrix))

    def _is_part(self, operands: Any, matrix: Matrix) -> bool:
        """Return whether a rectangle is no ground or clip of the whole page."""
        left, bottom, right, top = self.box
        width, height = (number_of(operand) for operand in operands[-2:])
        area = abs(width * height * (matrix[0] * matrix[3] - matrix[1] * matrix[2]))
        return area < _FILLS * (right - left) * (top - bottom)

    def _is_step(self, x: float, y: float, size: float) -> bool:
        """Return whether text begins further to the right than what is before it, about on its line."""
        if self._before is None:
            return False
        return x > self._before[0] + _LEAST_STEP * size and abs(y - self._before[1]) < size

    @property
    def turns(self) -> list[int]:
        """The angles at which text runs, that of the most first."""
        return [angle for angle, _ in self.angles.most_common()] or [0]

    @property
    def may_have_columns(self) -> bool:
        """Whether what is drawn steps far to the right again and again, as over a gutter, or up to another column."""
        return self._steps >= _LEAST_STEPS or self._jumps > 0

    @property
    def has_hidden(self) -> bool:
        """Whether text is drawn that the page does not show."""
        return self._draws_outside or (self._draws_invisibly and not self.is_scan)

    def is_outside(self, matrix: Matrix) -> bool:
        """Return whether text that begins here stands outside the page."""
        return is_outside(matrix, self._size, self.box)


def without_hidden(operations: Sequence[Operation], watch: Watch) -> list[Operation]:
    """Return operations without those that show text outside the page or, but for a scan, invisibly."""
    output: list[Operation] = []
    pen, is_invisible, saved = Pen(), False, list[bool]()
    for operands, operator in operations:
        pen.move(operator, operands)
        if operator == b"q":
            saved.append(is_invisible)
        elif operator == b"Q" and saved:
            is_invisible = saved.pop()
        elif operator == b"Tr":
            is_invisible = _is_invisible(operands)
        is_hidden = watch.is_outside(product(pen.matrix, pen.page)) or (is_invisible and not watch.is_scan)
        if not is_hidden or operator not in {*SHOWING, b"'", b'"'}:
            output.append((operands, operator))
        elif operator not in SHOWING:
            output.append(([], b"T*"))
    return output


def _is_invisible(operands: Sequence[Any]) -> bool:
    return bool(operands) and number_of(operands[0]) == _INVISIBLE


def _length(operands: Any) -> int:
    shown = operands[0] if operands else b""
    return sum(len(part) for part in (shown if isinstance(shown, list) else [shown]) if isinstance(part, (str, bytes)))


def _steps_within(operands: Any) -> bool:
    operand = operands[0] if operands else b""
    if isinstance(operand, list):
        return any(isinstance(part, (int, float)) and part < _WIDE_STEP for part in operand)
    return isinstance(operand, bytes) and b"   " in operand.strip()


def angle_of(matrix: Matrix) -> int:
    """Return the angle at which text runs, in degrees; 0 for what slopes as little as a scan does."""
    angle = round(degrees(atan2(matrix[1], matrix[0]))) % 360
    return 0 if min(angle, 360 - angle) <= _LEAST_ANGLE else angle
