"""A web page's tree, and the text of its blocks with the place of each: what every converted document goes through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from retrieval.articles.formatting import reopened
from retrieval.articles.html_blocks import PageBlock
from retrieval.articles.sentence_ends import ends_sentence, word_count
from retrieval.articles.structure import NO_END
from retrieval.records import BlockPlace

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_LEAST_ITEM_WORDS = 4
_BETWEEN = "\n\n"
_BODY_END = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
"""What a browser goes on reading behind, while the parser stops."""
_METADATA_TAGS = frozenset({"base", "link", "meta", "noscript", "script", "style", "template", "title"})
_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")


class TooDeepError(Exception):
    """A web page of which the parser keeps only the part before its limits."""


def html_tree(html: str) -> HtmlElement:
    """Parse a page as trafilatura does, but whole: its own parser drops what follows 10 MB of text or 256 levels."""
    from lxml.etree import ErrorTypes
    from lxml.html import HTMLParser, fromstring
    from trafilatura.utils import repair_faulty_html

    parser = HTMLParser(
        collect_ids=False,
        default_doctype=False,
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
    html = reopened(_BODY_END.sub("", repair_faulty_html(html, html[:50].lower())))
    tree = fromstring(html.encode("utf-8", "surrogatepass"), parser=parser)
    if any(entry.type == ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise TooDeepError
    _mend_head(tree)
    return tree


def _mend_head(tree: HtmlElement) -> None:
    """Move a page's content from its head to its body: the parser knows no `article`, and leaves it in the head."""
    head = tree if tree.tag == "head" else tree.find("head")
    if head is None or head.getparent() is None:
        return
    first = next((row for row, child in enumerate(head) if child.tag not in _METADATA_TAGS), len(head))
    if first == len(head):
        return
    body = tree.find("body")
    if body is None:
        body = tree.makeelement("body")
        tree.append(body)
    last = head[first - 1] if first else None
    tail, body.text = body.text, last.tail if last is not None else head.text
    children = head[first:]
    for row, child in enumerate(children):
        body.insert(row, child)
    if tail:
        children[-1].tail = (children[-1].tail or "") + tail


def with_class(name: str) -> str:
    """Return the XPath of the elements of a class."""
    return f".//*[contains(concat(' ', @class, ' '), ' {name} ')]"


def drop(tree: HtmlElement, paths: Iterable[str]) -> None:
    """Take the elements at these XPaths out of a tree, with all that they hold."""
    for path in paths:
        for element in tree.xpath(path):
            element.drop_tree()


def written(blocks: Sequence[PageBlock], in_main: Sequence[bool]) -> tuple[str, tuple[BlockPlace, ...]]:
    """Return the text of the blocks of the main content, and where each of them stands in it."""
    lines: list[str] = []
    ends: list[int] = []
    """Where the text of all blocks up to each one ends."""
    starts: list[int] = []
    length = 0
    for block, is_main in zip(blocks, in_main, strict=True):
        if is_main:
            line = storable(_line(block))
            starts.append(length + len(line) - len(block.text))
            lines.append(line)
            length += len(line) + len(_BETWEEN)
        else:
            starts.append(-1)
        ends.append(length)
    layout = []
    for block, start in zip(blocks, starts, strict=True):
        if start >= 0:
            scope = NO_END if block.scope < 0 else ends[block.scope - 1]
            layout.append((start, start + len(block.text), int(block.kind), block.level, scope))
    return _BETWEEN.join(lines), tuple(layout)


def _line(block: PageBlock) -> str:
    """Return a block as a line of plain text; a bullet would turn a short sentence into a label."""
    is_short_sentence = word_count(block.text) < _LEAST_ITEM_WORDS and ends_sentence(block.text)
    if block.number:
        return f"{block.number} {block.text}"
    return f"- {block.text}" if block.is_item and not is_short_sentence else block.text


def storable(text: str) -> str:
    """Replace what no file can hold (halves of characters) or show (NUL)."""
    return _UNSTORABLE.sub("\ufffd", text)
