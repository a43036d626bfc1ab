"""BM25 scores of sentences, by sentence: only those of a few are ever looked at, so there are no postings."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats
from retrieval.index.arrays import ArrayWriter, save_array
from retrieval.index.store import Store
from retrieval.index.term_counts import TermCounts
from retrieval.index.vocabulary import Vocabulary


class SentenceTermsWriter(TermCounts):
    """Writes a folder with the terms of each document, as `SentenceTerms` reads it."""

    def finish(self) -> None:
        """Write the folder."""
        files, folder = self._files, self._folder
        self.save_vocabulary()
        frequencies = self.frequencies()
        idf = self.idf(frequencies)
        save_array(files, f"{folder}/frequencies", frequencies.astype(np.int32))
        save_array(files, f"{folder}/begin", np.concatenate([[0], self.distinct().cumsum()]).astype(np.int64))
        with (
            ArrayWriter(files, f"{folder}/terms", np.int32) as terms,
            ArrayWriter(files, f"{folder}/scores", np.float32) as scores,
        ):
            for counts in self.chunks():
                terms.add(counts["term"])
                scores.add(self.scores(counts, idf))


class SentenceTerms(Vocabulary):
    """BM25 scores of `n` sentences: for each its terms and their scores, in compressed rows."""

    def __init__(self, store: Store, folder: str, documents: int) -> None:
        super().__init__(store, folder, documents)
        self._frequencies = store.array(f"{folder}/frequencies", np.int32)
        self._begin = store.array(f"{folder}/begin", np.int64)
        self._of_each = store.array(f"{folder}/terms", np.int32)
        self._scores = store.array(f"{folder}/scores", np.float32)

    def expect(self, first: NDArray[np.int32], last: NDArray[np.int32]) -> None:
        """Have the disk read at once what scores the sentences [first, last) of each passage."""
        begin, end = self._begin[first], self._begin[last]
        self._of_each.expect(begin, end)
        self._scores.expect(begin, end)

    def scores_of(self, rows: range, question: Iterable[str]) -> Floats:
        """Return the scores of sentences that follow one another for the question's terms."""
        summed = np.zeros(len(rows), dtype=np.float32)
        begin = self._begin[rows.start : rows.stop + 1]
        own = slice(int(begin[0]), int(begin[-1]))
        terms, scores = self._of_each[own], self._scores[own]
        sentences = np.repeat(np.arange(len(rows)), np.diff(begin))
        for term in self._rows(question):
            has = np.flatnonzero(terms == term)
            summed[sentences[has]] += scores[has]
        return summed

    def _frequency(self, row: int) -> int:
        return int(self._frequencies[row])
