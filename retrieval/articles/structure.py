"""The blocks that an article is made of, each with its kind and its place in the text."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.records import Kind

Span = tuple[int, int]
"""Start and end, in characters of the article's text, half-open."""
LABEL = 7
"""Level of the title of a box, or of the question of a fold-out: below every heading."""
NO_END = 2**62


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table row, heading …: a span without its mark and without white space around it."""

    start: int
    end: int
    kind: Kind
    level: int = 0
    """Of a heading, 1 to 6, or LABEL; of a list item, how deep its list is nested, from 1."""
    mark: int = -1
    """Where the mark before it begins: the bullet or the number of a list item; -1 where it has none."""
    gaps: tuple[Span, ...] = ()
    """Marks of the containers around it that stand between its lines (the `>` of a block quote)."""
    scope: int = NO_END
    """Of a heading, where what it stands above ends at the latest: the end of its box."""
    healable: bool = True
    """Whether a sentence may go on in the next block, where a scrape broke it across lines."""
