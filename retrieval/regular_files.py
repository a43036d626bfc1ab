"""Small files that are read whole, whatever lies in their place: no pipe is waited for, no device read without end."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from retrieval.platforms import AT_ONCE

LARGEST = 64 * 2**20
"""Bytes of the largest file that is read unless more are allowed; those that quoth writes are far smaller."""
_KINDS = (
    (stat.S_ISFIFO, "it is a pipe"),
    (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
)


class NotRegularError(OSError):
    """What lies there is no file whose bytes can be read: a pipe, a socket or a device."""


def read_regular(file: Path, largest: int = LARGEST) -> bytes:
    """Return the bytes of a regular file; raise OSError, NotRegularError for a pipe, a socket or a device."""
    check_regular(file, os.stat(file).st_mode)  # before it is opened, which a device may act on
    with open(file, "rb", opener=_open_at_once) as stream:
        check_regular(file, os.fstat(stream.fileno()).st_mode)  # it may be another by now
        data = stream.read(largest + 1)
    if len(data) > largest:
        raise OSError(errno.EFBIG, f"it is larger than {largest:,} bytes", str(file))
    return data


def check_regular(file: Path, mode: int) -> None:
    """Raise IsADirectoryError or NotRegularError for a mode that is no regular file's."""
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    if not stat.S_ISREG(mode):
        kind = next((kind for is_kind, kind in _KINDS if is_kind(mode)), "it is no regular file")
        raise NotRegularError(errno.EINVAL, kind, str(file))


def check_regular_or_new(file: Path) -> None:
    """Raise as check_regular does for what lies there, if anything does: a file to append to."""
    with suppress(FileNotFoundError):
        check_regular(file, os.stat(file).st_mode)


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | AT_ONCE)
