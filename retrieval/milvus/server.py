"""A Milvus server: the few requests that an index needs, each within its time, and errors in quoth's own words."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from retrieval.errors import IndexNotFound, IndexUnreachable, ServerOutdated
from retrieval.extras import require
from retrieval.index_address import parse
from retrieval.milvus import access
from retrieval.milvus.unreachable import unreachable

T = TypeVar("T")
Row = Mapping[str, Any]

OLDEST = (2, 6)
"""The oldest version of a server whose requests these are."""
PATIENCE = 3600.0
"""Seconds for what takes long on a large collection, as to load it."""
SENDING = 120.0
"""Seconds for the rows of one request."""
AT_ONCE = 512
"""Rows that are asked for with one request: 32 MB of the largest, of the 100 MB that a server sends."""
GRPC = {"grpc.use_local_subchannel_pool": 1, "grpc.max_reconnect_backoff_ms": 1000}
"""Without these, a connection to a server that was gone for long is not tried again for minutes."""
_VERSION = re.compile(r"v?(\d+)\.(\d+)")
_MISSING = re.compile(
    r"\b(?:collection|alias)(?: \S+)? (?:does )?not (?:exist|found)|can(?:'t|not) find (?:collection|alias)",
    re.IGNORECASE,
)
"""A node or a channel that is not found, as while a server starts, is no collection that is gone."""
_CLOSED = re.compile(r"not (?:been )?loaded|is in state 'released'", re.IGNORECASE)


class CollectionMissing(Exception):
    """A collection or an alias that is not there."""


class _Closed(Exception):
    """A collection that the server has not loaded."""


class Server:
    """The server of one index. Several threads may ask it at a time."""

    def __init__(self, index: Path, *, creating: bool = False) -> None:
        """`index` is its address; nothing is sent before the first request.

        Only with `creating` is a file of Milvus Lite made where there is none: else requests raise IndexNotFound.
        """
        require("scale", f"The index {index} on a Milvus server")
        _quieten()
        self.index, self.address = index, parse(index)
        self._creating = creating
        self.limits = access.limits()
        self._client: Any = None

    def check_version(self) -> None:
        """Raise ServerOutdated for a server that is too old, IndexUnreachable."""
        version = str(self._do(lambda client: client.get_server_version(timeout=self.limits.timeout)))
        match = _VERSION.match(version)
        if match and (int(match[1]), int(match[2])) < OLDEST:
            raise ServerOutdated(self.index, self.address.server, version, ".".join(map(str, OLDEST)))

    def collections(self) -> list[str]:
        """Return the names of all collections."""
        return sorted(self._do(lambda client: client.list_collections(timeout=self.limits.timeout)))

    def alias(self, name: str) -> str | None:
        """Return the collection that an alias stands for; None where there is no such alias."""
        try:
            described = self._do(lambda client: client.describe_alias(name, timeout=self.limits.timeout))
        except (CollectionMissing, IndexNotFound):
            return None
        return str(described["collection_name"])

    def point(self, name: str, collection: str) -> None:
        """Have an alias stand for a collection, in one step."""
        if self.alias(name) is None:
            self._do(lambda client: client.create_alias(collection, name, timeout=self.limits.timeout))
        else:
            self._do(lambda client: client.alter_alias(collection, name, timeout=self.limits.timeout))

    def claim(self, name: str, collection: str) -> bool:
        """Create an alias, and return whether it did not exist: of several processes one alone creates it."""
        if self.alias(name) is None:
            try:
                self._do(lambda client: client.create_alias(collection, name, timeout=self.limits.timeout))
            except IndexUnreachable:
                if self.alias(name) is None:  # no other process was faster
                    raise
        return self.alias(name) == collection

    def remove_alias(self, name: str) -> None:
        """Remove an alias."""
        with suppress(CollectionMissing):
            self._do(lambda client: client.drop_alias(name, timeout=self.limits.timeout))

    def create(self, name: str, schema: Any, indexes: Any) -> None:
        """Create a collection."""
        self._do(
            lambda client: client.create_collection(
                name, schema=schema, index_params=indexes, consistency_level="Eventually", timeout=PATIENCE
            )
        )

    def drop(self, name: str) -> None:
        """Remove a collection."""
        with suppress(CollectionMissing):
            self._do(lambda client: client.drop_collection(name, timeout=self.limits.timeout))

    def load(self, name: str) -> None:
        """Have the server open a collection for questions, and wait until it has."""
        self._do(lambda client: client.load_collection(name, timeout=PATIENCE))

    def release(self, name: str) -> None:
        """Have the server close a collection, which then takes no memory."""
        with suppress(CollectionMissing):
            self._do(lambda client: client.release_collection(name, timeout=self.limits.timeout))

    def count(self, name: str) -> int:
        """Count the rows of a collection that is open."""
        rows = self._read(
            name,
            lambda client: client.query(
                name, filter="", output_fields=["count(*)"], consistency_level="Strong", timeout=self.limits.timeout
            ),
        )
        return int(rows[0]["count(*)"])

    def insert(self, name: str, rows: Sequence[Row]) -> None:
        """Add rows to a collection."""
        self._do(lambda client: client.insert(name, list(rows), timeout=SENDING))

    def upsert(self, name: str, rows: Sequence[Row]) -> None:
        """Add rows to a collection, or replace those with the same key."""
        self._do(lambda client: client.upsert(name, list(rows), timeout=self.limits.timeout))

    def flush(self, name: str) -> None:
        """Have the server write what it was given to its disk."""
        self._do(lambda client: client.flush(name, timeout=PATIENCE))

    def delete(self, name: str, keys: Sequence[str]) -> None:
        """Remove rows from a collection."""
        self._do(lambda client: client.delete(name, ids=list(keys), timeout=self.limits.timeout))

    def get(
        self, name: str, keys: Sequence[int] | Sequence[str], fields: Sequence[str], *, is_fresh: bool = False
    ) -> list[Row]:
        """Return the rows of a collection with these keys, in any order, without those that it lacks.

        `is_fresh` has the server wait until it knows all that was written before.
        """
        rows = list[Row]()
        for at in range(0, len(keys), AT_ONCE):
            part = keys[at : at + AT_ONCE]
            read = self._get(name, part, fields, is_fresh=is_fresh)
            if len(read) < len(part) and not is_fresh:  # a replica may know less than the one that was written to
                read = self._get(name, part, fields, is_fresh=True)
            rows += read
        return rows

    def _get(
        self, name: str, keys: Sequence[int] | Sequence[str], fields: Sequence[str], *, is_fresh: bool
    ) -> list[Row]:
        level = {"consistency_level": "Strong"} if is_fresh else {}
        return list(
            self._read(
                name,
                lambda client: client.get(
                    name, list(keys), output_fields=list(fields), timeout=self.limits.timeout, **level
                ),
            )
        )

    def search(
        self, name: str, field: str, question: Any, count: int, *, condition: str = "", parameters: Any = None
    ) -> list[tuple[int, float]]:
        """Return the keys of the `count` rows whose field is nearest to a question by inner product, with that."""
        hits = self._read(
            name,
            lambda client: client.search(
                name,
                data=[question],
                anns_field=field,
                filter=condition,
                limit=count,
                output_fields=["row"],
                search_params={"metric_type": "IP", "params": parameters or {}},
                timeout=self.limits.timeout,
            ),
        )
        return [(int(hit["row"]), float(hit["distance"])) for hit in hits[0]]

    def close(self) -> None:
        """Let the connection go."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                client.close()

    def _read(self, name: str, work: Callable[[Any], T]) -> T:
        """Do the work on a collection, which is loaded first where it was released, as when a server was restarted."""
        try:
            return self._do(work)
        except _Closed:
            self.load(name)
        try:
            return self._do(work)
        except _Closed as error:
            raise self._unreachable("it has closed the collection again") from error

    def _do(self, work: Callable[[Any], T]) -> T:
        """Do the work with a client, and again with a new one where the server could not be reached."""
        for left in range(self.limits.retries, -1, -1):
            try:
                with self._errors():
                    return work(self._connected())
            except IndexUnreachable:
                self.close()
                if not left:
                    raise
        raise AssertionError("unreachable")

    def _connected(self) -> Any:
        client = self._client
        if client is None:
            from pymilvus import MilvusClient

            if self.address.is_lite:
                self._prepare(Path(self.address.uri))
            client = self._client = MilvusClient(
                self.address.uri, token=access.token(), timeout=self.limits.timeout, grpc_options=GRPC
            )
        return client

    def _prepare(self, file: Path) -> None:
        """Make the folder of Milvus Lite's file; to open one that is not there would make it, so that is refused."""
        if self._creating:
            file.parent.mkdir(parents=True, exist_ok=True)
        elif not file.exists():
            raise IndexNotFound(self.index)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise CollectionMissing, _Closed or IndexUnreachable in place of pymilvus' errors and gRPC's."""
        from grpc import RpcError
        from pymilvus.exceptions import MilvusException

        try:
            yield
        except MilvusException as error:
            if _MISSING.search(str(error.message)):
                raise CollectionMissing(str(error.message)) from error
            if _CLOSED.search(str(error.message)):
                raise _Closed from error
            cause = error.__cause__  # of a connection that was refused pymilvus has the reason there alone
            reason = f"{cause.code().name} " if isinstance(cause, RpcError) else ""
            raise self._unreachable(f"{reason}{error.message}") from error
        except (RpcError, OSError) as error:
            raise self._unreachable(str(error)) from error

    def _unreachable(self, message: str) -> IndexUnreachable:
        return unreachable(self.index, self.address, message, self.limits.timeout)


def _quieten() -> None:
    """Keep these libraries from logging each error too; gRPC reads the variable when it is imported."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    import pymilvus  # noqa: F401 - which sets the levels of its loggers, and would set them again after these

    for library in ("pymilvus", "pymilvus.milvus_client", "milvus_lite", "grpc"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
