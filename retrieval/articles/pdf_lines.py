"""The operations that draw a PDF's page -> the same, in the order in which its lines are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
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
SHOWING = frozenset({b"Tj", b"TJ"})
"""Operations that show text."""
_BREAKING = frozenset({b"Do", b"'", b'"'})
"""Operations that show text which is not moved."""
SAME_LINE = 0.01
_BEFORE = 20
_LEVEL_SLOPE = 0.03


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

    @property
    def size(self) -> float:
        """That of the letters."""
        return number_of(self.font[1]) if self.font is not None and len(self.font) > 1 else 12.0

    def move(self, operator: bytes, operands: Sequence[Any]) -> None:
        """Follow one operation."""
        if operator == b"BT":
            self.matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
        elif operator == b"q":
            self.saved.append((self.page, self.leading, self.font))
        elif operator == b"Q" and self.saved:
            self.page, self.leading, self.font = self.saved.pop()
        elif operator == b"cm" and len(operands) == 6:
            self.page = product([number_of(operand) for operand in operands], self.page)
        elif operator == b"Tf":
            self.font = operands
        elif operator == b"TL" and operands:
            self.leading = number_of(operands[0])
        elif operator == b"Tm" and len(operands) == 6:
            self.matrix = [number_of(operand) for operand in operands]
        elif operator in {b"Td", b"TD"} and len(operands) == 2:
            if operator == b"TD":
                self.leading = -number_of(operands[1])
            self._step(number_of(operands[0]), number_of(operands[1]))
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
            rise = number_of(operands[0])
        output.append([(operands, operator)])
        if operator in SHOWING:
            mark = RAISED if rise > 0 else LOWERED
            output[-1] = [([mark], b"Tj"), (operands, operator), ([LEVEL], b"Tj")] if rise else output[-1]
            piece = _Piece(pen.matrix, pen.page, pen.font, output[-1])
            if line and not _is_beside(line[-1], piece):
                _sort(line)
            line.append(piece)
    _sort(line)
    return [operation for part in output for operation in part]


def _is_beside(piece: _Piece, other: _Piece) -> bool:
    """Return whether two pieces stand on the same line of the page."""
    return abs(product(piece.matrix, piece.page)[5] - product(other.matrix, other.page)[5]) < SAME_LINE


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


def is_upright(matrix: Matrix) -> bool:
    """Return whether text is drawn from left to right, and not upside down."""
    return matrix[0] > 0 and matrix[3] > 0 and abs(matrix[1]) <= _LEVEL_SLOPE * matrix[0]


def is_outside(matrix: Matrix, size: float, box: Sequence[float]) -> bool:
    """Return whether text of a size that begins here stands outside a box: of its left, bottom, right and top."""
    left, bottom, right, top = box
    x, y = matrix[4:]
    size = abs(size * matrix[3])
    return is_upright(matrix) and not (2 * left - right <= x <= right and bottom - size <= y <= top)


def number_of(operand: Any) -> float:
    """Return an operand as a number; 0 where it is none."""
    return float(operand) if isinstance(operand, (int, float)) else 0.0
