"""CSV and TSV -> one article of rows, each with the header above it."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import islice

from retrieval.articles.formats.drafts import Draft, UnreadableError, text_of
from retrieval.articles.structure import LABEL

_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 20
_LONGEST_CELL = 200
"""Characters of the longest cell that stands in a row: a longer one is text, quoted by its sentences."""
_VALUE = re.compile(r"[\d\s.,:/%€$£+-]+")
"""A number, a date or an amount, which no column is called."""


def read_csv(data: bytes) -> Iterator[Draft]:
    """Read values that commas, semicolons, tabs or bars part: whichever gives the first rows the most columns."""
    text = text_of(data)
    yield _table(text, max(_DELIMITERS, key=lambda delimiter: _columns(text, delimiter)))


def read_tsv(data: bytes) -> Iterator[Draft]:
    """Read values that tabs part."""
    yield _table(text_of(data), "\t")


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(sys.maxsize)  # what is too long for a text is refused by its length
    try:
        yield from (row for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter) if any(row))
    except csv.Error as error:
        raise UnreadableError(f"is no table of values ({error})") from None


def _columns(text: str, delimiter: str) -> int:
    """Return how many columns the first rows have in common; 0 where they differ."""
    widths = {len(row) for row in islice(_rows(text, delimiter), _SAMPLE_ROWS)}
    return widths.pop() if len(widths) == 1 else 0


def _table(text: str, delimiter: str) -> Draft:
    draft = Draft()
    rows = [[" ".join(cell.split()) for cell in row] for row in _rows(text, delimiter)]
    header = rows[0] if len(rows) > 1 and is_header(rows[0]) else []
    if header:
        draft.table([header], has_header=True)
    for row in rows[bool(header) :]:
        if max(map(len, row)) <= _LONGEST_CELL:
            draft.table([header, row][1:], has_header=False)
        else:
            _long_row(draft, header, row)
    return draft


def is_header(row: Sequence[str]) -> bool:
    """Return whether the first row of a table names its columns: each by another name, none by a value."""
    return len(row) > 1 and len(set(row)) == len(row) and all(cell and not _VALUE.fullmatch(cell) for cell in row)


def _long_row(draft: Draft, header: Sequence[str], row: Sequence[str]) -> None:
    """Add a row with a long cell as a section: under its first short cell, each other one under its column's name."""
    title = next((cell for cell in row if cell and len(cell) <= _LONGEST_CELL), "")
    draft.heading(title or " | ".join(header) or "-", 1)
    for number, cell in enumerate(row):
        if cell and cell != title:
            draft.heading(header[number] if number < len(header) else "", LABEL)
            draft.add(cell)
