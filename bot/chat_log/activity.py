"""What was asked in a guild in a while: never what was private, deleted or forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.chat_log.connection import Connection
from bot.chat_log.database import Database
from bot.chat_log.gaps import OPEN
from bot.chat_log.records import PostedAnswer, Votes
from bot.chat_log.tables import COLUMNS, posted, readable
from bot.chat_log.writes import votes_on

_MAJORITY = "count(*) FILTER (WHERE NOT useful) - count(*) FILTER (WHERE useful)"


@dataclass(frozen=True, slots=True)
class Figures:
    """How much was asked, and how it was met."""

    questions: int
    answered: int
    useful: int
    """Votes on their answers."""
    not_useful: int


class Activity:
    """The public questions of guilds, in the store. Every method may raise StoreUnusable; damaged rows are skipped."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def figures(self, guild: int, since: datetime, until: datetime) -> Figures:
        """Return how much was asked in a guild in a while."""
        where = "guild = ? AND NOT private AND posted_at >= ? AND posted_at < ?"
        answers = f"SELECT count(*), count(*) FILTER (WHERE answered) FROM answers WHERE {where}"
        votes = f"""SELECT count(*) FILTER (WHERE useful), count(*) FILTER (WHERE NOT useful) FROM votes
            WHERE answer IN (SELECT id FROM answers WHERE {where})"""
        values = (guild, since.timestamp(), until.timestamp())
        return await self._database.read(
            lambda connection: Figures(
                *connection.execute(answers, values).fetchone(), *connection.execute(votes, values).fetchone()
            )
        )

    async def unanswered(self, guild: int, since: datetime, until: datetime) -> tuple[PostedAnswer, ...]:
        """Return the abstentions of a guild in a while whose questions nobody has settled, oldest first."""
        gaps = f"SELECT answer FROM gaps WHERE NOT private AND {OPEN} AND asked_at >= ? AND asked_at < ?"
        where = f"id IN ({gaps}) AND question != '' ORDER BY id"
        return await self._answers(guild, where, since.timestamp(), until.timestamp())

    async def not_useful(
        self, guild: int, since: datetime, until: datetime, limit: int
    ) -> tuple[tuple[PostedAnswer, Votes], ...]:
        """Return the answers of a guild in a while that more people found not useful than useful, the worst first."""
        tally = f"(SELECT {_MAJORITY} FROM votes WHERE answer = answers.id)"
        where = (
            f"posted_at >= ? AND posted_at < ? AND question != '' AND message IS NOT NULL AND answered AND {tally} > 0"
        )
        sql = f"{where} ORDER BY {tally} DESC, id DESC LIMIT ?"
        answers = await self._answers(guild, sql, since.timestamp(), until.timestamp(), limit)
        return await self._database.read(
            lambda connection: tuple((answer, votes_on(connection, answer.id or 0)) for answer in answers)
        )

    async def marked(self, guild: int) -> tuple[PostedAnswer, ...]:
        """Return the answers of a guild of whose sources something became."""
        return await self._answers(guild, "marks != '[]' ORDER BY id")

    async def _answers(self, guild: int, where: str, *values: object) -> tuple[PostedAnswer, ...]:
        sql = f"SELECT {COLUMNS} FROM answers WHERE guild = ? AND NOT private AND {where}"

        def work(connection: Connection) -> tuple[PostedAnswer, ...]:
            return tuple(readable(connection.execute(sql, (guild, *values)), posted))

        return await self._database.read(work)
