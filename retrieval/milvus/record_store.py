"""Records by their keys: bytes in a collection, each with a checksum that is checked on reading."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from retrieval.milvus.layout import records_schema
from retrieval.milvus.packing import Unpackable, count_of, pack, pieces, unpack
from retrieval.milvus.server import CollectionMissing, Server

CACHED = 2048
"""Records that are kept: 75 MB of blocks."""


def rows_of(key: str, data: bytes) -> Iterator[Mapping[str, Any]]:
    """Yield the rows that hold a record."""
    for number, piece in enumerate(pieces(pack(data))):
        yield {"key": _piece(key, number), "value": piece, "unused": [0.0, 0.0]}


def create(server: Server, collection: str) -> None:
    """Create a collection of records."""
    server.create(collection, *records_schema())


def put(server: Server, collection: str, key: str, data: bytes) -> None:
    """Write a record of a few pieces, or replace it."""
    server.upsert(collection, list(rows_of(key, data)))


def remove(server: Server, collection: str, key: str) -> None:
    """Remove a record."""
    server.delete(collection, [_piece(key, 0)])


def read_one(server: Server, collection: str, key: str) -> bytes | None:
    """Return a record as it is at this moment; None where it or its collection is not there. Raises Unpackable."""
    try:
        return Records(server, collection, is_fresh=True).fetch((key,)).get(key)
    except CollectionMissing:
        return None


class Records:
    """Reads the records of a collection, and keeps those that were read last."""

    def __init__(self, server: Server, collection: str, *, is_fresh: bool = False) -> None:
        """`is_fresh` reads what was written a moment ago, too, which takes longer."""
        self._server, self._collection, self._is_fresh = server, collection, is_fresh
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()  # a bot looks citations up while it answers

    def fetch(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the records with these keys, without those that are not there.

        Raises Unpackable where one is not what was written, CollectionMissing, IndexUnreachable.
        """
        with self._lock:
            return self._fetch(list(dict.fromkeys(keys)))

    def _fetch(self, distinct: Sequence[str]) -> dict[str, bytes]:
        new = self._read([key for key in distinct if key not in self._kept])
        records = {key: data for key in distinct if (data := self._kept.get(key, new.get(key))) is not None}
        for key, data in records.items():
            self._kept[key] = data
            self._kept.move_to_end(key)
        while len(self._kept) > CACHED:
            self._kept.popitem(last=False)
        return records

    def _read(self, keys: Sequence[str]) -> dict[str, bytes]:
        first = self._values([_piece(key, 0) for key in keys])
        counted = {key: count_of(first[_piece(key, 0)]) for key in keys if _piece(key, 0) in first}
        rest = self._values([_piece(key, at) for key, (count, _) in counted.items() for at in range(1, count)])
        try:
            return {
                key: unpack(text + "".join(rest[_piece(key, at)] for at in range(1, count)))
                for key, (count, text) in counted.items()
            }
        except KeyError as error:
            raise Unpackable("a part of it is gone") from error

    def _values(self, keys: Sequence[str]) -> dict[str, str]:
        rows = self._server.get(self._collection, keys, ("key", "value"), is_fresh=self._is_fresh)
        return {str(row["key"]): str(row["value"]) for row in rows}


def _piece(key: str, number: int) -> str:
    return f"{key}/{number}"
