"""Passage vectors: row by row in a memory-mapped file, and above some number also in cells (IVF), one byte a number."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats
from retrieval.files import NewFiles
from retrieval.index.arrays import ArrayWriter
from retrieval.index.cells import Cells, parts, write_cells
from retrieval.index.store import Store

EXACT_UP_TO = 50_000
EXACT = "exact"
RECALL_QUERIES, RECALL_AT = 200, 10

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Kind:
    """How vectors are searched, and how much of what exact search finds is found."""

    name: str
    recall: float | None = None
    """Recall@10 against exact search; None for exact search."""


class VectorWriter:
    """Writes vectors as they come; only the clustering of many holds some of them, a sample, in memory."""

    def __init__(self, files: NewFiles) -> None:
        self._files, self._count, self._dimension = files, 0, 0
        self._writer = ArrayWriter(files, "vectors", np.float32)

    def __enter__(self) -> VectorWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, error, trace)

    def add(self, vector: Floats) -> None:
        """Append a unit vector."""
        self._writer.add(vector)
        self._count, self._dimension = self._count + 1, len(vector)

    def finish(self, exact_up_to: int = EXACT_UP_TO) -> Kind:
        """Write how they are searched: exactly up to so many of them, above that in cells. Call it once it is left."""
        if self._count <= exact_up_to:
            return Kind(EXACT)
        store = Store(self._files.folder)
        cells = write_cells(self._files, store.array("vectors", np.float32, self._dimension))
        return Kind(f"IVF{cells},SQ8", recall(Vectors(store, self._dimension, exact=False)))


class Vectors:
    """Search by inner product over `n` unit vectors."""

    def __init__(self, store: Store, dimension: int, *, exact: bool) -> None:
        self._rows = store.array("vectors", np.float32, dimension)
        self._cells = None if exact else Cells(store, dimension)

    def __len__(self) -> int:
        return len(self._rows)

    def search(self, question: Floats, count: int, among: Flags | None = None) -> NDArray[np.int64]:
        """Return rows of (about) the `count` vectors nearest to one question vector, in no promised order.

        `among` says of each row whether it may be returned.
        """
        if self._cells is None:
            return _nearest(self._rows[:], question, count, among)
        if among is None:
            return self._cells.search(question, count)
        rows = np.flatnonzero(among)
        if len(rows) > self._cells.scanned:
            return self._cells.search(question, count, among)
        return rows[_nearest(self._rows[rows], question, count)]

    def exact(self, questions: Floats, count: int) -> NDArray[np.int64]:
        """Return the rows [q, count] of the vectors nearest to each of q questions, of all there are."""
        import faiss

        library: Any = faiss
        rows, scores, begin = list[NDArray[np.int64]](), list[Floats](), 0
        for part in parts(self._rows, np.arange(len(self))):
            near, places = library.knn(questions, part, min(count, len(part)), metric=faiss.METRIC_INNER_PRODUCT)
            rows.append(places + begin)
            scores.append(near)
            begin += len(part)
        best = np.argsort(-np.concatenate(scores, axis=1), axis=1, kind="stable")[:, :count]
        return np.take_along_axis(np.concatenate(rows, axis=1), best, axis=1)

    def rows(self, rows: NDArray[np.int64]) -> Floats:
        """Return the vectors [k, dimension] at k rows."""
        return np.asarray(self._rows[rows], dtype=np.float32)


def _nearest(vectors: Floats, question: Floats, count: int, among: Flags | None = None) -> NDArray[np.int64]:
    """Return the rows of the `count` vectors nearest to the question, of those that `among` flags."""
    import faiss

    library: Any = faiss  # its functions take other arguments than their types say
    library.omp_set_num_threads(1)  # a single query is slower with more
    if among is None:
        _, nearest = library.knn(
            question[np.newaxis], vectors, min(count, len(vectors)), metric=faiss.METRIC_INNER_PRODUCT
        )
        rows: NDArray[np.int64] = nearest[0]
        return rows
    scores = library.pairwise_distances(question[np.newaxis], vectors, metric=faiss.METRIC_INNER_PRODUCT)[0]
    allowed = np.flatnonzero(among)
    if len(allowed) > count:
        allowed = allowed[np.argpartition(scores[allowed], -count)[-count:]]
    return allowed


def recall(index: Vectors, at: int = RECALL_AT) -> float:
    """Return recall for questions half-way between passages that lie far apart in the order of the corpus."""
    sample = index.rows(np.arange(0, len(index), max(1, len(index) // RECALL_QUERIES))[:RECALL_QUERIES])
    questions = sample + np.roll(sample, len(sample) // 2, axis=0)
    shares = [
        len(np.intersect1d(nearest, index.search(question, at))) / len(nearest)
        for question, nearest in zip(questions, index.exact(questions, at), strict=True)
    ]
    return float(np.mean(shares))
