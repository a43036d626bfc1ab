"""What a web page shows within its text that is no text: images, controls, frames; each in words, or as a mark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.articles.html_elements import is_displayed
from retrieval.articles.sentence_ends import ends_sentence
from retrieval.stand_ins import STRUCK

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_SHOWN_TAGS = frozenset({
    "audio", "canvas", "embed", "iframe", "img", "input", "meter", "object", "progress", "select", "svg", "textarea",
    "video",
})  # fmt: skip
_SHOWN_WITH = {"audio": "controls", "object": "data"}
"""Elements that show something else than their text only with an attribute."""
_WORDLESS_INPUTS = frozenset({"checkbox", "hidden", "radio"})
_UNREAD_INPUTS = _WORDLESS_INPUTS | {"image", "password"}
"""Inputs whose value cannot be read on the page."""
_UNSHOWN = "(ancestor::title or ancestor::desc or ancestor::style or ancestor::defs or ancestor::metadata)"
_GRAPHIC_TEXT = f".//text()[not{_UNSHOWN}]"
_BEGIN, _END = "\x1c", "\x1d"
"""Stand around what an element is replaced by until the text behind it is known; no text of a page holds them."""
_PLACE = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}")
_LONGEST_LOOK = 80  # characters beside a place


def replacement(element: HtmlElement) -> str:
    """Return what stands for an element in a sentence: an image's text, or the mark `STRUCK`; "" for most elements."""
    if element.tag not in _SHOWN_TAGS or not is_displayed(element):
        return ""
    kind = element.get("type", "").strip().lower() if element.tag == "input" else ""
    if element.tag == "img" or kind == "image":
        return " ".join(element.get("alt", "").split())
    if element.tag == "svg":
        return STRUCK if _is_named(element) and not "".join(element.xpath(_GRAPHIC_TEXT)).strip() else ""
    is_shown = _SHOWN_WITH.get(element.tag) in {None, *element.attrib} and kind not in _WORDLESS_INPUTS
    return STRUCK if is_shown else ""


def value_of(element: HtmlElement) -> str:
    """Return the words in an input, if they can be read on its page."""
    is_read = element.tag == "input" and element.get("type", "").strip().lower() not in _UNREAD_INPUTS
    return str(element.get("value", "")) if is_read else ""


def placed(words: str) -> str:
    """Return the words that stand for an element as `with_replacements` finds them."""
    return f"{_BEGIN}{words}{_END}"


def without_places(text: str) -> str:
    """Return a text without what stands for elements in it."""
    return _PLACE.sub("", text)


def with_all(text: str) -> str:
    """Return a text with all that stands for elements in it, wherever it is."""
    return _PLACE.sub(r"\1", text)


def with_replacements(text: str, line_end: str) -> str:
    """Set what stands for elements within the sentences of a text; at the edges of sentences and lines it is left out.

    There it is an icon, a picture or the field of a form.
    """
    parts = _PLACE.split(text)  # a text, then by turns what stands for an element and the text behind it
    behind = [""] * len(parts)
    for number in range(len(parts) - 2, 0, -2):
        following = parts[number + 1][:_LONGEST_LOOK].lstrip(" \t\r\n\f\xa0")
        behind[number] = following or (behind[number + 2] if number + 2 < len(parts) else "")
    before, written = "", list[str]()
    for number, part in enumerate(parts):
        piece = part
        if number % 2:
            line = before.rpartition(line_end)[2].rstrip()
            piece = _set_apart(before, part, parts[number + 1]) if _is_within(line, part, behind[number]) else ""
        written.append(piece)
        before = (before + piece)[-_LONGEST_LOOK:]
    return "".join(written)


def continues(text: str) -> bool:
    """Return whether a text begins within a sentence: with a small letter, or a mark that ends one."""
    first_letter = next(filter(str.isalpha, text[:20]), "")
    return first_letter.islower() or text[:1] in set(",;:.!?)")


def _is_within(line: str, words: str, behind: str) -> bool:
    """Return whether a sentence goes on around an element."""
    if not behind.strip() or behind[0].isspace() or (words == STRUCK and line.endswith(STRUCK)):
        return False
    return continues(behind) or (bool(line) and (line.endswith(STRUCK) or not ends_sentence(line)))


def _set_apart(before: str, words: str, behind: str) -> str:
    """Return words with spaces where they would make one word or number with what is beside them."""
    first = " " if all(map(str.isalnum, (before[-1:], words[:1]))) else ""
    last = " " if all(map(str.isalnum, (words[-1:], behind[:1]))) else ""
    return f"{first}{words}{last}"


def _is_named(element: HtmlElement) -> bool:
    """Return whether a drawing says what it shows, so that it is no mere ornament."""
    if element.get("aria-hidden") == "true":
        return False
    return bool(element.get("aria-label", "").strip() or "".join(element.xpath("./title//text()")).strip())
