"""Finds what the corpus repeats: groups of sentences too alike to distinguish, and articles made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.engine import Engine
from retrieval.evaluation.coverage import near_duplicates
from retrieval.evaluation.coverage.lines import Line, line_of, plain
from retrieval.index.generation import Generation

MOSTLY = 0.5  # share of repeated sentences from which an article counts as a repeat
MOST_OTHERS = 100  # a line in more articles than this does not count towards which article another one repeats


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences too alike to distinguish, in order of the corpus."""

    lines: tuple[Line, ...]
    wordings: int
    """How many different wordings there are, ignoring case, accents and punctuation."""

    @property
    def articles(self) -> int:
        """Return the number of articles they are in."""
        return len({line.citation.article for line in self.lines})


@dataclass(frozen=True, slots=True)
class Repeat:
    """An article most of whose sentences are in other articles as well."""

    article: str
    title: str
    opening: Line
    """Its first sentence."""
    sentences: int
    repeated: int
    """Number of its sentences that resemble one of another article."""
    other: str
    """The article that shares the most of them."""
    shared: int
    """How many it shares."""


@dataclass(frozen=True, slots=True)
class Alike:
    """What the corpus repeats."""

    groups: tuple[Group, ...]
    """The largest first, then in order of the corpus."""
    repeats: tuple[Repeat, ...]
    """Highest share of repeated sentences first; of two articles that repeat each other, only one is listed."""


def alike(engine: Engine, tell: near_duplicates.Tell = lambda count, total: None) -> Alike:
    """Find the sentences that are too alike to distinguish, and the articles that repeat others."""
    generation = engine.generation
    rows = near_duplicates.groups(generation, tell)
    groups = []
    for group in rows:
        lines = tuple(line_of(generation, row) for row in group)
        groups.append(Group(lines, len({plain(line.text) for line in lines})))
    return Alike(tuple(groups), tuple(_repeats(generation, rows)))


def _repeats(generation: Generation, groups: Sequence[tuple[int, ...]]) -> list[Repeat]:
    article_of = {row: generation.sentence(row).article for group in groups for row in group}
    shared = [group for group in groups if len({article_of[row] for row in group}) > 1]
    repeated = Counter(article_of[row] for group in shared for row in group)
    shares = {article: count / len(generation.sentences_in(article)) for article, count in repeated.items()}
    mostly = {article for article, share in shares.items() if share >= MOSTLY}
    others: dict[int, Counter[int]] = {article: Counter() for article in mostly}
    for group in shared:
        inside = Counter(article_of[row] for row in group)
        if len(inside) > MOST_OTHERS:  # says little about any two articles, and would be counted for every pair
            continue
        for article in mostly & inside.keys():
            others[article].update({other: inside[article] for other in inside if other != article})
    repeats: dict[int, int] = {}
    for article in sorted(mostly, key=lambda article: (-shares[article], article)):
        other = min(others[article], key=lambda other: (-others[article][other], other), default=None)
        if other is not None and repeats.get(other) != article:
            repeats[article] = other
    return [
        _repeat(generation, article, other, repeated[article], others[article][other])
        for article, other in repeats.items()
    ]


def _repeat(generation: Generation, article: int, other: int, repeated: int, shared: int) -> Repeat:
    ref, rows = generation.ref(article), generation.sentences_in(article)
    opening, named = line_of(generation, rows.start), generation.ref(other).article
    return Repeat(ref.article, ref.title, opening, len(rows), repeated, named, shared)
