"""The generations of an index on a server: which is current, and which are kept.

A build writes collections of its own and then has the alias stand for them, in one step: whatever instant it dies at,
questions go to the former ones. Nobody who asks writes anything, so nobody knows who still asks a former generation:
the last one before the current is never removed and stays open, for those who have not noticed yet. Older ones are kept
as long as the setting `keep` says, but closed, which costs a server no memory, until something of theirs is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import IndexDamaged, IndexMismatch, IndexNotFound, NotAnIndex
from retrieval.index.manifest import Manifest, parse
from retrieval.milvus import record_store
from retrieval.milvus.layout import Collections, index_records, new_collections, parse_collections
from retrieval.milvus.packing import Unpackable
from retrieval.milvus.server import Server
from retrieval.remedies import BuildIndex

MANIFEST = "manifest"


@dataclass(frozen=True, slots=True)
class StoredGeneration:
    """A generation on a server."""

    folder: Path
    """What stands for its folder: a path that nothing is at."""
    collections: Collections
    replaced: str | None = None
    """When the next one was built, ISO 8601 in UTC; None for the current one."""


def current(server: Server) -> StoredGeneration:
    """Return the current generation; raises IndexNotFound, NotAnIndex, IndexUnreachable."""
    name = server.address.name
    collection = server.alias(name)
    if collection is None:
        if name in server.collections():
            raise _foreign(server, "is a collection")
        raise IndexNotFound(server.index)
    collections = parse_collections(name, collection)
    if collections is None:
        raise _foreign(server, f"is an alias of {collection}, a collection")
    return StoredGeneration(_folder(server, collections), collections)


def _foreign(server: Server, what: str) -> NotAnIndex:
    return NotAnIndex(server.index, (), f"{what} that this quoth did not make", "name another index")


def listed(server: Server) -> tuple[StoredGeneration, ...]:
    """Return the generations that are kept, the current one first, then from the newest to the oldest.

    Raises as `current` and `manifest_of` do for the current one.
    """
    newest = current(server)
    older = [other for other in _all(server) if other.number < newest.collections.number]
    stored, replaced = [newest], manifest_of(server, newest).created
    for collections in sorted(older, key=lambda each: -each.number):
        former = StoredGeneration(_folder(server, collections), collections, replaced)
        stored.append(former)
        try:
            replaced = manifest_of(server, former).created
        except (IndexDamaged, IndexMismatch):
            continue
    return tuple(stored)


def manifest_of(server: Server, stored: StoredGeneration) -> Manifest:
    """Return the manifest of a generation; raises IndexDamaged, IndexMismatch, IndexUnreachable."""
    file = stored.folder / "manifest.json"
    try:
        raw = record_store.read_one(server, stored.collections.files, MANIFEST)
    except Unpackable as error:
        raise damaged(server, file, str(error)) from error
    if raw is None:
        raise damaged(server, file, "it is gone, or was never written")
    return parse(raw, file)


def damaged(server: Server, file: Path, reason: str) -> IndexDamaged:
    """Return the error of what is not as the build wrote it."""
    return IndexDamaged(file, reason, BuildIndex(server.index, None, rebuild=True))


def removed(server: Server, file: Path) -> IndexDamaged:
    """Return the error of a generation that is not there any more."""
    return damaged(server, file, "its generation was removed")


def prepare(server: Server) -> Collections:
    """Remove what killed builds have left, and return the names of the collections of a new generation."""
    name, stored, published = server.address.name, _all(server), _published(server)
    for collections in stored:
        if collections.number > published:
            drop(server, collections)
    for collection in server.collections():  # files whose passages are gone, where a removal was cut off
        owner = parse_collections(name, collection.removesuffix("_files"))
        if owner is not None and owner not in stored:
            server.drop(collection)
    return new_collections(name, max((collections.number for collections in stored), default=0) + 1)


def publish(server: Server, new: Collections, keep: int) -> None:
    """Make a generation current, in one step; then close and remove former ones, all but `keep` and the last."""
    server.point(server.address.name, new.passages)
    tidy(server, keep)


def tidy(server: Server, keep: int) -> None:
    """Close the former generations but the last, and remove those beyond the `keep` latest and the last."""
    published = _published(server)
    former = sorted((each for each in _all(server) if each.number < published), key=lambda each: -each.number)
    for collections in former[1:]:
        server.release(collections.passages)
        server.release(collections.files)
    for collections in former[max(1, keep) :]:
        drop(server, collections)


def drop(server: Server, collections: Collections) -> None:
    """Remove a generation."""
    server.drop(collections.passages)
    server.drop(collections.files)


def discard(server: Server, new: Collections) -> None:
    """Remove a generation that was written in vain, unless it is current."""
    if server.alias(server.address.name) != new.passages:
        drop(server, new)


def own_records(server: Server) -> str:
    """Return the collection of what outlives generations, created where it is not there yet."""
    name = index_records(server.address.name)
    if name not in server.collections():
        record_store.create(server, name)
    return name


def _published(server: Server) -> int:
    """Return the number of the current generation; 0 where there is none."""
    collection = server.alias(server.address.name)
    collections = parse_collections(server.address.name, collection or "")
    return collections.number if collections else 0


def _folder(server: Server, collections: Collections) -> Path:
    return server.index / "generations" / collections.folder


def _all(server: Server) -> list[Collections]:
    name = server.address.name
    parsed = (parse_collections(name, collection) for collection in server.collections())
    return [collections for collections in parsed if collections is not None]
