"""Raised, lowered, stacked and boxed text of a web page -> plain text that says the same numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING

from retrieval.articles.inline_styles import declared, shift_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_RAISED = str.maketrans("0123456789+-−=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_LOWERED = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_ORDINALS = frozenset({
    "st", "nd", "rd", "th", "er", "re", "ere", "ère", "eme", "ème", "me", "nde", "ste", "to", "tm", "sm"
})  # fmt: skip
"""What may stand beside a number on its line without changing it."""
_FRACTION = re.compile(r"(?<![^\W\d_])([⁰¹²³⁴-⁹]+)[/⁄∕]([₀-₉]+)(?!\w)")
_SIGNS = frozenset("+-−=")
_TITLE_ENDS = frozenset({
    "lle", "lles", "mes", "ie", "ies", "ve", "gr", "grs", "rs", "te", "se", "ry", "os", "ch",
})  # fmt: skip
"""What may stand raised behind the capital of a title: Mlle, Cie."""
_ABBREVIATIONS = frozenset({
    "Mc", "Mr", "Ms", "Dr", "Sr", "Jr", "Fr", "Pr", "St", "Lt", "Ct", "Bd", "No", "Wm", "no", "nos", "ro", "vo", "fo",
    "ye", "yt", "yr", "wch", "wt",
})  # fmt: skip
_FUNCTIONS = frozenset({
    "sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "ln", "lg", "exp", "lim", "max", "min", "sup", "inf", "det",
})  # fmt: skip
_LETTER = rf"[^\W\d_{''.join(map(chr, {*_RAISED.values(), *_LOWERED.values()}))}]"
_BASE = re.compile(rf"(?<!{_LETTER})(?<!{_LETTER}['’])(?:{_LETTER}|{'|'.join(sorted(_FUNCTIONS))})\Z")
"""A variable, or the name of a function."""
_SMALL_NUMBER = re.compile(r"(?<![\d.,])\d{1,3}\Z")
_CLOSED = (")", "]", "|", "}")
_OPERATED = re.compile(r"[+−=×·/⁄∞<>≤≥±→]|(?<![^\W\d_]{2})-(?![^\W\d_]{2})")
_BRACKETED = re.compile(r"[\[(].*[\])]", re.DOTALL)
_STOPS = tuple(".!?,;:…”’\"'»")
_FLOATS = frozenset({"left", "right", "inline-start", "inline-end"})
_MOST_PARTS = 3
_LONGEST_NOTE = 4
_SIMPLE = re.compile(r"(?:[^\W⁰¹²³⁴-⁹]|[.,])*|.|\([^()]*\)")


class Setting(Enum):
    """How an element stands to the text beside it."""

    RAISED = 1
    LOWERED = 2
    NOTE = 3
    """The raised number of a footnote."""
    NUMERATOR = 4
    DENOMINATOR = 5
    BASE = 6
    RADICAND = 7
    DEGREE = 8
    """Of a root."""
    GLOSS = 9
    BOX = 10
    """Apart from what is beside it, on the same line."""


_MATH = {
    "msup": (Setting.BASE, Setting.RAISED),
    "msub": (Setting.BASE, Setting.LOWERED),
    "msubsup": (Setting.BASE, Setting.LOWERED, Setting.RAISED),
    "mover": (Setting.BASE, Setting.RAISED),
    "munder": (Setting.BASE, Setting.LOWERED),
    "munderover": (Setting.BASE, Setting.LOWERED, Setting.RAISED),
    "mroot": (Setting.BASE, Setting.DEGREE),
    "mfrac": (Setting.NUMERATOR, Setting.DENOMINATOR),
}
"""How the children of an element of MathML stand to each other."""
_SETTINGS = {
    "sup": Setting.RAISED, "sub": Setting.LOWERED, "msqrt": Setting.RADICAND, "rt": Setting.GLOSS,
    "button": Setting.BOX, "mtd": Setting.BOX, "mspace": Setting.BOX, "mprescripts": Setting.BOX,
}  # fmt: skip


def setting_of(element: HtmlElement) -> Setting | None:
    """Return how an inline element stands to the text beside it; None if it simply goes on."""
    parent = element.getparent()
    around = parent.tag if parent is not None else ""
    if around in _MATH:
        return _part(element, parent)
    if around == "mmultiscripts":
        return Setting.BOX
    setting = _SETTINGS.get(element.tag)
    style = declared(element.get("style"))
    if setting is None:
        is_box = _is_box(style, parent)
        shift = shift_of(style, is_box=is_box)
        setting = Setting.RAISED if shift > 0 else Setting.LOWERED if shift < 0 else Setting.BOX if is_box else None
    return Setting.NOTE if setting is Setting.RAISED and _is_note(element) else setting


def _part(element: HtmlElement, parent: HtmlElement) -> Setting | None:
    number = sum(isinstance(each.tag, str) for each in islice(element.itersiblings(preceding=True), _MOST_PARTS))
    if parent.tag == "mfrac" and re.match(r"0(?![.\d])", parent.get("linethickness", "")):
        return Setting.BOX  # a binomial coefficient is no fraction
    settings = _MATH[parent.tag]
    return settings[number] if number < len(settings) else None


def _is_box(style: Mapping[str, str], parent: HtmlElement | None) -> bool:
    if style.get("position") in {"absolute", "fixed"} or style.get("float", "none") in _FLOATS:
        return True
    display = style.get("display", "")
    if display.startswith("inline-") or "-inline-" in display or display in {"inline flow-root", "inline table"}:
        return True
    around = declared(parent.get("style")).get("display", "") if parent is not None else ""
    return around.endswith(("flex", "grid"))


def _is_note(element: HtmlElement) -> bool:
    """Return whether a raised text leads to a footnote: it is, or stands in, a link within the page."""
    parent = element.getparent()
    if parent is not None and parent.tag == "a" and len(parent) == 1:
        return "#" in parent.get("href", "") and not (parent.text or element.tail or "").strip()
    if len(element) != 1 or element[0].tag != "a":
        return False
    return "#" in element[0].get("href", "") and not (element.text or element[0].tail or "").strip()


def typeset(setting: Setting, text: str, before: str) -> str:
    """Return the text of an element as it may stand on the line of the text before it."""
    core = text.strip()
    if not core:
        return text
    behind = text[len(text.rstrip()) :]
    match setting:
        case Setting.RAISED | Setting.NOTE:
            return _raised(text, core, before, is_note=setting is Setting.NOTE) + behind
        case Setting.LOWERED:
            return _shifted(text, core, before, _LOWERED, "_") + behind
        case Setting.NUMERATOR | Setting.BOX:
            core = core if setting is Setting.BOX else _grouped(core)
            return text[: len(text) - len(text.lstrip())] + _apart(core, before) + behind
        case Setting.DENOMINATOR:
            return f"/{_grouped(core)}"
        case Setting.BASE:
            return _apart(_grouped(core), before) if _grouped(core) != core else text
        case Setting.RADICAND:
            return f"√{_grouped(core)}"
        case Setting.DEGREE:
            return f"^(1/{core})"
        case Setting.GLOSS:
            return f"({core})"


def with_fractions(text: str) -> str:
    """Write fractions that are set in small figures the usual way: 1 1/2."""

    def plain(match: re.Match[str]) -> str:
        over = "".join(str("⁰¹²³⁴⁵⁶⁷⁸⁹".index(digit)) for digit in match[1])
        under = "".join(str("₀₁₂₃₄₅₆₇₈₉".index(digit)) for digit in match[2])
        space = " " if text[: match.start()][-1:].isdigit() else ""
        return f"{space}{over}/{under}"

    return _FRACTION.sub(plain, text) if max(text, default="") >= "₀" else text


def _raised(text: str, core: str, before: str, *, is_note: bool) -> str:
    if _BRACKETED.fullmatch(core):
        if core[0] == "(" and not is_note and _is_raised_to(core, before):
            return f"^{core}"
        return core if core[0] == "[" or not before[-1:].isalnum() else f" {core}"
    is_short = len(core) <= _LONGEST_NOTE and core.isalnum()
    if is_short and (is_note or (core.isdecimal() and before.endswith(_STOPS))):
        return f"[{core}]"
    return _shifted(text, core, before, _RAISED, "^")


def _is_raised_to(core: str, before: str) -> bool:
    """Return whether a text in brackets is an exponent: behind a word, an amount or a year it is a note."""
    if _BASE.search(before) or _SMALL_NUMBER.search(before) or before.endswith(_CLOSED):
        return True
    return before[-1:].isalnum() and bool(_OPERATED.search(core))


def _shifted(text: str, core: str, before: str, table: dict[int, int], mark: str) -> str:
    is_beside = before[-1:].isalnum() or before.endswith(_CLOSED)
    has_number = any(char.isdigit() or char in _SIGNS for char in core)
    if not has_number and not _changes(core, before):
        return text.rstrip()
    if not any(char.isalnum() or char in _SIGNS or char == "∞" for char in core):
        return text.rstrip()
    if all(ord(char) in table for char in core):
        return core.translate(table)
    if not is_beside:
        return text.rstrip()
    if any(map(str.isspace, core)) and any(map(str.isalpha, core)) and not all(map(_is_symbol, core.split())):
        return f" ({core})"
    return f"{mark}{_grouped(core)}"


def _changes(core: str, before: str) -> bool:
    """Return whether letters would say something else if they stood on the line of what is before them."""
    if core.lower() in _ORDINALS:
        return False
    if before[-1:].isdigit() or before.endswith(_CLOSED):
        return True
    if base := _BASE.search(before):
        letter = base.group()
        is_century = letter in "IVXLCDM" and core in {"e", "es", "a", "o"}
        is_title = letter.isupper() and core in _TITLE_ENDS
        return not (is_century or is_title or letter + core in _ABBREVIATIONS)
    return before[-1:].isalpha() and bool(_OPERATED.search(core))


def _is_symbol(word: str) -> bool:
    """Return whether a word of a formula is none of a language."""
    return len(word) == 1 or word in _FUNCTIONS or not any(map(str.isalpha, word))


def _grouped(core: str) -> str:
    is_word = core.isascii() and core.isalnum()
    is_simple = len(core) == 1 or is_word or not any(map(str.isalpha, core)) or core[0] == "("
    return core if is_simple and _SIMPLE.fullmatch(core) else f"({core})"


def _apart(core: str, before: str) -> str:
    """Return a text with a space before it if it would run into what stands there."""
    return f" {core}" if runs_on(before, core) else core


def runs_on(before: str, core: str) -> bool:
    """Return whether two texts would make one number or word; single letters may be parts of a word."""
    is_spelt = before[-1:].isalpha() and core[:1].isalpha() and 1 in {len(before.split()[-1]), len(core.strip())}
    return before[-1:].isalnum() and core[:1].isalnum() and not is_spelt
