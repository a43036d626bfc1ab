"""The elements of a web page, as a browser treats them: which are laid out, which end a block, which are struck."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from retrieval.articles.inline_styles import declared, is_sizeless, is_transparent, is_veiled

if TYPE_CHECKING:
    from lxml.html import HtmlElement

HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
PRE_TAGS = frozenset({"pre", "listing", "xmp", "plaintext"})
BLOCK_TAGS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "col", "colgroup", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "listing", "main", "menu",
    "nav", "noframes", "ol", "optgroup", "p", "plaintext", "pre", "search", "section", "summary", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "ul", "xmp",
})  # fmt: skip
"""Elements that end a block where they begin and where they end, by the HTML standard's style sheet."""
VOID_TAGS = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
"""Elements that have no content and no end tag."""
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
_UNQUOTED = frozenset({
    "audio", "canvas", "iframe", "noembed", "noframes", "noscript", "select", "template", "textarea", "video",
})  # fmt: skip
"""Elements whose text is shown in a control, or only where something else is not."""
_TEXTS = ".//text()[not(ancestor::script or ancestor::style)]"
_REASONS = frozenset({"visibility", "color", "font-size", "veil"})
"""Why text may be invisible that is laid out."""
DOUBT = "quoth-doubt"
"""Attribute of an element whose text a sheet may hide ("hidden"), or adds words to ("before", "after")."""
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
    if not is_text_element(element):
        return False
    if element.tag == "object" and element.get("data"):
        return False
    return is_displayed(element)


def is_displayed(element: HtmlElement) -> bool:
    """Return whether no style and no attribute takes an element off its page."""
    style = declared(element.get("style"))
    display = style.get("display", "")
    if display == "none" or style.get("content-visibility") == "hidden":
        return False
    if element.get("hidden", "").lower() == "until-found":
        return False
    is_closed = "hidden" in element.attrib or not _is_open(element)
    return not is_closed or display not in _USUAL_DISPLAY


def _is_open(element: HtmlElement) -> bool:
    """Return whether an element stands on its page before a reader asks for it."""
    return "open" in element.attrib if element.tag == "dialog" else "popover" not in element.attrib


def is_text_element(element: HtmlElement) -> bool:
    """Return whether an element holds text of its page, unless a style or an attribute hides it."""
    if element.tag == "template":
        return "shadowrootmode" in element.attrib
    return isinstance(element.tag, str) and element.tag not in _INVISIBLE_TAGS


def hidden_text(element: HtmlElement) -> str:
    """Return the text of an element that is not rendered, or of the page in a frame; "" for scripts and the like."""
    if element.tag == "iframe" and (page := element.get("srcdoc", "").strip()):
        from lxml.etree import LxmlError
        from lxml.html import HTMLParser, fromstring

        try:
            element = fromstring(page.encode("utf-8", "replace"), parser=HTMLParser(encoding="utf-8"))
        except (ValueError, LxmlError):
            return " ".join(page.split())
    elif element.tag not in _UNQUOTED and not is_text_element(element):
        return ""
    return " ".join(" ".join(element.xpath(_TEXTS)).split())


def unseen(element: HtmlElement, around: frozenset[str]) -> frozenset[str]:
    """Return why an element's text is laid out as empty space, given why the text around it is."""
    style = declared(element.get("style"))
    reasons = set(around)
    visibility = style.get("visibility", "inherit")
    states = {
        "visibility": None if visibility in _INHERITED else visibility in {"hidden", "collapse"},
        "color": is_transparent(style),
        "font-size": is_sizeless(style),
        "veil": is_veiled(style) or None,
    }
    for reason, state in states.items():
        if state is not None:
            (reasons.add if state else reasons.discard)(reason)
    return frozenset(reasons)


def appearance(element: HtmlElement) -> tuple[bool, frozenset[str], frozenset[str], bool]:
    """Return what decides whether an element's text is seen, whatever is around it."""
    return is_rendered(element), unseen(element, frozenset()), unseen(element, _REASONS), is_struck(element)


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
        return element.tag in BLOCK_TAGS
    return not (display.startswith(("inline", "ruby")) or display in _INLINE_DISPLAY or "-inline-" in display)
