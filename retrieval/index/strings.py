"""Sorted texts in a memory-mapped file, looked up by bisection: nothing is read of it when it is opened."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

import numpy as np

from retrieval.files import NewFiles
from retrieval.index.arrays import ArrayWriter
from retrieval.index.store import Store

_END = b"\n"
_AFTER_ALL = b"\xff"
"""A byte that no text in UTF-8 has, and that comes after all that it has."""


def encoded(text: str) -> bytes:
    """Return the bytes of a text, which sort as the text does."""
    return text.encode("utf-8", "surrogatepass")


def save_strings(files: NewFiles, name: str, texts: Iterable[bytes]) -> None:
    """Write texts, which must come sorted: NAME.bin, and NAME.array, where each begins and the last one ends."""
    at = 0
    with files.open(f"{name}.bin") as stream, ArrayWriter(files, name, np.int64) as begin:
        begin.add(at)
        for text in texts:
            at += stream.write(text + _END)
            begin.add(at)


class Strings:
    """Reads what `save_strings` wrote."""

    def __init__(self, store: Store, name: str) -> None:
        self._mapped = store.map(f"{name}.bin")
        self._begin = store.array(name, np.int64)

    def __len__(self) -> int:
        return len(self._begin) - 1

    def __getitem__(self, row: int) -> bytes:
        """Return the text at a row; raises IndexDamaged where it is not what was written."""
        if not 0 <= row < len(self):
            raise IndexError(row)
        start, end = self._begin[row : row + 2].tolist()
        self._mapped.check(start, end)
        return self._mapped.bytes[start : end - len(_END)]

    def row(self, text: bytes) -> int | None:
        """Return the row of a text, or None where it is not there."""
        row = bisect_left(self, text)
        return row if row < len(self) and self[row] == text else None

    def beginning_with(self, prefix: bytes) -> range:
        """Return the rows of the texts that begin so."""
        return range(bisect_left(self, prefix), bisect_left(self, prefix + _AFTER_ALL))

    def text(self, rows: range) -> str:
        """Return the texts at these rows, at least one, a line each."""
        start, end = int(self._begin[rows.start]), int(self._begin[rows.stop])
        self._mapped.check(start, end)
        return self._mapped.bytes[start : end - len(_END)].decode("utf-8", "surrogatepass")
