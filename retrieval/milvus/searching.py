"""The two searches over passages, by vector and by terms, made by the server; their scores are those of a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats
from retrieval.index.bm25 import BM25
from retrieval.index.sentence_terms import SentenceTerms
from retrieval.index.vectors import Vectors
from retrieval.index.vocabulary import Vocabulary
from retrieval.milvus.file_store import RemoteStore
from retrieval.milvus.layout import TERMS, VECTOR
from retrieval.milvus.passages import Flags, Passages, sparse


class RemoteVectors(Vectors):
    """Search by inner product over the vectors of a server's passages."""

    def __init__(self, passages: Passages, count: int) -> None:
        self._passages, self._count = passages, count

    def __len__(self) -> int:
        return self._count

    def search(self, question: Floats, count: int, among: Flags | None = None) -> NDArray[np.int64]:
        """Return rows of about the `count` vectors nearest to one question vector, of those that `among` flags."""
        return self._passages.nearest(VECTOR, question.tolist(), min(count, self._count), among)

    def rows(self, rows: NDArray[np.int64]) -> Floats:
        """Return the vectors [k, dimension] at k rows."""
        return np.array([row[VECTOR] for row in self._passages.scored(rows.tolist())], dtype=np.float32)


class RemotePassageTerms(BM25):
    """BM25 scores of a server's passages."""

    def __init__(self, store: RemoteStore, folder: str, documents: int, passages: Passages) -> None:
        Vocabulary.__init__(self, store, folder, documents)
        self._begin = store.array(f"{folder}/begin", np.int64)
        self._passages = passages

    def best(self, question: Sequence[str], count: int, among: Flags | None = None) -> NDArray[np.int64]:
        """Return the rows of the `count` highest scores above 0, as a folder's search does."""
        question_terms = Counter(self._rows(question))
        if not question_terms:
            return np.zeros(0, np.int64)
        vector = sparse({row: float(times) for row, times in question_terms.items()})
        return self._passages.nearest(TERMS, vector, min(count, len(self)), among)

    def scores_of(self, rows: NDArray[np.integer[Any]], question: Iterable[str]) -> Floats:
        """Return the scores [k] of the passages at k rows."""
        question_terms = [row + 1 for row in self._rows(question)]
        summed = np.zeros(len(rows), dtype=np.float32)
        for place, row in enumerate(self._passages.scored(rows.tolist())):
            scores = row[TERMS]
            for term in question_terms:
                summed[place] += np.float32(scores.get(term, 0.0))
        return summed

    def occurs(self, term: str, among: Flags) -> bool:
        """Return whether one of the passages that `among` flags has a term."""
        return len(self.best((term,), 1, among)) > 0


class RemoteSentenceTerms(SentenceTerms):
    """BM25 scores of the sentences of a server's passages."""

    def __init__(self, store: RemoteStore, folder: str, documents: int, passages: Passages) -> None:
        Vocabulary.__init__(self, store, folder, documents)
        self._frequencies = store.array(f"{folder}/frequencies", np.int32)
        self._first_sentence = store.array("first-sentences", np.int32)
        self._sentences = store.array("sentences", np.int32, 7)
        self._passages = passages

    def scores_of(self, rows: range, question: Iterable[str]) -> Floats:
        """Return the scores of sentences that follow one another for the question's terms."""
        question_terms, scores = self._rows(question), list[Floats]()
        at = rows.start
        while at < rows.stop:
            passage = int(self._sentences[at][0])
            first, last = self._first_sentence[passage : passage + 2].tolist()
            own = self._own(passage, question_terms)
            scores.append(own[at - first : rows.stop - first])
            at = last
        return np.concatenate(scores) if scores else np.zeros(0, np.float32)

    def _own(self, passage: int, question_terms: Sequence[int]) -> Floats:
        """Return the scores of the sentences of one passage."""
        body = self._passages.body(passage)
        counts = np.diff(body.begin)
        sentences = np.repeat(np.arange(len(counts)), counts)
        summed = np.zeros(len(counts), dtype=np.float32)
        for term in question_terms:
            has = np.flatnonzero(body.terms == term)
            summed[sentences[has]] += body.scores[has]
        return summed
