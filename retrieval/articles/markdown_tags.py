"""The HTML elements that tags of a Markdown text begin, with their attributes as JSX writes them, too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from retrieval.articles.marks import STRING

_ATTRIBUTE = re.compile(rf"(?P<name>[^\s=\"'{{}}/]+)(?:\s*=\s*(?P<value>{STRING}|[^\s\"'{{]+))?")
_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")


@dataclass(frozen=True, slots=True)
class Element:
    """An element, to be asked what one of a web page is."""

    tag: str
    attrib: Mapping[str, str]

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return an attribute's value."""
        return self.attrib.get(name, default)


def element_of(token: re.Match[str]) -> Element:
    """Return the element that a tag begins; the name of a component keeps its capitals."""
    name = token["name"]
    attributes: dict[str, str] = {}
    for attribute in _ATTRIBUTE.finditer(token["attributes"]):
        value = attribute["value"] or ""
        if value.strip("{ }") != "false":
            attributes.setdefault(attribute["name"].lower(), _value(value))
    return Element(name.lower() if name.islower() or name.isupper() else name, attributes)


def _value(value: str) -> str:
    """Return an attribute's value; a style that is a JavaScript object, as a style sheet writes it."""
    if value[:1] in {'"', "'"}:
        return value[1:-1]
    if value.startswith("{"):
        plain = re.sub(r"[{}\"'`]", "", value).replace(",", ";")
        return _CAPITAL.sub(lambda capital: f"-{capital.group().lower()}", plain)
    return value
