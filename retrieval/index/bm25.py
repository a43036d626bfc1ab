"""BM25 scores of documents for a question's terms, by postings: for each term the documents that have it."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats
from retrieval.files import NewFiles
from retrieval.index.postings import BLOCK, PostingsWriter
from retrieval.index.store import Store
from retrieval.index.vocabulary import Vocabulary

SLACK = np.float32(1 + 1e-5)
"""What a bound is raised by, since sums in single precision are rounded."""
LOOKED_AHEAD = 2
"""Rarest terms whose best documents are scored first: what so many of them reach is a bar for all others."""
SMALLEST = np.finfo(np.float32).tiny
WINDOW = 2**17
"""Documents whose scores are summed at a time."""

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
class _Best:
    """Documents that may be among the `count` best, with their scores."""

    count: int
    bar: np.float32
    """What so many documents are known to reach."""
    places: Places = field(default_factory=lambda: np.zeros(0, np.int32))
    scores: Floats = field(default_factory=lambda: np.zeros(0, np.float32))

    @property
    def least(self) -> np.float32:
        """The least sum that may be that of one of the best: sums are rounded."""
        return self.bar / SLACK

    def add(self, places: Places, scores: Floats) -> None:
        """Add documents, and leave out those that are not among the best after that."""
        self.places, self.scores = np.concatenate([self.places, places]), np.concatenate([self.scores, scores])
        self.bar = max(self.bar, _reached(self.scores, self.count))
        may_be = self.scores >= self.least
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

        `among` flags the documents that may be returned. The rows are those that scoring all documents would give: the
        scores of a window of documents are summed at a time, and one that has none but the most frequent terms is
        passed over where these cannot lift it to the score of `count` others (MaxScore, Turtle and Flood 1995).
        """
        terms = [self._postings(row, times) for row, times in Counter(self._rows(question)).items()]
        terms.sort(key=lambda term: (term.stop - term.start, term.start))
        best = _Best(count, self._bar(terms, count, among))
        edges = np.arange(0, len(self) + WINDOW, WINDOW, dtype=np.int32)  # of another type, it would copy all postings
        windows = [np.searchsorted(self._documents[term.start : term.stop], edges) + term.start for term in terms]
        for number, begin in enumerate(edges[:-1].tolist()):
            parts = [
                replace(term, start=start, stop=stop)
                for term, window in zip(terms, windows, strict=True)
                if (start := int(window[number])) < (stop := int(window[number + 1]))
            ]
            self._add_best(best, begin, parts, among)
        scores = self.scores_of(best.places, question)
        return best.places[highest(scores, count)].astype(np.int64)

    def _bar(self, terms: Sequence[_Postings], count: int, among: Flags | None) -> np.float32:
        """Return a score that `count` documents reach; 0 where it takes more to find so many."""
        first = list[Places]()
        for term in terms[:LOOKED_AHEAD]:
            places, scores = self._documents[term.start : term.stop], self._scores[term.start : term.stop]
            places, scores = _of_those(places, scores, among)
            first.append(places if len(places) <= count else places[np.argpartition(scores, -count)[-count:]])
        distinct = np.unique(np.concatenate(first)) if first else np.zeros(0, np.int32)
        summed = np.zeros(len(distinct), np.float32)
        for term in terms:
            summed += self._added(term, distinct)
        return _reached(summed, count) / SLACK

    def _add_best(self, best: _Best, begin: int, terms: Sequence[_Postings], among: Flags | None) -> None:
        """Add the documents of a window whose scores may be among the best; `terms` are the postings within it."""
        after = np.cumsum([0.0, *(term.most for term in reversed(terms))])[::-1]
        needed = next(number for number, rest in enumerate(after) if rest * SLACK < best.bar or number == len(terms))
        summed = np.zeros(min(WINDOW, len(self) - begin), np.float32)
        for term in terms[:needed]:
            own = slice(term.start, term.stop)
            summed[self._documents[own] - begin] += self._scores[own] * np.float32(term.times)
        may_be = np.flatnonzero(summed >= max(best.least - after[needed], SMALLEST))
        places, scores = _of_those((may_be + begin).astype(np.int32), summed[may_be], among)
        for term, rest in zip(terms[needed:], after[needed + 1 :], strict=True):
            scores += self._added(term, places)
            may_be = np.flatnonzero(scores >= best.least - rest)
            places, scores = places[may_be], scores[may_be]
        best.add(places, scores)

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

    def _added(self, term: _Postings, places: Places) -> Floats:
        """Return what a term of a question adds to the scores of documents."""
        return self._looked_up(term.start, term.stop, places) * np.float32(term.times)

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


def _reached(scores: Floats, count: int) -> np.float32:
    """Return what `count` of the scores reach; 0 for fewer scores."""
    return np.float32(0) if len(scores) < count else np.partition(scores, -count)[-count]


def _of_those(places: Places, scores: Floats, among: Flags | None) -> tuple[Places, Floats]:
    """Return the places that `among` flags, all without it, with their scores."""
    if among is None:
        return places, scores
    flags = among[places]
    return places[flags], scores[flags]
