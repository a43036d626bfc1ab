"""Writes a generation that was built in a folder to a server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats
from retrieval.errors import IndexNotWritable
from retrieval.index.documents import Progress
from retrieval.index.generation import Generation
from retrieval.index.store import Store
from retrieval.milvus import record_store
from retrieval.milvus.catalogue import MANIFEST
from retrieval.milvus.layout import (
    BLOCK,
    PACKED,
    TERMS,
    VECTOR,
    Collections,
    block_key,
    is_in_files,
    passages_schema,
)
from retrieval.milvus.packing import pack, pieces
from retrieval.milvus.passages import PassageBody, overflow_key, sparse
from retrieval.milvus.record_store import rows_of
from retrieval.milvus.server import Server

AT_ONCE = 200
"""Rows that are sent with one request: at most 13 MB of what a server takes."""
ROWS = 20_000
"""Passages whose terms are looked for in the postings at a time."""
Row = Mapping[str, Any]


class Upload:
    """Writes one generation."""

    def __init__(self, server: Server, generation: Generation, new: Collections, progress: Progress) -> None:
        self._server, self._generation, self._new, self._progress = server, generation, new, progress
        self._store = Store(generation.folder)
        self._done = 0
        self._sent = Counter[str]()
        manifest = generation.manifest
        sizes = [size for name, (size, _) in manifest.files.items() if is_in_files(name)]
        self._total = manifest.counts.passages + sum(-(-size // BLOCK) for size in sizes)

    def write(self) -> None:
        """Write it, and have the server open it; raises IndexUnreachable, IndexNotWritable."""
        manifest = self._generation.manifest
        self._server.create(self._new.passages, *passages_schema(manifest.encoder.dimension, _cells(manifest.vectors)))
        record_store.create(self._server, self._new.files)
        self._insert(self._new.files, self._file_rows())
        self._insert(self._new.passages, self._passage_rows())
        manifest_file = self._generation.folder / "manifest.json"
        self._send(self._new.files, list(rows_of(MANIFEST, manifest_file.read_bytes())))
        for collection in (self._new.files, self._new.passages):
            self._server.flush(collection)
            self._server.load(collection)
            written, sent = self._server.count(collection), self._sent[collection]
            if written != sent:
                raise IndexNotWritable(
                    self._server.index, f"the server has {written:,} of {sent:,} rows that it was sent"
                )

    def _send(self, collection: str, rows: list[Row]) -> None:
        self._server.insert(collection, rows)
        self._sent[collection] += len(rows)

    def _insert(self, collection: str, rows: Iterable[tuple[Row, int]]) -> None:
        """Send rows, each with how many steps of the whole it is."""
        waiting: list[Row] = []
        for row, steps in rows:
            waiting.append(row)
            self._done += steps
            if len(waiting) == AT_ONCE:
                self._send(collection, waiting)
                waiting.clear()
                self._progress("upload", self._done, self._total)
        if waiting:
            self._send(collection, waiting)
        self._progress("upload", self._done, self._total)

    def _file_rows(self) -> Iterator[tuple[Row, int]]:
        for name in filter(is_in_files, self._generation.manifest.files):
            with (self._generation.folder / name).open("rb") as stream:
                number = 0
                while block := stream.read(BLOCK):
                    for at, row in enumerate(rows_of(block_key(name, number), block)):
                        yield row, int(at == 0)
                    number += 1

    def _passage_rows(self) -> Iterator[tuple[Row, int]]:
        count, generation = self._generation.manifest.counts.passages, self._generation
        scores = self._passage_scores()
        for row in range(count):
            first, *rest = pieces(pack(self._body(row).dump()))
            if rest:
                overflow = "".join(rest).encode("ascii")
                self._send(self._new.files, list(rows_of(overflow_key(row), overflow)))
            vector = generation.vectors.rows(np.array([row]))[0]
            yield {"row": row, VECTOR: vector, TERMS: sparse(next(scores)), PACKED: first}, 1

    def _body(self, row: int) -> PassageBody:
        begin, terms, scores = self._sentence_terms
        sentences = self._generation.sentences_of(row)
        own = begin[sentences.start : sentences.stop + 1]
        span = slice(int(own[0]), int(own[-1]))
        return PassageBody(
            self._generation.bits(row).tobytes(), (own - own[0]).astype(np.int32), terms[span], scores[span]
        )

    @cached_property
    def _sentence_terms(self) -> tuple[Any, Any, Any]:
        folder = "sentence-terms"
        return (
            self._store.array(f"{folder}/begin", np.int64),
            self._store.array(f"{folder}/terms", np.int32),
            self._store.array(f"{folder}/scores", np.float32),
        )

    def _passage_scores(self) -> Iterator[dict[int, float]]:
        """Yield the scores of each passage's terms, which a folder has term by term."""
        folder, count = "passage-terms", self._generation.manifest.counts.passages
        begin: NDArray[np.int64] = self._store.array(f"{folder}/begin", np.int64)[:]
        documents: NDArray[np.int32] = self._store.array(f"{folder}/documents", np.int32)[:]
        scores: Floats = self._store.array(f"{folder}/scores", np.float32)[:]
        for start in range(0, count, ROWS):
            stop = min(count, start + ROWS)
            at = np.flatnonzero((documents >= start) & (documents < stop))
            at = at[np.argsort(documents[at], kind="stable")]
            terms = np.searchsorted(begin, at, side="right") - 1
            edges = np.searchsorted(documents[at], np.arange(start, stop + 1))
            for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
                yield dict(zip(terms[first:last].tolist(), scores[at[first:last]].tolist(), strict=True))


def _cells(vectors: str) -> int:
    """Return into how many cells a folder's search divides the vectors, by what its manifest calls them; 0 for none."""
    number = vectors.partition(",")[0].removeprefix("IVF")
    return int(number) if number.isdecimal() else 0
