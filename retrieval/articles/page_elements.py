"""The elements of a web page by the names that selectors have for them, and their places among their siblings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from retrieval.articles.style_rules import SheetsTooLargeError

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MOST_WORK = 500_000


class Elements:
    """The elements of a page by what selectors name, and how much has been asked about them."""

    def __init__(self, tree: HtmlElement) -> None:
        self.all = [element for element in tree.iter() if isinstance(element.tag, str)]
        self.by_name: dict[str, list[HtmlElement]] = {"": self.all}
        """By tag, by `#id` and by `.class`."""
        self._names: dict[HtmlElement, frozenset[str]] = {}
        self.root = self.all[0] if self.all else None
        self._is_quirky = not tree.getroottree().docinfo.doctype
        """Without a doctype, a browser takes no account of the case of classes and ids."""
        self._places: dict[HtmlElement, list[int]] = {}
        self._work = 0
        for element in self.all:
            names = [f".{name}" for name in element.get("class", "").split()]
            names += [f"#{element.get('id')}"] if element.get("id") else []
            self._names[element] = frozenset([element.tag, *self.folded(names)])
            for name in self._names[element]:
                self.by_name.setdefault(name, []).append(element)

    def folded(self, names: Sequence[str]) -> Sequence[str]:
        """Return names as this page's elements are named in `by_name`."""
        return [name.lower() for name in names] if self._is_quirky else names

    def have(self, element: HtmlElement, names: Sequence[str]) -> bool:
        """Return whether an element has all of some names."""
        return self._names[element].issuperset(self.folded(names))

    def work(self) -> None:
        """Count a question about an element."""
        self._work += 1
        if self._work > _MOST_WORK:
            raise SheetsTooLargeError

    def places(self, element: HtmlElement) -> list[int]:
        """Return an element's places from 1 among its siblings, from both ends, and among those of its tag."""
        if element not in self._places:
            parent = element.getparent()
            siblings = [each for each in parent if isinstance(each.tag, str)] if parent is not None else [element]
            for each, place in zip(siblings, _numbered(siblings), strict=True):
                self._places[each] = [*place]
            for each, place in zip(siblings[::-1], _numbered(siblings[::-1]), strict=True):
                of_all, of_type = place
                forward = self._places[each]
                self._places[each] = [forward[0], of_all, forward[1], of_type]
        return self._places[element]


def _numbered(siblings: list[HtmlElement]) -> Iterator[tuple[int, int]]:
    counts: dict[str, int] = {}
    for number, each in enumerate(siblings, 1):
        counts[each.tag] = counts.get(each.tag, 0) + 1
        yield number, counts[each.tag]
