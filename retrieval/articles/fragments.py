"""HTML that stands within Markdown: its text, cut at the tags that begin or end a block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from retrieval.articles.marks import STRING
from retrieval.articles.structure import LABEL, Block, Span
from retrieval.records import Kind

_TAG = re.compile(rf"<(/?)([A-Za-z][\w.-]*)((?:{STRING}|[^<>\"'{{]++)*+)>")
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "font", "i", "img", "input", "ins", "kbd",
    "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "td", "th", "time", "tt", "u", "var",
    "wbr",
})  # fmt: skip
_HIDDEN = re.compile(
    r"<(script|style|template)\b.*?(?:</\1\s*>|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<![A-Za-z].*?(?:>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_KINDS = {"li": Kind.ITEM, "tr": Kind.ROW, "pre": Kind.CODE}
_HEADING = re.compile(r"h[1-6]", re.IGNORECASE)


def fragment_blocks(html: str, at: int, gaps: Sequence[Span]) -> Iterator[Block]:
    """Yield the blocks of HTML that stands at a place of a text.

    White space stands in it for what its containers put before its lines; `gaps` are these places in the text.
    """
    within = ""
    for tag, begin, stop in _chunks(html):
        within = tag or within
        chunk = html[begin:stop]
        start, end = at + begin + len(chunk) - len(chunk.lstrip()), at + begin + len(chunk.rstrip())
        if not any(map(str.isalnum, _TAG.sub("", chunk))):
            continue
        name = within.lower()
        between = tuple(gap for gap in gaps if start < gap[0] and gap[1] < end)
        if _HEADING.fullmatch(name):
            yield Block(start, end, Kind.HEADING, int(name[1]), gaps=between)
        elif name == "summary":
            closing = html.find("</details", stop)
            scope = at + (len(html) if closing < 0 else closing)
            yield Block(start, end, Kind.HEADING, LABEL, gaps=between, scope=scope)
        else:
            kind = _KINDS.get(name, Kind.PROSE)
            yield Block(start, end, kind, int(kind is Kind.ITEM), gaps=between, healable=False)


def _chunks(html: str) -> Iterator[tuple[str, int, int]]:
    """Yield each stretch between the tags of blocks, with the tag before it."""
    hidden = [match.span() for match in _HIDDEN.finditer(html)]
    name, begin = "", 0
    for first, last in [*hidden, (len(html), len(html))]:
        for tag in _TAG.finditer(html, begin, first):
            if tag[2].lower() not in _INLINE:
                yield name, begin, tag.start()
                name, begin = ("div" if tag[1] else tag[2]), tag.end()
        yield name, begin, first
        name, begin = "div", last
