"""The operations that draw a PDF's page -> the same, in the order in which its lines are read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import atan2, degrees
from typing import Any

from retrieval.articles.typesetting import Setting, typeset, with_fractions

Operation = tuple[Any, bytes]
Matrix = list[float]

RAISED, LOWERED, LEVEL = "\ufdd0", "\ufdd1", "\ufdd2"
"""Noncharacters around text that stands above or below its line."""
_SHIFTED = re.compile("([\ufdd0\ufdd1])([^\ufdd0-\ufdd2]*)\ufdd2?")
_ALIKE = re.compile("([\ufdd0\ufdd1])([^\ufdd0-\ufdd2]*)\ufdd2([^\\S\\n]*)\\1")
_STACKED = re.compile("(\ufdd0[^\ufdd0-\ufdd2]*\ufdd2)\\s*(\ufdd1[^\ufdd0-\ufdd2]*\ufdd2)")
_SPACE_BEFORE_NOTE = re.compile("(?<=[.!?,;:…”’\"'»]) +(?=\ufdd0\\d{1,4}\ufdd2)")
_SHOWING = frozenset({b"Tj", b"TJ"})
_BREAKING = frozenset({b"Do", b"'", b'"'})
"""Operations that show text which is not moved."""
_CURVES = frozenset({b"l", b"c", b"v", b"y"})
_INVISIBLE = 3  # text rendering mode
_FILLS = 0.5  # share of a page that a scan covers
_LEAST_BACK = 0.6  # of the size of the letters: an accent goes back less far than that
_SAME_LINE = 0.01
_BEFORE = 20
_LEAST_STEP = 2.5  # of the size of the letters: a word and a gutter
_LEAST_STEPS = 3
_SMALLER = 0.95
_THIN = 20.0  # before it is scaled
_LEAST_UP = 2.0  # of the size of the letters: more than the figure above a fraction
_LEVEL_SLOPE = 0.03
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
            self._size = _float(operands[1])
        elif operator == b"Ts":
            self.is_disordered |= bool(operands) and _float(operands[0]) != 0
        elif operator == b"Tr":
            self._draws_invisibly |= _is_invisible(operands)
        elif operator in {b"Do", b"INLINE IMAGE"}:
            left, bottom, right, top = self.box
            self.is_scan |= abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) >= _FILLS * (right - left) * (
                top - bottom
            )
            self.may_have_marks |= 0 < abs(matrix[3]) < _THIN
        elif operator in _SHOWING:
            place = product(text_matrix, matrix)
            self._draws_outside |= self.is_outside(place)
            self.angles[angle_of(place)] += _length(operands)
            if self._last and abs(place[5] - self._last[1]) < _SAME_LINE and is_upright(place):
                self.is_disordered |= place[4] < self._last[0] - _LEAST_BACK * abs(self._size * place[0])
            self._last = place[4], place[5]
        if operator == b"TL" and operands:
            self._leading = _float(operands[0])
        elif operator in {*_SHOWING, b"'", b'"'}:
            x, y = text_matrix[4], text_matrix[5] - (0 if operator in _SHOWING else self._leading * text_matrix[3])
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
        width, height = (_float(operand) for operand in operands[-2:])
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
        left, bottom, right, top = self.box
        x, y = matrix[4:]
        size = abs(self._size * matrix[3])
        return is_upright(matrix) and not (2 * left - right <= x <= right and bottom - size <= y <= top)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is shown from one point on; its matrix counts in the space that that of the page draws."""

    matrix: Matrix
    page: Matrix
    font: Any
    shown: list[Operation]


@dataclass(slots=True)
class Pen:
    """Where the next letter will stand, as far as text operations tell."""

    matrix: Matrix = field(default_factory=lambda: [1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    page: Matrix = field(default_factory=lambda: [1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    leading: float = 0.0
    font: Any = None
    saved: list[tuple[Matrix, float, Any]] = field(default_factory=list)

    def move(self, operator: bytes, operands: Sequence[Any]) -> None:
        """Follow one operation."""
        if operator == b"BT":
            self.matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
        elif operator == b"q":
            self.saved.append((self.page, self.leading, self.font))
        elif operator == b"Q" and self.saved:
            self.page, self.leading, self.font = self.saved.pop()
        elif operator == b"cm" and len(operands) == 6:
            self.page = product([_float(operand) for operand in operands], self.page)
        elif operator == b"Tf":
            self.font = operands
        elif operator == b"TL" and operands:
            self.leading = _float(operands[0])
        elif operator == b"Tm" and len(operands) == 6:
            self.matrix = [_float(operand) for operand in operands]
        elif operator in {b"Td", b"TD"} and len(operands) == 2:
            if operator == b"TD":
                self.leading = -_float(operands[1])
            self._step(_float(operands[0]), _float(operands[1]))
        elif operator in {b"T*", b"'", b'"'}:
            self._step(0.0, -self.leading)

    def _step(self, right: float, up: float) -> None:
        a, b, c, d, x, y = self.matrix
        self.matrix = [a, b, c, d, x + right * a + up * c, y + right * b + up * d]


def in_reading_order(operations: Sequence[Operation]) -> list[Operation]:
    """Return operations that draw the pieces of each line from left to right, and mark what stands off its line."""
    output: list[list[Operation]] = []
    pen, line, rise = Pen(), list[_Piece](), 0.0
    for operands, operator in operations:
        pen.move(operator, operands)
        if operator in _BREAKING:
            _sort(line)
        if operator == b"Ts" and operands:
            rise = _float(operands[0])
        output.append([(operands, operator)])
        if operator in _SHOWING:
            mark = RAISED if rise > 0 else LOWERED
            output[-1] = [([mark], b"Tj"), (operands, operator), ([LEVEL], b"Tj")] if rise else output[-1]
            piece = _Piece(pen.matrix, pen.page, pen.font, output[-1])
            if line and not _is_beside(line[-1], piece):
                _sort(line)
            line.append(piece)
    _sort(line)
    return [operation for part in output for operation in part]


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
        if not is_hidden or operator not in {*_SHOWING, b"'", b'"'}:
            output.append((operands, operator))
        elif operator not in _SHOWING:
            output.append(([], b"T*"))
    return output


def _is_invisible(operands: Sequence[Any]) -> bool:
    return bool(operands) and _float(operands[0]) == _INVISIBLE


def _is_beside(piece: _Piece, other: _Piece) -> bool:
    """Return whether two pieces stand on the same line of the page."""
    return abs(product(piece.matrix, piece.page)[5] - product(other.matrix, other.page)[5]) < _SAME_LINE


def product(matrix: Matrix, by: Matrix) -> Matrix:
    """Return the matrix that applies one, then the other."""
    a, b, c, d, x, y = matrix
    p, q, r, s, u, v = by
    return [a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, x * p + y * r + u, x * q + y * s + v]


def _sort(line: list[_Piece]) -> None:
    """Have the first piece's place show all pieces of a line, if they are not in order; begin another line."""
    pieces = sorted(line, key=lambda piece: product(piece.matrix, piece.page)[4])
    if pieces != line and all(
        piece.page == line[0].page and is_upright(product(piece.matrix, piece.page)) for piece in line
    ):
        first = line[0]
        drawn = [operation for piece in pieces for operation in (*_state(piece), *piece.shown)] + _state(first)
        for piece in line:
            piece.shown.clear()
        first.shown.extend(drawn)
    line.clear()


def _state(piece: _Piece) -> list[Operation]:
    font = [(piece.font, b"Tf")] if piece.font is not None else []
    return [*font, (piece.matrix, b"Tm")]


def without_marks(text: str) -> str:
    """Return a text in which raised and lowered figures stand for the marks of what is off its line."""
    if RAISED not in text and LOWERED not in text:
        return text

    while (merged := _ALIKE.sub(r"\1\2\3", text)) != text:
        text = merged
    text = _STACKED.sub(r"\2\1", _SPACE_BEFORE_NOTE.sub("", text))

    def plain(match: re.Match[str]) -> str:
        setting = Setting.RAISED if match[1] == RAISED else Setting.LOWERED
        return typeset(setting, match[2], _typeset_before(text[max(0, match.start() - _BEFORE) : match.start()]))

    return with_fractions(_SHIFTED.sub(plain, text))


def _typeset_before(text: str) -> str:
    """Return what a shifted text stands behind: the letter of an x, also where another shifted text is between."""
    return _SHIFTED.sub("", text) or text


def _length(operands: Any) -> int:
    shown = operands[0] if operands else b""
    return sum(len(part) for part in (shown if isinstance(shown, list) else [shown]) if isinstance(part, (str, bytes)))


def _steps_within(operands: Any) -> bool:
    operand = operands[0] if operands else b""
    if isinstance(operand, list):
        return any(isinstance(part, (int, float)) and part < _WIDE_STEP for part in operand)
    return isinstance(operand, bytes) and b"   " in operand.strip()


def is_upright(matrix: Matrix) -> bool:
    """Return whether text is drawn from left to right, and not upside down."""
    return matrix[0] > 0 and matrix[3] > 0 and abs(matrix[1]) <= _LEVEL_SLOPE * matrix[0]


def angle_of(matrix: Matrix) -> int:
    """Return the angle at which text runs, in degrees; 0 for what slopes as little as a scan does."""
    angle = round(degrees(atan2(matrix[1], matrix[0]))) % 360
    return 0 if min(angle, 360 - angle) <= _LEAST_ANGLE else angle


def _float(operand: Any) -> float:
    return float(operand) if isinstance(operand, (int, float)) else 0.0
