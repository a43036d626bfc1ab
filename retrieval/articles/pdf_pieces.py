"""The operations that draw a PDF's page -> the same, column by column, each paragraph on its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from math import cos, radians, sin
from typing import TYPE_CHECKING, Any

from retrieval.articles.pdf_annotations import inherited, resolved
from retrieval.articles.pdf_boxes import Box, Passage
from retrieval.articles.pdf_hyphens import SOFT_END, with_whole_words
from retrieval.articles.pdf_lines import LEVEL, LOWERED, RAISED, Matrix, Operation, Pen, is_upright, product
from retrieval.articles.pdf_order import in_reading_order
from retrieval.articles.pdf_strikes import Line
from retrieval.records import Kind

if TYPE_CHECKING:
    from pypdf import PageObject

LINE_END, PARAGRAPH_END = "\ufdd3", "\ufdd5"
"""Noncharacters that a page draws behind its lines."""
CELL = "\ufdd6"
"""A noncharacter before what stands in a cell of a table, or in a framed box."""
ROW, HEADER, CELL_END = "\ufdd7", "\ufdd8", "\ufdd9"
"""Noncharacters before a table's row and its header, and between their cells."""
KINDS = {CELL: Kind.PROSE, ROW: Kind.ROW, HEADER: Kind.HEADER}
"""What stands behind each of the noncharacters that begin a paragraph."""
_WIDE = 1200  # thousandths of the size of the letters: a step that is no space between words
_SPACE = 0.25  # of the size of the letters


@dataclass(slots=True)
class Pencil:
    """The state of the text that is drawn."""

    fonts: Mapping[str, Any]
    turn: InitVar[Matrix | None] = None
    """The matrix by which the page is turned, so that its text runs from left to right."""
    pen: Pen = field(default_factory=Pen)
    ahead: float = 0.0
    """How far what was shown has moved the place of the next letter."""
    spacing: float = 0.0
    word_spacing: float = 0.0
    scale: float = 1.0
    rise: float = 0.0
    mark: str = ""
    """Of what stands off its line."""
    shift: float = 0.0
    """How far above the line it stands, on the page."""

    def __post_init__(self, turn: Matrix | None) -> None:
        if turn is not None:
            self.pen.page = turn

    @property
    def font(self) -> Any:
        """That of the letters; None where it is not known."""
        return self.fonts.get(str(self.pen.font[0])) if self.pen.font is not None else None

    @property
    def size(self) -> float:
        """That of the letters."""
        return self.pen.size

    @property
    def matrix(self) -> Matrix:
        """That of the next letter, on the page."""
        return product(product([1.0, 0.0, 0.0, 1.0, self.ahead, 0.0], self.pen.matrix), self.pen.page)

    def move(self, operator: bytes, operands: Sequence[Any]) -> None:
        """Follow an operation that shows nothing."""
        self.pen.move(operator, operands)
        number = operands[0] if operands and isinstance(operands[0], (int, float)) else 0.0
        if operator in {b"BT", b"Tm", b"Td", b"TD", b"T*"}:
            self.ahead = 0.0
        elif operator == b"Tc":
            self.spacing = float(number)
        elif operator == b"Tw":
            self.word_spacing = float(number)
        elif operator == b"Tz":
            self.scale = float(number) / 100
        elif operator == b"Ts":
            self.rise = float(number)

    def letters(self, shown: Any) -> tuple[str, float]:
        """Return the letters of an operand, and how wide they are."""
        font = self.font
        if isinstance(shown, str) or font is None:
            text = shown if isinstance(shown, str) else shown.decode("latin-1")
            return text, len(text) * self.size / 2 * self.scale
        if isinstance(font.encoding, str):
            codes = text = shown.decode(font.encoding, "replace")
        else:
            codes = shown.decode("latin-1")
            text = "".join(font.encoding.get(code, chr(code)) for code in shown)
        width = sum(font.space_width if code == font.space_char else font.get_text_width(code) for code in codes)
        text = "".join(font.character_map.get(letter, letter) for letter in text)
        spaces = shown.count(b" ") if not isinstance(font.encoding, str) else 0
        apart = len(codes) * self.spacing + spaces * self.word_spacing
        return text, (width / 1000 * self.size + apart) * self.scale


@dataclass(frozen=True, slots=True)
class Piece:
    """What is shown in one place, and the operations that show it there."""

    box: Box
    drawn: tuple[Operation, ...]
    is_shifted: bool = False
    """Whether it stands off its line."""


def in_columns(
    operations: Sequence[Operation],
    page: PageObject,
    turns: Sequence[int] = (0,),
    *,
    lines: Sequence[Line] = (),
    is_forced: bool = False,
) -> list[Operation] | None:
    """Return operations that draw a page's columns one after another; None where it has none, or may have others.

    `turns` are the angles at which its text runs, in degrees: the first is that of the most, and what runs at another
    comes last. `lines` are the rules and frames that it draws. If it `is_forced`, a page without columns is drawn in
    paragraphs.
    """
    fonts = fonts_of(page)
    ordered: list[Operation] = [([], b"BT")]
    count = 0
    for turn in turns:
        pieces = _boxed(operations, Pencil(fonts, turned_by(turn)))
        count += len(pieces)
        passages = in_reading_order(
            list(pieces), lines if turn == turns[0] else (), is_forced=is_forced or turn != turns[0]
        )
        if passages is None:
            return None
        for passage in passages:
            ordered += _drawn_anew(passage, pieces)
    if count < 2 * 3 and not is_forced:
        return None
    return [*ordered, ([], b"ET")]


def _boxed(operations: Sequence[Operation], pencil: Pencil) -> dict[Box, Piece]:
    """Return what is shown and runs from left to right, by its place."""
    pieces: dict[Box, Piece] = {}
    for operands, operator in operations:
        for piece in drawn(pencil, operands, operator):
            if is_upright(piece.drawn[1][0]) and piece.box not in pieces:  # else it is drawn twice, to look bold
                pieces[replace(piece.box, order=len(pieces))] = piece
    return _settled(pieces)


def _settled(pieces: dict[Box, Piece]) -> dict[Box, Piece]:
    """Order what stands off its line behind what it stands beside, wherever it is drawn."""
    ends = {(round(box.base), round(box.right)): box for box in pieces}
    settled: dict[Box, Piece] = {}
    before: Box | None = None
    for box, piece in pieces.items():
        place = box
        if piece.is_shifted and before and not abs(box.left - before.right) < box.size:
            near = (
                ends.get((round(box.base) + up, round(box.left) + right))
                for right in (0, -1, 1, -2, 2)
                for up in (0, -1, 1)
            )
            level = next(filter(None, near), box)
            place = replace(box, order=level.order + 0.5)
        settled[place] = piece
        before = box
    return settled


def _drawn_anew(passage: Passage, pieces: Mapping[Box, Piece]) -> Iterator[Operation]:
    is_row = passage.kind is not Kind.PROSE
    if passage.is_cell or is_row:
        yield [next(mark for mark, kind in KINDS.items() if kind is passage.kind)], b"Tj"
    line_end = CELL_END if is_row else LINE_END if passage.is_paragraph else "\n"
    for number, row in enumerate(passage.rows, start=1):
        yield from (operation for box in row.boxes for operation in pieces[box].drawn)
        yield [PARAGRAPH_END if number == len(passage.rows) else line_end], b"Tj"


def turned_by(angle: int) -> Matrix:
    """Return the matrix that turns text which runs at an angle, in degrees, so that it runs from left to right."""
    cosine, sine = (round(each(radians(angle)), 9) for each in (cos, sin))
    return [cosine, -sine, sine, cosine, 0.0, 0.0]


def drawn(pencil: Pencil, operands: Any, operator: bytes) -> Iterator[Piece]:
    """Yield what an operation shows, and follow it with the pencil."""
    if operator == b"Tj" and operands and operands[0] in {RAISED, LOWERED, LEVEL}:
        pencil.mark = "" if operands[0] == LEVEL else operands[0]
        pencil.shift = float(operands[1]) if len(operands) > 1 else 0.0
        return
    if operator == b"INLINE IMAGE":  # its operands are those of the image
        return
    if operator in {b"'", b'"'}:
        pencil.move(b"T*", [])
        operands, operator = operands[-1:], b"Tj"
    if operator == b"Tj" and operands and isinstance(operands[0], (str, bytes)):
        yield from _pieces(pencil, list(_at_spaces(operands[0])))
    elif operator == b"TJ" and operands and isinstance(operands[0], list):
        yield from _pieces(pencil, operands[0])
    else:
        pencil.move(operator, operands)


def _at_spaces(shown: Any) -> Iterator[Any]:
    """Cut a text at runs of spaces, which may part columns that are drawn in one."""
    if not isinstance(shown, bytes) or b"   " not in shown:
        yield shown
        return
    yield from (part for part in re.split(rb"( {3,})", shown) if part)


def _pieces(pencil: Pencil, parts: Sequence[Any]) -> Iterator[Piece]:
    """Yield what an operation shows, cut where it steps further than from word to word."""
    group: list[Any] = []
    for part in parts:
        if isinstance(part, (int, float)):
            if part < -_WIDE:
                yield from _piece(pencil, group)
                group = []
                pencil.ahead -= float(part) / 1000 * pencil.size * pencil.scale
            else:
                group.append(part)
        elif isinstance(part, (str, bytes)):
            if group and not part.strip() and len(part) > 2:
                yield from _piece(pencil, group)
                group = []
                pencil.ahead += pencil.letters(part)[1]
            else:
                group.append(part)
    yield from _piece(pencil, group)


def _piece(pencil: Pencil, group: Sequence[Any]) -> Iterator[Piece]:
    from pypdf.generic import ArrayObject

    matrix, text, width = product(pencil.matrix, [1.0, 0.0, 0.0, 1.0, 0.0, -pencil.shift]), "", 0.0
    for part in group:
        if isinstance(part, (int, float)):
            width -= float(part) / 1000 * pencil.size * pencil.scale
        else:
            letters, wide = pencil.letters(part)
            text, width = text + letters, width + wide
    pencil.ahead += width
    if not text.strip():
        return
    scale = abs(matrix[0]) or 1.0
    width -= (len(text) - len(text.rstrip())) * _SPACE * pencil.size * pencil.scale
    font = pencil.pen.font if pencil.pen.font is not None else ["", 12]
    size = pencil.size * abs(matrix[3] or 1.0)
    box = Box(matrix[4], matrix[4] + width * scale, matrix[5], size, text, font=str(font[0]))
    shown: list[Operation] = [([ArrayObject(group)], b"TJ")]
    mark = pencil.mark or (RAISED if pencil.rise > 0 else LOWERED if pencil.rise < 0 else "")
    if mark:
        shown = [([mark], b"Tj"), *shown, ([LEVEL], b"Tj")]
    yield Piece(box, ((font, b"Tf"), (matrix, b"Tm"), ([pencil.spacing], b"Tc"), *shown), is_shifted=bool(mark))


def fonts_of(page: PageObject) -> dict[str, Any]:
    """Return a page's fonts by their names."""
    from pypdf.generic import DictionaryObject
    from pypdf.generic._font import Font  # it names no public one; pypdf's own text extraction uses it

    resources = inherited(page, "/Resources")
    named = resolved(resources.get("/Font")) if isinstance(resources, Mapping) else None
    fonts = {name: resolved(font) for name, font in (named or {}).items()}
    return {name: Font.from_font_resource(font) for name, font in fonts.items() if isinstance(font, DictionaryObject)}


def set_anew(text: str) -> str:
    """Return the text that `in_columns` has drawn, a paragraph on a line, its line ends marked."""
    paragraphs: list[str] = []
    for marked in text.split(PARAGRAPH_END):
        mark = next((mark for mark in KINDS if mark in marked), "")
        bare = marked.replace(mark, "")
        lines = bare.replace("\n", " ").split(LINE_END)
        if mark in {ROW, HEADER}:
            paragraph = _row(bare)
        elif len(lines) > 1:
            paragraph = SOFT_END.join(" ".join(line.split(" ")).strip() for line in lines)
        else:
            paragraph = bare.strip()
        if paragraph.strip():
            paragraphs.append(mark + paragraph)
    return "\n\n".join(paragraphs)


def _row(text: str) -> str:
    """Return a row of a table on one line, a bar between its cells, as rows of all formats are written."""
    cells = (with_whole_words(cell.strip()) for cell in text.split(CELL_END))
    return " | ".join(" ".join(cell.split()) for cell in cells).strip(" |")
