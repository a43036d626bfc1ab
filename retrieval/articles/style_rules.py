"""The text of style sheets -> their rules, out of the blocks that they are nested in, in the order of the sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt

from retrieval.articles.truths import Truth, every, negated, some

STRING = r"\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?"
_COMMENT = re.compile(rf"({STRING})|/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_TOKEN = re.compile(rf"{STRING}|\\.|url\(\s*[^\"')\s][^)]*\)|[{{}}();\[\],]", re.DOTALL | re.IGNORECASE)
_AT_RULE = re.compile(r"@([a-z-]+)\s*(.*)", re.DOTALL | re.IGNORECASE)
_NESTING = re.compile(rf"({STRING}|\\.)|&", re.DOTALL)
_QUERY = re.compile(r"(?:(not|only)\s+)?(?:([a-z][a-z-]*)\b(?:\s+and\b)?\s*)?(.*)", re.DOTALL)
_FEATURE = re.compile(r"(not\s+)?\(([^()]*)\)")
_SIZE = re.compile(r"(?:(min|max)-)?(width|height)\s*(:|[<>]=?)\s*(\d*\.?\d+)(px|em|rem)?")
_BETWEEN = re.compile(r"([\d.]+[a-z]*)\s*([<>]=?)\s*(width|height)\s*([<>].*)")
_FLIPPED = str.maketrans("<>", "><")
_COMPARED = {"min:": ge, "max:": le, "<": lt, "<=": le, ">": gt, ">=": ge, ":": eq}
_SCREEN = {"width": 1280, "height": 800}
"""Of a reader, in pixels."""
_EM = 16
_OF_SCREEN = {"prefers-reduced-motion:reduce": False, "prefers-color-scheme:dark": False, "scripting:none": False}
_LONGEST_SELECTOR = 10_000
_DEEPEST = 100


class SheetsTooLargeError(Exception):
    """Style sheets of which it would take too long to tell what they hide."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a sheet declares for the elements of its selectors."""

    selectors: str
    declarations: str
    number: int
    layer: int
    """A rule of a later layer wins; those outside all layers are in the last."""
    applies: Truth


@dataclass(slots=True)
class _Open:
    """A block that has begun."""

    selectors: str
    applies: Truth
    layer: int
    number: int
    declarations: list[str] = field(default_factory=list)


_NO_LAYER = 1 << 30


def rules_of(css: str, layers: dict[str, int]) -> Iterator[Rule]:
    """Yield the rules that a browser with a screen may apply, given the layers so far; inner blocks come first."""
    css = _COMMENT.sub(lambda match: match[1] or " ", css)
    opened = [_Open("", True, _NO_LAYER, 0)]
    start = depth = number = 0
    is_broken = False
    """Whether a stray mark outside all blocks makes the next rule one that a browser drops."""
    for token in _TOKEN.finditer(f"{css}{'}' * css.count('{')}"):
        sign = token.group()
        depth = max(0, depth + (sign in "([") - (sign in ")]"))
        if depth or sign not in "{};":
            continue
        text = token.string[start : token.start()].strip()
        start = token.end()
        if sign == "{":
            number += 1
            opened.append(_Open("", False, 0, number) if is_broken else _begun(text, opened[-1], number, layers))
            is_broken = False
            if len(opened) > _DEEPEST:
                raise SheetsTooLargeError
            continue
        is_broken = len(opened) == 1 and not text.startswith("@")
        opened[-1].declarations.append(text)
        if sign == ";" and len(opened) == 1 and text.lower().startswith("@layer"):
            for name in text[len("@layer") :].split(","):
                layers.setdefault(name.strip(), len(layers))
        if sign == "}" and len(opened) > 1:
            ended = opened.pop()
            if ended.applies is not False and ended.selectors:
                yield Rule(ended.selectors, ";".join(ended.declarations), ended.number, ended.layer, ended.applies)


def _begun(prelude: str, around: _Open, number: int, layers: dict[str, int]) -> _Open:
    """Return the block that begins behind a prelude."""
    at_rule = _AT_RULE.fullmatch(prelude)
    if not at_rule:
        return _Open(_nested(prelude, around.selectors), around.applies, around.layer, number)
    name, condition = at_rule[1].lower(), at_rule[2]
    layer = around.layer
    if name == "layer" and layer == _NO_LAYER:
        layer = layers.setdefault(condition.strip() or f"@{number}", len(layers))
    return _Open(around.selectors, every((around.applies, _applies(name, condition))), layer, number)


def _applies(name: str, condition: str) -> Truth:
    if name == "media":
        return on_screen(condition)
    if name == "supports":
        return None if re.search(r"\bnot\b", condition) else True
    if name in {"container", "scope"}:
        return None
    return name == "layer"


def _nested(selectors: str, around: str) -> str:
    """Return the selectors of a rule that may stand within another one."""
    if not around:
        return selectors
    nested = []
    for selector in split(selectors):
        text, count = _NESTING.subn(lambda match: match[1] or f":is({around})", selector)
        has_sign = any(not match[1] for match in _NESTING.finditer(selector)) if count else False
        nested.append(text if has_sign else f":is({around}) {selector}")
    if sum(map(len, nested)) > _LONGEST_SELECTOR:
        raise SheetsTooLargeError
    return ",".join(nested)


def split(text: str, separator: str = ",") -> list[str]:
    """Cut a text at its separators outside strings and brackets."""
    parts, start, depth = list[str](), 0, 0
    for token in _TOKEN.finditer(text):
        sign = token.group()
        depth += (sign in "([") - (sign in ")]")
        if sign == separator and depth <= 0:
            parts.append(text[start : token.start()].strip())
            start = token.end()
    return [*parts, text[start:].strip()]


def closing(text: str, start: int) -> int:
    """Return where the bracket closes that opens before `start`; the text's end if none does."""
    depth = 1
    for token in _TOKEN.finditer(text, start):
        depth += (token.group() in "([") - (token.group() in ")]")
        if not depth:
            return token.start()
    return len(text)


def on_screen(media: str) -> Truth:
    """Return whether a media query holds on a reader's screen."""
    return some(map(_holds, media.lower().split(",")))


def _holds(query: str) -> Truth:
    match = _QUERY.fullmatch(query.strip())
    if not match:
        return None
    sign, medium, conditions = match.groups()
    if sign == "not" and not medium:
        return negated(_holds(conditions))
    is_medium = medium in {None, "screen", "all"}
    if not conditions:
        return negated(is_medium) if sign == "not" else is_medium
    features = [negated(_has(each[2])) if each[1] else _has(each[2]) for each in _FEATURE.finditer(conditions)]
    rest = _FEATURE.sub("", conditions).split()
    holds = some(features) if set(rest) == {"or"} else every(features)
    holds = every((is_medium, holds if features and set(rest) in ({"or"}, {"and"}, set()) else None))
    return negated(holds) if sign == "not" else holds


def _has(feature: str) -> Truth:
    feature = feature.strip()
    if between := _BETWEEN.fullmatch(feature):
        bound, sign, side, rest = between.groups()
        return every(map(_has, (f"{side}{sign.translate(_FLIPPED)}{bound}", f"{side}{rest}")))
    size = _SIZE.fullmatch(feature)
    if not size:
        return _OF_SCREEN.get("".join(feature.split()))
    end, side, sign, number, unit = size.groups()
    length = float(number) * (_EM if unit in {"em", "rem"} else 1)
    compare = _COMPARED.get(f"{end or ''}{sign}")
    return compare(_SCREEN[side], length) if compare else None
