"""The passages that a filter leaves: resolved before the search, once for each filter and generation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.caching import cached
from retrieval.dates import Period
from retrieval.errors import FilterEmpty, first_few
from retrieval.filters import ArticleFacts, matches, publisher
from retrieval.index.facts import Facts
from retrieval.index.generation import Generation
from retrieval.records import Filter, Filtered

KEPT = 64  # filters that are remembered; each takes a byte a passage
Flags = NDArray[np.bool_]

COLUMN = {"since": "published", "until": "published", "tag": "tags"}
"""The columns of facts that parts of a filter speak of, where they have other names."""
_LITERAL = re.compile(r"[^*?\[]*")
"""What a pattern of paths begins with to the letter."""
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
        facts = self._generation.all_facts
        articles = np.ones(len(self._generation), dtype=np.bool_)
        for name, value in within.criteria.items():
            articles &= _flags(facts, name, value)
        if not articles.any():
            raise _empty(within, facts)
        passages: Flags = articles[self._generation.passages[:, 0]]
        return Scope(passages, Filtered(within, int(articles.sum()), _undated(within, facts)))


def _flags(facts: Facts, name: str, value: Any) -> Flags:
    """Return of each article whether it matches one part of a filter, which is compared with distinct values alone."""
    column = COLUMN.get(name, name)
    part = replace(Filter(), **{name: value})
    begins = _LITERAL.findall(value)[0].rstrip("/") if name == "path" else ""
    rows, every = facts.distinct(column, begins), facts.distinct(column)
    flags = np.zeros(len(every), dtype=np.bool_)
    for row in rows:
        flags[row - every.start] = matches(part, replace(ArticleFacts(), **{column: facts.value(column, row)}))
    of_each: Flags = flags[facts.rows(column)]
    return of_each


def _empty(within: Filter, facts: Facts) -> FilterEmpty:
    """Return the error for a filter without an article: it names the part that leaves none, and what there is."""
    counted = list[str]()
    for name, value in within.criteria.items():
        wording = _WORDINGS[name].format(value)
        count = int(_flags(facts, name, value).sum())
        if not count:
            return FilterEmpty(wording, _what_there_is(name, facts))
        counted.append(f"{wording} ({count:,})")
    undated = _undated(within, facts)
    reason = f"each leaves some, but none is all of it, and {undated:,} have no date" if undated else ""
    return FilterEmpty(" and ".join(counted), reason or "each leaves some, but none is all of it")


def _undated(within: Filter, facts: Facts) -> int:
    """Return how many articles do not match for want of a date."""
    return _counted(facts, "published")[None] if within.since or within.until else 0


def _counted(facts: Facts, column: str) -> Counter[Any]:
    """Return how many articles have each value of a column."""
    every = facts.distinct(column)
    counts = np.bincount(facts.rows(column), minlength=len(every)).tolist()
    return Counter({facts.value(column, row): count for row, count in zip(every, counts, strict=True)})


def _what_there_is(name: str, facts: Facts) -> str:
    if name in ("since", "until"):
        return _dates(_counted(facts, "published"))
    values = Counter[str]()
    for value, count in _counted(facts, COLUMN.get(name, name)).items():
        for named in _values(name, value):
            values[named] += count
    if not values:
        return {"tag": "none has tags", "path": "none is a file", "source": "none names its source"}.get(
            name, "the language of none is known"
        )
    names = first_few([value for value, _ in sorted(values.items(), key=lambda item: (-item[1], item[0]))])
    return f"there is {names}" if len(values) == 1 else f"there are {names}"


def _values(name: str, value: Any) -> Sequence[str]:
    if name == "tag":
        return tuple(value)
    known = {"source": publisher(value or ""), "language": value}
    named = known.get(name, (value or "").partition("/")[0])
    return (named,) if named else ()


def _dates(counts: Mapping[Period | None, int]) -> str:
    dated = [period for period in counts if period]
    if not dated:
        return "none has a date that can be read"
    between = f"the dates go from {min(day.first for day in dated)} to {max(day.last for day in dated)}"
    undated = counts.get(None, 0)
    return f"{between}, and {undated:,} without a date are left out" if undated else between
