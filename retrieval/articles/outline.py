"""What the current block of an article stands under: headings, list items, a table's header, a question."""

from __future__ import annotations

from dataclasses import dataclass, field

from retrieval.articles.structure import LABEL, NO_END, Block, Span
from retrieval.records import Kind

LONGEST_ITEM = 400
"""Characters of the longest list item that is quoted whole; a longer one is cut into its sentences."""
UNITS = frozenset({Kind.ITEM, Kind.STEP, Kind.ROW, Kind.CODE})
"""Kinds of blocks that are quoted whole where they are short."""


@dataclass(slots=True)
class Outline:
    """What the current block stands under."""

    headings: list[Block] = field(default_factory=list)
    items: list[Block] = field(default_factory=list)
    header: Block | None = None
    """Of the table."""
    introduction: Span | None = None
    """The sentence that introduces a list or a table."""
    question: Span | None = None
    """A question that stands alone."""
    reach: int = 0
    """How many more blocks may answer it."""

    def enter(self, block: Block, *, is_title: bool = False) -> None:
        """Go on to the next block; the article's title is no context, since it is read with every passage."""
        self.headings = [heading for heading in self.headings if block.start < heading.scope]
        if block.kind is Kind.HEADING and block.level:
            self.headings = [heading for heading in self.headings if heading.level < block.level or _is_around(heading)]
            if not is_title:
                self.headings.append(block)
        if block.kind in {Kind.HEADING, Kind.LEFT_OUT} or not self.reach:
            self.question = None
        self.reach -= 1
        if block.kind not in UNITS and block.kind is not Kind.HEADER and block.level != LABEL:
            self.introduction = None
        if block.kind is not Kind.ROW:
            self.header = block if block.kind is Kind.HEADER else None
        # A paragraph within an item has its level, and stands under it.
        under = block.level if block.kind is Kind.PROSE else block.level - 1
        if block.kind is not Kind.CODE:
            self.items = [] if block.kind is Kind.HEADING else self.items[: max(under, 0)]

    def add(self, item: Block) -> None:
        """Put an item above those that are nested in it."""
        if item.kind in {Kind.ITEM, Kind.STEP} and item.level:
            self.items.append(item)

    def context(self) -> tuple[Span, ...]:
        """Return the spans that the current block stands under, the outermost first."""
        spans = [(heading.start, heading.end) for heading in self.headings]
        spans += [span for span in (self.question, self.introduction) if span]
        spans += [(item.start, item.end) for item in self.items if item.end - item.start <= LONGEST_ITEM]
        return (*spans, (self.header.start, self.header.end)) if self.header else tuple(spans)


def _is_around(heading: Block) -> bool:
    """Return whether a heading is the title of a box, and so of every section in it."""
    return heading.level == LABEL and heading.scope < NO_END
