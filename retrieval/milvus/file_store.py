"""The files of a generation as blocks on a server: read as they are asked for, checked, and kept for a while."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from retrieval.files import Whole
from retrieval.index.store import Array, Key, Mapped, Store
from retrieval.milvus.catalogue import damaged, removed
from retrieval.milvus.layout import BLOCK, block_key
from retrieval.milvus.packing import Unpackable
from retrieval.milvus.record_store import Records
from retrieval.milvus.server import CollectionMissing, Server

AT_ONCE = 24
"""Blocks of the largest file that is read whole as soon as any of it is."""
Span = tuple[str, int, int]
"""A file's name, and where in it the bytes begin and end."""


class Blocks:
    """Reads spans of bytes of a generation's files."""

    def __init__(self, server: Server, collection: str, folder: Path, files: Mapping[str, Whole]) -> None:
        self._server, self._folder, self._files = server, folder, files
        self._records = Records(server, collection)

    def size(self, name: str) -> int:
        """Return how many bytes a file has."""
        return self._files[name][0]

    def has(self, name: str) -> bool:
        """Return whether there is a file of this name."""
        return name in self._files

    def read(self, name: str, start: int, stop: int) -> bytes:
        """Return the bytes [start, stop) of a file; raises IndexDamaged, IndexUnreachable."""
        if stop <= start:
            return b""
        own = self._blocks(name, start, stop)
        blocks = self._fetch(name, [block_key(name, block) for block in self._around(name, own)])
        whole = b"".join(blocks[block_key(name, block)] for block in own)
        begin = own.start * BLOCK
        return whole[start - begin : stop - begin]

    def expect(self, spans: Iterable[Span]) -> None:
        """Read the blocks of many spans at once, which are then there when they are asked for."""
        keys = [
            block_key(name, block)
            for name, start, stop in spans
            for block in self._around(name, self._blocks(name, start, stop))
            if stop > start
        ]
        if keys:
            self._fetch(keys[0].partition("#")[0], keys)

    def _blocks(self, name: str, start: int, stop: int) -> range:
        return range(start // BLOCK, -(-min(stop, self.size(name)) // BLOCK))

    def _around(self, name: str, blocks: range) -> range:
        """Return all blocks of a file that is small, or else those."""
        count = -(-self.size(name) // BLOCK)
        return range(count) if count <= AT_ONCE else blocks

    def _fetch(self, name: str, keys: list[str]) -> dict[str, bytes]:
        file = self._folder / name
        try:
            blocks = self._records.fetch(keys)
        except Unpackable as error:
            raise damaged(self._server, file, str(error)) from error
        except CollectionMissing as error:
            raise removed(self._server, file) from error
        if lacking := next((key for key in keys if key not in blocks), None):
            raise damaged(self._server, self._folder / lacking.partition("#")[0], "a part of it is gone")
        return blocks


class _Bytes:
    """The bytes of a file, of which slices are read."""

    def __init__(self, blocks: Blocks, name: str) -> None:
        self._blocks, self._name = blocks, name

    def __len__(self) -> int:
        return self._blocks.size(self._name)

    def __getitem__(self, span: slice) -> bytes:
        start, stop, _ = span.indices(len(self))
        return self._blocks.read(self._name, start, stop)


class RemoteFile(Mapped):
    """A file on a server; what is read of it was checked by then."""

    def __init__(self, blocks: Blocks, name: str, path: Path) -> None:
        self.path, self.blocks, self.name = path, blocks, name
        self.bytes = cast(bytes, _Bytes(blocks, name))
        self._unread = None


class RemoteArray(Array):
    """Rows of numbers in a file on a server."""

    def __init__(self, file: RemoteFile, dtype: DTypeLike, columns: int = 0) -> None:
        self._file, self._dtype, self._columns = file, np.dtype(dtype), columns
        self._width = self._dtype.itemsize * max(1, columns)

    def __len__(self) -> int:
        return len(self._file.bytes) // self._width

    def __getitem__(self, key: Key | tuple[Key, Key]) -> Any:
        if not isinstance(key, tuple):
            return self._read_rows(key)
        rows, column = key
        numbers = self._read_rows(rows)
        return numbers[column] if numbers.ndim == 1 else numbers[:, column]

    def spans(self, rows: Iterable[tuple[int, int]]) -> Iterable[Span]:
        """Return the spans of bytes of spans of rows."""
        return [(self._file.name, start * self._width, stop * self._width) for start, stop in rows]

    def _read_rows(self, rows: Key) -> NDArray[Any]:
        if isinstance(rows, slice):
            start, stop, step = rows.indices(len(self))
            return self._read(start, max(start, stop))[::step]
        if isinstance(rows, np.ndarray):
            places = (np.flatnonzero(rows) if rows.dtype == np.bool_ else rows).tolist()
            self._file.blocks.expect(self.spans((place, place + 1) for place in places))
            read = [self._read(place, place + 1) for place in places]
            return np.concatenate(read) if read else self._read(0, 0)
        place = int(rows) + (len(self) if rows < 0 else 0)
        if not 0 <= place < len(self):
            raise IndexError(rows)
        numbers: NDArray[Any] = self._read(place, place + 1)[0]
        return numbers

    def _read(self, start: int, stop: int) -> NDArray[Any]:
        raw = self._file.blocks.read(self._file.name, start * self._width, stop * self._width)
        numbers: NDArray[Any] = np.frombuffer(raw, self._dtype)
        return numbers.reshape(-1, self._columns) if self._columns else numbers


class RemoteStore(Store):
    """The files of a generation on a server."""

    def __init__(self, blocks: Blocks, folder: Path) -> None:
        self.folder, self.blocks = folder, blocks

    def map(self, name: str) -> RemoteFile:
        """Return a file, of which nothing is read yet."""
        return RemoteFile(self.blocks, name, self.folder / name)

    def array(self, name: str, dtype: DTypeLike, columns: int = 0) -> RemoteArray:
        """Return the array of this name, of which nothing is read yet."""
        return RemoteArray(self.map(f"{name}.array"), dtype, columns)

    def check_lengths(self) -> None:
        """Do nothing: what is read of a server's files is what it has sent."""

    def __contains__(self, name: str) -> bool:
        return self.blocks.has(name)
