"""Lists: which items stand in one, which are nested in another, and which lists are short ones of fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from retrieval.index.generation import Generation
from retrieval.readable import number_before
from retrieval.records import Kind

MOST_FIELDS = 4
LONGEST_RECORD = 400
"""Characters of the longest list of fields that is quoted as one: what it says of one thing belongs together."""
_FIELD = re.compile(r"[^\W\d_][^\W_]*(?:[ -]\w+){0,3}:\s+\S")
_ITEMS = frozenset({Kind.STEP, Kind.ITEM})
_MARK = re.compile(r"\s*(?:>\s*)*(?:(?:[-*+•]|\(?\w{1,3}[.)])\s+(?:\[[ xX]\]\s+)?)?")

_DIGITS = re.compile(r"\(?([0-9]+)")


class ListItems:
    """The list items of one generation, by the rows of their sentences."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation

    def is_item(self, row: int) -> bool:
        """Return whether a sentence is a list item."""
        return self._generation.sentence(row).kind in _ITEMS

    def is_row(self, row: int) -> bool:
        """Return whether a sentence is the row of a table."""
        return self._generation.sentence(row).kind is Kind.ROW

    def run(self, first: int, last: int, within: Callable[[int], bool] = lambda row: True) -> range:
        """Return the rows of the list around some of its items, as far as `within` is true of each."""
        while first and within(first - 1) and self._joins(first - 1):
            first -= 1
        while last + 1 < len(self._generation.sentences) and within(last + 1) and self._joins(last):
            last += 1
        return range(first, last + 1)

    def nested(self, row: int, within: Callable[[int], bool]) -> range:
        """Return the rows of an item and of those that are nested in it, as far as `within` is true of each."""
        depth, last = self._depth(row), row
        while within(last + 1) and self._joins(last) and self._depth(last + 1) > depth:
            last += 1
        return range(row, last + 1)

    def record(self, row: int) -> range | None:
        """Return the rows of the list that an item is in, where it is a short one of fields; None where it is not."""
        rows = self.run(row, row, lambda other: abs(other - row) <= MOST_FIELDS)
        opening, closing = self._generation.sentence(rows[0]), self._generation.sentence(rows[-1])
        is_short = 1 < len(rows) <= MOST_FIELDS and closing.end - opening.start <= LONGEST_RECORD
        return rows if is_short and all(map(self._is_field, rows)) else None

    def start(self, row: int) -> int:
        """Return where the quote of a sentence begins: a step has its number, as those behind it in a run have."""
        item = self._generation.sentence(row)
        if item.kind in _ITEMS:
            number = number_before(self._generation.article(item.article).text, item.start)
            # What a passage does not hold stands under other headings.
            if number >= self._generation.passage(item.passage).start:
                return number
        return item.start

    def numbers(self, rows: range) -> Sequence[int]:
        """Return the number of each item of a list: its own where the list counts, else its place, from 1.

        Where the list counts, what is nested in an item has that item's number.
        """
        depth, numbers = self._depth(rows[0]), list[int]()
        for row in rows:
            number = self._number(row) if self._depth(row) == depth else None
            if number is None and numbers:
                number = numbers[-1]
            elif number is None or (numbers and number != numbers[-1] + 1):
                return range(1, len(rows) + 1)
            numbers.append(number)
        return numbers

    def _number(self, row: int) -> int | None:
        """Return the number that an article gives a list item; None where it has none, or a letter."""
        item = self._generation.sentence(row)
        text = self._generation.article(item.article).text
        number = number_before(text, item.start)
        digits = _DIGITS.match(text, number) if number >= 0 else None
        return int(digits[1]) if digits else None

    def _is_field(self, row: int) -> bool:
        item = self._generation.sentence(row)
        return bool(_FIELD.match(self._generation.plain(item.article, item.start, item.end)))

    def _joins(self, row: int) -> bool:
        """Return whether a list item is followed by another one of its list, with no more than its mark between."""
        item, following = self._generation.sentence(row), self._generation.sentence(row + 1)
        if item.article != following.article or not {item.kind, following.kind} <= _ITEMS:
            return False
        return bool(_MARK.fullmatch(self._generation.article(item.article).text[item.end : following.start]))

    def _depth(self, row: int) -> int:
        """Return how far a list item is indented."""
        item = self._generation.sentence(row)
        text = self._generation.article(item.article).text
        line = text[text.rfind("\n", 0, item.start) + 1 : item.start]
        return len(line) - len(line.lstrip(" \t>"))
