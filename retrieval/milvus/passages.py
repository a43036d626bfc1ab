"""What a server holds of passages by their rows: what they are searched by, and what scores their sentences."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats
from retrieval.errors import ServerLacks
from retrieval.milvus.catalogue import damaged, removed
from retrieval.milvus.layout import NO_TERMS, PACKED, TERMS, VECTOR
from retrieval.milvus.packing import Unpackable, count_of, unpack
from retrieval.milvus.record_store import Records
from retrieval.milvus.server import CollectionMissing, Row, Server

CACHED = 1024
"""Passages whose token bits are kept: about 10 KB each."""
SPARE = 32
"""Passages that are asked for beyond those needed, so that of equal scores at the end the first rows are taken."""
MOST = 16_384
"""The most rows that a server returns for one search."""
MOST_RUNS = 16
"""Runs of rows that a condition names: a server refuses one of a few dozen parts, and is slow at it before that."""
PROBED = 64
"""Cells that the server looks into where it has any, as a folder's search does."""
Ids = NDArray[np.int32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PassageBody:
    """What scores the sentences of a passage."""

    bits: bytes
    """Its token bits."""
    begin: Ids
    """[sentences + 1], where the terms of each sentence begin."""
    terms: Ids
    """The rows of its sentences' terms in the vocabulary."""
    scores: Floats
    """The BM25 score of each of them in its sentence."""

    def dump(self) -> bytes:
        """Return it as bytes."""
        head = np.array([len(self.begin), len(self.terms)], "<i4")
        numbers = (head, self.begin.astype("<i4"), self.terms.astype("<i4"), self.scores.astype("<f4"))
        return b"".join(part.tobytes() for part in numbers) + self.bits


def parse_body(raw: bytes) -> PassageBody:
    """Return what `PassageBody.dump` has dumped; raises ValueError."""
    count, terms = np.frombuffer(raw, "<i4", 2).tolist()
    begin, ids = np.split(np.frombuffer(raw, "<i4", count + terms, 8), [count])
    at = 8 + 4 * (count + terms)
    return PassageBody(raw[at + 4 * terms :], begin, ids, np.frombuffer(raw, "<f4", terms, at))


def overflow_key(row: int) -> str:
    """Return the key among the files of what a passage's own field cannot hold, as with a large encoder."""
    return f"passage#{row:08d}"


class Passages:
    """Reads the passages of a generation, and keeps those that were read last."""

    def __init__(self, server: Server, collection: str, files: str, folder: Path) -> None:
        self._server, self._collection, self._folder = server, collection, folder
        self._files = Records(server, files)
        self._bodies: OrderedDict[int, PassageBody] = OrderedDict()
        self._scored: dict[int, Row] = {}
        self._lock = threading.Lock()  # a bot looks citations up while it answers

    def body(self, row: int) -> PassageBody:
        """Return what scores the sentences of the passage at a row."""
        with self._lock:
            self._expect((row,))
            return self._bodies[row]

    def expect(self, rows: Iterable[int]) -> None:
        """Read the bodies of passages at once, which are then there when they are asked for."""
        with self._lock:
            self._expect(rows)

    def _expect(self, rows: Iterable[int]) -> None:
        distinct = list(dict.fromkeys(rows))
        new = [row for row in distinct if row not in self._bodies]
        fetched = self._get(new, ("row", PACKED))
        try:
            for row in new:
                self._bodies[row] = parse_body(self._unpacked(row, str(fetched[row][PACKED])))
        except ValueError as error:
            raise damaged(self._server, self._folder / "bits.bin", str(error)) from error
        except CollectionMissing as error:
            raise removed(self._server, self._folder) from error
        for row in distinct:
            self._bodies.move_to_end(row)
        while len(self._bodies) > max(CACHED, len(distinct)):
            self._bodies.popitem(last=False)

    def scored(self, rows: Iterable[int]) -> list[Row]:
        """Return the vectors and the term scores of passages; those of the last question are kept."""
        order = list(rows)
        new = [row for row in order if row not in self._scored]
        if new:
            self._scored = {row: self._scored[row] for row in order if row in self._scored}
            self._scored |= self._get(new, ("row", VECTOR, TERMS))
        return [self._scored[row] for row in order]

    def nearest(self, field: str, question: Any, count: int, among: Flags | None) -> NDArray[np.int64]:
        """Return the rows of the `count` passages with the greatest inner product, of equal ones the first rows."""
        condition = "" if among is None else condition_of(among)
        if condition is None:
            return np.zeros(0, np.int64)
        if count + SPARE > MOST:
            remedy = f"have pool below [answer] be at most {MOST - SPARE:,}"
            raise ServerLacks(self._server.index, f"A search for {count:,} passages", remedy)
        parameters = {"nprobe": PROBED} if field == VECTOR else {}
        try:
            hits = self._server.search(
                self._collection, field, question, count + SPARE, condition=condition, parameters=parameters
            )
        except CollectionMissing as error:
            raise removed(self._server, self._folder) from error
        best = sorted((hit for hit in hits if hit[1] != 0 or field == VECTOR), key=lambda hit: (-hit[1], hit[0]))
        return np.array([row for row, _ in best[:count]], dtype=np.int64)

    def _unpacked(self, row: int, text: str) -> bytes:
        count, first = count_of(text)
        if count == 1:
            return unpack(first)
        rest = self._files.fetch([overflow_key(row)])
        if overflow_key(row) not in rest:
            raise Unpackable("a part of it is gone")
        return unpack(first + rest[overflow_key(row)].decode("ascii"))

    def _get(self, rows: list[int], fields: tuple[str, ...]) -> dict[int, Row]:
        try:
            by_row = {int(row["row"]): row for row in self._server.get(self._collection, rows, fields)}
        except CollectionMissing as error:
            raise removed(self._server, self._folder) from error
        if lacking := [row for row in rows if row not in by_row]:
            raise damaged(self._server, self._folder / "bits.bin", f"passage {lacking[0]:,} is gone")
        return by_row


def condition_of(among: Flags) -> str | None:
    """Return the condition by which a server leaves the rows that are flagged; None where none is."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], among, [False]]).astype(np.int8))).tolist()
    runs = list(zip(edges[::2], edges[1::2], strict=True))
    if not runs:
        return None
    if runs == [(0, len(among))]:
        return ""
    if len(runs) <= MOST_RUNS:
        return " or ".join(f"(row >= {start} and row < {stop})" for start, stop in runs)
    if 2 * np.count_nonzero(among) <= len(among):
        return f"row in {np.flatnonzero(among).tolist()}"
    return f"row not in {np.flatnonzero(~among).tolist()}"


def sparse(terms: Mapping[int, float]) -> dict[int, float]:
    """Return term scores, by the rows of terms in the vocabulary, as a sparse vector."""
    return {row + 1: score for row, score in terms.items()} or {NO_TERMS: 1.0}
