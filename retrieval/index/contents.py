"""What lies in an index's folder: what is the index's own, and what is somebody else's."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from retrieval.errors import IndexPartForeign, holding
from retrieval.index import builder, journal, listing

INDEXED = (listing.FILE, listing.HOME)
"""What an index has, one of the two at least."""
LOCK = "lock"
_OWN = frozenset(
    {
        *INDEXED,
        LOCK,
        builder.FILE,
        *journal.NAMES,
        "calibration.json",
        "calibration.lock",
        "calibrated",
        "tuned.json",
        "tuned.lock",
    }
)
READER_FOLDER = re.compile(r"reader-[0-9a-f]{12}")
"""What the folder of a tuned reader is called."""


def is_own(name: str) -> bool:
    """Return whether a file or folder of this name in an index's folder is the index's."""
    return name in _OWN or any(made.fullmatch(name) for made in (builder.MADE, READER_FOLDER))


def foreign_names(index: Path) -> list[str]:
    """Return the names in a folder that no killed build has left; raises OSError.

    What another build removes meanwhile is nobody's.
    """
    names = (name for name in sorted(os.listdir(index)) if not _was_begun(index, name))
    return [name for name in names if os.path.lexists(index / name)]


def obstacle(index: Path) -> str | None:
    """Return what keeps an index from being built in a folder; None where nothing does."""
    if index.is_symlink() and not index.exists():
        return "it is a link that leads nowhere"
    try:
        names = [] if listing.holds_generations(index) else foreign_names(index)
    except NotADirectoryError:
        return f"it {file_in_the_way(index)}"
    except OSError:
        return None
    return holding(names) if names else None


def file_in_the_way(index: Path) -> str:
    """Return how a file stands in the way of an index, as a part of a sentence."""
    return "is a file" if os.path.exists(index) else "lies below a file"


def has_lock(index: Path) -> bool:
    """Return whether a build has had the folder, as far as that is visible while another goes on."""
    lock = index / LOCK
    return lock.is_file() and lock.stat().st_size == 0


def is_locked(index: Path) -> bool:
    """Return whether a build is under way."""
    from filelock import FileLock, Timeout

    if not (index / LOCK).is_file():
        return False
    try:
        with FileLock(index / LOCK, timeout=0):
            return False
    except (Timeout, OSError, NotImplementedError):
        return True


def check_parts(index: Path) -> None:
    """Raise IndexPartForeign where what a build would write to is somebody's own."""
    for name in (LOCK, listing.HOME):
        if (index / name).is_symlink():
            raise IndexPartForeign(index, name, "a link")
    if (index / LOCK).exists() and not has_lock(index):
        raise IndexPartForeign(index, LOCK)
    if foreign := journal.foreign_journal(index):
        raise IndexPartForeign(index, foreign)


def made_by_builds(index: Path) -> list[Path]:
    """Return what a build makes before there is an index, the innermost first."""
    whole = index.absolute()
    return [index / listing.HOME, index / builder.FILE, index / LOCK, whole, *whole.parents]


def remove_unless_index(index: Path, new: Sequence[Path]) -> None:
    """Remove the empty files and folders that a build has made, where it leaves no generation and no list of them."""
    for path in new:
        if path.name != listing.HOME and any(os.path.lexists(index / name) for name in INDEXED):
            return
        with suppress(OSError):
            if path.is_dir():
                path.rmdir()
            elif not path.stat().st_size:
                path.unlink()


def _was_begun(index: Path, name: str) -> bool:
    """Return whether a first build that was killed made the file or folder of this name."""
    path = index / name
    if name == listing.HOME and path.is_dir():
        return all(f"{name}/{generation}" in builder.named(index) for generation in os.listdir(path))
    if name == LOCK:
        return has_lock(index)
    if name in journal.NAMES:
        return journal.is_journal(path)
    return name in builder.named(index) or (name == builder.FILE and builder.is_builder(path))
