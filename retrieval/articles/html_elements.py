"""The elements of a web page, as a browser treats them: which are laid out, which end a block, which are struck."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from retrieval.articles.inline_styles import declared

if TYPE_CHECKING:
    from lxml.html import HtmlElement

HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
PRE_TAGS = frozenset({"pre", "listing", "xmp", "plaintext"})
_BLOCK_TAGS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "col", "colgroup", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "listing", "main", "menu",
    "nav", "noframes", "ol", "optgroup", "p", "plaintext", "pre", "search", "section", "summary", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "ul", "xmp",
})  # fmt: skip
"""Elements that end a block where they begin and where they end, by the HTML standard's style sheet."""
_INVISIBLE_TAGS = frozenset({
    "annotation", "annotation-xml", "audio", "canvas", "datalist", "defs", "desc", "head", "iframe", "metadata",
    "meter", "mphantom", "noembed", "noframes", "noscript", "progress", "rp", "script", "select", "style", "template",
    "textarea", "title", "video",
})  # fmt: skip
"""Elements whose text a browser does not show as text: resources, controls and fallbacks.

Void elements such as `embed` are none of them: to the parser, the text behind one may stand in it.
"""
_INHERITED = frozenset({"inherit", "unset", "revert", "revert-layer"})
_USUAL_DISPLAY = frozenset({"", "revert", "revert-layer"})
"""Displays that leave an element as the browser's own style sheet has it."""
_INLINE_DISPLAY = frozenset({"contents", "initial", "unset", "flow", "math", "inherit"})
_STRUCK_TAGS = frozenset({"del", "s", "strike"})


def visible_elements(tree: HtmlElement) -> Iterator[tuple[HtmlElement, bool]]:
    """Yield each element where it begins (True), if it is rendered, and where it ends, however deep the tree is."""
    open_elements = [(tree, iter(tree))]
    yield tree, True
    while open_elements:
        element, children = open_elements[-1]
        child = next(children, None)
        if child is None:
            open_elements.pop()
            yield element, False
        elif is_rendered(child):
            open_elements.append((child, iter(child)))
            yield child, True
        else:
            yield child, False


def is_rendered(element: HtmlElement) -> bool:
    """Return whether a browser lays an element out; its text may be invisible all the same."""
    if not isinstance(element.tag, str) or element.tag in _INVISIBLE_TAGS:
        return False
    if element.tag == "object" and element.get("data"):
        return False
    style = declared(element.get("style"))
    display = style.get("display", "")
    if display == "none" or style.get("content-visibility") == "hidden":
        return False
    if element.get("hidden", "").lower() == "until-found":
        return False
    is_closed = "hidden" in element.attrib or (element.tag == "dialog" and "open" not in element.attrib)
    return not is_closed or display not in _USUAL_DISPLAY


def is_unseen(element: HtmlElement, *, around: bool) -> bool:
    """Return whether an element's text is laid out as empty space, given whether the text around it is."""
    visibility = declared(element.get("style")).get("visibility", "inherit")
    if visibility in _INHERITED:
        return around
    return visibility in {"hidden", "collapse"}


def is_struck(element: HtmlElement) -> bool:
    """Return whether a page takes back the text of an element."""
    if element.tag in _STRUCK_TAGS:
        return True
    style = declared(element.get("style"))
    return "line-through" in style.get("text-decoration", "") + style.get("text-decoration-line", "")


def is_link(element: HtmlElement) -> bool:
    """Return whether an element leads elsewhere: a heading that is a link to itself does not."""
    if element.tag != "a" or "href" not in element.attrib:
        return False
    parent = element.getparent()
    return parent is None or parent.tag not in HEADING_TAGS or not element.get("href", "").startswith("#")


def is_block(element: HtmlElement) -> bool:
    """Return whether an element ends a block where it begins and where it ends."""
    display = declared(element.get("style")).get("display", "")
    if display in _USUAL_DISPLAY:
        return element.tag in _BLOCK_TAGS
    return not (display.startswith(("inline", "ruby")) or display in _INLINE_DISPLAY or "-inline-" in display)
