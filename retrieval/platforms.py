"""What differs between operating systems, in one place: what one lacks is done in another way here, or left out."""

from __future__ import annotations

import os
from pathlib import Path

AT_ONCE = getattr(os, "O_NONBLOCK", 0)
"""The flag that has a pipe opened without waiting for its other end; Windows has no such files."""
BINARY = getattr(os, "O_BINARY", 0)
"""The flag that keeps Windows from changing line ends."""
REPLACES_OPEN_FILES = os.name != "nt"
"""Whether a file that is open can be replaced."""


def sync_folder(folder: Path) -> None:
    """Have what a folder lists on disk, where the system can be asked for that; Windows does it by itself."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:
        if hasattr(os, "O_DIRECTORY"):
            raise
        return  # it opens no folders
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def wait_from_now_on(descriptor: int) -> None:
    """Have writing to a file wait that was opened at once."""
    if AT_ONCE:
        os.set_blocking(descriptor, True)


def give_name(file: Path, name: Path) -> None:
    """Give a file another name as well, or a copy that name where the file system has no links.

    Raises FileExistsError where something has that name, and OSError.
    """
    try:
        os.link(file, name)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError, AttributeError):
        if not file.is_file():
            raise
        _copy(file, name)


def memory_in_use() -> int | None:
    """Return how many bytes of memory this process holds; None where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as sizes:
            return int(sizes.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, AttributeError, ValueError):
        return None


def _copy(file: Path, name: Path) -> None:
    data = file.read_bytes()
    with name.open("xb") as copy:
        try:
            copy.write(data)
            copy.flush()
            os.fsync(copy.fileno())
        except BaseException:
            name.unlink(missing_ok=True)
            raise
