"""INDEX/builder: what the build under way makes and takes away, each named there before.

Only what it names is ever removed, and of that only the files that a generation has; so the next build can clear what
a killed one left, and everything else in the folder is somebody's own, whatever it is called.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from retrieval.errors import IndexNotWritable
from retrieval.files import write_new

FILE = "builder"
PARTS = ("passage-terms", "sentence-terms")
FILES = frozenset({
    *(f"{name}.{ending}" for name in ("articles", "texts", "bits") for ending in ("bin", "idx.npy")),
    "passages.npy", "sentences.npy", "sources.json", "vectors.faiss", "words.txt", "manifest.json",
    *(f"{part}/{name}" for part in PARTS for name in ("begin.npy", "documents.npy", "scores.npy", "vocabulary.txt")),
})  # fmt: skip
"""Every file that a generation may have; one of another name would never be removed."""
MADE = re.compile(r"(?:building|CURRENT)-[0-9a-f]{16}|generations/\d{6,}")
"""What a build makes."""
_START = b"process "


def begin(index: Path, name: str) -> None:
    """Say who builds, and that it makes the thing of this name."""
    said = f"process {os.getpid()}, since {datetime.now(UTC):%H:%M:%S} UTC\n{name}\n"
    write_new(index / FILE, said.encode())


def add(index: Path, names: Iterable[str]) -> None:
    """Say what else is about to be made or removed."""
    with (index / FILE).open("a", encoding="ascii") as file:
        file.write("".join(f"{name}\n" for name in names))
        file.flush()
        os.fsync(file.fileno())


def owner(index: Path) -> str:
    """Who builds."""
    try:
        return (index / FILE).read_text("ascii").split("\n")[0] or "another process"
    except (OSError, UnicodeDecodeError):
        return "another process"


def named(index: Path) -> list[str]:
    """What the build makes and removes."""
    try:
        lines = (index / FILE).read_text("ascii").split("\n")[1:]
    except (OSError, UnicodeDecodeError):
        return []
    return [line for line in lines if MADE.fullmatch(line)]


def is_builder(file: Path) -> bool:
    """Whether a build wrote this file, or began to."""
    try:
        return not file.is_symlink() and file.is_file() and _START.startswith(file.read_bytes()[: len(_START)])
    except OSError:
        return False


def clear(index: Path, kept: Collection[str] | None) -> None:
    """Remove what is named and not to be kept, and the file itself; no generation where `kept` is not known.

    Raises IndexNotWritable where the file is somebody's own.
    """
    file = index / FILE
    if not os.path.lexists(file):
        return
    if not is_builder(file):
        raise IndexNotWritable(index, f"{FILE} in it is somebody's own file")
    for name in named(index):
        known = kept is not None or not name.startswith("generations/")
        if known and name not in (kept or ()) and not (index / name).parent.is_symlink():
            _remove(index / name)
    file.unlink()


def _remove(path: Path) -> None:
    """Remove a file, or of a folder the files that a generation has, and itself where nothing else is left in it."""
    if path.is_symlink():
        return
    with suppress(OSError):
        if path.is_file():
            path.unlink()
            return
    for name in FILES:
        with suppress(OSError):
            if not (path / name).parent.is_symlink():
                (path / name).unlink()
    for folder in (*(path / part for part in PARTS), path):
        with suppress(OSError):
            folder.rmdir()
