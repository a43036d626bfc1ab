"""A web page's tree -> its visible text, block by block, as a browser would lay it out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from retrieval.articles.blocks import ends_sentence, is_fragment
from retrieval.articles.inline_styles import declared
from retrieval.articles.structure import LABEL
from retrieval.articles.typesetting import Setting, runs_on, setting_of, typeset, with_fractions
from retrieval.records import Kind

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_BLOCK_TAGS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "col", "colgroup", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "listing", "main", "menu",
    "nav", "noframes", "ol", "optgroup", "p", "plaintext", "pre", "search", "section", "summary", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "ul", "xmp",
})  # fmt: skip
"""Elements that end a block where they begin and where they end, by the HTML standard's style sheet."""
_INVISIBLE_TAGS = frozenset({
    "annotation", "annotation-xml", "audio", "canvas", "datalist", "defs", "desc", "head", "iframe", "metadata",
    "meter", "mphantom", "noembed", "noframes", "noscript", "progress", "rp", "script", "select", "style", "template",
    "textarea", "title", "video",
})  # fmt: skip
"""Elements whose text a browser does not show as text: resources, controls and fallbacks.

Void elements such as `embed` are none of them: to the parser, the text behind one may stand in it.
"""
_HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PRE_TAGS = frozenset({"pre", "listing", "xmp", "plaintext"})
_LIST_TAGS = frozenset({"ul", "ol", "menu", "dir", "dl"})
_ITEM_TAGS = frozenset({"li", "dt", "dd"})
_LABEL_TAGS = frozenset({"dt", "summary", "caption"})
_LABELLED_TAGS = frozenset({"dl", "details", "table"})
_INHERITED = frozenset({"inherit", "unset", "revert", "revert-layer"})
_USUAL_DISPLAY = frozenset({"", "revert", "revert-layer"})
"""Displays that leave an element as the browser's own style sheet has it."""
_INLINE_DISPLAY = frozenset({"contents", "initial", "unset", "flow", "math", "inherit"})
_STRUCK_TAGS = frozenset({"del", "s", "strike"})
_STRUCK = "[…]"
"""Stands for struck text: said without its line it would be a statement that the page takes back."""
_QUOTES = ("“”", "‘’")
_COLLAPSED = re.compile(r"[ \t\n\r\f]+")
_NO_BREAK = re.compile(r"[\x0b\x1c-\x1e\x85\u2028\u2029]")
"""Characters that end a line of plain text, though none in a browser."""
_BREAK = "\x0b"
_BREAKS = re.compile(rf" ?{_BREAK} ?")
_BLANK_LINE = re.compile(r"\n{2,}")
_NAME = re.compile(r"[a-z0-9]+")
_APART = frozenset({Setting.BOX, Setting.DENOMINATOR, Setting.RADICAND, Setting.GLOSS})
_LEAST_BEFORE = 20
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


def page_of(tree: HtmlElement) -> Page:
    """Lay out a page's visible text."""
    layout = _Layout()
    for element, begins in _visible(tree):
        if begins:
            layout.begin(element)
        else:
            layout.end(element)
    layout.flush()
    return Page(layout.blocks, layout.regions)


def _visible(tree: HtmlElement) -> Iterator[tuple[HtmlElement, bool]]:
    """Yield each element where it begins (True), if it is rendered, and where it ends, however deep the tree is."""
    open_elements = [(tree, iter(tree))]
    yield tree, True
    while open_elements:
        element, children = open_elements[-1]
        child = next(children, None)
        if child is None:
            open_elements.pop()
            yield element, False
        elif _is_rendered(child):
            open_elements.append((child, iter(child)))
            yield child, True
        else:
            yield child, False


def _is_rendered(element: HtmlElement) -> bool:
    """Return whether a browser lays an element out; its text may be invisible all the same."""
    if not isinstance(element.tag, str) or element.tag in _INVISIBLE_TAGS:
        return False
    if element.tag == "object" and element.get("data"):
        return False
    style = declared(element.get("style"))
    display = style.get("display", "")
    if display == "none" or style.get("content-visibility") == "hidden":
        return False
    if element.get("hidden", "").lower() == "until-found":
        return False
    is_closed = "hidden" in element.attrib or (element.tag == "dialog" and "open" not in element.attrib)
    return not is_closed or display not in _USUAL_DISPLAY


def _is_unseen(element: HtmlElement, *, around: bool) -> bool:
    """Return whether an element's text is laid out as empty space, given whether the text around it is."""
    visibility = declared(element.get("style")).get("visibility", "inherit")
    if visibility in _INHERITED:
        return around
    return visibility in {"hidden", "collapse"}


def _is_struck(element: HtmlElement) -> bool:
    """Return whether a page takes back the text of an element."""
    if element.tag in _STRUCK_TAGS:
        return True
    style = declared(element.get("style"))
    return "line-through" in style.get("text-decoration", "") + style.get("text-decoration-line", "")


def _is_link(element: HtmlElement) -> bool:
    """Return whether an element leads elsewhere: a heading that is a link to itself does not."""
    if element.tag != "a" or "href" not in element.attrib:
        return False
    parent = element.getparent()
    return parent is None or parent.tag not in _HEADING_TAGS or not element.get("href", "").startswith("#")


def _is_block(element: HtmlElement) -> bool:
    display = declared(element.get("style")).get("display", "")
    if display in _USUAL_DISPLAY:
        return element.tag in _BLOCK_TAGS
    return not (display.startswith(("inline", "ruby")) or display in _INLINE_DISPLAY or "-inline-" in display)


@dataclass(slots=True)
class _OpenBlock:
    """A block element that has begun, and how much was laid out before it."""

    tag: str
    number: int
    first: int
    regions: int
    cells: list[int] = field(default_factory=list)
    """Numbers of the blocks with which the cells of a table row begin."""
    has_table: bool = False


class _Layout:
    """Collects the text of a block until an element ends it."""

    def __init__(self) -> None:
        self.blocks: list[PageBlock] = []
        self.regions: list[Region] = []
        self._open = [_OpenBlock("", 0, 0, 0)]
        self._count = 0
        self._texts: list[str] = []
        self._linked = 0
        self._links = 0
        self._pres = 0
        self._settings: list[tuple[Setting, int]] = []
        """Open elements that do not just go on, and how many of the texts stand before each."""
        self._is_apart = False
        """Whether what comes next stands apart from what is before it."""
        self._struck = 0
        self._quotes: list[str] = []
        """Of every open quotation, the mark it began with; empty before its text begins."""
        self._unseen = [False]
        """Of every open element, whether its own text is invisible."""
        self._item = False
        self._inner: _OpenBlock | None = None
        """The block element behind which the text that is being collected goes on."""

    def begin(self, element: HtmlElement) -> None:
        """Begin an element, with the text before its first child."""
        tag = element.tag
        if _is_block(element):
            self.flush()
            self._begin_block(element)
        elif setting := setting_of(element):
            self._settings.append((setting, len(self._texts)))
        self._links += _is_link(element)
        self._struck += _is_struck(element)
        if tag == "q":
            self._quotes.append("")
        self._unseen.append(_is_unseen(element, around=self._unseen[-1]))
        self._pres += tag in _PRE_TAGS
        if tag == "br":
            self._texts.append(_BREAK)
        self._add(element.text)

    def end(self, element: HtmlElement) -> None:
        """End an element, visible or not, with the text behind it."""
        if _is_rendered(element):
            if _is_block(element):
                self.flush()
                self._end_block(element)
            elif setting_of(element):
                self._set()
            self._links -= _is_link(element)
            self._struck -= _is_struck(element)
            self._unseen.pop()
            if element.tag == "q":
                self._end_quote()
            self._pres -= element.tag in _PRE_TAGS
        self._add(element.tail)

    def flush(self) -> None:
        """End a block."""
        texts, linked, inner = "".join(self._texts), self._linked, self._inner
        self._texts, self._linked, self._inner, self._is_apart = [], 0, None, False
        self._settings = [(setting, 0) for setting, _ in self._settings]
        texts = with_fractions(texts)
        share = linked / max(1, len(_COLLAPSED.sub("", texts)))
        for text in _laid_out(texts, pre=self._pres > 0):
            is_within = self.blocks and not ends_sentence(self.blocks[-1].text)
            if not is_within and not text.replace(_STRUCK, "").strip():
                continue
            kind, level = self._structure()
            if kind is Kind.HEADING and ends_sentence(text) and not text.endswith("?"):
                kind, level = Kind.PROSE, 0
            block = PageBlock(text, share, self._open[-1].number, self._item, kind, level)
            self._item = False
            if not inner or not self._goes_on(inner, block):
                self.blocks.append(block)
            inner = None

    def _set(self) -> None:
        """Typeset the text of the element that ends."""
        setting, start = self._settings.pop()
        text, before = "".join(self._texts[start:]), self._before(start)
        self._texts[start:] = filter(None, [typeset(setting, text, before)])
        if setting in _APART:
            self._is_apart = len(text.strip()) != 1 or not text.strip().isalpha()

    def _before(self, end: int) -> str:
        """Return the end of the text that was collected before the part at `end`."""
        before = ""
        while end and len(before) < _LEAST_BEFORE:
            end -= 1
            before = self._texts[end] + before
        return before[-_LEAST_BEFORE:]

    def _structure(self) -> tuple[Kind, int]:
        """Return the kind and the level of a block in the open elements."""
        depth = sum(block.tag == "li" for block in self._open)
        tags = [block.tag for block in reversed(self._open)]
        for tag in tags:
            if tag in _HEADING_TAGS:
                return Kind.HEADING, int(tag[1])
            if tag in _LABEL_TAGS:
                return Kind.HEADING, LABEL
            if tag in _PRE_TAGS:
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

    def _add(self, text: str | None) -> None:
        if text and self._unseen[-1]:
            self._texts.append(" ")  # the space that the text takes up
        elif text and self._struck:
            self._add_struck(text)
        elif text:
            self._begin_quotes(text)
            text = _NO_BREAK.sub(" ", text)
            if self._is_apart and runs_on(self._before(len(self._texts)), text):
                text = f" {text}"
            self._is_apart = False
            self._texts.append(text)
            if self._links:
                self._linked += len(_COLLAPSED.sub("", text))

    def _add_struck(self, text: str) -> None:
        """Leave a mark for text that the page takes back."""
        before = self._before(len(self._texts))
        if text.strip() and not before.rstrip().endswith(_STRUCK):
            self._texts.append(text[: len(text) - len(text.lstrip())] + _STRUCK + text[len(text.rstrip()) :])
        elif (text[0].isspace() or text[-1].isspace()) and not before.endswith(" "):
            self._texts.append(" ")

    def _begin_quotes(self, text: str) -> None:
        """Set the marks of quotations whose first text comes now."""
        for depth, mark in enumerate(self._quotes):
            if not mark and text.strip():
                self._quotes[depth] = _QUOTES[depth % 2][0]
                self._texts.append(self._quotes[depth])

    def _end_quote(self) -> None:
        mark = self._quotes.pop()
        if not mark:
            return
        closing = _QUOTES[len(self._quotes) % 2][1]
        if "".join(self._texts).strip() or not self.blocks:
            self._texts.append(closing)
        else:
            self.blocks[-1] = replace(self.blocks[-1], text=self.blocks[-1].text + closing)

    def _begin_block(self, element: HtmlElement) -> None:
        around, tag = self._open[-1], element.tag
        self._count += 1
        if tag in {"td", "th"}:
            around.cells.append(len(self.blocks))
        around.has_table |= tag == "table"
        if tag in _ITEM_TAGS:
            parent = element.getparent()
            listed = parent is not None and parent.tag in _LIST_TAGS
            self._item = listed or not self.blocks or ends_sentence(self.blocks[-1].text)
        self._open.append(_OpenBlock(tag, self._count, len(self.blocks), len(self.regions)))

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
        """Join the cells of a table row into one block if they are short."""
        cells = self.blocks[row.first :]
        starts = [*row.cells, len(self.blocks)]
        short = all(end - start <= 1 for start, end in pairwise(starts))
        if len(cells) < 2 or not short or any(cell.is_item or len(cell.text) > _LONGEST_CELL for cell in cells):
            return
        self._replace(row, row.first, " | ".join(cell.text.replace("\n", " ") for cell in cells), row.number)
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
            or any(ends_sentence(text) for text in texts if not text.endswith(_STRUCK))
            or not _continues(block.text)
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
        self.blocks[first:] = [PageBlock(text, linked, container, blocks[0].is_item, kind, level)]
        del self.regions[ended.regions :]


def _laid_out(texts: str, *, pre: bool) -> list[str]:
    """Collapse white space as a browser does, and cut at blank lines; preformatted text keeps all of it."""
    if pre:
        text = texts.replace("\r\n", "\n").replace("\r", "\n").replace(_BREAK, "\n").strip("\n")
        return [text] if text.strip() else []
    text = _BREAKS.sub("\n", _COLLAPSED.sub(" ", texts))
    return [_unbroken(part.strip()) for part in _BLANK_LINE.split(text) if part.strip()]


def _unbroken(text: str) -> str:
    """Replace the line breaks within sentences, behind long lines that end none, by spaces."""
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and not ends_sentence(lines[-1]) and not is_fragment(lines[-1]):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return "\n".join(lines)


def _continues(text: str) -> bool:
    """Return whether a text begins within a sentence: with a small letter, or a mark that ends one."""
    first_letter = next(filter(str.isalpha, text[:20]), "")
    return first_letter.islower() or text[0] in ",;:.!?)"
