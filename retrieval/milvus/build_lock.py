"""One build at a time for an index on a server, whichever machine it runs on.

An alias is created by one process alone, and stands for a collection with who builds and when that last was alive. A
build that was killed leaves both; the next one takes over once nothing was heard of it for a while, or at once where
it ran on the same machine.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from retrieval.errors import IndexFault, IndexLocked, QuothError
from retrieval.milvus import record_store
from retrieval.milvus.layout import building_alias, lock_collection
from retrieval.milvus.packing import Unpackable
from retrieval.milvus.server import CollectionMissing, Server

KEY = "builder"
BEAT = 15.0
"""Seconds after which a build says again that it goes on."""
SILENT = 120.0
"""Seconds without that after which it counts as killed; the clocks of two machines may differ by part of them."""
WAIT = 2.0
"""Seconds between two looks at whether another build has ended."""


@dataclass(frozen=True, slots=True)
class Builder:
    """Who builds."""

    host: str
    process: int
    since: str
    """UTC, as a sentence says it."""
    alive: float
    """When it last said that it goes on, in seconds since 1970."""

    @property
    def is_gone(self) -> bool:
        """Whether it was killed."""
        if self.host == socket.gethostname() and not _runs(self.process):
            return True
        return time.time() - self.alive > SILENT

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}, since {self.since}"


class BuildLock:
    """The right to build, while it is held."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._alias = building_alias(server.address.name)
        self._collection = lock_collection(server.address.name)
        self._ended = threading.Event()

    def check(self) -> None:
        """Raise IndexLocked where another build has taken over, as after this one was silent for long."""
        collection = self._server.alias(self._alias)
        if collection != self._collection:
            raise IndexLocked(self._server.index, str(self._builder_in(collection) or "another process"))

    @contextmanager
    def held(self, wait: bool) -> Iterator[BuildLock]:
        """Hold it; raises IndexLocked where another build has it and `wait` is false, IndexUnreachable."""
        self._claim(wait)
        beating = threading.Thread(target=self._beat, name="milvus-build", daemon=True)
        beating.start()
        try:
            yield self
        finally:
            self._ended.set()
            beating.join()
            with suppress(IndexFault):
                self._release()

    def _claim(self, wait: bool) -> None:
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        self._own = Builder(socket.gethostname(), os.getpid(), now, time.time())
        record_store.create(self._server, self._collection)
        try:
            self._say()
            while not self._server.claim(self._alias, self._collection):
                self._wait_for(wait)
                self._say()  # or others would count it as killed by the time that it has waited
        except BaseException:
            with suppress(IndexFault):
                self._server.drop(self._collection)
            raise

    def _wait_for(self, wait: bool) -> None:
        """Clear away what a killed build has left, or wait for one that goes on, or raise IndexLocked."""
        collection = self._server.alias(self._alias)
        holder = self._builder_in(collection)
        if holder is None or holder.is_gone:
            if collection is not None and self._server.alias(self._alias) == collection:
                self._server.remove_alias(self._alias)
                self._server.drop(collection)
        elif wait:
            time.sleep(WAIT)
        else:
            raise IndexLocked(self._server.index, str(holder))

    def _builder_in(self, collection: str | None) -> Builder | None:
        """Return the build that a collection stands for; None where that is not known, as where it has just ended."""
        if collection is None:
            return None
        try:
            raw = record_store.read_one(self._server, collection, KEY)
            return Builder(**json.loads(raw)) if raw else None
        except (Unpackable, ValueError, TypeError):
            return None

    def _say(self) -> None:
        """Write down who builds, and that it goes on."""
        builder = asdict(replace(self._own, alive=time.time()))
        record_store.put(self._server, self._collection, KEY, json.dumps(builder).encode())

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            with suppress(QuothError, CollectionMissing):
                self._say()

    def _release(self) -> None:
        if self._server.alias(self._alias) == self._collection:
            self._server.remove_alias(self._alias)
        self._server.drop(self._collection)


def _runs(process: int) -> bool:
    if sys.platform == "win32":  # where a signal would end it; then only its silence tells
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
