"""When which channel is due for its next digest, and what became of its last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.chat_log.connection import Connection
from bot.chat_log.database import Database
from bot.chat_log.tables import time_of


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A channel that is due for a digest."""

    channel: int
    guild: int
    due: datetime
    """With a time zone."""


@dataclass(frozen=True, slots=True)
class PostedDigest:
    """A channel's last digest."""

    channel: int
    guild: int
    message: int
    week_end: datetime
    """With a time zone."""
    content: str
    """A digest, in the other sense, of what it says."""


class Digests:
    """The digests of channels, in the store. Every method may raise StoreUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def plan(self, channel: int, guild: int, due: datetime) -> None:
        """Have a channel get its first digest at a time, unless it has one planned."""
        row = (channel, guild, due.timestamp())
        sql = "INSERT INTO digests (channel, guild, due) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        await self._database.write(lambda connection: connection.execute(sql, row))

    async def move(self, channel: int, due: datetime | None) -> None:
        """Plan a channel's next digest, or none any more."""
        if due is None:
            sql, values = "DELETE FROM digests WHERE channel = ?", (channel,)
            await self._database.write(lambda connection: connection.execute(sql, values))
        else:
            row = (due.timestamp(), channel)
            sql = "UPDATE digests SET due = ? WHERE channel = ?"
            await self._database.write(lambda connection: connection.execute(sql, row))

    async def due(self, now: datetime) -> tuple[DueDigest, ...]:
        """Return the channels that are due by now, the longest due first."""
        sql = "SELECT channel, guild, due FROM digests WHERE due <= ? ORDER BY due, channel"

        def work(connection: Connection) -> tuple[DueDigest, ...]:
            rows = connection.execute(sql, (now.timestamp(),))
            return tuple(DueDigest(channel, guild, time_of(due)) for channel, guild, due in rows)

        return await self._database.read(work)

    async def keep(self, posted: PostedDigest) -> None:
        """Keep which message is a channel's last digest."""
        row = (posted.message, posted.week_end.timestamp(), posted.content, posted.channel)
        sql = "UPDATE digests SET message = ?, week_end = ?, content = ? WHERE channel = ?"
        await self._database.write(lambda connection: connection.execute(sql, row))

    async def drop(self, channel: int) -> None:
        """Forget a channel's last digest."""
        sql = "UPDATE digests SET message = NULL, week_end = NULL, content = NULL WHERE channel = ?"
        await self._database.write(lambda connection: connection.execute(sql, (channel,)))

    async def posted(self) -> tuple[PostedDigest, ...]:
        """Return the last digest of each channel that has any."""
        sql = "SELECT channel, guild, message, week_end, content FROM digests WHERE message IS NOT NULL"

        def work(connection: Connection) -> tuple[PostedDigest, ...]:
            rows = connection.execute(sql)
            return tuple(
                PostedDigest(channel, guild, message, time_of(week_end), content)
                for channel, guild, message, week_end, content in rows
            )

        return await self._database.read(work)
