"""What the Discord bot remembers: the answers it posted, votes on them, and the questions that it could not answer.

Everything lies in one SQLite file, or on a PostgreSQL server. Texts are kept as they were asked; of quotes only the
permalinks are kept, since the words belong to the corpus.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from bot.chat_log.activity import Activity
from bot.chat_log.address import Place, ServerAddress
from bot.chat_log.claims import Claims
from bot.chat_log.connection import Connection
from bot.chat_log.database import Database
from bot.chat_log.digests import Digests
from bot.chat_log.gaps import EXPORTED, OPEN, list_gaps, settle
from bot.chat_log.inbox import Inbox
from bot.chat_log.notices import Notices
from bot.chat_log.postgres import PostgresBackend
from bot.chat_log.records import AnswerRemoved, Forgotten, Gap, Mark, PostedAnswer, Votes
from bot.chat_log.server_settings import ServerSettings
from bot.chat_log.sqlite import SqliteBackend
from bot.chat_log.state import State
from bot.chat_log.tables import APPLICATION, COLUMNS, NO_LIMIT, TABLES, key_of, posted, readable, stored_key
from bot.chat_log.writes import add_gap, blank, erase, erase_guild, forget, mark_sources, prune, record, votes_on

LONGEST_COMMAND = 15 * 60  # seconds for which Discord takes the answer to a command

__all__ = ["AnswerRemoved", "Forgotten", "Gap", "Mark", "PostedAnswer", "Store", "Votes", "key_of"]


class Store:
    """The Discord bot's memory. Every method may raise StoreUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.claims = Claims(database)
        self.state, self.inbox, self.notices = State(database), Inbox(database, self.claims), Notices(database)
        self.server_settings, self.digests = ServerSettings(database), Digests(database)
        self.activity = Activity(database)
        self.has_stale, self.has_removed = asyncio.Event(), asyncio.Event()
        """Set whenever there may be answers that `stale_answers` did not return before, and whenever words went."""

    @classmethod
    def open(cls, place: Place, *, create: bool = True) -> Store:
        """Open the database, creating its tables if they are missing unless `create` is false; blocks for a moment."""
        if isinstance(place, ServerAddress):
            connect = partial(PostgresBackend.open, place, TABLES, APPLICATION, create=create)
            return cls(Database.open(place, connect))
        return cls(Database.open(place, partial(SqliteBackend.open, place, TABLES, APPLICATION, create=create)))

    async def close(self) -> None:
        """Finish the pending work and close the database; a second call does nothing."""
        await self._database.close()

    async def record_answer(self, answer: PostedAnswer, *, is_gap: bool = False) -> int:
        """Keep an answer and return its number; `is_gap` also counts its question as one without an answer.

        One that is known, by its `id` or its `message`, is replaced under its number. Its votes and marks stay only
        where question and refs are the same as before; where the question is another, the former wording goes, also
        from the histories of later questions in its channel, and no longer counts as unanswered. Raises AnswerRemoved
        where it has an `id` and is known by neither.
        """

        def work(connection: Connection) -> tuple[int, bool]:
            id_, reworded = record(connection, answer)
            if is_gap:
                connection.execute("DELETE FROM gaps WHERE answer = ?", (id_,))
                add_gap(connection, answer.question, answer.collection, answer.guild, answer.asker, id_)
            return id_, reworded

        id_, reworded = await self._database.write(work)
        if reworded:
            await self._overwrite()
        return id_

    async def mark_sent(self, id_: int, message: int) -> bool:
        """Keep which message carries an answer; return whether the answer exists."""
        if not await self._change("UPDATE answers SET message = ? WHERE id = ?", message, id_):
            return False
        if await self._answers("id = ? AND is_stale", id_):  # a question went between the answer and this
            self.has_stale.set()
        return True

    async def rebind(self, id_: int, question_message: int) -> bool:
        """Keep that another message asks an answer's question; return whether the answer exists."""
        return await self._change("UPDATE answers SET question_message = ? WHERE id = ?", question_message, id_)

    async def blank_answer(self, id_: int) -> bool:
        """Forget an answer's question and quotes, as `record_answer` does; return whether the answer exists."""
        exists = await self._database.write(lambda connection: blank(connection, id_))
        await self._overwrite()
        return exists

    async def answer(self, id_: int) -> PostedAnswer | None:
        """Return the answer with this number."""
        return await self._latest("id = ?", id_)

    async def answer_for_question(self, question_message: int) -> PostedAnswer | None:
        """Return the last answer to a message that asked."""
        return await self._latest("question_message = ?", question_message)

    async def answer_for_message(self, message: int) -> PostedAnswer | None:
        """Return the answer that a message of the bot carries."""
        return await self._latest("message = ?", message)

    async def recent_answers(
        self, since: datetime, limit: int, collection: str | None = None, *, skip_damaged: bool = False
    ) -> tuple[PostedAnswer, ...]:
        """Return answers with quotes, posted since then, whose messages may still be editable; newest first.

        `collection` limits them to its own. Damaged rows raise StoreUnusable, or are logged and skipped.
        """
        where = (
            "answered AND reachable AND message IS NOT NULL AND posted_at >= ? AND collection = coalesce(?, collection)"
        )
        order = "ORDER BY posted_at DESC, id DESC LIMIT ?"
        values = (since.timestamp(), collection, limit)
        return await self._answers(f"{where} {order}", *values, skip_damaged=skip_damaged)

    async def recent_questions(self, since: datetime, limit: int) -> tuple[PostedAnswer, ...]:
        """Return answers posted since then that a message asked or carries, even without a question; newest first.

        Damaged rows are logged and skipped.
        """
        where = "coalesce(question_message, message) IS NOT NULL AND posted_at >= ?"
        order = "ORDER BY posted_at DESC, id DESC LIMIT ?"
        return await self._answers(f"{where} {order}", since.timestamp(), limit, skip_damaged=True)

    async def direct_channels(self, limit: int) -> tuple[int, ...]:
        """Return the conversations in direct messages that had an answer, the latest first."""
        sql = "SELECT channel FROM answers WHERE guild IS NULL GROUP BY channel ORDER BY max(id) DESC LIMIT ?"
        return await self._database.read(
            lambda connection: tuple(channel for (channel,) in connection.execute(sql, (limit,)))
        )

    async def stale_answers(self) -> tuple[PostedAnswer, ...]:
        """Return answers whose messages may print earlier questions that were forgotten since, oldest first.

        Damaged rows are logged and skipped.
        """
        return await self._answers("is_stale AND message IS NOT NULL ORDER BY id", skip_damaged=True)

    async def mark_fresh(self, id_: int) -> bool:
        """Keep that an answer's message no longer prints a forgotten question; return whether the answer exists."""
        return await self._change("UPDATE answers SET is_stale = FALSE WHERE id = ?", id_)

    async def start_over(self, asker: int, channel: int) -> bool:
        """Close a person's conversation in a channel; return whether there was any."""
        sql = "UPDATE answers SET is_closed = TRUE WHERE asker = ? AND channel = ? AND NOT is_closed"
        return await self._change(sql, asker, channel)

    async def open_questions(self, asker: int, channel: int) -> frozenset[str]:
        """Return the keys of what a person asked in a channel, without what was forgotten or left behind."""
        sql = "SELECT question FROM answers WHERE asker = ? AND channel = ? AND NOT is_closed"
        return await self._database.read(
            lambda connection: frozenset(stored_key(text) for (text,) in connection.execute(sql, (asker, channel)))
        )

    async def remove_answer(self, id_: int) -> bool:
        """Forget an answer, its votes and its question, also in later questions' histories; return whether it existed.

        What is removed is overwritten, as far as the database lets one.
        """
        return bool(await self._erase("id = ?", id_))

    async def remove_channel(self, channel: int) -> frozenset[int]:
        """Remove all answers of a channel and its threads, as `remove_answer` does; return those that had any."""
        return await self._erase("channel = ? OR parent = ?", channel, channel)

    async def remove_guild(self, guild: int) -> frozenset[int]:
        """Remove all that is kept of a guild, as `remove_answer` does; return its channels and threads that had any."""
        await self._database.write(lambda connection: erase_guild(connection, guild))
        return await self._erase("guild = ?", guild)

    async def guilds(self) -> frozenset[int]:
        """Return the guilds of which anything is kept."""
        tables = ("answers", "gaps", "inbox", "server_settings", "setting_changes", "digests")
        sql = " UNION ".join(f"SELECT guild FROM {table}" for table in tables)

        def work(connection: Connection) -> frozenset[int]:
            return frozenset(guild for (guild,) in connection.execute(sql) if isinstance(guild, int))

        return await self._database.read(work)

    async def prune(self, before: datetime) -> int:
        """Remove what is older: answers, as `remove_answer` does, and unanswered questions; return how many."""
        removed = await self._database.write(lambda connection: prune(connection, before.timestamp()))
        if removed:
            await self._overwrite()
        return removed

    async def remove_unsent(self) -> None:
        """Remove public answers to commands, as `remove_answer` does, that a killed process left without a message.

        Their messages may exist all the same, and deleting one could not remove its answer. While other processes live,
        those are left that one may still be sending.
        """
        sending_for = 0 if await self.claims.is_alone() else LONGEST_COMMAND
        where = "NOT private AND coalesce(question_message, message) IS NULL AND posted_at <= now_seconds() - ?"
        await self._erase(where, sending_for)

    async def mark_changed(self, id_: int, marks: Sequence[Mark]) -> bool:
        """Keep what became of an answer's sources, replacing its earlier marks; return whether the answer exists.

        Marks of what the answer does not cite are left out: it may have been replaced meanwhile.
        """
        return await self._database.write(lambda connection: mark_sources(connection, id_, marks))

    async def mark_unreachable(self, id_: int) -> bool:
        """Keep that an answer's message is gone or not editable; return whether the answer exists."""
        return await self._change("UPDATE answers SET reachable = FALSE WHERE id = ?", id_)

    async def vote(self, answer: int, user: int, useful: bool) -> Votes | None:
        """Set a user's vote, replacing the earlier one; return the votes then, None if the answer is gone."""

        def work(connection: Connection) -> Votes | None:
            if connection.execute("SELECT 1 FROM answers WHERE id = ?", (answer,)).fetchone() is None:
                return None
            connection.execute(
                """INSERT INTO votes (answer, "user", useful) VALUES (?, ?, ?)
                ON CONFLICT (answer, "user") DO UPDATE SET useful = excluded.useful""",
                (answer, user, useful),
            )
            return votes_on(connection, answer)

        return await self._database.write(work)

    async def votes(self, answer: int) -> Votes:
        """Return the votes on an answer."""
        return await self._database.read(lambda connection: votes_on(connection, answer))

    async def rated_answers(self) -> tuple[tuple[PostedAnswer, Votes], ...]:
        """Return every public answer that has votes and whose question is kept, oldest first."""

        def work(connection: Connection) -> tuple[tuple[PostedAnswer, Votes], ...]:
            where = "NOT private AND question != '' AND id IN (SELECT answer FROM votes) ORDER BY id"
            rows = connection.execute(f"SELECT {COLUMNS} FROM answers WHERE {where}").fetchall()
            return tuple((posted(row), votes_on(connection, row[0])) for row in rows)

        return await self._database.read(work)

    async def gaps(self, guild: int | None, limit: int) -> tuple[Gap, ...]:
        """Return a guild's questions that are neither answered nor settled, most asked first, then last asked.

        None stands for direct messages. Damaged rows are logged and skipped.
        """
        where, values = (f"{OPEN} AND guild IS NULL", ()) if guild is None else (f"{OPEN} AND guild = ?", (guild,))
        return await self._database.read(
            lambda connection: list_gaps(connection, where, *values, limit=limit, skip_damaged=True)
        )

    async def all_gaps(self) -> tuple[Gap, ...]:
        """Return the gaps of all guilds and direct messages together, those with a passage too, without the dismissed.

        Damaged rows raise StoreUnusable.
        """
        return await self._database.read(lambda connection: list_gaps(connection, EXPORTED, limit=NO_LIMIT))

    async def settle_gap(self, id_: int, guild: int, passage: str | None = None) -> bool:
        """Take a question off a guild's lists, dismissed or answered by a passage; return whether it was known."""
        self.has_removed.set()
        return await self._database.write(lambda connection: settle(connection, id_, guild, passage))

    async def forget(self, user: int) -> Forgotten:
        """Remove everything about a user.

        - Their votes go.
        - Answers to their questions stay, as do the messages in Discord, but lose the asker, the question and its
          history. Such an answer still goes with the message that asked, or when a moderator removes it.
        - Where others' questions in the same channels were answered in the light of theirs, those turns go.
        - Their unanswered questions no longer count; one that nobody else asked goes.

        What is removed is overwritten, as far as the database lets one.
        """
        forgotten = await self._database.write(lambda connection: forget(connection, user))
        await self._overwrite()
        return forgotten

    async def _erase(self, where: str, *values: object) -> frozenset[int]:
        erased = await self._database.write(lambda connection: erase(connection, where, *values))
        if erased:
            await self._overwrite()
        return erased

    async def overwrite(self) -> None:
        """Clear removed rows, as far as the database lets one."""
        await self._database.overwrite()

    async def _overwrite(self) -> None:
        self.has_stale.set()
        self.has_removed.set()
        await self.overwrite()

    async def _latest(self, where: str, value: int) -> PostedAnswer | None:
        answers = await self._answers(f"{where} ORDER BY id DESC LIMIT 1", value)
        return answers[0] if answers else None

    async def _answers(self, where: str, *values: object, skip_damaged: bool = False) -> tuple[PostedAnswer, ...]:
        sql = f"SELECT {COLUMNS} FROM answers WHERE {where}"

        def work(connection: Connection) -> tuple[PostedAnswer, ...]:
            rows = connection.execute(sql, values)
            return tuple(readable(rows, posted) if skip_damaged else map(posted, rows))

        return await self._database.read(work)

    async def _change(self, sql: str, *values: object) -> bool:
        return await self._database.write(lambda connection: connection.execute(sql, values).rowcount > 0)
