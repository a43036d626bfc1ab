"""The style sheets within a web page -> the style attributes of the elements whose text they hide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.articles.inline_styles import HIDING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BRACE = re.compile(r"[{};]")
_MEDIA = re.compile(r"@media\s+(?:only\s+)?(?:screen|all)\s*", re.IGNORECASE)
_COMPOUND = re.compile(r"(?P<tag>[a-z][\w-]*|\*)?(?P<rest>(?:[.#][a-z_-][\w-]*)*)", re.IGNORECASE)
_SIMPLE = re.compile(r"([.#])([\w-]+)")
_RELEVANT = re.compile(
    rf"\b(?:display|visibility|content-visibility|overflow|position|{'|'.join(HIDING)})\b", re.IGNORECASE
)
_DISPLAYED = re.compile(r"display\s*:\s*(?!none\b)[^;]*", re.IGNORECASE)
_HIDES = re.compile(r"none|hidden|collapse|transparent|rgba|hsla|:\s*[+-]?0|:\s*-\d{3}|scale|inset|rect", re.IGNORECASE)
"""What one of the values is that hide text."""
_MOST_RULES = 500
_NEVER_HIDDEN = frozenset({"html", "body", "main", "article"})
"""Elements that a script uncovers when the page has loaded."""


@dataclass(frozen=True, slots=True, order=True)
class _Rule:
    """What a sheet declares for the elements of one selector; the later of two in order wins."""

    ids: int
    classes: int
    tags: int
    number: int
    xpath: str
    declarations: str


def apply_style_sheets(tree: HtmlElement) -> None:
    """Add to the style of each element what the page's own sheets say that may hide it."""
    css = "\n".join(
        style.text or "" for style in tree.iter("style") if style.get("media", "all") in {"all", "screen", ""}
    )
    if not _HIDES.search(css):
        return
    styles: dict[HtmlElement, list[str]] = {}
    for rule in sorted(_rules(css)):
        for element in tree.xpath(rule.xpath):
            if element.tag not in _NEVER_HIDDEN:
                styles.setdefault(element, []).append(rule.declarations)
    for element, declarations in styles.items():
        # What is displayed otherwise than by none keeps the browser's own display, by which blocks are laid out.
        sheet = _DISPLAYED.sub("display:revert", ";".join(declarations))
        element.set("style", f"{sheet};{element.get('style', '')}")


def _rules(css: str) -> Iterator[_Rule]:
    for number, (selectors, declarations) in enumerate(_statements(_COMMENT.sub(" ", css))):
        if number >= _MOST_RULES:
            return
        for selector in selectors.split(","):
            if rule := _rule(selector.strip(), number, declarations):
                yield rule


def _statements(css: str) -> Iterator[tuple[str, str]]:
    """Yield the selectors and the declarations of each rule for the screen that may hide text."""
    start, opened = 0, list[tuple[str, int]]()
    for brace in _BRACE.finditer(css):
        if brace.group() == "{":
            opened.append((css[start : brace.start()].strip(), brace.end()))
            start = brace.end()
        elif brace.group() == "}":
            if opened:
                selectors, begin = opened.pop()
                declarations = css[begin : brace.start()]
                is_applied = all(_MEDIA.fullmatch(around) for around, _ in opened) and not selectors.startswith("@")
                if is_applied and "{" not in declarations and _RELEVANT.search(declarations):
                    yield selectors, declarations
            start = brace.end()
        elif not opened:
            start = brace.end()


def _rule(selector: str, number: int, declarations: str) -> _Rule | None:
    """Return the rule for a selector of tags, classes and ids; None for one of any other kind."""
    steps: list[str] = []
    counts = {"#": 0, ".": 0, "": 0}
    axis = "//"
    for part in re.sub(r"\s*>\s*", " > ", selector).split():
        if part == ">":
            axis = "/"
            continue
        compound = _COMPOUND.fullmatch(part)
        if not compound:
            return None
        tag = (compound["tag"] or "*").lower()
        counts[""] += tag != "*"
        step = f"{axis}{tag}"
        for sign, name in _SIMPLE.findall(compound["rest"]):
            counts[sign] += 1
            step += (
                f"[@id='{name}']"
                if sign == "#"
                else f"[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]"
            )
        steps.append(step)
        axis = "//"
    if not steps:
        return None
    return _Rule(counts["#"], counts["."], counts[""], number, "." + "".join(steps), declarations)
