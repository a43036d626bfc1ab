"""The texts of a PDF's pages -> the text of its article, in which a sentence goes on behind the end of a page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrieval.articles.pdf_hyphens import SOFT_END, with_whole_words
from retrieval.articles.pdf_paragraphs import is_ended
from retrieval.articles.pdf_pieces import CELL, KINDS
from retrieval.articles.sentence_ends import holds_sentence
from retrieval.articles.structure import NO_END
from retrieval.records import BlockPlace
from retrieval.stand_ins import UNSURE

_USUAL_WIDTH = 80
_NEARLY_FULL = 0.75
"""Of the longest line of a paragraph, in characters: its last line, if it goes on."""
_FULL = 0.9
"""Of the same, if the first word of the next page were in that line, too."""
_APART = "\n\n"


@dataclass(frozen=True, slots=True)
class Joined:
    """The text of a document."""

    text: str
    cells: tuple[BlockPlace, ...]
    """What stands in cells of tables and in framed boxes, and whole rows of tables, as blocks of their kind."""
    starts: tuple[int, ...]
    """Where each page begins."""


def joined(pages: Sequence[tuple[str, Sequence[str]]]) -> Joined:
    """Join the text of pages, each with the notes that stand beside it.

    Notes are wrapped as the pages' lines are, whose length tells where a paragraph ends.
    """
    lines = (line for text, _ in pages for line in text.splitlines() if SOFT_END not in line)
    width = max(map(len, lines), default=0) or _USUAL_WIDTH
    parts: list[list[str]] = []
    letters: list[int] = []
    for text, notes in pages:
        letters.append(sum(map(str.isalnum, "".join((text, *notes)))))
        parts.append(text.split(_APART))
        parts += [["\n".join(_wrapped(note, width))] for note in notes]
    for before, behind in pairwise(parts):
        _part_cells(before, behind)
    whole = ""
    for part in parts:
        text = _APART.join(part)
        whole += (_between(whole, text) if whole else "") + text
    whole, cells = _with_cells(_in_lines(with_whole_words(whole)))
    return Joined(whole, cells, tuple(_starts(whole, letters)))


def _starts(text: str, letters: Sequence[int]) -> Iterator[int]:
    """Yield where each page begins, given how many letters and figures each has: no others are added or left out."""
    places = [place for place, char in enumerate(text) if char.isalnum()]
    count = 0
    for page, more in enumerate(letters):
        start = places[count] if count < len(places) else len(text)
        while page and start and not (text[start - 1].isspace() or text[start - 1].isalnum()):
            start -= 1  # a bracket or a quotation mark
        yield start if page else 0
        count += more


def _part_cells(before: list[str], behind: list[str]) -> None:
    """Have no cell stand within a sentence that goes on behind the end of a page, or end with half a sentence."""
    last = next((at for at in reversed(range(len(before))) if not _is_marked(before[at])), None)
    first = next((at for at, paragraph in enumerate(behind) if not _is_marked(paragraph)), None)
    cell = next((at for at, paragraph in enumerate(behind) if paragraph.startswith(CELL)), None)
    if cell is not None:
        halves = [at for at, paragraph in enumerate(before) if _may_go_on(paragraph, behind[cell])]
        for at in halves:
            before[at] += f" {UNSURE}"
        if halves:
            behind[cell] = f"{CELL}{UNSURE} {behind[cell].removeprefix(CELL)}"
    if last is not None and first is not None and _between(before[last], behind[first]) == SOFT_END:
        before.append(before.pop(last))
        behind.insert(0, behind.pop(first))


def _between(before: str, text: str) -> str:
    """Return what parts the text of two pages: a sentence may go on behind the end of a page."""
    paragraph = before[before.rfind("\n") + 1 :]
    if is_ended(before) or _is_marked(paragraph) or _is_marked(text):
        return _APART
    return SOFT_END if _is_open(paragraph, text) and SOFT_END in text.partition("\n")[0] else "\n"


def _is_open(paragraph: str, text: str) -> bool:
    """Return whether a paragraph ends within a sentence, and with a line that has no room for the text behind it."""
    lines = paragraph.split(SOFT_END)
    longest, ahead = max(map(len, lines)), len(text.split(SOFT_END)[0].split(" ")[0])
    is_full = len(lines[-1]) >= _NEARLY_FULL * longest or len(lines[-1]) + 1 + ahead >= _FULL * longest
    return len(lines) > 1 and is_full and not is_ended(paragraph)


def _may_go_on(cell: str, following: str) -> bool:
    """Return whether a paragraph is that of a cell that may go on in one of the next page: sentences in a box."""
    has_sentences = any(map(holds_sentence, (cell, following)))
    return cell.startswith(CELL) and has_sentences and _is_open(cell, following)


def _is_marked(paragraph: str) -> bool:
    """Return whether a paragraph stands in a table or a framed box."""
    return paragraph[:1] in KINDS


def _with_cells(text: str) -> tuple[str, tuple[BlockPlace, ...]]:
    """Return a text without the marks of its cells and rows, and these."""
    if not any(mark in text for mark in KINDS):
        return text, ()
    paragraphs: list[str] = []
    cells: list[BlockPlace] = []
    start = 0
    for marked in text.split(_APART):
        paragraph = marked.lstrip("".join(KINDS))
        if _is_marked(marked):
            cells.append((start, start + len(paragraph), int(KINDS[marked[0]]), 0, NO_END))
        paragraphs.append(paragraph)
        start += len(paragraph) + len(_APART)
    return _APART.join(paragraphs), tuple(cells)


def _in_lines(text: str) -> str:
    """Wrap the paragraphs that are set anew about as wide as a page's lines are."""
    if SOFT_END not in text:
        return text
    lines = text.split("\n")
    return "\n".join(
        "\n".join(_wrapped(line.replace(SOFT_END, " "), _USUAL_WIDTH)) if SOFT_END in line else line for line in lines
    )


def _wrapped(note: str, width: int) -> Iterator[str]:
    for line in note.splitlines():
        yield textwrap.fill(line, max(width, 20), break_long_words=False, break_on_hyphens=False)
