"""The operations that draw a PDF's page -> the same, with marks around raised text and in place of struck text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from retrieval.articles.pdf_boxes import Box
from retrieval.articles.pdf_lines import LEVEL, Operation
from retrieval.articles.pdf_pieces import Pencil, drawn, fonts_of, turned_by
from retrieval.articles.pdf_regions import regions_of
from retrieval.articles.pdf_shifts import behind_spaces, shifts
from retrieval.articles.pdf_strikes import Drawing, Line, annotated_lines, clear_states_of, strikes
from retrieval.stand_ins import STRUCK

if TYPE_CHECKING:
    from pypdf import PageObject

_SHOWING = frozenset({b"Tj", b"TJ"})
_SPACE = 0.15  # of the size of the letters
_NEAR = 1.0  # of the size of the letters
_CLOSE = 12
"""Operations between two parts of what is struck: they move the pen, or draw the strike."""
_WORD_STEP = -180.0
_LEAST_STRUCK = 0.4  # of the width of a letter
_BACK = 500.0
"""Thousandths of the size of the letters: over a sign that the page does not draw."""
_STRIKES = re.compile(rf"{re.escape(STRUCK)}(?:[\s\ufdd4]*{re.escape(STRUCK)})+")


@dataclass(frozen=True, slots=True)
class Marked:
    """A page's operations with marks."""

    operations: list[Operation]
    struck: tuple[str, ...]
    """The texts that are struck out."""
    is_ordered: bool
    """Whether each raised or lowered text is drawn just behind what it stands beside."""
    lines: tuple[Line, ...] = ()
    """What is drawn: rules, frames and strikes."""
    has_regions: bool = False
    """Whether rules or frames part text from text beside it."""
    has_marks: bool = False
    """Whether text is raised, lowered, struck or framed."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What one operation shows, and the pencil before it."""

    number: int
    pencil: Pencil
    operands: Any


def marked(operations: Sequence[Operation], page: PageObject, turn: int = 0) -> Marked:
    """Return operations with marks around text that is raised or lowered, and in place of what is struck."""
    output: list[list[Operation]] = []
    texts: dict[Box, _Shown] = {}
    drawing = _draw(operations, Pencil(fonts_of(page), turned_by(turn)), output, texts, clear_states_of(page))
    shifted = list(shifts(list(texts)))
    for box in behind_spaces(list(texts), shifted):
        _show(output[texts[box].number], texts[box], " ")
    for each in shifted:
        drawn_by = output[texts[each.box].number]
        _show(drawn_by, texts[each.box], each.prefix)
        drawn_by[:] = [([each.mark, each.up], b"Tj"), *drawn_by, ([LEVEL], b"Tj")]
    struck: list[tuple[Box, str]] = []
    lines = [*drawing.lines, *annotated_lines(page, turned_by(turn))]
    for box, left, right in strikes(list(texts), lines):
        operation, text = _without(texts[box], left, right)
        _replace(output[texts[box].number], texts[box], operation)
        struck.append((box, text))
    has_regions = bool(regions_of(list(texts), drawing.lines))
    return Marked(
        [operation for part in output for operation in part],
        tuple(_texts(struck)),
        is_ordered=_are_ordered(list(texts), {each.box for each in shifted}),
        lines=tuple(drawing.lines),
        has_regions=has_regions,
        has_marks=bool(shifted or struck or has_regions),
    )


def _show(operations: list[Operation], source: _Shown, prefix: str) -> None:
    """Have operations show something before what one of them shows, without a width of its own."""
    if prefix:
        _replace(operations, source, ([_array(prefix, _BACK, *_parts(source.operands))], b"TJ"))


def _replace(operations: list[Operation], source: _Shown, other: Operation) -> None:
    operations[:] = [other if each[0] is source.operands else each for each in operations]


def _parts(operands: Any) -> list[Any]:
    """Return the texts that an operation shows, and the steps between them."""
    return list(operands[0]) if isinstance(operands[0], list) else [operands[0]]


def without_repeats(text: str) -> str:
    """Return a text with one mark for a strike over several words or lines."""
    return _STRIKES.sub(STRUCK, text)


def _draw(
    operations: Sequence[Operation],
    pencil: Pencil,
    output: list[list[Operation]],
    texts: dict[Box, _Shown],
    clear_states: frozenset[str],
) -> Drawing:
    """Follow operations, gather what they show, and return the lines that they draw."""
    drawing = Drawing(clear_states)
    for operands, operator in operations:
        if operator in {b"'", b'"'}:
            pencil.move(b"T*", [])
            output.append([([], b"T*")])
            operands, operator = operands[-1:], b"Tj"
        before = replace(pencil, pen=replace(pencil.pen, saved=[])) if operator in _SHOWING else pencil
        boxes = [piece.box for piece in drawn(pencil, operands, operator)]
        if boxes:
            first, text = boxes[0], " ".join(box.text for box in boxes)
            whole = Box(first.left, boxes[-1].right, first.base, first.size, text, len(output))
            texts[whole] = _Shown(len(output), before, operands)
        output.append([(operands, operator)])
        drawing.follow(operator, operands, pencil.pen.page, len(output))
    return drawing


def _are_ordered(boxes: Sequence[Box], shifted: set[Box]) -> bool:
    """Return whether each of the shifted boxes is drawn behind a box that ends where it begins, or so nearly."""
    return all(
        abs(box.left - before.right) < _NEAR * before.size and abs(box.base - before.base) < before.size
        for before, box in pairwise(boxes)
        if box in shifted
    )


def _texts(struck: Sequence[tuple[Box, str]]) -> Iterator[str]:
    """Yield struck texts, the parts of one as one."""
    whole, last = "", None
    for box, text in struck:
        is_next = last is not None and box.order - last.order <= _CLOSE
        if last is not None and not is_next:
            yield whole
        is_apart = last is not None and (box.left - last.right > _SPACE * box.size or box.right < last.right)
        whole = whole + (" " if is_apart else "") + text if is_next else text
        last = box
    yield whole


def _without(source: _Shown, left: float, right: float) -> tuple[Operation, str]:
    """Return an operation that shows a mark in place of what is struck between two places, and this text."""
    pencil = source.pencil
    scale = abs(pencil.matrix[0]) or 1.0
    unit = pencil.size * pencil.scale / 1000 or 1.0
    parts = list(_letters(pencil, _parts(source.operands)))
    places = [pencil.matrix[4]]
    for part in parts:
        wide = -float(part) * unit if isinstance(part, (int, float)) else pencil.letters(part)[1]
        places.append(places[-1] + wide * scale)
    through = [
        at
        for at, (part, begin, end) in enumerate(zip(parts, places, places[1:], strict=False))
        if isinstance(part, (str, bytes)) and min(end, right) - max(begin, left) > _LEAST_STRUCK * (end - begin)
    ]
    start, end = (through[0], through[-1] + 1) if through else (0, len(parts))
    text = "".join(_text(pencil, part) for part in parts[start:end])
    mark = text[: len(text) - len(text.lstrip())] + STRUCK + text[len(text.rstrip()) :]
    back = pencil.letters(mark)[1] - (places[end] - places[start]) / scale
    return ([_array(*parts[:start], mark, back / unit, *parts[end:])], b"TJ"), text


def _letters(pencil: Pencil, parts: Sequence[Any]) -> Iterator[Any]:
    """Yield each letter of what is shown, and the steps between letters."""
    for part in parts:
        if not isinstance(part, (str, bytes)) or isinstance(part, str):
            yield part
            continue
        font = pencil.font
        codes = part.decode(font.encoding, "replace") if font is not None and isinstance(font.encoding, str) else ""
        if codes and len(codes) <= len(part) // 2 and "\ufffd" not in codes:
            yield from (code.encode(font.encoding) for code in codes)
        else:
            yield from (part[at : at + 1] for at in range(len(part)))


def _text(pencil: Pencil, part: Any) -> str:
    if isinstance(part, (int, float)):
        return " " if part < _WORD_STEP else ""
    return pencil.letters(part)[0]


def _array(*parts: Any) -> Any:
    """Return an operand that shows texts, and steps between them; bytes one behind the other are one text."""
    from pypdf.generic import ArrayObject, FloatObject

    array = ArrayObject()
    for part in parts:
        if isinstance(part, bytes) and array and isinstance(array[-1], bytes):
            array[-1] += part
        else:
            array.append(FloatObject(part) if isinstance(part, float) else part)
    return array
