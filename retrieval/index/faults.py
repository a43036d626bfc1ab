"""Errors about an index on disk, each with what mends it, which is read from what is left of the index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import GenerationMissing, IndexDamaged, IndexUnreadable, ListForeign
from retrieval.files import file_digest
from retrieval.regular_files import NotRegularError, check_regular
from retrieval.remedies import index_of, rebuilding


def damaged(file: Path, reason: str) -> IndexDamaged:
    """Return the error of a file that is not what the build wrote."""
    return IndexDamaged(file, reason, rebuilding(index_of(file)))


def missing(generation: Path) -> GenerationMissing:
    """Return the error of a generation whose folder is gone."""
    home = generation.parent
    folder = generation if home.is_dir() else home
    return GenerationMissing(home.parent, generation.name, folder, rebuilding(home.parent))


def foreign(file: Path, reason: str) -> ListForeign:
    """Return the error of a list of generations that is somebody's own file."""
    return ListForeign(file, reason, rebuilding(index_of(file)))


def unreadable(file: Path, error: OSError) -> IndexDamaged | IndexUnreadable:
    """Return what an error of reading a file means: a file that is gone is damage, one that is closed is not."""
    reason = error.strerror or type(error).__name__
    gone = isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError | NotRegularError)
    return damaged(file, reason) if gone else IndexUnreadable(file, reason)


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Raise IndexDamaged or IndexUnreadable where a file of the folder cannot be read."""
    try:
        yield
    except OSError as error:
        raise unreadable(Path(error.filename) if error.filename else folder, error) from error


def check_file(file: Path, size: int, digest: str | None) -> None:
    """Raise IndexDamaged where a file has another size or, unless that is None, another digest."""
    try:
        about = file.stat()
        check_regular(file, about.st_mode)
        if (length := about.st_size) != size:
            raise damaged(file, f"it has {length:,} bytes and should have {size:,}")
        if digest is not None and file_digest(file) != digest:
            raise damaged(file, "its checksum differs")
    except OSError as error:
        raise unreadable(file, error) from error
