"""What the moderators of each server have set, and who changed what when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.chat_log.connection import Connection
from bot.chat_log.database import Database, RowDamaged
from bot.chat_log.tables import time_of


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A change of one setting. Values are JSON; None is the default."""

    name: str
    before: str | None
    after: str | None
    user: int | None
    """Who changed it; None where they had themselves forgotten."""
    at: datetime
    """With a time zone."""


class ServerSettings:
    """The settings of servers, in the store: JSON by guild and name. Every method may raise StoreUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Mapping[int, Mapping[str, str]]:
        """Return the settings of every guild that has any."""

        def work(connection: Connection) -> Mapping[int, Mapping[str, str]]:
            by_guild: dict[int, dict[str, str]] = {}
            for guild, name, value in connection.execute("SELECT guild, name, value FROM server_settings"):
                by_guild.setdefault(guild, {})[name] = value
            return by_guild

        return await self._database.read(work)

    async def put(self, guild: int, name: str, value: str | None, user: int) -> bool:
        """Keep a setting, or none where the value is None, and who changed it; return whether it was another before."""

        def work(connection: Connection) -> bool:
            key = (guild, name)
            row = connection.execute("SELECT value FROM server_settings WHERE guild = ? AND name = ?", key).fetchone()
            before = None if row is None else row[0]
            if value == before:
                return False
            connection.execute("DELETE FROM server_settings WHERE guild = ? AND name = ?", key)
            if value is not None:
                connection.execute("INSERT INTO server_settings (guild, name, value) VALUES (?, ?, ?)", (*key, value))
            connection.execute(
                'INSERT INTO setting_changes (guild, name, before, after, "user", at) VALUES (?, ?, ?, ?, ?, ?)',
                (*key, before, value, user, datetime.now(UTC).timestamp()),
            )
            return True

        return await self._database.write(work)

    async def changes(self, guild: int, limit: int) -> tuple[SettingChange, ...]:
        """Return the last changes in a guild, the newest first."""
        sql = """SELECT id, name, before, after, "user", at FROM setting_changes WHERE guild = ?
            ORDER BY id DESC LIMIT ?"""
        return await self._database.read(
            lambda connection: tuple(map(_change, connection.execute(sql, (guild, limit))))
        )


def _change(row: tuple[Any, ...]) -> SettingChange:
    id_, name, before, after, user, at = row
    try:
        return SettingChange(name, before, after, user, time_of(at))
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise RowDamaged("setting_changes", id_) from error
