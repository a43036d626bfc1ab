"""A web page's tree -> its visible text, block by block, as a browser would lay it out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from retrieval.articles.html_elements import (
    HEADING_TAGS,
    PRE_TAGS,
    hidden_text,
    is_block,
    is_rendered,
    visible_elements,
)
from retrieval.articles.inline_text import InlineText
from retrieval.articles.list_numbers import ListNumbers
from retrieval.articles.replaced import continues
from retrieval.articles.sentence_ends import ends_sentence, holds_sentence
from retrieval.articles.structure import LABEL
from retrieval.articles.style_sheets import apply_style_sheets
from retrieval.articles.table_rows import TABLE_TAGS, Cell, Spanning, in_columns
from retrieval.records import Kind
from retrieval.stand_ins import STRUCK, UNSURE

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_LIST_TAGS = frozenset({"ul", "ol", "menu", "dir", "dl"})
_ITEM_TAGS = frozenset({"li", "dt", "dd"})
_LABEL_TAGS = frozenset({"dt", "summary", "caption"})
_LABELLED_TAGS = frozenset({"dl", "details", "table"})
_NAME = re.compile(r"[a-z0-9]+")
_LONGEST_CELL = 200
_MOST_PARTS = 4  # blocks that a sentence is broken into


@dataclass(frozen=True, slots=True)
class PageBlock:
    """Visible text between two ends of blocks."""

    text: str
    linked: float
    """Share of its characters that stand in links."""
    container: int
    """Number of the block element that the text stands in."""
    is_item: bool = False
    """True for the first block of a list item."""
    kind: Kind = Kind.PROSE
    level: int = 0
    """Of a heading or a list item, as `Block.level`."""
    number: str = ""
    """Of a step, its number in its list."""
    scope: int = -1
    """Of a label (a term, the summary of details), the number of the first block behind what it stands above."""


@dataclass(frozen=True, slots=True)
class Region:
    """A block element, and the blocks in it."""

    tag: str
    names: frozenset[str]
    """Words of its id, classes and role."""
    first: int
    end: int
    container: int
    """Number of the block element around it."""


@dataclass(frozen=True, slots=True)
class Page:
    """The visible text of a web page; regions come in the order in which their elements end."""

    blocks: Sequence[PageBlock]
    regions: Sequence[Region]
    hidden: Sequence[str] = ()
    """Texts that a style hides, that are struck, or that stand in a page of their own."""


def page_of(tree: HtmlElement) -> Page:
    """Lay out a page's visible text."""
    apply_style_sheets(tree)
    layout = _Layout()
    for element, begins in visible_elements(tree):
        if begins:
            layout.begin(element)
        else:
            layout.end(element)
    layout.flush()
    return Page(layout.blocks, layout.regions, layout.hidden())


@dataclass(slots=True)
class _OpenBlock:
    """A block element that has begun, and how much was laid out before it."""

    tag: str
    number: int
    first: int
    regions: int
    cells: list[Cell] = field(default_factory=list)
    """The cells of a table row."""
    spanning: Spanning = field(default_factory=dict)
    """What stands in columns of a table's next row, by cells of the rows above."""
    has_table: bool = False
    numbers: ListNumbers | None = None
    """Of an ordered list, the numbers of its items."""


class _Layout:
    """Collects blocks, and the block elements around them, in the order in which elements begin and end."""

    def __init__(self) -> None:
        self.blocks: list[PageBlock] = []
        self.regions: list[Region] = []
        self._open = [_OpenBlock("", 0, 0, 0)]
        self._count = 0
        self._text = InlineText()
        self._item = False
        self._number = ""
        """The number of the list item that begins."""
        self._inner: _OpenBlock | None = None
        """The block element behind which the text that is being collected goes on."""

    def begin(self, element: HtmlElement) -> None:
        """Begin an element, with the text before its first child."""
        if is_block(element):
            self.flush()
            self._begin_block(element)
        self._text.begin(element)

    def end(self, element: HtmlElement) -> None:
        """End an element, visible or not, with the text behind it."""
        if is_rendered(element):
            if is_block(element):
                self.flush()
                self._end_block(element)
            self._text.end(element)
            if element.tag == "q":
                self._end_quote()
        else:
            self._text.hidden.append(hidden_text(element))
            self._text.add_replaced(element)
        self._text.add(element.tail)

    def hidden(self) -> list[str]:
        """Return the texts that were not laid out, or that cannot be seen."""
        return [text for text in map(str.strip, self._text.hidden) if text]

    def flush(self) -> None:
        """End a block."""
        inner, self._inner = self._inner, None
        texts, linked = self._text.take()
        for text in texts:
            is_within = self.blocks and not ends_sentence(self.blocks[-1].text)
            if not is_within and not text.replace(STRUCK, "").replace(UNSURE, "").strip():
                continue
            kind, level = self._structure()
            if kind is Kind.HEADING and (holds_sentence(text) or (ends_sentence(text) and not text.endswith("?"))):
                kind, level = Kind.PROSE, 0
            number = self._number if kind is Kind.STEP else ""
            block = PageBlock(text, linked, self._open[-1].number, self._item, kind, level, number)
            self._item = False
            if not inner or not self._goes_on(inner, block):
                self.blocks.append(block)
            inner = None

    def _structure(self) -> tuple[Kind, int]:
        """Return the kind and the level of a block in the open elements."""
        depth = sum(block.tag == "li" for block in self._open)
        tags = [block.tag for block in reversed(self._open)]
        for tag in tags:
            if tag in HEADING_TAGS:
                return Kind.HEADING, int(tag[1])
            if tag in _LABEL_TAGS:
                return Kind.HEADING, LABEL
            if tag in PRE_TAGS:
                return Kind.CODE, depth
            if tag == "li":
                break
        if not self._item:
            return Kind.PROSE, depth
        ordered = next((tag for tag in tags if tag in _LIST_TAGS), "") == "ol"
        return Kind.STEP if ordered else Kind.ITEM, max(1, depth)

    def _end_labels(self, ended: _OpenBlock) -> None:
        """End the scope of the labels in an element where the element ends."""
        for number in range(ended.first, len(self.blocks)):
            block = self.blocks[number]
            if block.level == LABEL and block.scope < 0:
                self.blocks[number] = replace(block, scope=len(self.blocks))

    def _end_quote(self) -> None:
        if closing := self._text.end_quote(is_first=not self.blocks):
            self.blocks[-1] = replace(self.blocks[-1], text=self.blocks[-1].text + closing)

    def _begin_block(self, element: HtmlElement) -> None:
        around, tag = self._open[-1], element.tag
        self._count += 1
        if tag in {"td", "th"}:
            around.cells.append(Cell.of(element, len(self.blocks)))
        around.has_table |= tag == "table"
        if tag in _ITEM_TAGS:
            parent = element.getparent()
            listed = parent is not None and parent.tag in _LIST_TAGS
            self._item = listed or not self.blocks or ends_sentence(self.blocks[-1].text)
            self._number = around.numbers.next(element) if around.numbers else ""
        numbers = ListNumbers(element) if tag == "ol" else None
        self._open.append(_OpenBlock(tag, self._count, len(self.blocks), len(self.regions), numbers=numbers))

    def _end_block(self, element: HtmlElement) -> None:
        ended = self._open.pop()
        around = self._open[-1]
        around.has_table |= ended.has_table
        if element.tag == "tr" and not ended.has_table:
            self._join_cells(ended, is_header=all(cell.tag == "th" for cell in element if cell.tag in {"td", "th"}))
        if element.tag in _ITEM_TAGS:
            self._item = False
        if element.tag in _LABELLED_TAGS:
            self._end_labels(ended)
        if len(self.blocks) > ended.first:
            names = " ".join(filter(None, map(element.get, ("id", "class", "role")))).lower()
            self.regions.append(
                Region(
                    element.tag,
                    frozenset(_NAME.findall(names)),
                    ended.first,
                    len(self.blocks),
                    around.number,
                )
            )
        self._inner = ended if element.tag != "hr" else None

    def _join_cells(self, row: _OpenBlock, *, is_header: bool) -> None:
        """Join the cells of a table row into one block if they are short; each column has its place in it."""
        table = next((block for block in reversed(self._open) if block.tag in TABLE_TAGS), _OpenBlock("", 0, 0, 0))
        blocks = self.blocks[row.first :]
        starts = [*(cell.first for cell in row.cells), len(self.blocks)]
        texts = [[block.text for block in self.blocks[start:end]] for start, end in pairwise(starts)]
        columns = in_columns(row.cells, texts, table.spanning)
        is_short = all(len(parts) <= 1 for parts in texts) and sum(map(bool, columns)) > 1
        if not blocks or not is_short or any(block.is_item or len(block.text) > _LONGEST_CELL for block in blocks):
            return
        self._replace(row, row.first, " | ".join(columns).strip(), row.number)
        self.blocks[-1] = replace(self.blocks[-1], kind=Kind.HEADER if is_header else Kind.ROW)

    def _goes_on(self, inner: _OpenBlock, block: PageBlock) -> bool:
        """Join a sentence around a block element, as in "was <div>not</div> guilty"; return whether it is one."""
        first = inner.first
        if first and not ends_sentence(self.blocks[first - 1].text):
            first -= 1
        parts = self.blocks[first:]
        texts = [part.text for part in parts]
        if (
            not 1 <= len(parts) - (first == inner.first) < _MOST_PARTS
            or any(ends_sentence(text) for text in texts if not text.endswith(STRUCK))
            or not continues(block.text)
        ):
            return False
        if sum(part.is_item for part in parts[1:]) > 1:  # a list, with text behind it
            return False
        self._replace(inner, first, " ".join([*texts, block.text]), block.container)
        return True

    def _replace(self, ended: _OpenBlock, first: int, text: str, container: int) -> None:
        """Replace the blocks from `first` on by one; the element that ended, and those in it, are no regions."""
        blocks = self.blocks[first:]
        linked = sum(block.linked * len(block.text) for block in blocks) / max(1, len(text))
        same = len({(block.kind, block.level) for block in blocks}) == 1 or blocks[0].is_item
        if not same or (blocks[0].kind is Kind.HEADING and ends_sentence(text)):
            kind, level = Kind.PROSE, 0
        else:
            kind, level = blocks[0].kind, blocks[0].level
        number = blocks[0].number if kind is Kind.STEP else ""
        self.blocks[first:] = [PageBlock(text, linked, container, blocks[0].is_item, kind, level, number)]
        del self.regions[ended.regions :]
