"""Digests that say what articles and passages were made from, and which row of a table has one."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

SIZE = 16
"""Bytes of a key."""
Keys = NDArray[np.uint64]
"""[n, 2], the two halves of each key."""


def key_of(*parts: str | bytes) -> bytes:
    """Return the key of something made from these parts: the first bytes of a SHA-256 over them and their lengths."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "little"))
        digest.update(raw)
    return digest.digest()[:SIZE]


def keys_in(raw: bytes | bytearray) -> Keys:
    """Return the keys that follow each other in these bytes."""
    return np.frombuffer(raw, dtype="<u8").reshape(-1, 2).astype(np.uint64)


def bytes_of(keys: Keys) -> bytes:
    """Return the bytes of keys, one after another."""
    return np.ascontiguousarray(keys, dtype="<u8").tobytes()


class KeyTable:
    """Finds the rows of keys."""

    def __init__(self, keys: Keys) -> None:
        self._order = np.lexsort((keys[:, 1], keys[:, 0]))
        self._first, self._second = keys[self._order, 0], keys[self._order, 1]

    def rows(self, keys: Keys) -> NDArray[np.int64]:
        """Return the first row that has each of the keys, -1 where none has."""
        if not len(self._first):
            return np.full(len(keys), -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(self._first, keys[:, 0]), len(self._first) - 1)
        is_there = (self._first[places] == keys[:, 0]) & (self._second[places] == keys[:, 1])
        return np.where(is_there, self._order[places], -1)

    def row(self, key: bytes) -> int:
        """Return the first row that has a key, -1 if none has."""
        return int(self.rows(keys_in(key))[0])
