"""BM25 scores of passages and sentences for a question's terms (bm25s, Lucene's variant)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats
from retrieval.files import NewFiles
from retrieval.index.arrays import load_array

_COLUMNS = ("begin", "documents", "scores")


class BM25:
    """BM25 scores of `n` documents: for each term its documents and their scores, in compressed columns."""

    def __init__(
        self, vocabulary: Sequence[str], columns: tuple[NDArray[np.int64], NDArray[np.int32], Floats], documents: int
    ) -> None:
        """`columns` are where each term's documents begin [terms + 1], the documents, and their scores."""
        self._ids = {term: row for row, term in enumerate(vocabulary)}
        self._begin, self._documents, self._scores = columns
        self._count = documents

    @classmethod
    def of(cls, documents: Iterable[Sequence[str]]) -> BM25:
        """Score documents given as terms."""
        import bm25s

        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(term, len(vocabulary)) for term in document] for document in documents]
        if not vocabulary:  # documents of stop words alone
            return cls([], (np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32)), len(ids))
        terms = list(vocabulary)  # as it is now: bm25s adds a term of its own
        model = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
        # As ids: bm25s numbers terms in the order of a set, which follows the hash seed.
        model.index((ids, vocabulary), show_progress=False, leave_progress=False)
        matrix = model.scores
        columns = (
            matrix["indptr"].astype(np.int64),
            matrix["indices"].astype(np.int32),
            matrix["data"].astype(np.float32),
        )
        return cls(terms, columns, len(ids))

    @classmethod
    def load(cls, folder: Path) -> BM25:
        """Open what `save` wrote; the scores are memory-mapped."""
        begin, documents, scores = (load_array(folder / f"{name}.npy", mmap_mode="r") for name in _COLUMNS)
        vocabulary = (folder / "vocabulary.txt").read_text("utf-8").split("\n")
        term_count, document_count = int(begin[-2]), int(begin[-1])
        return cls(vocabulary[:term_count], (np.asarray(begin[:-2]), documents, scores), document_count)

    def save(self, files: NewFiles, folder: str) -> None:
        """Write the scores to a new folder among the files."""
        # The first column ends with two more numbers: how many terms and documents there are.
        begin = np.concatenate([self._begin, [len(self._ids), self._count]])
        for name, column in zip(_COLUMNS, (begin, self._documents, self._scores), strict=True):
            files.save(f"{folder}/{name}.npy", column)
        files.write(f"{folder}/vocabulary.txt", "\n".join(self._ids).encode())

    def __len__(self) -> int:
        return self._count

    def __contains__(self, term: str) -> bool:
        return term in self._ids

    def scores(self, question: Iterable[str]) -> Floats:
        """Return the scores [n] of all documents for the question's terms; unknown terms add nothing."""
        summed = np.zeros(self._count, dtype=np.float32)
        for term in question:
            row = self._ids.get(term)
            if row is not None:
                column = slice(int(self._begin[row]), int(self._begin[row + 1]))
                summed[self._documents[column]] += self._scores[column]
        return summed

    def occurs(self, term: str, among: NDArray[np.bool_]) -> bool:
        """Return whether one of the documents that `among` flags has a term."""
        row = self._ids.get(term)
        if row is None:
            return False
        column = slice(int(self._begin[row]), int(self._begin[row + 1]))
        return bool(among[self._documents[column]].any())

    def idf(self, term: str) -> float:
        """Return Lucene's inverse document frequency of a term; an unknown one counts as in no document."""
        row = self._ids.get(term)
        frequency = 0 if row is None else int(self._begin[row + 1] - self._begin[row])
        return self._idf(frequency)

    @property
    def highest_idf(self) -> float:
        """The idf of a term that is in one document."""
        return self._idf(1)

    def _idf(self, frequency: int) -> float:
        return float(np.log(1 + (self._count - frequency + 0.5) / (frequency + 0.5)))
