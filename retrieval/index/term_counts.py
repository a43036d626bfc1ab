"""Counts the terms of documents as they come, in bounded memory, for the BM25 scores of each term in each document."""

from __future__ import annotations

import math
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats
from retrieval.files import NewFiles
from retrieval.index.strings import encoded, save_strings

K1, B = 1.5, 0.75
MEMORY = 256 * 2**20
"""Bytes that the counts of terms may take at a time, besides the vocabulary: about 150 bytes for each distinct term."""
COUNT = np.dtype([("term", np.int32), ("document", np.int32), ("times", np.int32)])
"""How often a document has a term."""

Counts = NDArray[np.void]


class TermCounts:
    """Counts of the terms of documents, on disk in the order of the documents; no file of it is left behind."""

    def __init__(self, files: NewFiles, folder: str, memory_bytes: int = MEMORY) -> None:
        """Count for a `folder` below that of the files; what is sorted takes about `memory_bytes` at a time."""
        self._files, self._folder = files, folder
        self._most = max(1, memory_bytes // (8 * COUNT.itemsize))
        self._rows: dict[str, int] = {}
        self._counted = array("i")
        self._lengths, self._distinct = array("i"), array("i")
        self._stream = tempfile.TemporaryFile(dir=files.folder)  # noqa: SIM115 - closed on leaving

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def __len__(self) -> int:
        return len(self._lengths)

    def add(self, terms: Sequence[str]) -> None:
        """Append the terms of a document."""
        document, rows = len(self._lengths), self._rows
        counter = Counter(terms)
        for term, times in counter.items():
            self._counted.extend((rows.setdefault(term, len(rows)), document, times))
        self._lengths.append(len(terms))
        self._distinct.append(len(counter))
        if len(self._counted) >= 3 * self._most:
            self._spill()

    def save_vocabulary(self) -> None:
        """Write the terms of all documents, sorted, and from now on number them in that order."""
        terms = sorted(self._rows)
        self._ranks = np.empty(len(terms), dtype=np.int32)
        for rank, term in enumerate(terms):
            self._ranks[self._rows[term]] = rank
        save_strings(self._files, f"{self._folder}/vocabulary", map(encoded, terms))
        self._rows.clear()
        self._mean_length = np.frombuffer(self._lengths, np.int32).sum(dtype=np.int64) / max(1, len(self))
        self._spill()

    def chunks(self) -> Iterator[Counts]:
        """Yield all counts in order of the documents, with the terms as they are numbered now."""
        self._stream.seek(0)
        while raw := self._stream.read(self._most * COUNT.itemsize):
            counts = np.frombuffer(raw, COUNT).copy()
            counts["term"] = self._ranks[counts["term"]]
            yield counts

    def distinct(self) -> NDArray[np.int64]:
        """Return how many terms each document has."""
        return np.frombuffer(self._distinct, np.int32).astype(np.int64)

    def frequencies(self) -> NDArray[np.int64]:
        """Return in how many documents each term is."""
        frequencies = np.zeros(len(self._ranks), dtype=np.int64)
        for counts in self.chunks():
            frequencies += np.bincount(counts["term"], minlength=len(frequencies))
        return frequencies

    def scores(self, counts: Counts, idf: Floats) -> Floats:
        """Return the BM25 scores of terms in documents as bm25s has them: Lucene's variant, in single precision."""
        lengths = np.frombuffer(self._lengths, np.int32)[counts["document"]]
        times = counts["times"].astype(np.float64)
        shares = times / (K1 * ((1 - B) + B * lengths / self._mean_length) + times)
        return np.asarray(idf[counts["term"]] * shares, dtype=np.float32)

    def idf(self, frequencies: NDArray[np.int64]) -> Floats:
        """Return the inverse document frequencies of terms that so many documents have each."""
        distinct, places = np.unique(frequencies, return_inverse=True)
        return np.array([idf(len(self), often) for often in distinct.tolist()], dtype=np.float32)[places]

    def _spill(self) -> None:
        self._stream.write(self._counted)
        self._counted = array("i")


def idf(documents: int, frequency: int) -> float:
    """Return Lucene's inverse document frequency of a term that so many of the documents have."""
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))
