"""What lies beside an index's generations and outlives them, such as its calibration: records on the server."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from retrieval.errors import IndexDamaged
from retrieval.milvus import catalogue, record_store
from retrieval.milvus.layout import index_records
from retrieval.milvus.packing import Unpackable
from retrieval.milvus.server import CollectionMissing, Server


def read(index: Path, name: str) -> bytes | None:
    """Return what lies beside an index under a name; None where nothing does.

    Raises IndexDamaged, IndexUnreachable.
    """
    server = Server(index)
    try:
        return record_store.read_one(server, index_records(server.address.name), name)
    except Unpackable as error:
        raise catalogue.damaged(server, server.index / name, str(error)) from error


def write(index: Path, name: str, content: bytes) -> None:
    """Put something beside an index, in place of what lies there under that name."""
    server = Server(index)
    catalogue.current(server)  # an index must be there
    record_store.put(server, catalogue.own_records(server), name, content)


def remove(index: Path, name: str) -> bool:
    """Remove what lies beside an index under a name, even damaged; return whether there was something."""
    server = Server(index)
    try:
        is_there = read(index, name) is not None
    except IndexDamaged:
        is_there = True
    if is_there:
        with suppress(CollectionMissing):
            record_store.remove(server, index_records(server.address.name), name)
    return is_there
