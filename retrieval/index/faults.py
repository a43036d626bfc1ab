"""Errors about an index on disk, each with the command that mends it: that is read from what is left of the index."""

from __future__ import annotations

from pathlib import Path

from retrieval import remedy
from retrieval.errors import GenerationMissing, IndexDamaged, IndexUnreadable, ListForeign
from retrieval.regular_files import NotRegularError


def damaged(file: Path, reason: str) -> IndexDamaged:
    """Return the error of a file that is not what the build wrote."""
    return IndexDamaged(file, reason, remedy.rebuild(remedy.index_of(file)))


def missing(generation: Path) -> GenerationMissing:
    """Return the error of a generation whose folder is gone."""
    home = generation.parent
    folder = generation if home.is_dir() else home
    return GenerationMissing(home.parent, generation.name, folder, remedy.rebuild(home.parent))


def foreign(file: Path, reason: str) -> ListForeign:
    """Return the error of a list of generations that is somebody's own file."""
    return ListForeign(file, reason, remedy.rebuild(remedy.index_of(file)))


def unreadable(file: Path, error: OSError) -> IndexDamaged | IndexUnreadable:
    """Return what an error of reading a file means: a file that is gone is damage, one that is closed is not."""
    reason = error.strerror or type(error).__name__
    gone = isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError | NotRegularError)
    return damaged(file, reason) if gone else IndexUnreadable(file, reason)
