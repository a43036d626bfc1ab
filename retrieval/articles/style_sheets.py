"""The style sheets within a web page -> the style attributes of the elements whose text they hide, and the doubts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from retrieval.articles.generated import added_words, content_of
from retrieval.articles.html_elements import DOUBT, appearance, is_rendered
from retrieval.articles.inline_styles import HIDING, declarations
from retrieval.articles.page_elements import Elements
from retrieval.articles.selectors import selectors_of
from retrieval.articles.style_rules import on_screen, rules_of
from retrieval.articles.truths import Truth, every

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_RELEVANT = frozenset({
    "all", "display", "visibility", "content-visibility", "overflow", "overflow-x", "overflow-y", "position",
    "text-decoration", "text-decoration-line", "vertical-align", "font-variant", "font-variant-position", "float",
    *HIDING,
})  # fmt: skip
_HIDES = re.compile(
    r"display:none|:(?:hidden|collapse|clip|transparent|rgb|hsl|#|inset|rect|circle|polygon|calc|[+-]?0|[+-]?\.\d|-)"
    r"|scale|opacity|translate|line-through|vertical-align:(?:su|t)|font-variant[a-z-]*:.*su|float:[lri]"
    r"|(?:vertical-align|top|bottom|inset):[\d.]|position:(?:absolute|fixed)"
)
"""What one of the declarations is that hide text, or move it from its line."""
_VARIABLE = re.compile(r"(?<![\w-])(?:display|visibility)\s*:[^;]*\bvar\(", re.IGNORECASE)
"""What may be set to a value that hides."""
_GENERATED = {"before": "before", "after": "after", "marker": "before"}
_PARTS_OF_TEXT = frozenset({"first-line", "first-letter"})
_NEVER_HIDDEN = frozenset({"html", "body", "main", "article"})
"""Elements that a script uncovers when the page has loaded."""
_Place = tuple["HtmlElement", str]
"""An element; or what is generated before or after its text."""


@dataclass(frozen=True, slots=True)
class _Style:
    """What a rule declares that decides which text is seen."""

    selectors: str
    declared: str
    content: str
    """Of what is generated; empty where the rule does not say."""
    hides: bool
    applies: Truth
    order: tuple[int, int, int]
    """The layer, the sheet and the rule: the later one wins."""


@dataclass(frozen=True, slots=True)
class _Match:
    """A style that an element has, or may have (None)."""

    order: tuple[int, tuple[int, int, int], int, int]
    truth: Truth
    style: _Style


def apply_style_sheets(tree: HtmlElement) -> None:
    """Add to the style of each element what the page's own sheets say that may hide it, and mark what is in doubt."""
    styles = list(_styles(tree))
    if not any(style.hides or style.content for style in styles):
        return
    elements = Elements(tree)
    matches: dict[_Place, list[_Match]] = {}
    for style in styles:
        if style.hides or style.content:
            _match(style, elements, matches, None)
    concerned = _with_descendants({element for element, _ in matches}, elements)
    for style in styles:
        if not style.hides and not style.content:
            _match(style, elements, matches, concerned)
    for (element, place), chosen in matches.items():
        chosen.sort(key=attrgetter("order"))
        if place and _adds_words(element, chosen):
            _doubt(element, place)
        elif not place and element.tag not in _NEVER_HIDDEN:
            _apply(element, chosen)


def _styles(tree: HtmlElement) -> Iterator[_Style]:
    """Yield what the rules of all sheets declare, as far as it decides which text is seen."""
    layers: dict[str, int] = {}
    for sheet, (css, applies) in enumerate(_sheets(tree)):
        for rule in rules_of(css, layers):
            values = [(name, value, mark) for name, value, mark in declarations(rule.declarations) if name in _RELEVANT]
            declared = ";".join(f"{name}:{_usual(name, value)}{'!important' * mark}" for name, value, mark in values)
            content = content_of(rule.declarations)
            if declared or content:
                order = (rule.layer, sheet, rule.number)
                truth = every((applies, rule.applies))
                yield _Style(rule.selectors, declared, content, bool(_HIDES.search(declared)), truth, order)
            if _VARIABLE.search(rule.declarations):
                yield _Style(rule.selectors, "display:none", "", True, None, (rule.layer, sheet, rule.number))


def _with_descendants(chosen: set[HtmlElement], elements: Elements) -> set[HtmlElement]:
    """Add the elements in those that were chosen: what hides these may be undone for one of them."""
    for element in elements.all:
        if element.getparent() in chosen:
            chosen.add(element)
    return chosen


def _usual(name: str, value: str) -> str:
    """Keep the browser's own display, by which blocks are laid out, for what is displayed otherwise than by none."""
    return "revert" if name == "display" and value != "none" else value


def _sheets(tree: HtmlElement) -> Iterator[tuple[str, Truth]]:
    """Yield the sheets that a browser reads, and whether each applies."""
    for style in tree.iter("style"):
        is_css = style.get("type", "").strip().lower() in {"", "text/css"}
        is_fallback = any(around.tag == "noscript" for around in style.iterancestors())
        applies = on_screen(style.get("media") or "all")
        if is_css and not is_fallback and applies is not False:
            yield style.text or "", applies


def _match(
    style: _Style, elements: Elements, matches: dict[_Place, list[_Match]], among: Collection[HtmlElement] | None
) -> None:
    """Add a style to the matches of each element that it may be for."""
    layer, sheet, number = style.order
    for selector in selectors_of(style.selectors):
        place = _GENERATED.get(selector.element, "")
        if selector.element and not place and selector.element not in _PARTS_OF_TEXT:
            continue
        applies = None if selector.element in _PARTS_OF_TEXT else style.applies
        for element, truth in selector.matches(elements, among):
            order = (layer, selector.specificity, sheet, number)
            if place or style.declared:
                matches.setdefault((element, place), []).append(_Match(order, every((truth, applies)), style))


def _apply(element: HtmlElement, matches: Sequence[_Match]) -> None:
    """Set an element's style; where a style that it only may have would change what is seen, mark the doubt."""
    own = element.get("style", "")
    certain = f"{_declared([match for match in matches if match.truth])};{own}"
    element.set("style", certain)
    if all(match.truth for match in matches):
        return
    appears, is_laid_out = appearance(element), is_rendered(element)
    element.set("style", f"{_declared(matches)};{own}")
    if appearance(element) != appears:
        _doubt(element, "hidden")
    if is_laid_out:
        element.set("style", certain)


def _adds_words(element: HtmlElement, matches: Sequence[_Match]) -> bool:
    """Return whether words may be generated beside an element's text."""
    certain = [match for match in matches if match.truth]
    contents = [match.style.content for match in matches if match.truth is None]
    style = _declared(certain)
    return any(added_words(element, style, [each]) for each in contents) or added_words(
        element, style, [match.style.content for match in certain]
    )


def _declared(matches: Sequence[_Match]) -> str:
    return ";".join(match.style.declared for match in matches if match.style.declared)


def _doubt(element: HtmlElement, what: str) -> None:
    element.set(DOUBT, f"{element.get(DOUBT, '')} {what}".strip())
