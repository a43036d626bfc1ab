"""INDEX/builder: names whatever the build under way is about to create or remove; empty while no build runs.

Only what it names is ever removed, and of that only the files that a generation has. So the next build can clear what
a killed one left, and everything else in the folder is somebody's own, whatever its name. The file itself is never
removed: somebody's own empty file is left empty, and one that holds anything else stops the build.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from retrieval.errors import IndexPartForeign
from retrieval.files import append
from retrieval.regular_files import read_regular

FILE = "builder"
PARTS = ("passage-terms", "sentence-terms", "cells")
_TABLES = ("articles", "texts", "bits", "left-out", "ids", "words", "facts", "terms")
_ARRAYS = (
    "passages", "sentences", "contexts", "first-passages", "first-sentences", "first-contexts", "fact-rows", "vectors",
    "article-files", "article-keys", "passage-keys",
    *(f"{part}/{name}" for part in PARTS[:2] for name in ("vocabulary", "begin", "scores")),
    "passage-terms/documents", "passage-terms/maxima", "sentence-terms/terms", "sentence-terms/frequencies",
)  # fmt: skip
_LARGE = tuple(f"cells/{name}.array" for name in ("centres", "begin", "rows", "codes", "range"))
"""Files that a generation has that is not small."""
_BEFORE = (
    *(f"{name}.idx.npy" for name in _TABLES[:4]),
    "passages.npy", "sentences.npy", "contexts.npy", "vectors.faiss", "words.txt",
    *(f"{part}/{name}.npy" for part in PARTS[:2] for name in ("begin", "documents", "scores")),
    *(f"{part}/vocabulary.txt" for part in PARTS[:2]),
)  # fmt: skip
"""Files of the format before, whose generations are removed, too."""
FILES = frozenset({
    *(f"{name}.bin" for name in (*_TABLES, *(f"{part}/vocabulary" for part in PARTS[:2]), "blocks")),
    *(f"{name}.array" for name in (*_TABLES, *_ARRAYS)),
    "sources.json", "manifest.json",
})  # fmt: skip
"""Every file that a small generation has."""
REMOVED = FILES.union(_LARGE, _BEFORE)
"""Every file that a generation may have; one of another name would never be removed."""
MADE = re.compile(r"(?:building|CURRENT)-[0-9a-f]{16}|generations/\d{6,}")
"""Names of what a build makes."""
_BEGUN = re.compile(r"process \d+, since \d\d:\d\d:\d\d UTC")
_CUT = re.compile(r"(?:building|CURRENT)-[0-9a-f]{0,16}|generations/\d*|")
"""A name that did not reach the disk whole."""


def begin(index: Path, name: str) -> None:
    """Record who builds, and the first name that the build makes."""
    add(index, [f"process {os.getpid()}, since {datetime.now(UTC):%H:%M:%S} UTC", name])


def add(index: Path, names: Iterable[str]) -> None:
    """Record what else is about to be made or removed."""
    append(index / FILE, "".join(f"{name}\n" for name in names).encode())


def owner(index: Path) -> str:
    """Return who builds."""
    try:
        return read_regular(index / FILE).decode("ascii").split("\n")[0] or "another process"
    except (OSError, UnicodeDecodeError):
        return "another process"


def named(index: Path) -> list[str]:
    """Return the names of what the build makes and removes."""
    try:
        lines = read_regular(index / FILE).decode("ascii").split("\n")[1:]
    except (OSError, UnicodeDecodeError):
        return []
    return [line for line in lines if MADE.fullmatch(line)]


def is_builder(file: Path) -> bool:
    """Return whether a build wrote every byte of this file; an empty one counts too, as nothing in it can be lost."""
    try:
        if file.is_symlink():
            return False
        text = read_regular(file).decode("ascii")
    except (OSError, UnicodeDecodeError):
        return False
    first, *names, last = text.split("\n") if "\n" in text else (text, "")
    whole = bool(_BEGUN.fullmatch(first) and all(map(MADE.fullmatch, names)) and _CUT.fullmatch(last))
    return whole or not text


def clear(index: Path, staying: Collection[str] | None) -> None:
    """Remove what is named, except what is `staying`, and empty the file; if that is None, remove no generation.

    Raises IndexPartForeign where the file is somebody's own.
    """
    file = index / FILE
    if not os.path.lexists(file):
        return
    if not is_builder(file):
        raise IndexPartForeign(index, FILE)
    for name in named(index):
        may_go = staying is not None or not name.startswith("generations/")
        if may_go and name not in (staying or ()) and not (index / name).parent.is_symlink():
            _remove(index / name)
    os.truncate(file, 0)


def _remove(path: Path) -> None:
    """Remove a file, or the files of a generation from a folder, and the folder where nothing else is left in it."""
    if path.is_symlink():
        return
    with suppress(OSError):
        if path.is_file():
            path.unlink()
            return
    if not path.is_dir():
        return
    for name in REMOVED:
        with suppress(OSError):
            if not (path / name).parent.is_symlink():
                (path / name).unlink()
    for folder in (*(path / part for part in PARTS), path):
        with suppress(OSError):
            folder.rmdir()
