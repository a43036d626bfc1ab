"""BM25 scores of documents for a question's terms, by postings: for each term the documents that have it."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats
from retrieval.files import NewFiles
from retrieval.index.postings import BLOCK, PostingsWriter
from retrieval.index.store import Store
from retrieval.index.vocabulary import Vocabulary

SLACK = 1 + 1e-5
"""What a bound is raised by, since sums in single precision are rounded."""

LOOKED_AHEAD = 3
"""Terms after each of which the best documents so far are scored in full; that raises the bar most after the first."""

Places = NDArray[np.int32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Postings:
    """The postings of a term of a question."""

    start: int
    stop: int
    times: int
    """How often the question has the term."""
    most: float
    """The greatest that it adds to the score of a document."""


@dataclass(slots=True, eq=False)
class _Pool:
    """Documents that may be among the best, in order of their rows, with what the terms read so far add to each."""

    count: int
    places: Places
    scores: NDArray[np.float64]
    bar: float = 0.0
    """What the score of a document has to reach to be among the `count` best."""

    def add(self, places: Places, scores: NDArray[np.float64]) -> None:
        """Add documents that are not in it."""
        self.places, self.scores = np.concatenate([self.places, places]), np.concatenate([self.scores, scores])

    def best(self) -> NDArray[np.int64]:
        """Return where the `count` are that have the highest scores so far; none where there are not so many."""
        if len(self.scores) < self.count:
            return np.zeros(0, np.int64)
        return np.argpartition(self.scores, -self.count)[-self.count :]

    def prune(self, bar: float, rest: float) -> None:
        """Raise the bar, and leave out what cannot reach it by the `rest` that terms which were not read yet add."""
        self.bar = max(self.bar, bar / SLACK)
        may_be = np.flatnonzero((self.scores + rest) * SLACK >= self.bar)
        may_be = may_be[np.argsort(self.places[may_be], kind="stable")]
        self.places, self.scores = self.places[may_be], self.scores[may_be]


class BM25(Vocabulary):
    """BM25 scores of `n` documents: for each term its documents and their scores, in compressed columns."""

    def __init__(self, store: Store, folder: str, documents: int) -> None:
        super().__init__(store, folder, documents)
        self._begin = store.array(f"{folder}/begin", np.int64)
        self._documents = store.array(f"{folder}/documents", np.int32)
        self._scores = store.array(f"{folder}/scores", np.float32)
        self._maxima = store.array(f"{folder}/maxima", np.float32)

    @classmethod
    def of(cls, documents: Iterable[Sequence[str]]) -> BM25:
        """Score documents given as terms, which no folder keeps."""
        with tempfile.TemporaryDirectory() as folder:
            with PostingsWriter(NewFiles(Path(folder)), "terms") as writer:
                for document in documents:
                    writer.add(document)
                writer.finish()
            return cls(Store(Path(folder)), "terms", len(writer))

    def scores(self, question: Iterable[str]) -> Floats:
        """Return the scores [n] of all documents for the question's terms; unknown terms add nothing."""
        return self.scores_of(np.arange(len(self)), question)

    def scores_of(self, rows: NDArray[np.integer[Any]], question: Iterable[str]) -> Floats:
        """Return the scores [k] of the documents at k rows, to the last digit those that `scores` has."""
        terms, places = self._rows(question), rows.astype(np.int32)
        by_term = {term: self._looked_up(*self._range(term), places) for term in set(terms)}
        summed = np.zeros(len(rows), dtype=np.float32)
        for term in terms:
            summed += by_term[term]
        return summed

    def best(self, question: Sequence[str], count: int, among: Flags | None = None) -> NDArray[np.int64]:
        """Return the rows of the `count` highest scores above 0, of equal ones the first rows, in no promised order.

        `among` flags the documents that may be returned. The rows are those that scoring all documents would give: one
        is passed over only where it cannot reach the score of `count` others (MaxScore, Turtle and Flood 1995; maxima
        of blocks, Ding and Suel 2011).
        """
        waiting = [self._postings(row, times) for row, times in Counter(self._rows(question)).items()]
        waiting.sort(key=lambda term: (term.stop - term.start, term.start))
        pool, rest = _Pool(count, np.zeros(0, np.int32), np.zeros(0)), sum(term.most for term in waiting)
        for number, term in enumerate(waiting, 1):
            if rest * SLACK < pool.bar:  # what has none of the terms read so far cannot be among the best
                break
            rest -= term.most
            pool.scores += self._looked_up(term.start, term.stop, pool.places) * term.times
            at = self._may_be(term, pool.bar / SLACK - max(rest, 0.0))
            scores = self._scores[at].astype(np.float64) * term.times
            may_be = np.flatnonzero((scores + max(rest, 0.0)) * SLACK >= pool.bar)
            places = self._documents[at][may_be]
            new = _not_in(places, pool.places)
            if among is not None:
                new &= among[places]
            pool.add(places[new], scores[may_be[new]])
            pool.prune(self._least_of_best(pool, waiting[number:] if number <= LOOKED_AHEAD else ()), max(rest, 0.0))
        scores = self.scores_of(pool.places, question)
        return pool.places[highest(scores, count)].astype(np.int64)

    def _least_of_best(self, pool: _Pool, waiting: Sequence[_Postings]) -> float:
        """Return a score that so many documents reach as are looked for: those that have the highest ones so far."""
        best = pool.best()
        scores = pool.scores[best]
        for term in waiting:
            scores += self._looked_up(term.start, term.stop, pool.places[best]) * term.times
        return float(scores.min(initial=np.inf)) if len(best) else 0.0

    def occurs(self, term: str, among: Flags) -> bool:
        """Return whether one of the documents that `among` flags has a term."""
        row = self._row(term)
        return row is not None and bool(among[self._documents[slice(*self._range(row))]].any())

    def _range(self, row: int) -> tuple[int, int]:
        """Return where the postings of the term at a row begin and end."""
        start, stop = self._begin[row : row + 2].tolist()
        return start, stop

    def _frequency(self, row: int) -> int:
        start, stop = self._range(row)
        return stop - start

    def _postings(self, row: int, times: int) -> _Postings:
        start, stop = self._range(row)
        first, last = -(-start // BLOCK), stop // BLOCK
        if first < last:  # the blocks at both ends may have postings of other terms
            ends = self._scores[start : first * BLOCK], self._scores[last * BLOCK : stop]
            most = max(float(part.max(initial=0)) for part in (self._maxima[first:last], *ends))
        else:
            most = float(self._scores[start:stop].max(initial=0))
        return _Postings(start, stop, times, most * times)

    def _may_be(self, term: _Postings, least: float) -> slice | NDArray[np.int64]:
        """Return where the postings are that add at least so much, with others that share a block with such."""
        first, last = term.start // BLOCK, -(-term.stop // BLOCK)
        if least <= 0 or last - first == 1:
            return slice(term.start, term.stop)
        blocks = first + np.flatnonzero(self._maxima[first:last] * term.times >= least / SLACK)
        at = (blocks[:, np.newaxis] * BLOCK + np.arange(BLOCK)).ravel()
        return np.asarray(at[(at >= term.start) & (at < term.stop)], dtype=np.int64)

    def _looked_up(self, start: int, stop: int, places: Places) -> Floats:
        """Return what the term with these postings adds to the scores of documents; 0 to those without it."""
        documents = self._documents[start:stop]
        at = np.minimum(np.searchsorted(documents, places), len(documents) - 1)
        has = np.flatnonzero(documents[at] == places)
        scores = np.zeros(len(places), dtype=np.float32)
        scores[has] = self._scores[start + at[has]]
        return scores


def highest(scores: Floats, count: int) -> NDArray[np.int64]:
    """Return the places of the highest scores above zero, of equal ones the first."""
    matching = np.flatnonzero(scores)
    if len(matching) > count:
        # Of those that equal the count-th highest score, the first ones fill up the count.
        bar = np.partition(scores[matching], -count)[-count]
        above = matching[scores[matching] > bar]
        equal = matching[scores[matching] == bar]
        matching = np.concatenate([above, equal[: count - len(above)]])
    return matching


def _not_in(places: Places, others: Places) -> Flags:
    """Flag those of the ascending places that are not among the others, few as a rule, which ascend, too."""
    flags = np.ones(len(places), dtype=np.bool_)
    if len(places):
        at = np.minimum(np.searchsorted(places, others), len(places) - 1)
        flags[at[places[at] == others]] = False
    return flags
