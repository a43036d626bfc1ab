"""A page of a PDF -> the text that it shows, in the order in which it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from retrieval.articles.pdf_annotations import resolved
from retrieval.articles.pdf_forms import operations_of
from retrieval.articles.pdf_lines import Operation, in_reading_order, without_marks
from retrieval.articles.pdf_marks import marked, without_repeats
from retrieval.articles.pdf_pieces import in_columns, set_anew
from retrieval.articles.pdf_strikes import Line, has_struck_notes
from retrieval.articles.pdf_watch import Watch, without_hidden

if TYPE_CHECKING:
    from pypdf import PageObject

_Drawn = TypeVar("_Drawn")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdcf\ufe70-\ufefc]")
_BACKWARD = "/ReversedChars"
"""Tag of text whose letters are drawn in an order that is not that of their reading."""
_TAGGING = frozenset({b"BMC", b"BDC"})
_LEAST_HELD = 0.9


def text_of(page: PageObject, watch: Watch) -> str:
    """Return the text that a page shows; leave in `watch` what it strikes out."""
    text = page.extract_text(visitor_operand_before=watch)
    is_left_to_right = not _RIGHT_TO_LEFT.search(text)
    is_disordered = watch.is_disordered and is_left_to_right
    may_have_columns = (watch.may_have_columns or watch.turns != [0]) and is_left_to_right
    may_have_marks = watch.may_have_marks or has_struck_notes(page)
    if not is_disordered and not may_have_columns and not watch.has_hidden and not may_have_marks:
        return text
    operations = operations_of(resolved(page["/Contents"]), page)
    if watch.has_hidden:
        operations = without_hidden(operations, watch)
    marks = _tried(partial(marked, turn=watch.turns[0]), operations, page) if may_have_marks else None
    is_forced = watch.turns != [0]
    lines: tuple[Line, ...] = ()
    if marks is not None:
        lines = marks.lines
    if marks is not None and marks.has_marks:
        operations, watch.struck = marks.operations, list(marks.struck)
        is_forced |= bool(marks.struck) or not marks.is_ordered or marks.has_regions
    if is_left_to_right and (may_have_columns or is_forced):
        redraw = partial(in_columns, turns=watch.turns, lines=lines, is_forced=is_forced)
        if (columns := _tried(redraw, operations, page)) is not None:
            columned = without_repeats(set_anew(_drawn(columns, page)))
            if watch.has_hidden or _holds(columned + "".join(watch.struck), text):
                return columned
    if not is_disordered and not watch.has_hidden and not (marks and marks.has_marks):
        return text
    return without_repeats(_drawn(in_reading_order(operations) if is_disordered else operations, page))


def _drawn(operations: Sequence[Operation], page: PageObject) -> str:
    """Return the text of a page as these operations draw it."""
    from pypdf.generic import ContentStream, NameObject

    contents = page.raw_get("/Contents")
    ordered = ContentStream(None, page.pdf, "bytes")
    ordered.operations = list(operations)
    page[NameObject("/Contents")] = ordered
    try:
        return without_marks(page.extract_text(visitor_operand_before=_ignored))  # pypdf writes no stream for a visitor
    finally:
        page[NameObject("/Contents")] = contents


def _ignored(*_: object) -> None:
    pass


def without_backward_lines(text: str, page: PageObject) -> tuple[str, list[str]]:
    """Return a text without the lines from right to left whose words are drawn from left to right, and these lines."""
    operations = operations_of(resolved(page["/Contents"]), page) if _RIGHT_TO_LEFT.search(text) else []
    if not any(_BACKWARD in operands for operands, operator in operations if operator in _TAGGING):
        return text, []
    lines = text.splitlines()
    backward = [line for line in lines if 2 * len(_RIGHT_TO_LEFT.findall(line)) > sum(map(str.isalpha, line))]
    return "\n".join("" if line in backward else line for line in lines), backward


def _holds(text: str, other: str) -> bool:
    """Return whether a text has about all letters of another, but for some that are drawn twice to look bold."""
    return sum(map(str.isalnum, text)) >= _LEAST_HELD * sum(map(str.isalnum, other))


def _tried(
    redraw: Callable[[Sequence[Operation], PageObject], _Drawn | None],
    operations: Sequence[Operation],
    page: PageObject,
) -> _Drawn | None:
    """Return what draws a page anew; None where its text has to stay as it is."""
    try:
        return redraw(operations, page)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a font or a place that makes no sense may raise anything; the page has its text
        return None
