"""The files of a generation, memory-mapped: small ones were checked whole, of others each block as it is first read."""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from retrieval.files import BLOCK, NewFiles, Whole
from retrieval.index.faults import damaged

WHOLE = 2**20
"""Bytes of the largest file that is checked whole when a generation is opened."""
BLOCKS = "blocks.bin"
"""How many bytes a block has, and the CRC-32 of each block of the larger files, in order of their names."""
RECORD_FILES = frozenset({"articles.bin", "texts.bin", "bits.bin", "left-out.bin", "terms.bin", "sources.json"})
"""Files that are checked neither whole nor by blocks: records have a checksum each, and no answer needs the list."""

Key = int | slice | NDArray[Any]


class Mapped:
    """A memory-mapped file."""

    def __init__(self, path: Path, blocks: NDArray[np.uint32] | None = None, block: int = BLOCK) -> None:
        """`blocks` are the checksums of its blocks, of so many bytes; None where they have none."""
        self.path, self._blocks, self._block = path, blocks, block
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            self.bytes: mmap.mmap | bytes = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        self._unread = bytearray(b"\1" * -(-size // block)) if size > WHOLE else None
        self._flags = np.frombuffer(self._unread or b"", np.bool_)

    @property
    def is_read(self) -> bool:
        """Whether nothing is left to read and to check: small files were read as their generation was opened."""
        return self._unread is None

    def check(self, start: int, stop: int) -> None:
        """Read the blocks with the bytes [start, stop) that were not read yet; raises IndexDamaged."""
        if self._unread is None:
            return
        end = (stop - 1) // self._block + 1
        block = self._unread.find(1, start // self._block, end)
        if block >= 0:
            self._fetch(block, end)
        while block >= 0:
            self._check(block)
            block = self._unread.find(1, block + 1, end)

    def check_each(self, starts: NDArray[np.int64], length: int) -> None:
        """Read the blocks with the `length` bytes from each of the starts on; raises IndexDamaged."""
        if self._unread is None:
            return
        self.expect(starts, starts + length)
        for offset in (*range(0, length - 1, self._block), length - 1):
            blocks = (starts + offset) // self._block
            for block in dict.fromkeys(blocks[self._flags[blocks]].tolist()):
                self._check(block)

    def expect(self, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> None:
        """Have the disk read at once what will be read one after another: the bytes [start, stop) of each."""
        if self._unread is None:
            return
        first, last = starts // self._block, (stops - 1) // self._block
        unread = np.flatnonzero((self._flags[first] | self._flags[last]) & (stops > starts))
        for span in dict.fromkeys(zip(first[unread].tolist(), last[unread].tolist(), strict=True)):
            self._fetch(span[0], span[1] + 1)

    def check_length(self) -> None:
        """Raise IndexDamaged where the file was cut since: to read beyond its end would end the process."""
        if isinstance(self.bytes, mmap.mmap) and (length := self.bytes.size()) < len(self.bytes):
            raise damaged(self.path, f"it has {length:,} bytes and should have {len(self.bytes):,}")

    def _fetch(self, first: int, end: int) -> None:
        """Have the disk begin to read blocks: else it reads around each page that is missing, and one at a time."""
        if isinstance(self.bytes, mmap.mmap) and hasattr(mmap, "MADV_WILLNEED"):
            start = first * self._block // mmap.PAGESIZE * mmap.PAGESIZE
            self.bytes.madvise(mmap.MADV_WILLNEED, start, min(end * self._block, len(self.bytes)) - start)

    def release(self) -> None:
        """Give back the memory of what was read, which is read again where it is needed."""
        if isinstance(self.bytes, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            self.bytes.madvise(mmap.MADV_DONTNEED)

    def _check(self, block: int) -> None:
        assert self._unread is not None
        if self._blocks is not None:
            with memoryview(self.bytes) as view:
                if zlib.crc32(view[block * self._block : (block + 1) * self._block]) != self._blocks[block]:
                    raise damaged(self.path, f"the checksum of its block {block:,} differs")
        self._unread[block] = 0


class Array:
    """Rows of numbers in a memory-mapped file, checked as they are read."""

    def __init__(self, mapped: Mapped, dtype: DTypeLike, columns: int = 0) -> None:
        """Without `columns`, each row is one number."""
        numbers: NDArray[Any] = np.frombuffer(mapped.bytes, dtype)
        self._rows = numbers.reshape(-1, columns) if columns else numbers
        self._mapped, self._width = mapped, numbers.itemsize * max(columns, 1)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, key: Key | tuple[Key, Key]) -> Any:
        """Return rows as numpy does: by a place, by a slice or by an array of places."""
        if not self._mapped.is_read:
            self._check(key[0] if isinstance(key, tuple) else key)
        return self._rows[key]

    def expect(self, starts: NDArray[np.integer[Any]], stops: NDArray[np.integer[Any]]) -> None:
        """Have the disk read at once what will be read one after another: the rows [start, stop) of each."""
        self._mapped.expect(starts * np.int64(self._width), stops * np.int64(self._width))

    def release(self) -> None:
        """Give back the memory of what was read, which is read again where it is needed."""
        self._mapped.release()

    def tolist(self) -> list[Any]:
        """Return all rows."""
        rows: list[Any] = self[:].tolist()
        return rows

    def _check(self, rows: Key) -> None:
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self._rows))
            if stop > start:
                self._mapped.check(start * self._width, stop * self._width)
        elif isinstance(rows, np.ndarray):
            self._mapped.check_each(rows.astype(np.int64) * self._width, self._width)
        else:
            start = (rows if rows >= 0 else rows + len(self._rows)) * self._width
            self._mapped.check(start, start + self._width)


class Store:
    """The files in a generation's folder."""

    def __init__(self, folder: Path, files: Mapping[str, Whole] | None = None) -> None:
        """`files` are those of its manifest, which were checked; without them none is checked at all."""
        self.folder, self._block = folder, BLOCK
        self._blocks: dict[str, NDArray[np.uint32]] = {}
        self._mapped = list[Mapped]()
        if files is not None:
            self._read_blocks(files)

    def map(self, name: str) -> Mapped:
        """Map a file; raises OSError."""
        self._mapped.append(Mapped(self.folder / name, self._blocks.get(name), self._block))
        return self._mapped[-1]

    def check_lengths(self) -> None:
        """Raise IndexDamaged where a file was cut since it was mapped."""
        for mapped in self._mapped:
            mapped.check_length()

    def array(self, name: str, dtype: DTypeLike, columns: int = 0) -> Array:
        """Map the array of this name; raises OSError."""
        return Array(self.map(f"{name}.array"), dtype, columns)

    def __contains__(self, name: str) -> bool:
        return (self.folder / name).exists()

    def _read_blocks(self, files: Mapping[str, Whole]) -> None:
        file, at = self.folder / BLOCKS, 1
        checksums = np.frombuffer(file.read_bytes(), np.uint32)
        self._block = int(checksums[0])
        for name in in_blocks(files):
            count = -(-files[name][0] // self._block)
            self._blocks[name] = checksums[at : at + count]
            at += count
        if at != len(checksums):
            raise damaged(file, "it has other blocks than the files")


def in_blocks(files: Mapping[str, Whole]) -> list[str]:
    """Return the names of the files whose blocks have checksums of their own."""
    others = RECORD_FILES | {BLOCKS}
    return sorted(name for name, (size, _) in files.items() if size > WHOLE and name not in others)


def is_whole(name: str, size: int) -> bool:
    """Return whether a file is checked whole when its generation is opened."""
    return name == BLOCKS or (size <= WHOLE and name not in RECORD_FILES)


def save_blocks(files: NewFiles) -> None:
    """Write the checksums of the blocks of all files that were written so far, as the last but the manifest."""
    checksums = [files.blocks[name] for name in in_blocks(files.whole)]
    files.write(BLOCKS, np.concatenate([np.array([BLOCK], np.uint32), *checksums]).tobytes())
