"""The content that a style sheet adds before or after an element's text -> whether it says anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from retrieval.articles.html_elements import is_block
from retrieval.articles.inline_styles import declared, is_sizeless, is_transparent, is_veiled
from retrieval.articles.style_rules import STRING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CONTENT = re.compile(rf"(?:^|[;\s])content\s*:\s*((?:{STRING}|[^;\"'])+)", re.IGNORECASE)
_STRING = re.compile(STRING, re.DOTALL)
_CODE = re.compile(r"\\([0-9a-f]{1,6})\s?", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\battr\(\s*([\w-]+)", re.IGNORECASE)
_VARIABLE = re.compile(r"\bvar\(", re.IGNORECASE)
_COUNTER = re.compile(r"\bcounters?\(", re.IGNORECASE)
_SIGNS = frozenset("+-−¬")


def content_of(declarations: str) -> str:
    """Return what a rule's declarations say that is generated; "" if they do not say."""
    contents = _CONTENT.findall(declarations)
    return contents[-1].strip() if contents else ""


def added_words(element: HtmlElement, style: str, contents: Sequence[str]) -> bool:
    """Return whether words are generated that can be seen, given the style and the contents, the last of which wins."""
    contents = [content for content in contents if content]
    important = [content for content in contents if "!" in _STRING.sub("", content)]
    values = declared(style)
    if not contents or values.get("display") == "none" or values.get("visibility") in {"hidden", "collapse"}:
        return False
    if is_veiled(values) or is_sizeless(values) or is_transparent(values):
        return False
    return _says(element, (important or contents)[-1])


def _says(element: HtmlElement, content: str) -> bool:
    """Return whether content has words; numbers and signs that begin or end a whole block say nothing."""
    text = "".join(
        _CODE.sub(lambda match: chr(int(match[1], 16) % 0x110000), each[1:]) for each in _STRING.findall(content)
    )
    rest = _STRING.sub("", content)
    values = [element.get(name.lower(), "") for name in _ATTRIBUTE.findall(rest)]
    if any(map(str.isalnum, text)) or _VARIABLE.search(rest) or any(value.strip() for value in values):
        return True
    return not is_block(element) and bool(_COUNTER.search(rest) or _SIGNS & set(text))
