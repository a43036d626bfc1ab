"""What was said to questions in place of an answer, so that it goes or is replaced with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.chat_log.connection import Connection
from bot.chat_log.database import Database


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that refuses another one, or says what went wrong with it."""

    question_message: int
    channel: int
    guild: int | None
    message: int


class Notices:
    """The notices that stand, in the store. Every method may raise StoreUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, notice: Notice) -> None:
        """Keep a notice, in place of an earlier one to the same message."""
        row = (*(notice.question_message, notice.channel, notice.guild, notice.message), datetime.now(UTC).timestamp())
        sql = """INSERT INTO notices (question_message, channel, guild, message, at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (question_message) DO UPDATE SET channel = excluded.channel, guild = excluded.guild,
            message = excluded.message, at = excluded.at"""
        await self._database.write(lambda connection: connection.execute(sql, row))

    async def take(self, question_message: int) -> Notice | None:
        """Return the notice to a message, and keep it no more."""

        def work(connection: Connection) -> Notice | None:
            where = "WHERE question_message = ?"
            sql = f"SELECT question_message, channel, guild, message FROM notices {where}"
            row = connection.execute(sql, (question_message,)).fetchone()
            connection.execute(f"DELETE FROM notices {where}", (question_message,))
            return None if row is None else Notice(*row)

        return await self._database.write(work)
