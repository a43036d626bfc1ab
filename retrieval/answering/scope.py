"""The passages that a filter leaves: resolved before the search, once for each filter and generation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from retrieval.caching import cached
from retrieval.errors import FilterEmpty, first_few
from retrieval.filters import ArticleFacts, matches, publisher
from retrieval.index.generation import Generation
from retrieval.records import Filter, Filtered

KEPT = 64  # filters that are remembered; each takes a byte a passage
Flags = NDArray[np.bool_]

_WORDINGS = {
    "since": "published since {}",
    "until": "published until {}",
    "source": "from the source {!r}",
    "path": "at the path {!r}",
    "tag": "with the tag {!r}",
    "language": "in the language {!r}",
}


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What a filter leaves of a generation."""

    passages: Flags
    """[passages], whether a question may be answered from each."""
    filtered: Filtered


class Scopes:
    """Resolves filters over one generation."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self.of = cached(self._of, KEPT)
        """Returns what a filter leaves; raises FilterEmpty where it leaves no article."""

    def _of(self, within: Filter) -> Scope:
        facts = [self._generation.facts(row) for row in range(len(self._generation))]
        articles = np.fromiter((matches(within, article) for article in facts), np.bool_, len(facts))
        if not articles.any():
            raise _empty(within, facts)
        undated = _undated(within, facts)
        passages: Flags = articles[self._generation.passages[:, 0]]
        return Scope(passages, Filtered(within, int(articles.sum()), undated))


def _empty(within: Filter, facts: Sequence[ArticleFacts]) -> FilterEmpty:
    """Return the error for a filter without an article: it names the part that leaves none, and what there is."""
    counted = list[str]()
    for name, value in within.criteria.items():
        part, wording = replace(Filter(), **{name: value}), _WORDINGS[name].format(value)
        count = sum(matches(part, article) for article in facts)
        if not count:
            return FilterEmpty(wording, _what_there_is(name, facts))
        counted.append(f"{wording} ({count:,})")
    undated = _undated(within, facts)
    reason = f"each leaves some, but none is all of it, and {undated:,} have no date" if undated else ""
    return FilterEmpty(" and ".join(counted), reason or "each leaves some, but none is all of it")


def _undated(within: Filter, facts: Sequence[ArticleFacts]) -> int:
    """Return how many articles do not match for want of a date."""
    return sum(article.published is None for article in facts) if within.since or within.until else 0


def _what_there_is(name: str, facts: Sequence[ArticleFacts]) -> str:
    if name in ("since", "until"):
        return _dates(facts)
    values = Counter[str]()
    for article in facts:
        values.update(_values(name, article))
    if not values:
        return {"tag": "none has tags", "path": "none is a file", "source": "none names its source"}.get(
            name, "the language of none is known"
        )
    names = first_few([value for value, _ in sorted(values.items(), key=lambda item: (-item[1], item[0]))])
    return f"there is {names}" if len(values) == 1 else f"there are {names}"


def _values(name: str, article: ArticleFacts) -> Sequence[str]:
    if name == "tag":
        return article.tags
    known = {"source": publisher(article.source or ""), "language": article.language}
    value = known.get(name, (article.path or "").partition("/")[0])
    return (value,) if value else ()


def _dates(facts: Sequence[ArticleFacts]) -> str:
    dated = [article.published for article in facts if article.published]
    if not dated:
        return "none has a date that can be read"
    between = f"the dates go from {min(day.first for day in dated)} to {max(day.last for day in dated)}"
    undated = len(facts) - len(dated)
    return f"{between}, and {undated:,} without a date are left out" if undated else between
