"""The folder that keeps the indexes and articles of evaluations, and what in it is quoth's own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from retrieval.index import builder, contents, listing
from retrieval.regular_files import read_regular

MARK = ".quoth-evaluation"
"""The file in a folder of articles that says that an evaluation wrote them; it names its folder, which no copy has."""
INDEX = "index"
_FORMAT = "quoth-evaluation 1"
_LARGEST = 1000
_INDEX_FOLDER = re.compile(r"[0-9a-f]{16}")


def cache_folder() -> Path:
    """Return the folder that keeps the indexes and articles of evaluations."""
    from platformdirs import user_cache_path

    return user_cache_path("quoth") / "evaluation"


def put_mark(folder: Path, name: str) -> None:
    """Mark a folder that is to have this name as one that an evaluation wrote; raises OSError."""
    (folder / MARK).write_text(f"{_FORMAT}\n{name}\n", "utf-8")


def own_folders() -> Iterator[Path]:
    """Yield the folders in the cache that an evaluation provably made, and nobody has put anything else into."""
    for path in sorted(cache_folder().glob("*")):
        try:
            if path.is_dir() and not path.is_symlink() and (_is_marked(path) or _is_of_index(path)):
                yield path
        except OSError:
            continue


def _is_marked(folder: Path) -> bool:
    try:
        return read_regular(folder / MARK, _LARGEST) == f"{_FORMAT}\n{folder.name}\n".encode()
    except (OSError, ValueError):
        return False


def _is_of_index(folder: Path) -> bool:
    """Return whether a folder holds an index, whole or begun, and nothing else."""
    index = folder / INDEX
    if not _INDEX_FOLDER.fullmatch(folder.name) or os.listdir(folder) != [INDEX] or index.is_symlink():
        return False
    if not all(map(contents.is_own, os.listdir(index))):
        return False
    return listing.holds_generations(index) or (index / builder.FILE).is_file()
