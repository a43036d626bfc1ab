"""The files below a folder, each once."""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from retrieval.articles.folder_defaults import FILE
from retrieval.paths import cited_path
from retrieval.records import Warn

LeaveOut = Callable[[Path, str], bool]
"""Tells of a folder and a name in it whether that is to be left out."""


def files_below(root: Path, leave_out: LeaveOut) -> Iterator[tuple[Path | Warn, str]]:
    """Yield every file below a folder once, with its name below it: real ones first, then what only links lead to."""
    folders, links, seen = [root], list[Path](), set[str]()
    while folders or links:
        while folders:
            folder = folders.pop()
            try:
                if (real := os.path.realpath(folder)) in seen:
                    continue
                seen.add(real)
                with os.scandir(folder) as listing:
                    entries = [entry for entry in listing if _is_read(entry.name)]
            except OSError as error:
                yield Warn(cited_path(_below(root, folder)), why_unreadable(error), retry=True), ""
                continue
            for entry in entries:
                if leave_out(folder, entry.name):
                    continue
                file = folder / entry.name
                if entry.is_symlink():
                    heapq.heappush(links, file)
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(file)
                else:
                    seen.add(os.path.join(real, entry.name))
                    yield file, _below(root, file)
        if links:
            link = heapq.heappop(links)
            name = _below(root, link)
            try:
                real = os.path.realpath(link)
            except OSError as error:  # a link that may not be followed, such as that of another's process
                yield Warn(cited_path(name), why_unreadable(error), retry=True), name
                continue
            if not os.path.exists(real):
                yield Warn(cited_path(name), "is a link that leads nowhere"), name
            elif not Path(real).is_relative_to(root):
                yield Warn(cited_path(name), "leads outside the corpus folder"), name
            elif _is_left_out(Path(real), leave_out):
                continue
            elif os.path.isdir(real):
                folders.append(link)
            elif real not in seen:
                seen.add(real)
                yield link, name


def _is_read(name: str) -> bool:
    """Return whether a file or folder of this name is read: none that begins with a dot is, nor is one of defaults."""
    return not name.startswith(".") and name != FILE


def _is_left_out(path: Path, leave_out: LeaveOut) -> bool:
    """Return whether a path, or a folder that it lies in, is left out."""
    return any(leave_out(below.parent, below.name) for below in (path, *path.parents[:-1]))


def why_unreadable(error: OSError) -> str:
    """Return why something cannot be read, as a part of a sentence."""
    return f"cannot be read ({error.strerror or type(error).__name__})"


def _below(root: Path, file: Path) -> str:
    return PurePosixPath(file.relative_to(root)).as_posix() if file != root else "."
