"""The numbers of an ordered list's items, as a browser counts them."""

from __future__ import annotations

import re
from string import ascii_lowercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_WHOLE = re.compile(r"\s*[+-]?\d{1,9}")


class ListNumbers:
    """Counts the items of one list that can be seen: HTML's attributes start, reversed, value and type."""

    def __init__(self, element: HtmlElement) -> None:
        self._step = -1 if element.get("reversed") is not None else 1
        items = sum(child.tag == "li" for child in element) if self._step < 0 else 1
        self._next = _whole(element.get("start"), items)
        self._letters = element.get("type", "") in ("a", "A")
        self._in_capitals = element.get("type") == "A"

    def next(self, element: HtmlElement) -> str:
        """Return the number of the item that comes next, with the mark behind it."""
        number = _whole(element.get("value"), self._next)
        self._next = number + self._step
        if not self._letters or not 0 < number <= len(ascii_lowercase):
            return f"{number}."
        letter = ascii_lowercase[number - 1]
        return f"{letter.upper() if self._in_capitals else letter}."


def _whole(text: str | None, otherwise: int) -> int:
    """Return the whole number that a text begins with."""
    match = _WHOLE.match(text or "")
    return int(match.group()) if match else otherwise
