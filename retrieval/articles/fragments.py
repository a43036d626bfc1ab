"""HTML that stands within Markdown: its text, cut at the tags that begin or end a block."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.articles.structure import LABEL, Block
from retrieval.records import Kind

_TAG = re.compile(r"<(/?)([A-Za-z][\w.-]*)((?:\"[^\"]*\"|'[^']*'|\{[^{}]*\}|[^<>\"'{])*)>")
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "font", "i", "img", "input", "ins", "kbd",
    "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "td", "th", "time", "tt", "u", "var",
    "wbr",
})  # fmt: skip
_HIDDEN = re.compile(r"<(script|style|template)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_KINDS = {"li": Kind.ITEM, "tr": Kind.ROW, "pre": Kind.CODE}
_HEADING = re.compile(r"h[1-6]", re.IGNORECASE)


def fragment_blocks(text: str, start: int, end: int) -> Iterator[Block]:
    """Yield the blocks of the HTML between `start` and `end`."""
    within = ""
    for tag, begin, stop in _chunks(text, start, end):
        within = tag or within
        chunk = text[begin:stop]
        begin += len(chunk) - len(chunk.lstrip())
        stop -= len(chunk) - len(chunk.rstrip())
        if not any(map(str.isalnum, _TAG.sub("", text[begin:stop]))):
            continue
        name = within.lower()
        if _HEADING.fullmatch(name):
            yield Block(begin, stop, Kind.HEADING, int(name[1]))
        elif name == "summary":
            closing = text.find("</details", stop, end)
            yield Block(begin, stop, Kind.HEADING, LABEL, scope=end if closing < 0 else closing)
        else:
            kind = _KINDS.get(name, Kind.PROSE)
            yield Block(begin, stop, kind, int(kind is Kind.ITEM), healable=False)


def _chunks(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Yield each stretch between the tags of blocks, with the tag before it."""
    hidden = [match.span() for match in _HIDDEN.finditer(text, start, end)]
    name, begin = "", start
    for first, last in [*hidden, (end, end)]:
        for tag in _TAG.finditer(text, begin, first):
            if tag[2].lower() not in _INLINE:
                yield name, begin, tag.start()
                name, begin = ("div" if tag[1] else tag[2]), tag.end()
        yield name, begin, first
        name, begin = "div", last
