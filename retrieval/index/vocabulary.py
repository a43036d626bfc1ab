"""The terms of documents on disk, and how rare each is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from retrieval.caching import cached
from retrieval.index.store import Store
from retrieval.index.strings import Strings, encoded
from retrieval.index.term_counts import idf

CACHED = 4096  # terms whose rows are kept


class Vocabulary(ABC):
    """The terms of `n` documents."""

    def __init__(self, store: Store, folder: str, documents: int) -> None:
        self._terms, self._count = Strings(store, f"{folder}/vocabulary"), documents
        self._row = cached(self._row_of, CACHED)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, term: str) -> bool:
        return self._row(term) is not None

    def idf(self, term: str) -> float:
        """Return Lucene's inverse document frequency of a term; an unknown one counts as in no document."""
        row = self._row(term)
        return self._idf(0 if row is None else self._frequency(row))

    @property
    def highest_idf(self) -> float:
        """The idf of a term that is in one document."""
        return self._idf(1)

    def _idf(self, frequency: int) -> float:
        return idf(self._count, frequency)

    def _rows(self, terms: Iterable[str]) -> list[int]:
        """Return the rows of those terms that are there, in their order, each as often as it is named."""
        return [row for row in map(self._row, terms) if row is not None]

    def _row_of(self, term: str) -> int | None:
        return self._terms.row(encoded(term))

    @abstractmethod
    def _frequency(self, row: int) -> int:
        """Return how many documents have the term at a row."""
