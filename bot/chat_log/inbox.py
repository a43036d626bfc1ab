"""Questions that were seen and have no answer yet: what a killed bot finds again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from bot.chat_log.claims import ALIVE, Claims
from bot.chat_log.connection import Connection
from bot.chat_log.database import Database, RowDamaged
from bot.chat_log.tables import filter_from, storable
from retrieval.records import Filter

KNOWN_FOR = 3600.0  # seconds for which the id of a question that is done with is kept


@dataclass(frozen=True, slots=True)
class Command:
    """What a command asks, and the token by which its answer can be posted for fifteen minutes."""

    token: str
    question: str
    """Empty where it is not to be kept."""
    top: int | None
    hidden: bool
    parent: int | None
    language: str = "en"
    """The tag of the language that it is answered in."""
    within: Filter | None = None
    """The filter that it is asked under."""


@dataclass(frozen=True, slots=True)
class WaitingQuestion:
    """A question without an answer. Of a message only the place is kept: Discord has its words."""

    id: int
    """Of the message or the interaction; Discord's ids tell when."""
    channel: int
    guild: int | None
    user: int
    command: Command | None = None


class Inbox:
    """The questions that wait, in the store. Every method may raise StoreUnusable."""

    def __init__(self, database: Database, claims: Claims) -> None:
        self._database, self._claims = database, claims

    async def claim(self, waiting: WaitingQuestion, *, again: bool = False) -> bool:
        """Keep a question until it is done with, and return whether it is this process' to answer.

        It is not where another that lives has claimed it, or is done with it, unless it is asked `again`.
        """
        is_done = "inbox.done_at IS NOT NULL OR" if again else "inbox.done_at IS NULL AND"
        sql = f"""INSERT INTO inbox (id, channel, guild, "user", command, owner) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, guild = excluded.guild, "user" = excluded."user",
            owner = excluded.owner, done_at = NULL
            WHERE {is_done} (inbox.owner IS NULL OR inbox.owner = excluded.owner OR inbox.owner NOT IN {ALIVE})
            RETURNING id"""
        row = (*_row(waiting), self._claims.owner)
        return await self._database.write(lambda connection: connection.execute(sql, row).fetchone() is not None)

    async def add(self, waiting: WaitingQuestion) -> None:
        """Keep a question that nobody has claimed; one that is known is left as it is."""
        row = _row(waiting)
        sql = """INSERT INTO inbox (id, channel, guild, "user", command) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING"""
        await self._database.write(lambda connection: connection.execute(sql, row))

    async def finish(self, id_: int) -> None:
        """Forget a question that was answered, or needs no answer; its id is kept a while, for who hears it late."""

        def work(connection: Connection) -> None:
            connection.execute("DELETE FROM inbox WHERE done_at < now_seconds() - ?", (KNOWN_FOR,))
            connection.execute(
                """UPDATE inbox SET channel = 0, guild = NULL, "user" = 0, command = NULL, owner = NULL,
                done_at = now_seconds() WHERE id = ?""",
                (id_,),
            )

        await self._database.write(work)

    async def waiting(self) -> tuple[WaitingQuestion, ...]:
        """Return the questions that wait, or are worked on, oldest first."""
        sql = 'SELECT id, channel, guild, "user", command FROM inbox WHERE done_at IS NULL ORDER BY id'

        def work(connection: Connection) -> tuple[WaitingQuestion, ...]:
            rows = connection.execute(sql)
            return tuple(map(_waiting, rows))

        return await self._database.read(work)


def _row(waiting: WaitingQuestion) -> tuple[object, ...]:
    command = None if waiting.command is None else _command_json(waiting.command)
    return waiting.id, waiting.channel, waiting.guild, waiting.user, command


def _command_json(command: Command) -> str:
    within = command.within.criteria if command.within else None
    return json.dumps({**asdict(command), "question": storable(command.question), "within": within})


def _command(stored: dict[str, Any]) -> Command:
    within = stored.get("within")  # not kept by earlier versions
    return Command(**{**stored, "within": filter_from(within) if within else None})


def _waiting(row: tuple[Any, ...]) -> WaitingQuestion:
    id_, channel, guild, user, command = row
    try:
        kept_command = None if command is None else _command(json.loads(command))
        return WaitingQuestion(id_, channel, guild, user, kept_command)
    except (ValueError, TypeError, AttributeError) as error:
        raise RowDamaged("inbox", row[0]) from error
