"""The selectors of style sheets -> the elements of a web page that they match, as far as that can be told."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from retrieval.articles.page_elements import Elements
from retrieval.articles.style_rules import STRING, closing, split
from retrieval.articles.truths import Truth, every, negated, some

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_IDENT = r"(?:[\w-]|[^\x00-\x7f]|\\[0-9a-fA-F]{1,6}\s?|\\[^0-9a-fA-F\n])+"
_PART = re.compile(
    rf"(?P<combinator>\s*[>+~]\s*|\s+)|(?P<tag>\*|{_IDENT})|\#(?P<id>{_IDENT})|\.(?P<class>{_IDENT})"
    rf"|\[(?P<attribute>(?:{STRING}|[^\]\"'])*)\]?|(?P<element>:(?:before|after)(?![\w-])|::{_IDENT})"
    rf"|:(?P<pseudo>{_IDENT})(?P<open>\()?|(?P<root>&)"
)
_PLAIN = re.compile(rf"([.#]?)({_IDENT})")
_ATTRIBUTE = re.compile(rf"\s*({_IDENT})\s*(?:([~|^$*]?=)\s*({STRING}|{_IDENT})\s*([iIsS])?\s*)?")
_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.IGNORECASE | re.DOTALL)
_NTH = re.compile(r"([+-]?\d*)n(?:([+-])(\d+))?|([+-]?\d+)")
_LISTS = frozenset({"is", "where", "matches", "any", "-webkit-any", "-moz-any"})
_STATES = frozenset({
    "hover", "active", "focus", "focus-visible", "focus-within", "target", "target-within", "visited", "fullscreen",
    "popover-open", "modal", "autofill", "-webkit-autofill", "playing", "current", "user-invalid", "user-valid", "host",
    "host-context", "-moz-focusring",
})  # fmt: skip
"""Pseudo-classes of what a reader has done; on a page that is only read nothing is in such a state."""
_HAVING = {
    "checked": ("checked", "selected"), "disabled": ("disabled",), "required": ("required",), "open": ("open",),
    "read-only": ("readonly",),
}  # fmt: skip
_PLACES = {
    "first-child": (0,), "last-child": (1,), "only-child": (0, 1), "first-of-type": (2,), "last-of-type": (3,),
    "only-of-type": (2, 3),
}  # fmt: skip
"""Pseudo-classes, and of which of an element's places each says that it is the first."""
_NTH_PLACES = {"nth-child": 0, "nth-last-child": 1, "nth-of-type": 2, "nth-last-of-type": 3}
_IN_BODY = frozenset({" ", ">", "  ", " >", "> ", ">>"})
"""How the body of a table may stand between two compounds if only what is in it matters."""
Test = Callable[[Elements, "HtmlElement"], Truth]


@dataclass(frozen=True, slots=True)
class _Compound:
    """What a selector says of one element, and how that stands to the element of the compound before it."""

    combinator: str
    names: tuple[str, ...]
    """Its tag, `#id` and `.class`es."""
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector of a list."""

    compounds: tuple[_Compound, ...]
    specificity: tuple[int, int, int]
    element: str = ""
    """The pseudo-element that it selects, without colons."""

    def matches(
        self, elements: Elements, among: Collection[HtmlElement] | None = None
    ) -> Iterator[tuple[HtmlElement, Truth]]:
        """Yield the elements, of all or of some, that it matches, or may match (None)."""
        names = [elements.folded(compound.names) for compound in self.compounds]
        if any(name not in elements.by_name for each in names for name in each):
            return
        known: dict[tuple[HtmlElement, int], Truth] = {}
        last = len(self.compounds) - 1
        choices: list[Collection[HtmlElement]] = [elements.by_name[name] for name in names[last] or ("",)]
        for element in min(choices if among is None else [*choices, among], key=len):
            if among is not None and element not in among:
                continue
            truth = self._match(elements, element, last, known)
            if truth is not False:
                yield element, truth

    def match(self, elements: Elements, element: HtmlElement) -> Truth:
        """Return whether it matches an element."""
        return self._match(elements, element, len(self.compounds) - 1, {})

    def _match(
        self, elements: Elements, element: HtmlElement, number: int, known: dict[tuple[HtmlElement, int], Truth]
    ) -> Truth:
        key = (element, number)
        if key not in known:
            compound = self.compounds[number]
            truth = _meets(compound, elements, element)
            if truth is not False and number:
                related = _related(element, compound.combinator)
                truth = every((truth, some(self._match(elements, each, number - 1, known) for each in related)))
            known[key] = truth
        return known[key]


def _meets(compound: _Compound, elements: Elements, element: HtmlElement) -> Truth:
    elements.work()
    if not elements.have(element, compound.names):
        return False
    return every(test(elements, element) for test in compound.tests)


def _related(element: HtmlElement, combinator: str) -> Iterator[HtmlElement]:
    """Yield the elements that stand to one as a combinator says."""
    if combinator == " ":
        yield from element.iterancestors()
    elif combinator == ">":
        parent = element.getparent()
        if parent is not None:
            yield parent
    else:
        siblings = (each for each in element.itersiblings(preceding=True) if isinstance(each.tag, str))
        for each in siblings:
            yield each
            if combinator == "+":
                return


def selectors_of(text: str) -> Iterator[Selector]:
    """Yield the selectors of a list; of one that cannot be read, what its last plain names may match."""
    for part in split(text):
        try:
            yield _Reader(part).selector()
        except ValueError:
            last = re.split(r"[\s>+~|]", part.strip())[-1]
            names = tuple(sign + _unescaped(name) for sign, name in _PLAIN.findall(last.split(":")[0]))
            if names:
                yield Selector((_Compound("", names, (_unknown,)),), (0, 0, 0))


class _Reader:
    """Reads one selector."""

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._compounds: list[_Compound] = []
        self._combinator = ""
        self._names: list[str] = []
        self._tests: list[Test] = []
        self._counts = [0, 0, 0]
        self._element = ""

    def selector(self) -> Selector:
        """Return what was read; a ValueError says that it is no selector that is known."""
        position = 0
        while position < len(self._text):
            match = _PART.match(self._text, position)
            if not match:
                raise ValueError(self._text)
            position = self._take(match, match.lastgroup or "")
        self._end_compound("")
        if not self._compounds:
            raise ValueError(self._text)
        return Selector(tuple(self._compounds), (self._counts[0], self._counts[1], self._counts[2]), self._element)

    def _take(self, match: re.Match[str], group: str) -> int:
        """Take one part; return where the next one begins."""
        if match["pseudo"]:
            return self._take_pseudo(match)
        text = match[group]
        if group == "combinator":
            self._end_compound(text.strip() or " ")
        elif group == "element":
            self._element = text.strip(":").lower()
        elif group == "attribute":
            self._counts[1] += 1
            self._tests.append(_attribute_test(text))
        elif group == "root":
            self._tests.append(_is_root)
        elif text != "*":
            self._counts[("id", "class", "tag").index(group)] += 1
            sign = {"id": "#", "class": ".", "tag": ""}[group]
            self._names.append(sign + (_unescaped(text) if sign else text.lower()))
        return match.end()

    def _take_pseudo(self, match: re.Match[str]) -> int:
        name, end = match["pseudo"].lower(), match.end()
        argument = ""
        if match["open"]:
            end = closing(self._text, match.end())
            argument, end = self._text[match.end() : end].strip(), end + 1
        lists = tuple(selectors_of(argument)) if name in {*_LISTS, "not"} else ()
        counts = max((each.specificity for each in lists), default=(0, 0, 0)) if lists else (0, 1, 0)
        if name != "where":
            self._counts = [own + more for own, more in zip(self._counts, counts, strict=True)]
        self._tests.append(_pseudo_test(name, argument, lists))
        return end

    def _end_compound(self, combinator: str) -> None:
        if self._names == ["tbody"] and not self._tests and f"{self._combinator}{combinator}" in _IN_BODY:
            is_sure = not self._compounds or "table" in self._compounds[-1].names
            self._combinator = " " if self._compounds else ""
            self._names, self._tests = [], [_is_in_body] if is_sure else [_is_in_body, _unknown]
            return
        if self._names or self._tests or self._element or self._text[:1] == "*":
            self._compounds.append(_Compound(self._combinator, tuple(self._names), tuple(self._tests)))
        self._names, self._tests = [], []
        self._combinator = combinator


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16) % 0x110000) if match[1] else match[2], text)


def _unknown(_elements: Elements, _element: HtmlElement) -> Truth:
    return None


def _is_root(elements: Elements, element: HtmlElement) -> Truth:
    return element is elements.root


def _is_in_body(_elements: Elements, element: HtmlElement) -> Truth:
    """Return whether an element stands in the body of a table, which a browser adds where the page has none."""
    row = next((each for each in (element, *element.iterancestors()) if each.tag == "tr"), None)
    parent = row.getparent() if row is not None else None
    return parent is not None and parent.tag in {"table", "tbody"}


def _attribute_test(text: str) -> Test:
    match = _ATTRIBUTE.fullmatch(text)
    if not match:
        raise ValueError(text)
    name, sign, value, flag = match.groups()
    value = _unescaped(value[1:-1] if value[:1] in "\"'" else value) if value else ""
    return partial(_has_attribute, _unescaped(name).lower(), sign or "", value, (flag or "").lower())


def _has_attribute(name: str, sign: str, value: str, flag: str, _elements: Elements, element: HtmlElement) -> Truth:
    own = element.get(name)
    if own is None or not sign:
        return own is not None
    if _compares(sign, own, value):
        return True
    return (True if flag == "i" else None) if _compares(sign, own.lower(), value.lower()) and flag != "s" else False


def _compares(sign: str, own: str, value: str) -> bool:
    if sign == "=":
        return own == value
    if sign == "~=":
        return value in own.split()
    if sign == "|=":
        return own == value or own.startswith(f"{value}-")
    tests = {"^=": own.startswith, "$=": own.endswith, "*=": own.__contains__}
    return bool(value) and tests[sign](value)


def _pseudo_test(name: str, argument: str, lists: tuple[Selector, ...]) -> Test:
    if name in _LISTS:
        return partial(_is_any, lists)
    if name == "not":
        return lambda elements, element: negated(_is_any(lists, elements, element))
    if name == "has":
        return partial(_has, tuple(map(_relative, split(argument))))
    if name in _PLACES:
        return lambda elements, element: all(elements.places(element)[place] == 1 for place in _PLACES[name])
    if name in _NTH_PLACES and (nth := _NTH.fullmatch(_usual(argument))):
        return partial(_is_nth, _NTH_PLACES[name], *_steps(nth))
    if name in _HAVING:
        return lambda _, element: any(attribute in element.attrib for attribute in _HAVING[name])
    return _SIMPLE.get(name, _unknown)


def _is_any(lists: tuple[Selector, ...], elements: Elements, element: HtmlElement) -> Truth:
    return some(each.match(elements, element) for each in lists if not each.element)


def _relative(text: str) -> tuple[str, Selector | None]:
    """Return the combinator of a selector that begins with one, and the selector of a single compound behind it."""
    sign = text[:1] if text[:1] in {">", "+", "~"} else " "
    try:
        selector = _Reader(text.removeprefix(sign)).selector()
    except ValueError:
        return sign, None
    return sign, selector


def _has(lists: tuple[tuple[str, Selector | None], ...], elements: Elements, element: HtmlElement) -> Truth:
    return some(_has_related(sign, selector, elements, element) for sign, selector in lists)


def _has_related(sign: str, selector: Selector | None, elements: Elements, element: HtmlElement) -> Truth:
    if selector is None:
        return None
    following = (each for each in element.itersiblings() if isinstance(each.tag, str))
    if sign == "+":
        related: Iterator[HtmlElement] = iter([each for each in [next(following, None)] if each is not None])
    elif sign == "~":
        related = following
    else:
        related = (
            element.iterchildren("*") if sign == ">" and len(selector.compounds) == 1 else element.iterdescendants("*")
        )
    truth = some(selector.match(elements, each) for each in related)
    return truth if len(selector.compounds) == 1 or truth is False else None


def _usual(nth: str) -> str:
    return {"odd": "2n+1", "even": "2n"}.get(nth.lower(), "".join(nth.lower().split()))


def _steps(nth: re.Match[str]) -> tuple[int, int]:
    """Return a and b of an+b."""
    if nth[4]:
        return 0, int(nth[4])
    step = int(nth[1]) if nth[1].strip("+-") else int(f"{nth[1]}1")
    return step, int(f"{nth[2]}{nth[3]}") if nth[3] else 0


def _is_nth(place: int, step: int, first: int, elements: Elements, element: HtmlElement) -> Truth:
    number = elements.places(element)[place] - first
    return number == 0 if not step else number % step == 0 and number // step >= 0


def _never(_elements: Elements, _element: HtmlElement) -> Truth:
    return False


_SIMPLE: dict[str, Test] = {
    **dict.fromkeys(_STATES, _never),
    **dict.fromkeys(("root", "scope"), _is_root),
    **dict.fromkeys(("link", "any-link"), lambda _, element: element.tag in {"a", "area"} and "href" in element.attrib),
    "enabled": lambda _, element: (
        element.tag in {"button", "input", "select", "textarea", "option"} and "disabled" not in element.attrib
    ),
    "empty": lambda _, element: not len(element) and not element.text,
    "defined": lambda _elements, _element: True,
}
