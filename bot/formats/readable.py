"""Quotes from Markdown as people read them: a link is its words, emphasis and code have no marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_MARKDOWN = re.compile(r"\.(?:md|markdown|mdx)\Z", re.IGNORECASE)
_MARKED = re.compile(r"[*_`~\[<\\&]")
"""What some mark holds; without one of these a text reads as it is."""
_AS_IT_IS = re.compile(r"^[ \t>]*(?:`{3,}|~{3,})|[\0\r]", re.MULTILINE)
"""Code, and characters that the parser replaces: texts with these stay as they are."""
_ITEM = re.compile(r"\n(?=[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t])")
_INDENT = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)?")
"""What stands before an item's words; it stays, and its signs are no marks of emphasis."""
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,80}\]")
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|details|dfn|div|em|font|i|img|ins|kbd|li|mark|ol|p|q|s|samp|small|span|strike|"
    r"strong|sub|summary|sup|td|th|tr|tt|u|ul|var)\b[^<>]*>",
    re.IGNORECASE,
)
"""A tag that lays text out; any other may be a word: Vec<String>."""


def readable(text: str, path: str | None) -> str:
    """Return a quote of the article at a path below its corpus without Markdown's marks; no word is left out.

    Code between fences, and the text of any other format, stays as it is.
    """
    if not path or not _MARKDOWN.search(path) or not _MARKED.search(text) or _AS_IT_IS.search(text):
        return text
    plain = "\n".join(map(_item, _ITEM.split(text)))
    return plain if plain.strip() else text


def _item(text: str) -> str:
    """Return a paragraph or an item of a list as it reads."""
    indent = _INDENT.match(text)
    begin = indent.end() if indent else 0
    (inline,) = _parser().parseInline(_FOOTNOTE.sub("", text[begin:]))
    return text[:begin] + "".join(_words(inline.children or []))


def _words(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "html_inline":
            yield "" if _TAG.fullmatch(token.content) else token.content
        elif token.type in {"softbreak", "hardbreak"}:
            yield "\n"
        elif token.type == "image":
            yield "".join(_words(token.children or []))
        else:
            yield token.content


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("strikethrough")
