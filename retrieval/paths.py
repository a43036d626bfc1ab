"""Paths as a user gives them, and what lies there."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from retrieval.errors import InputInvalid
from retrieval.index_address import IndexAddress, is_address

LONGEST_DEVICE = 1_000_000  # bytes after which a device is taken for one that has no end, as /dev/zero


def expanded(path: Path) -> Path:
    """Return the path with its `~` or `~user` replaced; raise InputInvalid where that has no home folder.

    The address of an index on a server stays as it is.
    """
    if is_address(path):
        return IndexAddress(path)
    try:
        return path.expanduser()
    except RuntimeError:
        reason = f"begins with a home folder that is not known, {path.parts[0]}"
        raise InputInvalid(f"The path {path}", reason, f"write it out, or ./{path} where that is its name") from None


def resolved(path: Path) -> Path:
    """Return the absolute path without links; links that lead in a circle stay, where Path.resolve raises.

    The address of an index on a server stays as it is.
    """
    if is_address(path):
        return IndexAddress(path)
    return Path(os.path.realpath(path))


def tidy(path: Path) -> Path:
    """Return the path without `..` and the like, unless it leads elsewhere then, as one through a link may."""
    plain = Path(os.path.normpath(path))
    return plain if os.path.realpath(plain) == os.path.realpath(path) else path


def cited_path(name: str) -> str:
    """Return the path that a file is cited by: its own, escaped where its bytes are not UTF-8.

    No two names that are not UTF-8 are escaped alike, since their backslashes are escaped too.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        raw = os.fsencode(name.replace("\\", "\\\\"))
        return raw.decode("utf-8", "backslashreplace")
    return name


def read_whole(path: Path) -> bytes:
    """Return the bytes of a file or pipe; raise OSError, too for a device that has no end."""
    with path.open("rb") as file:
        if not stat.S_ISCHR(os.fstat(file.fileno()).st_mode) or file.isatty():
            return file.read()
        data = file.read(LONGEST_DEVICE + 1)
    if len(data) > LONGEST_DEVICE:
        raise OSError(errno.EFBIG, "it is a device, and has no end", str(path))
    return data
