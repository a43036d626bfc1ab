"""What the corpus says more than once: sentences too alike to tell apart, and articles made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.engine import Engine
from retrieval.evaluation.coverage import near_duplicates
from retrieval.evaluation.coverage.lines import Line, line_of, plain
from retrieval.index.generation import Generation

MOSTLY = 0.5  # share of an article's sentences from which it counts as a repeat
MOST_OTHERS = 100  # articles that print a line, above which it does not tell whose repeat an article is


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences too alike to tell apart, in order of the corpus."""

    lines: tuple[Line, ...]
    wordings: int
    """How many different ones there are; letter case, accents and punctuation are of no account."""

    @property
    def articles(self) -> int:
        """In how many articles they stand."""
        return len({line.citation.article for line in self.lines})


@dataclass(frozen=True, slots=True)
class Repeat:
    """An article whose sentences stand in other articles as well, most of them."""

    article: str
    title: str
    opening: Line
    """Its first sentence."""
    sentences: int
    repeated: int
    """Its sentences that are alike to one of another article."""
    other: str
    """The article that has the most of them."""
    shared: int
    """How many that has."""


@dataclass(frozen=True, slots=True)
class Alike:
    """What the corpus says more than once."""

    groups: tuple[Group, ...]
    """The largest first, then in order of the corpus."""
    repeats: tuple[Repeat, ...]
    """Those with the greatest share of repeated sentences first; of two articles that repeat each other, one."""


def alike(engine: Engine, tell: near_duplicates.Tell = lambda done, total: None) -> Alike:
    """The sentences that are too alike to tell apart."""
    generation = engine.generation
    rows = near_duplicates.groups(generation, tell)
    found = []
    for group in rows:
        lines = tuple(line_of(generation, row) for row in group)
        found.append(Group(lines, len({plain(line.text) for line in lines})))
    return Alike(tuple(found), tuple(_repeats(generation, rows)))


def _repeats(generation: Generation, groups: Sequence[tuple[int, ...]]) -> list[Repeat]:
    of_row = generation.passages[generation.sentences[:, 0], 0].tolist()
    shared = [group for group in groups if len({of_row[row] for row in group}) > 1]
    repeated = Counter(of_row[row] for group in shared for row in group)
    mostly = {one for one, count in repeated.items() if count >= MOSTLY * len(generation.sentences_in(one))}
    others: dict[int, Counter[int]] = {one: Counter() for one in mostly}
    for group in shared:
        inside = Counter(of_row[row] for row in group)
        for one in mostly & inside.keys():
            # A line that many articles print tells little of any two of them, and would be counted for each two.
            others[one].update({other: inside[one] for other in inside if other != one and len(inside) <= MOST_OTHERS})
    found: dict[int, int] = {}
    for one in sorted(mostly, key=lambda one: (-repeated[one] / len(generation.sentences_in(one)), one)):
        other = min(others[one], key=lambda other: (-others[one][other], other), default=None)
        if other is not None and found.get(other) != one:
            found[one] = other
    return [_repeat(generation, one, other, repeated[one], others[one][other]) for one, other in found.items()]


def _repeat(generation: Generation, one: int, other: int, repeated: int, shared: int) -> Repeat:
    ref, rows = generation.ref(one), generation.sentences_in(one)
    opening, named = line_of(generation, rows.start), generation.ref(other).article
    return Repeat(ref.article, ref.title, opening, len(rows), repeated, named, shared)
