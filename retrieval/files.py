"""Files that are written once and whole: on disk, of the size that was meant, with the digest of what was meant."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from retrieval.paths import resolved
from retrieval.platforms import AT_ONCE, BINARY, sync_folder, wait_from_now_on

_DRAFT = ".tmp"
_BESIDE = re.compile(rf"\.[0-9a-f]{{16}}{re.escape(_DRAFT)}")
Whole = tuple[int, str]
"""Bytes and SHA-256 of a file."""
BLOCK = 2**14
"""Bytes of a block of a file, which may be checked by itself."""


class NewFile:
    """A file that is not there yet; after leaving it is whole on disk, or an OSError was raised."""

    def __init__(self, path: Path, on_written: Callable[[Whole], None] = lambda whole: None, mode: int = 0o666) -> None:
        """`on_written` is called with what was written, once it is on disk; the umask takes from the `mode`."""
        self._path, self._on_written = path, on_written
        self._stream = open(path, "xb", opener=partial(os.open, mode=mode))  # noqa: SIM115 - closed on leaving
        self._size, self._digest = 0, hashlib.sha256()
        self.blocks: list[int] = []
        """The CRC-32 of each block that is begun."""

    def __enter__(self) -> NewFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with suppress(OSError):  # what went wrong first is told
                self._stream.close()
            return
        with self._stream as stream:
            stream.flush()
            os.fsync(stream.fileno())
        # After closing: some file systems notice a full disk only then.
        has = self._path.stat().st_size
        if has != self._size:
            raise OSError(errno.EIO, f"{self._path.name} has {has:,} bytes of {self._size:,} that were written")
        self._on_written((self._size, self._digest.hexdigest()))

    def write(self, data: bytes | memoryview) -> int:
        """Append bytes."""
        self._digest.update(data)
        view = memoryview(data).cast("B")
        at = 0
        while at < len(view):
            begun = (self._size + at) % BLOCK
            part = view[at : at + BLOCK - begun]
            if begun:
                self.blocks[-1] = zlib.crc32(part, self.blocks[-1])
            else:
                self.blocks.append(zlib.crc32(part))
            at += len(part)
        self._size += len(view)
        self._stream.write(data)
        return len(view)


class NewFiles:
    """The files of a new folder, and what those that are whole must be found to be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.whole: dict[str, Whole] = {}
        self.blocks: dict[str, NDArray[np.uint32]] = {}
        """By file, the CRC-32 of each of its blocks."""

    def open(self, name: str) -> NewFile:
        """Return a file to write to, in a folder below this one where `name` says so."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)

        def written(whole: Whole) -> None:
            self.whole[name] = whole
            self.blocks[name] = np.array(file.blocks, dtype=np.uint32)

        file = NewFile(path, written)
        return file

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Write a whole file."""
        with self.open(name) as file:
            file.write(data)


def file_digest(file: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def identity(file: Path) -> tuple[int, int] | None:
    """Return the inode and time of a file, never those of before once it was replaced; None where there is none.

    Raises OSError.
    """
    try:
        about = file.stat()
    except FileNotFoundError:
        return None
    return about.st_ino, about.st_mtime_ns


def write_new(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write a file that is not there yet, and read it; raises OSError, and leaves no other file than was meant."""
    file = NewFile(path, mode=mode)
    try:
        with file:
            file.write(data)
        if path.read_bytes() != data:
            raise OSError(errno.EIO, f"{path.name} does not read back as it was written")
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def append(path: Path, data: bytes) -> None:
    """Append to a file, made where it is not there, and read it; raises OSError, and then leaves it as it was."""
    before = path.read_bytes() if path.exists() else b""
    try:
        with path.open("ab") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if path.read_bytes() != before + data:
            raise OSError(errno.EIO, f"{path.name} does not read back as it was written")
    except BaseException:
        with suppress(OSError):
            os.truncate(path, len(before))
        raise


def write_whole(path: Path, data: bytes) -> None:
    """Write beside the path, then put that in its place: it is there whole, or as it was. Raises OSError.

    A link stays one, and neither a file that is not to be written nor a link that leads in a circle is replaced. A pipe
    or a terminal, which nothing can take the place of, is written as it is, but no reader of a pipe is waited for.
    """
    if path.exists() and not path.is_file():
        with open(open_at_once(path), "wb") as stream:
            stream.write(data)
        return
    path = resolved(path)
    if os.path.islink(path):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    replace(path, data)


def open_at_once(path: Path) -> int:
    """Open a pipe or a device to write to, and return its descriptor; raise OSError, too for a pipe that nothing reads.

    Without O_NONBLOCK such a pipe would be waited for; writing to one that is read waits for its reader as ever.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | AT_ONCE | BINARY)
    except OSError as error:
        kind = stat.S_IFMT(os.stat(path).st_mode) if error.errno == errno.ENXIO else 0
        reasons = {stat.S_IFIFO: "nothing reads from it", stat.S_IFSOCK: "it is a socket"}
        raise OSError(error.errno, reasons.get(kind, error.strerror)) from error
    wait_from_now_on(descriptor)
    return descriptor


def beside(path: Path) -> Path:
    """Return a name for what is to take a file's place: a hidden one in its folder that no other process has.

    It has nothing of the file's own, with which it could be too long.
    """
    return path.with_name(f".{secrets.token_hex(8)}{_DRAFT}")


def drafts_below(folder: Path) -> Iterator[Path]:
    """Yield what processes that were killed have left in a folder, and in those below it, as names of `beside`."""
    return (path for path in folder.rglob(f".*{_DRAFT}") if _BESIDE.fullmatch(path.name))


def replace(path: Path, data: bytes, draft: Path | None = None) -> None:
    """Put a file in the place of `path` in one step, written first as `draft`, which must not be there; raises OSError.

    It may be read and written by those who might read and write the one before.
    """
    draft = draft or beside(path)
    write_new(draft, data)
    try:
        with suppress(OSError):  # it is not there, or the file system knows no modes
            draft.chmod(stat.S_IMODE(path.stat().st_mode))
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(folder: Path) -> None:
    """Have what a folder lists on disk."""
    sync_folder(folder)
