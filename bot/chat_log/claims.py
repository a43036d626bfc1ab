"""Which of several bots that share a database does what: each claims a task before, for as long as it lives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from bot.chat_log.connection import Connection
from bot.chat_log.database import Database

ALIVE_FOR = 20.0
"""Seconds after its last sign of life in which a process keeps what it has claimed."""
ALIVE = "(SELECT name FROM processes WHERE alive_until > now_seconds())"
"""The processes that live, as a part of a statement."""


class Claims:
    """The claims of this process, in the store. Every method may raise StoreUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.owner = uuid4().hex
        """The name of this process."""

    async def renew(self) -> None:
        """Show that this process lives, and forget those that do not."""

        def work(connection: Connection) -> None:
            connection.execute(f"DELETE FROM processes WHERE name NOT IN {ALIVE}")
            connection.execute(
                """INSERT INTO processes (name, alive_until) VALUES (?, now_seconds() + ?)
                ON CONFLICT (name) DO UPDATE SET alive_until = excluded.alive_until""",
                (self.owner, ALIVE_FOR),
            )

        await self._database.write(work)

    async def leave(self) -> None:
        """Give up all that this process has claimed."""
        sql = "DELETE FROM processes WHERE name = ?"
        await self._database.write(lambda connection: connection.execute(sql, (self.owner,)))

    async def is_alone(self) -> bool:
        """Return whether no other process lives."""
        sql = "SELECT 1 FROM processes WHERE alive_until > now_seconds() AND name != ?"
        return await self._database.read(lambda connection: connection.execute(sql, (self.owner,)).fetchone() is None)

    @asynccontextmanager
    async def holding(self, task: str) -> AsyncIterator[bool]:
        """Claim a task for as long as the block within takes; give whether it is this process', and no other's."""
        is_own = await self._take(task)
        try:
            yield is_own
        finally:
            if is_own:
                await self._release(task)

    async def _take(self, task: str) -> bool:
        sql = f"""INSERT INTO claims (task, owner) VALUES (?, ?)
            ON CONFLICT (task) DO UPDATE SET owner = excluded.owner
            WHERE claims.owner = excluded.owner OR claims.owner NOT IN {ALIVE} RETURNING task"""
        return await self._database.write(
            lambda connection: connection.execute(sql, (task, self.owner)).fetchone() is not None
        )

    async def _release(self, task: str) -> None:
        sql = "DELETE FROM claims WHERE task = ? AND owner = ?"
        await self._database.write(lambda connection: connection.execute(sql, (task, self.owner)))
