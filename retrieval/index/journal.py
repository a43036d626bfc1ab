"""What a build has done so far, in files that only grow: the next one goes on from there if this one is ended.

    INDEX/split-articles      what was read of files: their articles, split into passages
    INDEX/encoded-passages    the vectors and token bits of passages

Each begins with a line that says what made it, and is of use to a build of the same kind alone. A record that did not
reach the disk whole, and all behind it, counts as not there. Both are removed once their generation is published.
"""

from __future__ import annotations

import errno
import os
import re
import struct
import time
import zlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from retrieval.index.keys import SIZE, KeyTable, keys_in

SPLIT, ENCODED = "split-articles", "encoded-passages"
NAMES = (SPLIT, ENCODED)
_HEADING = re.compile(rb"quoth (?:split articles|encoded passages) [0-9a-f]{64}\n")
_BEGINNINGS = tuple(f"quoth {name.replace('-', ' ')} ".encode() for name in NAMES)
_LONGEST_HEADING = 90
_RECORD = struct.Struct(f"<{SIZE}sII")  # key, length of the payload, CRC-32 of key and payload
_FLUSHED_AFTER = 2.0  # seconds
_BUFFER = 2**20
_MUCH = 2**20
"""Bytes of what was read that are worth keeping by themselves."""


class Journal:
    """Records by their keys, in one file that only grows."""

    def __init__(self, index: Path, name: str, made_by: str) -> None:
        """Open one of the NAMES; `made_by` are 64 hex digits, and what others have made is dropped. Raises OSError."""
        self._path = index / name
        heading = f"quoth {name.replace('-', ' ')} {made_by}\n".encode()
        self._keys, self._offsets = bytearray(), array("q")
        self._stream = open(self._path, "a+b", buffering=_BUFFER)  # noqa: SIM115 - closed on leaving
        self._reader = open(self._path, "rb", buffering=_BUFFER)  # noqa: SIM115
        end = self._scan(heading)
        if end == 0:
            self._stream.truncate(0)
            self._stream.write(heading)
            end = len(heading)
        else:
            self._stream.truncate(end)
        self._end = self._flushed = end
        self._stream.flush()
        self._reader.close()  # what it holds of the file may have been cut off
        self._reader = open(self._path, "rb", buffering=_BUFFER)  # noqa: SIM115
        self._flushed_at = time.monotonic()
        self.table = KeyTable(keys_in(self._keys))
        """Finds the records that were there when it was opened; see `offset`."""
        self.former = len(self._offsets)
        """How many these are."""

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()
        if kind is None:
            self._stream.close()
            return
        with suppress(OSError):  # what went wrong first is told
            self._stream.close()

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self._end

    def offset(self, row: int) -> int:
        """Return where the record at a row of `table` begins."""
        return self._offsets[row]

    def add(self, key: bytes, payload: bytes) -> int:
        """Append a record, and return where it begins; raises OSError."""
        begin = self._end
        self._stream.write(_RECORD.pack(key, len(payload), _checksum(key, payload)))
        self._stream.write(payload)
        self._end += _RECORD.size + len(payload)
        if time.monotonic() - self._flushed_at > _FLUSHED_AFTER:
            self._flush()
        return begin

    def read(self, offset: int, start: int = 0, length: int | None = None) -> bytes:
        """Return the payload of the record that begins at `offset`, or a part of it; raises OSError.

        Only the whole payload is compared with its checksum.
        """
        if offset >= self._flushed:
            self._flush()
        self._reader.seek(offset)
        key, whole, checksum = _RECORD.unpack(self._reader.read(_RECORD.size))
        if start or length is not None:
            self._reader.seek(offset + _RECORD.size + start)
            return self._reader.read(whole - start if length is None else length)
        payload = self._reader.read(whole)
        if _checksum(key, payload) != checksum:
            raise OSError(errno.EIO, f"{self._path.name} does not read back as it was written")
        return payload

    def _flush(self) -> None:
        self._stream.flush()
        self._flushed, self._flushed_at = self._end, time.monotonic()

    def _scan(self, heading: bytes) -> int:
        """Note the records that are there whole, and return where they end; 0 where the heading is another."""
        if self._reader.read(len(heading)) != heading:
            return 0
        end = len(heading)
        while len(raw := self._reader.read(_RECORD.size)) == _RECORD.size:
            key, length, checksum = _RECORD.unpack(raw)
            payload = self._reader.read(length)
            if len(payload) < length or _checksum(key, payload) != checksum:
                break
            self._keys += key
            self._offsets.append(end)
            end += _RECORD.size + length
        return end


def _checksum(key: bytes, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(key))


def is_journal(file: Path) -> bool:
    """Return whether a build made this file; an empty one counts too, as nothing in it can be lost."""
    try:
        if file.is_symlink() or not file.is_file():
            return False
        with file.open("rb") as stream:
            beginning = stream.read(_LONGEST_HEADING)
    except OSError:
        return False
    is_cut = len(beginning) < len(_BEGINNINGS[0]) + 65 and b"\n" not in beginning
    return bool(_HEADING.match(beginning)) or (
        is_cut and any(name.startswith(beginning) or beginning.startswith(name) for name in _BEGINNINGS)
    )


def foreign_journal(index: Path) -> str | None:
    """Return the name of a file that has the name of a journal and is somebody's own; None where there is none."""
    return next((name for name in NAMES if os.path.lexists(index / name) and not is_journal(index / name)), None)


def is_worthwhile(index: Path) -> bool:
    """Return whether the next build saves some time by what an ended one has left: a passage, or much that was read."""
    sizes = [(index / name).stat().st_size if is_journal(index / name) else 0 for name in NAMES]
    return sizes[0] >= _MUCH or sizes[1] > _LONGEST_HEADING


def journal_files(index: Path) -> list[Path]:
    """Return the files that an ended build has left for the next one."""
    return [index / name for name in NAMES if is_journal(index / name)]


def remove_journals(index: Path, unless_since: Path | None = None) -> None:
    """Remove what builds have left to go on from, but for what was encoded since a file was written.

    That is what a build from scratch has left over the current generation: others may build before it is gone on with.
    """
    for file in journal_files(index):
        with suppress(OSError):
            if unless_since is None or file.name == SPLIT or file.stat().st_mtime_ns <= unless_since.stat().st_mtime_ns:
                file.unlink()


@contextmanager
def kept_if_worthwhile(index: Path) -> Iterator[None]:
    """Remove what a build that fails has left for the next one, where that is not worth keeping."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            if not is_worthwhile(index):
                remove_journals(index)
        raise
