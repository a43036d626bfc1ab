"""A database on a thread of its own, for asyncio; each of its faults is one clear sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from bot.chat_log.address import Place
from bot.chat_log.connection import Connection
from retrieval.errors import QuothError

T = TypeVar("T")

BUSY_AFTER = 5.0  # seconds that a write waits for another process'


class StoreUnusable(QuothError):
    """The database of what the Discord bot remembers cannot be used."""

    def __init__(self, place: Place, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(f"The Discord bot's database {place} {reason}.")


class RowDamaged(Exception):
    """A row that does not hold what its table is for; SQLite itself checks no more than that it can be read."""

    def __init__(self, table: str, id_: object) -> None:
        self.table, self.id = table, id_
        super().__init__(
            f"is damaged in row {id_} of {table}: move it away, and a new one is begun, or delete that row"
        )


class Backend(Protocol):
    """A connection to a database; only one thread uses it. Each method may raise StoreUnusable."""

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do the work, and return its outcome."""

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do the work in one transaction, while nobody else writes: all of it is kept, or none."""

    def overwrite(self) -> None:
        """Clear what was removed, as far as the database lets one."""

    def close(self) -> None:
        """Close the connection."""


class Database:
    """A connection that only its own thread touches. Safe to use from any number of tasks."""

    def __init__(self, place: Place, backend: Backend, thread: ThreadPoolExecutor) -> None:
        self.place, self._backend, self._thread = place, backend, thread

    @classmethod
    def open(cls, place: Place, connect: Callable[[], Backend]) -> Database:
        """Connect on a thread of its own; raises StoreUnusable."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        try:
            return cls(place, thread.submit(connect).result(), thread)
        except BaseException:
            thread.shutdown()
            raise

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do the work on the database's thread and return its outcome; raises StoreUnusable."""
        return await self._on_thread(lambda: self._backend.read(work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do the work as `read` does, in one transaction: all of it is kept, or none."""
        return await self._on_thread(lambda: self._backend.write(work))

    async def overwrite(self) -> None:
        """Clear what was removed, as far as the database lets one; raises StoreUnusable."""
        await self._on_thread(self._backend.overwrite)

    async def close(self) -> None:
        """Finish the pending work and close the connection; a second call does nothing."""
        try:
            closed = self._thread.submit(self._backend.close)
        except RuntimeError:
            return
        self._thread.shutdown(wait=False)
        await asyncio.wrap_future(closed)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        try:
            doing = asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError as error:
            raise StoreUnusable(self.place, "is closed: quoth is shutting down") from error
        return await doing


def check_version(place: Place, version: int, tables: Sequence[str]) -> None:
    """Raise StoreUnusable for tables that are newer than this code."""
    if version > len(tables):
        known = f"version {version}, this one knows {len(tables)}"
        raise StoreUnusable(place, f"is of a newer quoth ({known}): update quoth, or name another")


def upgrade(connection: Connection, version: int, tables: Sequence[str]) -> None:
    """Bring tables of a version to that of this code; `tables` holds the SQL that leads from each to the next."""
    for sql in tables[version:]:
        for statement in filter(str.strip, sql.split(";")):
            connection.execute(statement)
