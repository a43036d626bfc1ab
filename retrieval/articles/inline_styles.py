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
_IN_BRACKETS = re.compile(r"[;:!]")
_WIDE = r"inherit|initial|unset|revert|revert-layer"
_LONGEST = 200
HIDING = (
    "opacity", "font-size", "color", "height", "max-height", "width", "max-width", "clip", "clip-path", "text-indent",
    "transform", "left", "top", "right", "bottom", "inset", "scale", "translate", "filter", "margin-left",
    "inline-size", "block-size", "max-inline-size", "max-block-size", "-webkit-text-fill-color",
)  # fmt: skip
"""Properties that can make text invisible that is laid out all the same."""
_FONT = re.compile(
    r"(?:(?:normal|italic|oblique|bold|bolder|lighter|small-caps|\d{3,4}|(?:(?:ultra|extra|semi)-)?(?:condensed|expanded))"
    r"\s+)*([^\s/]+)(?:\s*/\s*[^\s/]+)?\s+[^/]+"
)
_ZERO = re.compile(r"(?:calc\(\s*)?[+-]?0*\.?0*(?:%|[a-z]+)?\s*\)?")
_ALMOST_ZERO = re.compile(r"-.*|0*\.0\d*|0*\d(?:\.\d*)?%")
_TINY = re.compile(r"0*\.\d+(?:px|pt)")
_ALL_ZERO = re.compile(r"rect\((?:[\s,]*[01]?(?:px)?)*\)")
_INSET = re.compile(
    r"inset\((?:50|[6-9]\d|100)%.*\)|circle\(0.*\)|polygon\((?:[\s,]*0(?:px|%)?)+\)|inset\(.*\b100%.*\)"
)
_FILTERED = re.compile(r".*\bopacity\(\s*0*\.?0*%?\s*\).*")
_MOVED = re.compile(r"(?:.*\s)?translate[xy3d]*\((?:[^,()]*,)?\s*-\d{3,}.*|-\d{3,}.*")
_FAR_OUT = re.compile(r"-\d{4,}.*")
_SCALED = re.compile(r"(?:.*\s)?scale[xy3d]*\([\s,]*0*\.?0*(?:[,\s].*)?\).*")
_FAR = re.compile(r"-\d{3,}(?:\.\d+)?(?:px|em|rem|%|vw|vh|pt)?")
_TRANSPARENT = re.compile(r"transparent|(?:rgba?|hsla?)\(.*[,/]\s*0*\.?0*%?\s*\)|#[0-9a-f]{3}0|#[0-9a-f]{6}00")
_WITH_ALPHA = re.compile(r"(?:rgb|hsl)a?\((?:[^,]*,){3}[^,]*\)|.*/.*")
_VEILS = (
    ("opacity", _ZERO), ("opacity", _ALMOST_ZERO), ("clip", _ALL_ZERO), ("clip-path", _INSET), ("text-indent", _FAR),
    ("transform", _SCALED), ("transform", _MOVED), ("translate", _MOVED), ("scale", _ZERO), ("filter", _FILTERED),
    ("margin-left", _FAR_OUT),
)  # fmt: skip
_OVERFLOWS = ("overflow", "overflow-x", "overflow-y")
_SIZES = (
    "height", "max-height", "width", "max-width", "inline-size", "block-size", "max-inline-size", "max-block-size",
)  # fmt: skip
_EDGES = ("left", "top", "right", "bottom", "inset")
_LENGTH = re.compile(r"([+-]?\d*\.?\d+)(px|pt|r?em|ex|%|)")
_MOVED_UP = re.compile(r"(?:.*\s)?translate(?:y\(|\([^,()]*,)\s*([^,()\s]+)\s*\).*")
_IN_EM = {"px": 1 / 16, "pt": 1 / 12, "em": 1.0, "rem": 1.0, "ex": 0.5, "%": 0.01}
_ALIGNED = {"super": 0.33, "text-top": 0.3, "top": 0.3, "sub": -0.2, "text-bottom": -0.2}
_SMALLER = frozenset({"smaller", "small", "x-small", "xx-small"})
_LEAST_SHIFT = 0.1
"""Heights of the letters by which text is raised or lowered from its line; less puts a label in place."""
_LEAST_SHIFT_OF_SMALL = 0.05
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
    "font-variant": re.compile(r".*\b(?:sub|super)\b.*|normal|none|inherit|initial"),
    "font-variant-position": re.compile(rf"{_WIDE}|normal|sub|super"),
    "float": re.compile(rf"{_WIDE}|none|left|right|inline-start|inline-end"),
    **{
        name: re.compile(r".+")
        for name in (*HIDING, *_OVERFLOWS, "position", "background-clip", "-webkit-background-clip")
    },
    "text-decoration": re.compile(r".+"),
    "text-decoration-line": re.compile(r".+"),
    "all": re.compile(_WIDE),
}
"""Values that a browser knows: a declaration with another value counts for nothing."""


@lru_cache(maxsize=512)
def declared(style: str | None) -> Mapping[str, str]:
    """Return the values that a style attribute gives to the properties which concern text, in small letters."""
    values: dict[str, str] = {}
    important = set[str]()
    for name, value, is_important in declarations(style or ""):
        if name == "all":
            values = {each: value for each, value in values.items() if each in important}
        elif is_important or name not in important:
            values[name] = value
        if is_important:
            important.add(name)
    return values


def declarations(style: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the valid declarations of the known properties, and whether each is important; a font is its size."""
    if ":" not in style:
        return
    style = _STRING.sub("s", style) if '"' in style or "'" in style else style
    style = _BRACKETS.sub(lambda match: _IN_BRACKETS.sub(" ", match.group()), _COMMENT.sub(" ", style))
    for part in style.split(";"):
        part = " ".join(_ESCAPE.sub(_unescaped, part).lower().split())
        declaration = _DECLARATION.fullmatch(part) if len(part) <= _LONGEST else None
        if declaration:
            name, value, important = declaration.groups()
            if name == "font" and (font := _FONT.fullmatch(value)):
                name, value = "font-size", font[1]
            known = _VALUES.get(name)
            if known and known.fullmatch(value):
                yield name, value, bool(important)


def _unescaped(escape: re.Match[str]) -> str:
    if not escape[1]:
        return escape[2]
    code = int(escape[1], 16)
    return chr(code) if 0 < code < 0xD800 else "\ufffd"


def is_transparent(style: Mapping[str, str]) -> bool | None:
    """Return whether text has no colour; None where the style has no colour of its own."""
    color = style.get("-webkit-text-fill-color", style.get("color"))
    if color is None or color in {"inherit", "unset"}:
        return None
    if "text" in style.get("background-clip", "") + style.get("-webkit-background-clip", ""):
        return False
    has_alpha = not color.startswith(("rgb", "hsl")) or bool(_WITH_ALPHA.fullmatch(color))
    return has_alpha and bool(_TRANSPARENT.fullmatch(color))


def is_sizeless(style: Mapping[str, str]) -> bool | None:
    """Return whether text has no size; None where the size depends on that of the text around it."""
    size = style.get("font-size")
    if size is None or size in {"inherit", "unset"}:
        return None
    if _ZERO.fullmatch(size) or _TINY.fullmatch(size):
        return True
    return None if size.endswith(("em", "%")) and not size.endswith("rem") else False


def is_veiled(style: Mapping[str, str]) -> bool:
    """Return whether an element and all that is in it cannot be seen, though it is laid out."""
    overflows = not any(style.get(name, "").startswith(("hidden", "clip")) for name in _OVERFLOWS)
    if not overflows and any(_ZERO.fullmatch(style.get(name, "1")) for name in _SIZES):
        return True
    is_placed = style.get("position") in {"absolute", "fixed"}
    edges = (edge for name in _EDGES for edge in style.get(name, "").split())
    if is_placed and any(map(_FAR.fullmatch, edges)):
        return True
    return any(hiding.fullmatch(style[name]) for name, hiding in _VEILS if name in style)


def shift_of(style: Mapping[str, str], *, is_box: bool = False) -> int:
    """Return whether text stands above (1), below (-1) or on the line (0) of the text beside it.

    A box that is aligned with the top or the bottom of its line is a part of a layout, and stands beside the text.
    """
    variant = f"{style.get('font-variant', '')} {style.get('font-variant-position', '')}".split()
    if "super" in variant or "sub" in variant:
        return 1 if "super" in variant else -1
    aligned = style.get("vertical-align", "")
    shift = 0.0 if is_box and aligned in {"top", "text-top", "text-bottom"} else _ALIGNED.get(aligned, _em(aligned))
    if style.get("position") in {"relative", "absolute", "sticky"}:
        edges = style.get("inset", "").split()
        top, bottom = style.get("top", edges[0] if edges else ""), style.get("bottom", "")
        shift += _em(bottom, percent=0) if not _LENGTH.fullmatch(top) else -_em(top, percent=0)
    moved = _MOVED_UP.fullmatch(style.get("transform", "")) or re.fullmatch(r"\S+ (\S+)", style.get("translate", ""))
    shift -= _em(moved[1], percent=1) if moved else 0
    least = _LEAST_SHIFT_OF_SMALL if _is_small(style.get("font-size", "")) else _LEAST_SHIFT
    return (shift >= least) - (shift <= -least)


def _em(length: str, percent: float = 1.2) -> float:
    """Return a length in heights of the letters, given what 100 % are; 0 for what is no length."""
    match = _LENGTH.fullmatch(length)
    return float(match[1]) * _IN_EM.get(match[2], 0) * (percent if match[2] == "%" else 1) if match else 0.0


def _is_small(size: str) -> bool:
    return size in _SMALLER or 0 < _em(size, percent=1) < 0.9
