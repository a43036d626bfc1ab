"""Vectors in cells (IVF): each with those nearest to its centre, whose components are rounded to a byte (SQ8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats
from retrieval.files import NewFiles
from retrieval.index.arrays import ArrayWriter, save_array
from retrieval.index.store import Array, Store

PROBED = 192
"""Cells that a search looks into."""
SAMPLED = 50
"""Vectors a cell that the centres are fitted to."""
AT_ONCE = 2048
"""Vectors that are held in memory at a time, besides those of the sample."""
LEVELS = 255

Flags = NDArray[np.bool_]


class Cells:
    """Reads what `write_cells` wrote."""

    def __init__(self, store: Store, dimension: int) -> None:
        self._centres = store.array("cells/centres", np.float32, dimension)
        self._begin = store.array("cells/begin", np.int64)
        self._rows = store.array("cells/rows", np.int32)
        self._codes = store.array("cells/codes", np.uint8, dimension)
        self._range = store.array("cells/range", np.float32, dimension)
        self.scanned = PROBED * len(self._rows) // len(self._centres)
        """About how many vectors a search looks at."""

    def search(self, question: Floats, count: int, among: Flags | None = None) -> NDArray[np.int64]:
        """Return rows of about the `count` vectors nearest to the question, of those that `among` flags."""
        probed = PROBED if among is None else int(PROBED * len(among) / max(1, among.sum())) + 1
        centres = self._centres[:] @ question
        cells = np.sort(np.argsort(-centres, kind="stable")[:probed])
        scaled = question * self._range[1]
        rows, scores = list[NDArray[np.int32]](), list[Floats]()
        for start, stop in zip(self._begin[cells].tolist(), self._begin[cells + 1].tolist(), strict=True):
            own, codes = self._rows[start:stop], self._codes[start:stop]
            if among is not None:
                of_those = among[own]
                own, codes = own[of_those], codes[of_those]
            rows.append(own)
            scores.append(codes.astype(np.float32) @ scaled)
        seen, by_score = np.concatenate(rows), np.concatenate(scores)
        if len(seen) > count:
            seen = seen[np.argpartition(by_score, -count)[-count:]]
        return np.asarray(seen, dtype=np.int64)


def write_cells(files: NewFiles, vectors: Array) -> int:
    """Write [n, dimension] vectors, of which a part is read at a time, into cells; return how many there are."""
    centres, low, step = _fitted(vectors)
    save_array(files, "cells/centres", centres)
    save_array(files, "cells/range", np.stack([low, step]))
    own = np.concatenate([_assigned(part, centres) for part in parts(vectors, np.arange(len(vectors)))])
    begin = np.concatenate([[0], np.bincount(own, minlength=len(centres)).cumsum()])
    order = np.argsort(own, kind="stable").astype(np.int32)
    save_array(files, "cells/begin", begin.astype(np.int64))
    save_array(files, "cells/rows", order)
    with ArrayWriter(files, "cells/codes", np.uint8) as codes:
        for part in parts(vectors, order):
            codes.add(np.clip(np.rint((part - low) / step), 0, LEVELS))
    return len(centres)


def parts(vectors: Array, rows: NDArray[np.integer[Any]]) -> Iterator[Floats]:
    """Yield the vectors at the rows, some at a time, so that no more of the file stays in this process' memory."""
    for begin in range(0, len(rows), AT_ONCE):
        yield vectors[rows[begin : begin + AT_ONCE]]
        vectors.release()


def _fitted(vectors: Array) -> tuple[Floats, Floats, Floats]:
    """Return centres of the vectors, and of each component the least value and the step between two levels."""
    import faiss

    library: Any = faiss  # its classes take other arguments than their types say
    library.omp_set_num_threads(1)  # a build must not depend on timing
    count = max(1, min(int(4 * len(vectors) ** 0.5), len(vectors) // 40))
    sampled = np.arange(0, len(vectors), max(1, len(vectors) // (SAMPLED * count)))
    sample = np.concatenate(list(parts(vectors, sampled)))
    fitting = library.Kmeans(
        sample.shape[1],
        count,
        niter=10,
        spherical=True,
        max_points_per_centroid=len(sample),
        min_points_per_centroid=1,
    )
    fitting.train(sample)
    low, high = sample.min(axis=0), sample.max(axis=0)
    return fitting.centroids, low, np.maximum((high - low) / LEVELS, np.float32(1e-9))


def _assigned(vectors: Floats, centres: Floats) -> NDArray[np.int64]:
    """Return the nearest centre of each of some vectors."""
    import faiss

    library: Any = faiss
    _, nearest = library.knn(vectors, centres, 1, metric=faiss.METRIC_INNER_PRODUCT)
    rows: NDArray[np.int64] = nearest[:, 0]
    return rows
