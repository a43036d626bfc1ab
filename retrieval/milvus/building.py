"""Builds an index on a server: in a folder first, which is kept for the next build, and then uploaded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
from retrieval.milvus.layout import Collections
from retrieval.milvus.server import CollectionMissing, Server
from retrieval.milvus.upload import Upload


class BuildCopy(Protocol):
    """Builds the index in a folder."""

    def __call__(self, copy: Path, /, *, rebuild: bool) -> Report:
        """Build it, all of it again where `rebuild` says so; raises IndexMismatch for one of other settings."""
        ...


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
    began = time.monotonic()
    server = Server(index, creating=True)
    server.check_version()
    with BuildLock(server).held(wait) as lock:
        before = _before(server, rebuild)
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
            with _not_removed(server, new, lock):
                Upload(server, Generation.current(copy), new, progress).write()
                lock.check()
                catalogue.publish(server, new, keep)
        except BaseException:
            with suppress(IndexFault):
                catalogue.discard(server, new)
            raise
    return replace(report, unchanged=False, seconds=time.monotonic() - began)


@contextmanager
def _not_removed(server: Server, new: Collections, lock: BuildLock) -> Iterator[None]:
    """Raise IndexLocked where a build that took over, as from one that was silent for long, has removed what is new."""
    try:
        yield
    except CollectionMissing as error:
        lock.check()
        raise catalogue.removed(server, server.index / new.passages) from error


def _before(server: Server, rebuild: bool) -> Manifest | None:
    """Return the manifest of the current generation; None where all must be made again.

    Raises IndexMismatch for the format of a newer quoth, unless it is to be built again.
    """
    try:
        return catalogue.manifest_of(server, catalogue.current(server))
    except (IndexNotFound, IndexDamaged, IndexOutdated):
        return None
    except IndexMismatch:
        if rebuild:
            return None
        raise


def _check(index: Path, before: Manifest, now: Manifest) -> None:
    """Raise IndexMismatch where a generation was made by another model than the one that is current."""
    for field in ("name", "digest", "precision", "export"):
        former, new = getattr(before.encoder, field), getattr(now.encoder, field)
        if former != new:
            remedy = (*remaking(index, now.corpus, now.encoder.name), OTHERWISE)
            raise IndexMismatch(index, f"the model's {field}", former, new, remedy)
