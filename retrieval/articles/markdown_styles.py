"""The style sheets within a Markdown text -> the attributes of its tags, with what the sheets say of their elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from retrieval.articles.html_elements import DOUBT
from retrieval.articles.style_rules import SheetsTooLargeError
from retrieval.articles.style_sheets import apply_style_sheets

Attributes = Mapping[str, str]
_PLACE = "quoth-at"
"""Attribute that says where in the text an element's tag begins."""
_HIDDEN = {"hidden": "until-found"}
_STYLE_END = re.compile(r"</style\s*>", re.IGNORECASE)


def styled(
    text: str, tags: Sequence[re.Match[str]], attributes_of: Callable[[re.Match[str]], Attributes]
) -> dict[int, Attributes]:
    """Return the attributes of the elements that tags begin, by the tags' places, as the text's sheets have them.

    An element that a sheet may hide, or to which one adds words, is hidden: so are all where that would take too long.
    """
    from lxml.html import HTMLParser, fromstring

    parts, at = ["<!doctype html><body>"], 0
    for tag in tags:
        if tag.start() < at:
            continue  # within a style sheet
        parts.append(escape(text[at : tag.start()]))
        at = tag.end()
        if tag["end"]:
            parts.append(tag.group())
            continue
        own = {**attributes_of(tag), _PLACE: str(tag.start())}
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in own.items())
        parts.append(f"<{tag['name']}{attributes}>")
        if tag["name"].lower() == "style" and (end := _STYLE_END.search(text, at)):
            parts.append(text[at : end.start()])
            at = end.start()
    parser = HTMLParser(encoding="utf-8", huge_tree=True)
    tree = fromstring("".join([*parts, escape(text[at:])]).encode("utf-8", "replace"), parser=parser)
    try:
        apply_style_sheets(tree)
    except SheetsTooLargeError:
        return {tag.start(): _HIDDEN for tag in tags if not tag["end"]}
    found: dict[int, Attributes] = {}
    for element in tree.iter():
        if isinstance(element.tag, str) and (place := element.get(_PLACE)):
            found[int(place)] = _HIDDEN if DOUBT in element.attrib else dict(element.attrib)
    return found
