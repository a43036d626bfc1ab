"""Builds an index wherever it is to lie, in a folder or on a Milvus server."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from retrieval.index.build import Report
from retrieval.index.documents import Progress
from retrieval.index.keeping import Keep
from retrieval.index.manifest import Manifest
from retrieval.index_address import is_address

_COPIES, _COPY = "milvus", re.compile(r"[0-9a-f]{16}")
"""The folder of the cache that holds those in which indexes on servers are built, and their names."""


class BuildInFolder(Protocol):
    """Builds an index in a folder, as `retrieval.index.build` does."""

    def __call__(self, index: Path, /, *, rebuild: bool, wait: bool, keep: Keep) -> Report:
        """Build it; raises what `retrieval.index.build` raises."""
        ...


def folder_of(index: Path, cache: Path) -> Path:
    """Return the folder in which an index is built, and which keeps what a build that was ended has done.

    For an index on a server it is one of the cache and holds the last generation, so that the next build encodes only
    what is new; without it, all is encoded again.
    """
    if not is_address(index):
        return index
    return cache / _COPIES / hashlib.sha256(str(index).encode()).hexdigest()[:16]


def copies_in(cache: Path) -> list[Path]:
    """Return the folders of a cache in which indexes on servers were built."""
    folders = (path for path in (cache / _COPIES).glob("*") if _COPY.fullmatch(path.name))
    return sorted(path for path in folders if path.is_dir() and not path.is_symlink())


def build(
    index: Path,
    in_folder: BuildInFolder,
    *,
    cache: Path,
    check: Callable[[Manifest], None] = lambda manifest: None,
    progress: Progress = lambda stage, count, total: None,
    rebuild: bool = False,
    wait: bool = False,
    keep: Keep | None = None,
) -> Report:
    """Build an index; one on a server is built in a folder of the cache first.

    `check` raises IndexMismatch for the manifest of an index on a server, where that is of other settings. Raises what
    `in_folder` raises, IndexUnreachable, ServerOutdated.
    """
    keep = keep or Keep()
    if not is_address(index):
        return in_folder(index, rebuild=rebuild, wait=wait, keep=keep)
    from retrieval.milvus.building import build_on_server

    return build_on_server(
        index,
        folder_of(index, cache),
        partial(in_folder, wait=True, keep=Keep(0)),
        check,
        rebuild=rebuild,
        wait=wait,
        keep=keep.generations,
        progress=progress,
    )
