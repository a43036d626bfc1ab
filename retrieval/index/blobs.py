"""Byte records in one memory-mapped file, each with a checksum that is checked on reading."""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from retrieval.files import NewFiles
from retrieval.index.arrays import load_array
from retrieval.index.faults import damaged


class BlobWriter:
    """Writes NAME.bin record by record and, on leaving, NAME.idx.npy, the table of (offset, length, CRC-32)."""

    def __init__(self, files: NewFiles, name: str) -> None:
        self._files, self._table = files, f"{name}.idx.npy"
        self._stream = files.open(f"{name}.bin")
        self._rows: list[tuple[int, int, int]] = []
        self._offset = 0

    def __enter__(self) -> BlobWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.__exit__(kind, error, trace)
        if kind is None:
            self._files.save(self._table, np.array(self._rows, dtype=np.int64).reshape(-1, 3))

    def add(self, record: bytes) -> None:
        """Append a record."""
        self._stream.write(record)
        self._rows.append((self._offset, len(record), zlib.crc32(record)))
        self._offset += len(record)


class Blobs:
    """Reads what a BlobWriter wrote."""

    def __init__(self, folder: Path, name: str) -> None:
        self._file = folder / f"{name}.bin"
        self._table: NDArray[np.int64] = load_array(folder / f"{name}.idx.npy")
        with self._file.open("rb") as stream:
            size = self._file.stat().st_size
            self.bytes: mmap.mmap | bytes = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if size else b""

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, row: int) -> bytes:
        """Return the record at a row; raises IndexDamaged when it is not what was written."""
        offset, length, checksum = (int(value) for value in self._table[row])
        record = self.bytes[offset : offset + length]
        if zlib.crc32(record) != checksum:
            raise damaged(self._file, f"the checksum of record {row} differs")
        return record

    def check(self) -> None:
        """Read every record; raises IndexDamaged when one is not what was written."""
        for row in range(len(self)):
            self[row]

    def row_at(self, offset: int) -> int:
        """Return the row of the record that holds the byte at `offset`."""
        return int(np.searchsorted(self._table[:, 0], offset, side="right")) - 1

    def start(self, row: int) -> int:
        """Return where the record at a row begins in `bytes`."""
        return int(self._table[row, 0])

    def range_of(self, row: int) -> tuple[int, int]:
        """Return where the record at a row begins and ends in `bytes`."""
        offset, length, _ = (int(value) for value in self._table[row])
        return offset, offset + length


def write_all(files: NewFiles, name: str, records: Iterable[bytes]) -> None:
    """Write the records as one blob file."""
    with BlobWriter(files, name) as writer:
        for record in records:
            writer.add(record)
