"""Formatting elements of a web page that run over its blocks, as the HTML standard has them.

A browser ends `s`, `b` and their like with the paragraph that they begin in, and opens them again where text goes on
behind it ("reconstruct the active formatting elements", HTML Living Standard 13.2.4.3); libxml2 does not. So they are
ended and opened again in the page's source, before it is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.articles.html_elements import BLOCK_TAGS, VOID_TAGS

FORMATTING_TAGS = frozenset({
    "b", "big", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
})  # fmt: skip
"""Elements that a browser opens again. `a` and `code` are left to libxml2: pages have whole boxes and listings in them,
which are told by their elements."""
_RAW = "script|style|textarea|title|xmp|iframe|noembed|noframes"
_TOKEN = re.compile(
    rf"<!--.*?(?:-->|\Z)|<(?P<raw>{_RAW})\b.*?(?:</(?P=raw)\s*>|\Z)|"
    r"<(?P<end>/?)(?P<name>[A-Za-z][^\s/><]*)(?:[^<>\"']++|\"[^\"]*\"|'[^']*')*+>",
    re.DOTALL | re.IGNORECASE,
)
_CELLS = frozenset({"td", "th", "caption"})
_BLOCKS = BLOCK_TAGS - {"html", "body", "frameset"}
_MOST_OPEN = 12
"""Elements within each other beyond which pages are left as they are: opening all again would take too long."""


def reopened(html: str) -> str:
    """Return the source of a page in which formatting elements end before each block, and open again behind it."""
    return "".join(_Walk().parts(html))


@dataclass(frozen=True, slots=True)
class _Open:
    name: str
    tag: str
    is_formatting: bool


class _Walk:
    """One walk over the tags of a page."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        """The inline elements that are open, the outermost first."""
        self._ended: list[_Open] = []
        """The formatting elements that a block ended, and that open again where text goes on."""
        self._outside: list[list[_Open]] = []
        """Of each table that is open, the ended elements that come from outside."""

    def parts(self, html: str) -> Iterator[str]:
        """Yield the source in parts."""
        at = 0
        for token in _TOKEN.finditer(html):
            yield from self._text(html[at : token.start()])
            yield from self._tag(token) if token["name"] else (token.group(),)
            at = token.end()
        yield from self._text(html[at:])

    def _text(self, text: str) -> Iterator[str]:
        if self._ended and text.strip():
            yield from self._open_again()
        yield text

    def _tag(self, token: re.Match[str]) -> Iterator[str]:
        name, tag = token["name"].lower(), token.group()
        if name in _BLOCKS:
            yield from self._end_formatting()
            self._enter(name, is_end=bool(token["end"]))
            yield tag
        elif token["end"]:
            yield from self._end(name, tag)
        else:
            yield from self._open_again()
            if name not in VOID_TAGS and not tag.endswith("/>") and len(self._open) < _MOST_OPEN:
                self._open.append(_Open(name, tag, name in FORMATTING_TAGS))
            yield tag

    def _enter(self, name: str, *, is_end: bool) -> None:
        """Note the tables, whose cells keep their formatting to themselves."""
        if name == "table" and not is_end:
            self._outside.append(list(self._ended))
        elif name == "table" and self._outside:
            self._ended = self._outside.pop()
        elif name in _CELLS and self._outside:
            self._ended = list(self._outside[-1])

    def _open_again(self) -> Iterator[str]:
        for element in self._ended:
            yield element.tag
        self._open += self._ended
        self._ended = []

    def _end_formatting(self) -> Iterator[str]:
        """End the innermost elements as far as they are formatting."""
        ended = []
        while self._open and self._open[-1].is_formatting:
            ended.append(self._open.pop())
            yield f"</{ended[-1].name}>"
        self._ended = [*reversed(ended), *self._ended] if ended else self._ended

    def _end(self, name: str, tag: str) -> Iterator[str]:
        """End an element; formatting that is open within it goes on behind it."""
        place = next((at for at in reversed(range(len(self._ended))) if self._ended[at].name == name), None)
        if place is not None:
            del self._ended[place]
            return
        place = next((at for at in reversed(range(len(self._open))) if self._open[at].name == name), None)
        if place is None:
            yield tag
            return
        within = self._open[place + 1 :]
        del self._open[place:]
        if all(element.is_formatting for element in within):
            yield from (f"</{element.name}>" for element in reversed(within))
            self._ended = [*within, *self._ended]
        yield tag
