"""What the bot knows of itself from one run to the next: short values by name."""

from __future__ import annotations

from collections.abc import Callable

from bot.chat_log.connection import Connection
from bot.chat_log.database import Database

_PUT = "INSERT INTO state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


class State:
    """Named values in the store. Every method may raise StoreUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str | None:
        """Return the value that is kept under a name."""
        return await self._database.read(lambda connection: _value(connection, name))

    async def change(self, name: str, change: Callable[[str | None], str]) -> str | None:
        """Replace the value under a name by what becomes of it, whoever else does so; return the former."""

        def work(connection: Connection) -> str | None:
            former = _value(connection, name)
            connection.execute(_PUT, (name, change(former)))
            return former

        return await self._database.write(work)

    async def put(self, name: str, value: str) -> None:
        """Keep a value under a name, in place of the one before."""
        await self._database.write(lambda connection: connection.execute(_PUT, (name, value)))


def _value(connection: Connection, name: str) -> str | None:
    row = connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])
