"""What filters know of articles, in columns: for each article the rows of its values in a table of distinct ones."""

from __future__ import annotations

import json
from array import array
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.dates import Period, period_in
from retrieval.files import NewFiles
from retrieval.filters import ArticleFacts
from retrieval.index.arrays import save_array
from retrieval.index.store import Store
from retrieval.index.strings import Strings, encoded, save_strings
from retrieval.records import Article

COLUMNS = tuple(field.name for field in fields(ArticleFacts))


def facts_of(article: Article) -> ArticleFacts:
    """Return what filters know of an article."""
    published = period_in(article.published or "")
    return ArticleFacts(article.source, article.path, published, tuple(article.tags), article.language)


class FactsWriter:
    """Collects what filters know of articles, in their order; it holds each distinct value in memory."""

    def __init__(self, files: NewFiles) -> None:
        self._files = files
        self._values: dict[bytes, int] = {}
        self._rows = array("i")

    def add(self, facts: ArticleFacts) -> None:
        """Append those of an article."""
        for column, name in enumerate(COLUMNS):
            value = _encoded(column, getattr(facts, name))
            self._rows.append(self._values.setdefault(value, len(self._values)))

    def finish(self) -> None:
        """Write the values and the columns."""
        values = sorted(self._values)
        rank = np.empty(len(values), dtype=np.int32)
        rank[[self._values[value] for value in values]] = np.arange(len(values))
        save_strings(self._files, "facts", values)
        save_array(self._files, "fact-rows", rank[np.frombuffer(self._rows, np.int32)])


class Facts:
    """Reads what a FactsWriter wrote."""

    def __init__(self, store: Store) -> None:
        self._values = Strings(store, "facts")
        self._rows = store.array("fact-rows", np.int32, len(COLUMNS))

    def of(self, article: int) -> ArticleFacts:
        """Return those of the article at a row."""
        rows = self._rows[article].tolist()
        return ArticleFacts(*(self._decoded(column, row) for column, row in enumerate(rows)))

    def rows(self, name: str) -> NDArray[np.int32]:
        """Return of each article where its value stands in a column's distinct values."""
        column = COLUMNS.index(name)
        rows: NDArray[np.int32] = self._rows[:, column]
        return rows - np.int32(self.distinct(name).start)

    def distinct(self, name: str, prefix: str = "") -> range:
        """Return the rows of a column's distinct values; of texts those that begin so."""
        begin = encoded(str(COLUMNS.index(name)))
        return self._values.beginning_with(begin + json.dumps(prefix)[:-1].encode() if prefix else begin)

    def value(self, name: str, row: int) -> Any:
        """Return the distinct value of a column at a row."""
        return self._decoded(COLUMNS.index(name), row)

    def _decoded(self, column: int, row: int) -> Any:
        value = json.loads(self._values[row][1:])
        if isinstance(value, list):
            return Period(*value) if COLUMNS[column] == "published" else tuple(value)
        return value


def _encoded(column: int, value: object) -> bytes:
    written = [value.first, value.last] if isinstance(value, Period) else value
    return f"{column}{json.dumps(written)}".encode()
