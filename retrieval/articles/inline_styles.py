"""The style attribute of an element of a web page -> what a browser makes of the properties that concern its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.IGNORECASE | re.DOTALL)
_DECLARATION = re.compile(r"([\w-]+)\s*:\s*([^!]*?)\s*(!\s*important\s*)?")
_BRACKETS = re.compile(r"\([^()]*\)?")
_WIDE = r"inherit|initial|unset|revert|revert-layer"
_LONGEST = 200
_VALUES = {
    "display": re.compile(
        rf"{_WIDE}|none|contents|list-item|run-in|(?:inline-|-(?:webkit|moz|ms)-(?:inline-)?)?(?:flex(?:box)?|grid|box)"
        r"|inline-block|math|(?:inline-)?table|table-[a-z-]+|ruby-[a-z-]+"
        r"|(?:(?:block|inline)\s+)?(?:flow|flow-root|table|flex|grid|ruby|list-item)(?:\s+(?:block|inline))?"
        r"|(?:block|inline)(?:\s+list-item)?"
    ),
    "visibility": re.compile(rf"{_WIDE}|visible|hidden|collapse"),
    "content-visibility": re.compile(rf"{_WIDE}|visible|auto|hidden"),
    "vertical-align": re.compile(
        rf"{_WIDE}|baseline|sub|super|top|text-top|middle|bottom|text-bottom|[+-]?[\d.]+(?:%|[a-z]+)?"
    ),
    "text-decoration": re.compile(r".+"),
    "text-decoration-line": re.compile(r".+"),
}
"""Values that a browser knows: a declaration with another value counts for nothing."""


@lru_cache(maxsize=512)
def declared(style: str | None) -> Mapping[str, str]:
    """Return the values that a style attribute gives to the properties which concern text, in small letters."""
    values: dict[str, str] = {}
    important = set[str]()
    for name, value, is_important in _declarations(style or ""):
        if is_important or name not in important:
            values[name] = value
        if is_important:
            important.add(name)
    return values


def _declarations(style: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the valid declarations of the known properties, and whether each is important."""
    if ":" not in style:
        return
    style = _STRING.sub("s", style) if '"' in style or "'" in style else style
    style = _BRACKETS.sub("", _COMMENT.sub(" ", style))
    for part in style.split(";"):
        part = " ".join(_ESCAPE.sub(_unescaped, part).lower().split())
        declaration = _DECLARATION.fullmatch(part) if len(part) <= _LONGEST else None
        if declaration:
            name, value, important = declaration.groups()
            known = _VALUES.get(name)
            if known and known.fullmatch(value):
                yield name, value, bool(important)


def _unescaped(escape: re.Match[str]) -> str:
    if not escape[1]:
        return escape[2]
    code = int(escape[1], 16)
    return chr(code) if 0 < code < 0xD800 else "\ufffd"
