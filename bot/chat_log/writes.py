"""What changes in the store's tables, each within a transaction of its caller's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.chat_log.connection import Connection
from bot.chat_log.gaps import settle_as_before
from bot.chat_log.records import AnswerRemoved, Forgotten, Mark, PostedAnswer, Votes
from bot.chat_log.tables import COLUMNS, FIELDS, history_of, key_of, posted, row_of, storable, stored_key, turns_json


def record(connection: Connection, answer: PostedAnswer) -> tuple[int, bool]:
    """Keep an answer as `Store.record_answer` does; return its number, and whether its question was another before."""
    before = connection.execute(
        "SELECT id, question, refs, channel FROM answers WHERE id = ? OR message = ? ORDER BY id = ? DESC",
        (answer.id, answer.message, answer.id),
    ).fetchone()
    row = row_of(answer)
    if before is None and answer.id is not None:
        raise AnswerRemoved
    if before is None:
        holes = ", ".join("?" * len(FIELDS))
        insert = f"INSERT INTO answers ({', '.join(FIELDS)}) VALUES ({holes}) RETURNING id"
        return int(connection.execute(insert, row).fetchone()[0]), False
    id_, question, refs, channel = before
    reworded = question != row[FIELDS.index("question")]
    if reworded or refs != row[FIELDS.index("refs")]:
        connection.execute("DELETE FROM votes WHERE answer = ?", (id_,))
        connection.execute("UPDATE answers SET marks = '[]' WHERE id = ?", (id_,))
    if reworded:
        connection.execute("DELETE FROM gaps WHERE answer = ?", (id_,))
        _forget_turns(connection, channel, {stored_key(question)})
    sets = ", ".join(f"{name} = ?" for name in FIELDS)
    connection.execute(f"UPDATE answers SET {sets}, reachable = TRUE WHERE id = ?", (*row, id_))
    return id_, reworded


def blank(connection: Connection, id_: int) -> bool:
    """Forget an answer's question and quotes as `Store.blank_answer` does."""
    row = connection.execute(f"SELECT {COLUMNS} FROM answers WHERE id = ?", (id_,)).fetchone()
    if row is None:
        return False
    record(connection, replace(posted(row), question="", refs=(), answered=False))
    return True


def mark_sources(connection: Connection, id_: int, marks: Sequence[Mark]) -> bool:
    """Keep what became of an answer's sources as `Store.mark_changed` does."""
    row = connection.execute("SELECT refs FROM answers WHERE id = ?", (id_,)).fetchone()
    if row is None:
        return False
    refs = json.loads(row[0])
    marks_json = json.dumps([[mark.ref, mark.state, mark.on, mark.now] for mark in marks if mark.ref in refs])
    connection.execute("UPDATE answers SET marks = ? WHERE id = ?", (marks_json, id_))
    return True


def add_gap(
    connection: Connection,
    question: str,
    collection: str,
    guild: int | None,
    asker: int | None,
    answer: int | None,
) -> None:
    """Count a question that everybody could read and that was not answered.

    `asker` is kept only so that `forget` finds it; with the `answer` that said so, it no longer counts.
    """
    row = (key_of(question), storable(question), collection, guild, asker, datetime.now(UTC).timestamp(), answer)
    inserted = connection.execute(
        """INSERT INTO gaps (key, question, collection, guild, asker, asked_at, answer, private)
        VALUES (?, ?, ?, ?, ?, ?, ?, FALSE) RETURNING id""",
        row,
    )
    settle_as_before(connection, inserted.fetchone()[0])


def votes_on(connection: Connection, answer: int) -> Votes:
    """Return the votes on an answer."""
    counts = dict(connection.execute("SELECT useful, count(*) FROM votes WHERE answer = ? GROUP BY useful", (answer,)))
    return Votes(counts.get(1, 0), counts.get(0, 0))


def erase(connection: Connection, where: str, *values: object) -> frozenset[int]:
    """Remove answers, their votes and gaps, and their questions from later histories; return their channels."""
    keys_by_channel: dict[int, set[str]] = {}
    for channel, question in connection.execute(f"SELECT channel, question FROM answers WHERE {where}", values):
        keys_by_channel.setdefault(channel, set()).add(stored_key(question))
    connection.execute(f"DELETE FROM answers WHERE {where}", values)
    for channel, keys in keys_by_channel.items():
        _forget_turns(connection, channel, keys)
    return frozenset(keys_by_channel)


def erase_guild(connection: Connection, guild: int) -> None:
    """Remove what is kept of a guild beside its answers."""
    for table in ("gaps", "inbox", "notices", "server_settings", "setting_changes", "digests"):
        connection.execute(f"DELETE FROM {table} WHERE guild = ?", (guild,))


def forget(connection: Connection, user: int) -> Forgotten:
    """Remove everything about a user as `Store.forget` does."""
    votes = connection.execute('DELETE FROM votes WHERE "user" = ?', (user,)).rowcount
    gaps = connection.execute("DELETE FROM gaps WHERE asker = ?", (user,)).rowcount
    keys_by_channel: dict[int, set[str]] = {}
    for channel, question in connection.execute("SELECT channel, question FROM answers WHERE asker = ?", (user,)):
        keys_by_channel.setdefault(channel, set()).add(stored_key(question))
    connection.execute('DELETE FROM inbox WHERE "user" = ?', (user,))
    connection.execute('UPDATE setting_changes SET "user" = NULL WHERE "user" = ?', (user,))
    questions = connection.execute(
        """UPDATE answers SET asker = NULL, question = '', history = '[]', is_stale = is_stale OR history != '[]'
        WHERE asker = ?""",
        (user,),
    ).rowcount
    for channel, keys in keys_by_channel.items():
        _forget_turns(connection, channel, keys)
    return Forgotten(votes, questions, gaps)


def _forget_turns(connection: Connection, channel: int, keys: set[str]) -> None:
    keys = keys - {""}  # a turn without a question holds quotes, and nobody's words
    rows = connection.execute("SELECT id, history FROM answers WHERE channel = ? AND history != '[]'", (channel,))
    for id_, history in rows.fetchall():
        try:
            remaining = turns_json([turn for turn in history_of(history) if key_of(turn.question) not in keys])
        except (ValueError, TypeError, RecursionError):
            remaining = "[]"  # nobody can tell whether the question stands in it
        if remaining != history:
            connection.execute("UPDATE answers SET history = ?, is_stale = TRUE WHERE id = ?", (remaining, id_))


def prune(connection: Connection, before: float) -> int:
    """Remove what is older as `Store.prune` does."""
    gaps = connection.execute("DELETE FROM gaps WHERE asked_at < ?", (before,)).rowcount
    for table in ("notices", "setting_changes"):
        connection.execute(f"DELETE FROM {table} WHERE at < ?", (before,))
    answers = connection.execute("SELECT count(*) FROM answers WHERE posted_at < ?", (before,)).fetchone()[0]
    erase(connection, "posted_at < ?", before)
    return int(gaps + answers)
