"""Byte records in one memory-mapped file, each with a checksum that is checked on reading."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.files import NewFiles
from retrieval.index.arrays import ArrayWriter
from retrieval.index.faults import damaged
from retrieval.index.store import Store


class BlobWriter:
    """Writes NAME.bin record by record, and NAME.array, the table of (offset, length, CRC-32)."""

    def __init__(self, files: NewFiles, name: str) -> None:
        with ExitStack() as stack:
            self._stream = stack.enter_context(files.open(f"{name}.bin"))
            self._table = stack.enter_context(ArrayWriter(files, name, np.int64))
            self._open = stack.pop_all()
        self._offset = 0

    def __enter__(self) -> BlobWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def add(self, record: bytes) -> None:
        """Append a record."""
        self._stream.write(record)
        self._table.add((self._offset, len(record), zlib.crc32(record)))
        self._offset += len(record)


class Blobs:
    """Reads what a BlobWriter wrote."""

    def __init__(self, store: Store, name: str) -> None:
        self._mapped = store.map(f"{name}.bin")
        self._table = store.array(name, np.int64, 3)
        self.bytes = self._mapped.bytes

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, row: int) -> bytes:
        """Return the record at a row; raises IndexDamaged when it is not what was written."""
        offset, length, checksum = self._table[row].tolist()
        self._mapped.check(offset, offset + length)
        record = self.bytes[offset : offset + length]
        if zlib.crc32(record) != checksum:
            raise damaged(self._mapped.path, f"the checksum of record {row} differs")
        return record

    def expect(self, rows: NDArray[np.integer[Any]]) -> None:
        """Have the disk read at once the records that will be read one after another."""
        table = self._table[rows]
        self._mapped.expect(table[:, 0], table[:, 0] + table[:, 1])

    def check(self) -> None:
        """Read every record; raises IndexDamaged when one is not what was written."""
        for row in range(len(self)):
            self[row]

    def row_at(self, offset: int) -> int:
        """Return the row of the record that holds the byte at `offset`."""
        return bisect_right(range(len(self)), offset, key=self.start) - 1

    def start(self, row: int) -> int:
        """Return where the record at a row begins in `bytes`."""
        return int(self._table[row, 0])

    def range_of(self, row: int) -> tuple[int, int]:
        """Return where the record at a row begins and ends in `bytes`."""
        offset, length, _ = self._table[row].tolist()
        return offset, offset + length
