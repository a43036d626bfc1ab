"""An index wherever it lies, in a folder or on a Milvus server: what opens it, and what lies beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import IndexFault, ServerLacks
from retrieval.files import identity
from retrieval.index import folder as folders
from retrieval.index.generation import Generation
from retrieval.index.listing import FILE, ListedGeneration
from retrieval.index.manifest import Manifest
from retrieval.index_address import is_address

if TYPE_CHECKING:
    from retrieval.milvus.catalogue import StoredGeneration

    Listed = ListedGeneration | StoredGeneration


def current(index: Path) -> Generation:
    """Open the current generation of an index; raises IndexFault."""
    if is_address(index):
        from retrieval.milvus import generation

        return generation.current(index)
    return Generation.current(index)


def former(index: Path, on_fault: Callable[[IndexFault], None] | None = None) -> Iterator[Generation]:
    """Open the kept generations before the current one, as `Generation.former` does."""
    if is_address(index):
        from retrieval.milvus import generation

        return generation.former(index, on_fault)
    return Generation.former(index, on_fault)


def listed(index: Path) -> tuple[Listed, ...]:
    """Return the generations that are kept, the current one first, then from the newest to the oldest."""
    if is_address(index):
        from retrieval.milvus import catalogue
        from retrieval.milvus.server import Server

        return catalogue.listed(Server(index))
    return folders.listed(index)


def opened(index: Path, listed: Listed) -> Generation:
    """Open a generation that is listed; raises IndexDamaged, IndexUnreadable, IndexMismatch, IndexUnreachable."""
    if isinstance(listed, ListedGeneration):
        return Generation.opened(listed)
    from retrieval.milvus import generation

    return generation.opened(index, listed)


def manifest(index: Path) -> Manifest:
    """Return the manifest of the current generation; raises IndexFault."""
    if is_address(index):
        from retrieval.milvus import catalogue
        from retrieval.milvus.server import Server

        server = Server(index)
        return catalogue.manifest_of(server, catalogue.current(server))
    return folders.listed(index)[0].parsed()


def exists(index: Path) -> bool:
    """Return whether an index is there, whole or not; raises IndexUnreachable."""
    if is_address(index):
        return pointer(index) is not None
    return os.path.exists(index / FILE)  # False where nobody may look, too


def pointer(index: Path) -> Hashable:
    """Return what another generation changes when it becomes current; None where there is no index.

    Raises OSError, IndexUnreachable.
    """
    if is_address(index):
        from retrieval.milvus.server import Server

        server = Server(index)
        return server.alias(server.address.name)
    return identity(index / FILE)


def read_beside(index: Path, name: str) -> bytes | None:
    """Return what lies beside the generations of an index on a server; None where nothing has that name."""
    from retrieval.milvus import beside

    return beside.read(index, name)


def write_beside(index: Path, name: str, content: bytes) -> None:
    """Put something beside the generations of an index on a server; raises IndexFault."""
    from retrieval.milvus import beside

    beside.write(index, name, content)


def remove_beside(index: Path, name: str) -> bool:
    """Remove what lies beside the generations of an index on a server; return whether it was there."""
    from retrieval.milvus import beside

    return beside.remove(index, name)


def check_in_folder(index: Path, what: str, remedy: str) -> None:
    """Raise ServerLacks, which says `what` only an index in a folder has, for one on a server."""
    if is_address(index):
        raise ServerLacks(index, what, remedy)
