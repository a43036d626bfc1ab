"""A generation on a server, opened for reading."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from retrieval.errors import IndexDamaged, IndexFault, IndexMismatch
from retrieval.index.bits import Bits, parse_bits
from retrieval.index.blobs import Blobs
from retrieval.index.generation import Generation
from retrieval.index.store import Store
from retrieval.milvus import catalogue
from retrieval.milvus.catalogue import StoredGeneration, damaged
from retrieval.milvus.file_store import Blocks, RemoteArray, RemoteStore
from retrieval.milvus.layout import BLOCK, is_in_files
from retrieval.milvus.passages import Passages
from retrieval.milvus.searching import RemotePassageTerms, RemoteSentenceTerms, RemoteVectors
from retrieval.milvus.server import Server

AT_ONCE = 256
"""Passages, or blocks of a file, that are checked at a time."""
Ranges = Iterable[tuple[int, int]]


class ServerGeneration(Generation):
    """One immutable generation on a server. Opening reads its manifest, and little else before it is asked for."""

    def __init__(self, server: Server, stored: StoredGeneration) -> None:
        """A former one serves citations alone. Raises IndexFault."""
        self._server = server
        manifest, collections = catalogue.manifest_of(server, stored), stored.collections
        self._blocks = Blocks(server, collections.files, stored.folder, manifest.files)
        self._passages = Passages(server, collections.passages, collections.files, stored.folder)
        self._store = RemoteStore(self._blocks, stored.folder)
        self._open(stored.folder, manifest, self._store, searched=stored.replaced is None)

    def _open_searches(self, store: Store) -> None:
        """Open what only questions need."""
        super()._open_searches(store)
        counts, store = self.manifest.counts, self._store
        self.vectors = RemoteVectors(self._passages, counts.passages)
        self.passage_terms = RemotePassageTerms(store, "passage-terms", counts.passages, self._passages)
        self.sentence_terms = RemoteSentenceTerms(store, "sentence-terms", counts.sentences, self._passages)

    def expect(self, passages: Sequence[int]) -> None:
        """Read all that scores and cites the sentences of these passages, with five requests instead of many."""
        self._passages.expect(passages)
        self._fetch(
            (self._array("first-sentences"), _each(passages, 2)),
            (self._array("first-contexts"), _each(passages, 2)),
            (self._array("passages", columns=3), _each(passages)),
        )
        articles = sorted({int(self.passages[row, 0]) for row in passages})
        self._fetch(
            (self._array("sentences", columns=7), [_range(self.sentences_of(row)) for row in passages]),
            (self._array("contexts", columns=4), [tuple(self._first_context[row : row + 2]) for row in passages]),
            (self._array("first-passages"), _each(articles, 2)),
            (self._table("articles"), _each(articles)),
            (self._table("texts"), _each(articles)),
        )
        self._fetch(
            (self._array("passages", columns=3), [_range(self.passages_of(article)) for article in articles]),
            (self._bytes("articles"), [self._place("articles", article) for article in articles]),
            (self._bytes("texts"), [self._place("texts", article) for article in articles]),
        )

    @cached_property
    def searchable(self) -> Blobs:
        """All texts, which are read whole: a text that is searched for may stand anywhere."""
        texts = Blobs(self._store, "texts")
        texts.bytes = self.read_file("texts.bin")
        texts.check()
        return texts

    def bits(self, passage: int) -> Bits:
        """Return the token bits of a passage, [tokens, dimension / 8]."""
        return parse_bits(self._passages.body(passage).bits, self.manifest.encoder.dimension)

    def read_file(self, name: str) -> bytes:
        """Return a file of the generation whole."""
        return self._blocks.read(name, 0, self._blocks.size(name))

    def verify(self) -> Iterator[str]:
        """Read and check everything; yields the name of each file that is checked, raises IndexDamaged."""
        for name in filter(is_in_files, self.manifest.files):
            self._check(name)
            yield name
        count = self.manifest.counts.passages
        for start in range(0, count, AT_ONCE):
            self._passages.expect(range(start, min(count, start + AT_ONCE)))
        yield "passages"

    def _check(self, name: str) -> None:
        size, digest = self.manifest.files[name]
        whole = hashlib.sha256()
        for start in range(0, size, AT_ONCE * BLOCK):
            whole.update(self._blocks.read(name, start, min(size, start + AT_ONCE * BLOCK)))
        if whole.hexdigest() != digest:
            raise damaged(self._server, self.folder / name, "its checksum differs")

    def _array(self, name: str, *, columns: int = 0) -> RemoteArray:
        return self._store.array(name, np.int32, columns)

    def _table(self, name: str) -> RemoteArray:
        return self._store.array(name, np.int64, 3)

    def _bytes(self, name: str) -> RemoteArray:
        return RemoteArray(self._store.map(f"{name}.bin"), np.uint8)

    def _place(self, name: str, row: int) -> tuple[int, int]:
        offset, length, _ = self._table(name)[row].tolist()
        return offset, offset + length

    def _fetch(self, *ranges: tuple[RemoteArray, Ranges]) -> None:
        self._blocks.expect(span for array, rows in ranges for span in array.spans(rows))


def current(index: Path) -> Generation:
    """Open the current generation of an index on a server; raises IndexFault."""
    server = Server(index)
    server.check_version()
    return ServerGeneration(server, catalogue.current(server))


def opened(index: Path, stored: StoredGeneration) -> Generation:
    """Open a generation that is listed; raises IndexFault."""
    return ServerGeneration(Server(index), stored)


def former(index: Path, on_fault: Callable[[IndexFault], None] | None = None) -> Iterator[Generation]:
    """Open the kept generations before the current one, newest first, as `Generation.former` does."""
    server = Server(index)
    for stored in catalogue.listed(server)[1:]:
        try:
            yield ServerGeneration(server, stored)
        except IndexFault as error:
            if isinstance(error, IndexMismatch) or _is_removed(server, stored, error):
                continue
            if on_fault is None:
                raise
            on_fault(error)


def _is_removed(server: Server, stored: StoredGeneration, error: IndexFault) -> bool:
    """Return whether a build has removed a generation since it was listed, and so caused an error."""
    return isinstance(error, IndexDamaged) and stored.collections.files not in server.collections()


def _each(rows: Iterable[int], count: int = 1) -> Ranges:
    return [(row, row + count) for row in rows]


def _range(rows: range) -> tuple[int, int]:
    return rows.start, rows.stop
