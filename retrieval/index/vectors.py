"""Passage vectors: a FAISS index whose type follows from how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats
from retrieval.files import NewFiles
from retrieval.index.faults import damaged, unreadable

EXACT_UP_TO = 100_000
PROBED = 64  # cells of an IVF index that a search looks into
BLOCK = 2**20  # bytes that are read at a time
RECALL_QUERIES, RECALL_AT = 200, 10


@dataclass(frozen=True, slots=True)
class Kind:
    """Which FAISS index was built, and how much of what exact search finds it finds."""

    name: str
    recall: float | None = None
    """Recall@10 against exact search; None for the exact type."""


class Vectors:
    """Search by inner product over `n` unit vectors."""

    def __init__(self, index: Any) -> None:
        import faiss

        faiss.omp_set_num_threads(1)  # a single query is slower with more, and a build must not depend on timing
        self._index = index

    @classmethod
    def of(cls, vectors: Floats, exact_up_to: int = EXACT_UP_TO) -> tuple[Vectors, Kind]:
        """Index [n, dimension] vectors: exactly up to `exact_up_to` of them, above that in cells (IVF).

        A graph (HNSW) is left in pieces by the near-duplicates that corpora are full of: tests/benchmarks/scale.py has
        both.
        """
        import faiss

        exact = faiss.IndexFlatIP(vectors.shape[1])
        exact.add(vectors)
        if len(vectors) <= exact_up_to:
            return cls(exact), Kind("exact")
        cells = max(1, min(int(4 * len(vectors) ** 0.5), len(vectors) // 40))
        inverted = faiss.IndexIVFFlat(
            faiss.IndexFlatIP(vectors.shape[1]), vectors.shape[1], cells, faiss.METRIC_INNER_PRODUCT
        )
        inverted.cp.niter = 10
        inverted.nprobe = min(PROBED, cells)
        built = cls(inverted)
        inverted.train(vectors)
        inverted.add(vectors)
        inverted.make_direct_map()  # `rows` needs it
        return built, Kind(f"IVF{cells}", recall(exact, inverted, vectors))

    @classmethod
    def load(cls, file: Path) -> Vectors:
        """Read what `save` wrote; raises IndexDamaged, IndexUnreadable."""
        import faiss

        try:
            with file.open("rb", buffering=0) as stream:  # FAISS itself opens no path that is not UTF-8
                reader = faiss.PyCallbackIOReader(stream.read, BLOCK)  # type: ignore[attr-defined]
                return cls(faiss.read_index(reader))
        except OSError as error:
            raise unreadable(file, error) from error
        except RuntimeError as error:
            raise damaged(file, "FAISS cannot read it") from error

    def save(self, files: NewFiles, name: str) -> None:
        """Write the index to a file; not by FAISS, which only prints that a disk is full."""
        import faiss

        files.write(name, faiss.serialize_index(self._index).data)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, question: Floats, count: int, among: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Return rows of (about) the `count` vectors nearest to one question vector, in no promised order.

        `among` says of each row whether it may be returned; the nearest of those are then exact.
        """
        chosen = {} if among is None else {"params": self._selecting(among)}
        _, rows_by_question = self._index.search(question[np.newaxis], min(count, len(self)), **chosen)
        rows: NDArray[np.int64] = rows_by_question[0]
        return rows[rows >= 0]

    def _selecting(self, among: NDArray[np.bool_]) -> Any:
        """Return the parameters of a search that looks at these rows alone, and at all of them."""
        import faiss

        library: Any = faiss  # its classes take other arguments than their types say
        selector = library.IDSelectorBitmap(np.packbits(among, bitorder="little"))
        if isinstance(self._index, faiss.IndexIVF):
            return library.SearchParametersIVF(sel=selector, nprobe=self._index.nlist)
        return library.SearchParameters(sel=selector)

    def rows(self, rows: NDArray[np.int64]) -> Floats:
        """Return the vectors [k, dimension] at k rows."""
        return np.asarray(self._index.reconstruct_batch(rows), dtype=np.float32)


def recall(exact: Any, inverted: Any, vectors: Floats) -> float:
    """Return recall@10 for questions half-way between passages that lie far apart in the order of the corpus."""
    step = max(1, len(vectors) // RECALL_QUERIES)
    sample = vectors[::step][:RECALL_QUERIES]
    questions = sample + np.roll(sample, len(sample) // 2, axis=0)
    _, nearest = exact.search(questions, RECALL_AT)
    _, retrieved = inverted.search(questions, RECALL_AT)
    return float(np.mean([len(set(a) & set(b)) / RECALL_AT for a, b in zip(nearest, retrieved, strict=True)]))
