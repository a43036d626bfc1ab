"""Builds an index on a server: in a folder first, which is kept for the next build, and then uploaded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from retrieval.errors import IndexDamaged, IndexFault, IndexMismatch, IndexNotFound, IndexOutdated
from retrieval.index.build import Report
from retrieval.index.documents import Progress
from retrieval.index.generation import Generation
from retrieval.index.manifest import OTHERWISE, Manifest, remaking
from retrieval.milvus import catalogue
from retrieval.milvus.build_lock import BuildLock
from retrieval.milvus.server import Server
from retrieval.milvus.upload import Upload


class BuildCopy(Protocol):
    """Builds the index in a folder."""

    def __call__(self, copy: Path, /, *, rebuild: bool) -> Report:
        """Build it, all of it again where `rebuild` says so; raises IndexMismatch for one of other settings."""
        ...


def local_copy(index: Path, cache: Path) -> Path:
    """Return the folder in a cache where the generations of an index on a server are built.

    It holds the last of them, so that the next build encodes only what is new; without it, all is encoded again.
    """
    return cache / "milvus" / hashlib.sha256(str(index).encode()).hexdigest()[:16]


def build_on_server(
    index: Path,
    copy: Path,
    build: BuildCopy,
    check: Callable[[Manifest], None],
    *,
    rebuild: bool,
    wait: bool,
    keep: int,
    progress: Progress,
) -> Report:
    """Build an index on a server, by way of a copy in a folder, and make the result current.

    `check` raises IndexMismatch for a manifest of other settings than are asked for; `keep` former generations stay.
    Raises IndexLocked where another build is under way and `wait` is false, IndexUnreachable, ServerOutdated,
    NotAnIndex, and what `build` raises.
    """
    server = Server(index)
    server.check_version()
    with BuildLock(server).held(wait) as lock:
        before = _before(server)
        if before is not None and not rebuild:
            check(before)
        try:
            report = build(copy, rebuild=rebuild)
        except IndexMismatch:  # of other settings than are asked for, as the index itself is not
            report = build(copy, rebuild=True)
        if before is not None and not rebuild:
            _check(index, before, report.manifest)
        if before == report.manifest:
            catalogue.tidy(server, keep)
            return report
        new = catalogue.prepare(server)
        try:
            Upload(server, Generation.current(copy), new, progress).write()
            lock.check()
            catalogue.publish(server, new, keep)
        except BaseException:
            with suppress(IndexFault):
                catalogue.discard(server, new)
            raise
    return replace(report, unchanged=False)


def _before(server: Server) -> Manifest | None:
    """Return the manifest of the current generation; None where all must be made again."""
    try:
        return catalogue.manifest_of(server, catalogue.current(server))
    except (IndexNotFound, IndexDamaged, IndexOutdated):
        return None


def _check(index: Path, before: Manifest, now: Manifest) -> None:
    """Raise IndexMismatch where a generation was made by another model than the one that is current."""
    for what in ("name", "digest", "precision", "export"):
        was, is_now = getattr(before.encoder, what), getattr(now.encoder, what)
        if was != is_now:
            remedy = (*remaking(index, now.corpus, now.encoder.name), OTHERWISE)
            raise IndexMismatch(index, f"the model's {what}", was, is_now, remedy)
