"""The store's tables, and its records as their rows."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.chat_log.database import RowDamaged
from bot.chat_log.records import AnswerRemoved, Forgotten, Gap, Mark, PostedAnswer, Votes
from retrieval.records import Turn

T = TypeVar("T")

log = logging.getLogger(__name__)

APPLICATION = 0x71756F74  # "quot"
TABLES = (
    """
    CREATE TABLE answers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        collection TEXT NOT NULL, question TEXT NOT NULL, history TEXT NOT NULL, asker INTEGER,
        guild INTEGER, channel INTEGER NOT NULL, message INTEGER, question_message INTEGER,
        fingerprint TEXT NOT NULL, refs TEXT NOT NULL, answered INTEGER NOT NULL, posted_at REAL NOT NULL,
        marks TEXT NOT NULL DEFAULT '[]', reachable INTEGER NOT NULL DEFAULT 1
    );
    CREATE UNIQUE INDEX answers_by_message ON answers (message);
    CREATE INDEX answers_by_question ON answers (question_message);
    CREATE INDEX answers_by_asker ON answers (asker);
    CREATE INDEX answers_by_time ON answers (posted_at);
    CREATE TABLE votes (
        answer INTEGER NOT NULL REFERENCES answers ON DELETE CASCADE, user INTEGER NOT NULL, useful INTEGER NOT NULL,
        PRIMARY KEY (answer, user)
    ) WITHOUT ROWID;
    CREATE INDEX votes_by_user ON votes (user);
    CREATE TABLE gaps (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL, question TEXT NOT NULL, collection TEXT NOT NULL,
        guild INTEGER, asker INTEGER, asked_at REAL NOT NULL
    );
    CREATE INDEX gaps_by_guild ON gaps (guild, collection, key);
    CREATE INDEX gaps_by_asker ON gaps (asker)
    """,
    # Of what was kept before, nobody knows who was to read it.
    """
    ALTER TABLE answers ADD COLUMN private INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE answers ADD COLUMN parent INTEGER;
    ALTER TABLE gaps ADD COLUMN private INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE gaps ADD COLUMN answer INTEGER REFERENCES answers ON DELETE CASCADE;
    CREATE INDEX gaps_by_answer ON gaps (answer)
    """,
    """
    ALTER TABLE answers ADD COLUMN is_closed INTEGER NOT NULL DEFAULT 0
    """,
    # Whether the message may still print earlier questions that were forgotten since.
    """
    ALTER TABLE answers ADD COLUMN is_stale INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX answers_stale ON answers (id) WHERE is_stale
    """,
    """
    CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID
    """,
    # Questions from the moment they are seen until they are answered.
    """
    CREATE TABLE inbox (
        id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, guild INTEGER, user INTEGER NOT NULL, command TEXT
    );
    CREATE INDEX inbox_by_user ON inbox (user)
    """,
)
"""The SQL from each version to the next."""

_FIELDS = (
    "collection", "question", "history", "asker", "guild", "channel", "message", "question_message", "fingerprint",
    "refs", "answered", "posted_at", "private", "parent", "is_closed",
)  # fmt: skip
COLUMNS = ", ".join(("id", *_FIELDS, "marks"))


def key_of(question: str) -> str:
    """Return the key by which questions count as one, whatever their letter case and white space."""
    return " ".join(storable(question).casefold().split())


def record(connection: sqlite3.Connection, answer: PostedAnswer) -> tuple[int, bool]:
    """Keep an answer as `Store.record_answer` does; return its number, and whether its question was another before."""
    before = connection.execute(
        "SELECT id, question, refs, channel FROM answers WHERE id = ? OR message = ? ORDER BY id = ? DESC",
        (answer.id, answer.message, answer.id),
    ).fetchone()
    row = _row(answer)
    if before is None and answer.id is not None:
        raise AnswerRemoved
    if before is None:
        holes = ", ".join("?" * len(_FIELDS))
        inserted = connection.execute(f"INSERT INTO answers ({', '.join(_FIELDS)}) VALUES ({holes})", row)
        assert inserted.lastrowid is not None
        return inserted.lastrowid, False
    id_, question, refs, channel = before
    reworded = question != row[_FIELDS.index("question")]
    if reworded or refs != row[_FIELDS.index("refs")]:
        connection.execute("DELETE FROM votes WHERE answer = ?", (id_,))
        connection.execute("UPDATE answers SET marks = '[]' WHERE id = ?", (id_,))
    if reworded:
        connection.execute("DELETE FROM gaps WHERE answer = ?", (id_,))
        _forget_turns(connection, channel, {_key(question)})
    sets = ", ".join(f"{name} = ?" for name in _FIELDS)
    connection.execute(f"UPDATE answers SET {sets}, reachable = 1 WHERE id = ?", (*row, id_))
    return id_, reworded


def blank(connection: sqlite3.Connection, id_: int) -> bool:
    """Forget an answer's question and quotes as `Store.blank_answer` does."""
    row = connection.execute(f"SELECT {COLUMNS} FROM answers WHERE id = ?", (id_,)).fetchone()
    if row is None:
        return False
    record(connection, replace(posted(row), question="", refs=(), answered=False))
    return True


def mark_sources(connection: sqlite3.Connection, id_: int, marks: Sequence[Mark]) -> bool:
    """Keep what became of an answer's sources as `Store.mark_changed` does."""
    row = connection.execute("SELECT refs FROM answers WHERE id = ?", (id_,)).fetchone()
    if row is None:
        return False
    refs = json.loads(row[0])
    marks_json = json.dumps([[mark.ref, mark.state, mark.on, mark.now] for mark in marks if mark.ref in refs])
    connection.execute("UPDATE answers SET marks = ? WHERE id = ?", (marks_json, id_))
    return True


def add_gap(
    connection: sqlite3.Connection,
    question: str,
    collection: str,
    guild: int | None,
    asker: int | None,
    answer: int | None,
) -> None:
    """Count an unanswered question as `Store.gap` does."""
    row = (key_of(question), storable(question), collection, guild, asker, datetime.now(UTC).timestamp(), answer)
    connection.execute(
        """INSERT INTO gaps (key, question, collection, guild, asker, asked_at, answer, private)
        VALUES (?, ?, ?, ?, ?, ?, ?, 0)""",
        row,
    )


def _row(answer: PostedAnswer) -> tuple[object, ...]:
    return (
        answer.collection,
        storable(answer.question),
        _turns(answer.history),
        answer.asker,
        answer.guild,
        answer.channel,
        answer.message,
        answer.question_message,
        answer.fingerprint,
        json.dumps(answer.refs),
        answer.answered,
        answer.posted_at.timestamp(),
        answer.private,
        answer.parent,
        answer.is_closed,
    )


def posted(row: tuple[Any, ...]) -> PostedAnswer:
    """Return the answer of a row of COLUMNS; raises RowDamaged."""
    try:
        return _posted(row)
    except (ValueError, TypeError, AttributeError, OverflowError, OSError, RecursionError) as error:
        raise RowDamaged("answers", row[0]) from error


def readable(rows: Iterable[tuple[Any, ...]], read: Callable[[tuple[Any, ...]], T]) -> Iterator[T]:
    """Yield the records of rows; damaged ones are logged and skipped."""
    for row in rows:
        try:
            yield read(row)
        except RowDamaged as error:
            log.error("the database of past answers %s", error)


def gap_of(row: tuple[Any, ...]) -> Gap:
    """Return the gap of a row of question, collection, count, time and id; raises RowDamaged."""
    question, collection, count, last, id_ = row
    try:
        return Gap(_words(question), _words(collection), count, time_of(last))
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise RowDamaged("gaps", id_) from error


def _posted(row: tuple[Any, ...]) -> PostedAnswer:
    fields = dict(zip(_FIELDS, row[1:-1], strict=True))
    for name in ("collection", "question", "fingerprint"):
        _words(fields[name])
    for name in ("guild", "channel", "asker", "message", "question_message", "parent"):
        _id(fields[name])
    fields["history"] = _history(fields["history"])
    fields["refs"] = tuple(map(_words, json.loads(fields["refs"])))
    fields |= {name: bool(fields[name]) for name in ("answered", "private", "is_closed")}
    fields["posted_at"] = time_of(fields["posted_at"])
    return PostedAnswer(id=row[0], **fields, marks=tuple(_mark(*mark) for mark in json.loads(row[-1])))


def _history(stored: str) -> tuple[Turn, ...]:
    return tuple(Turn(_words(question), tuple(map(_words, quotes))) for question, quotes in json.loads(stored))


def _mark(ref: object, state: object, on: object, now: object) -> Mark:
    if state not in ("moved", "changed", "withdrawn"):
        raise ValueError(f"{state!r} is no state")
    return Mark(_words(ref), state, _words(on), None if now is None else _words(now))


def _key(stored: object) -> str:
    """Return the key of a stored question, "" if its text is damaged."""
    return key_of(stored) if isinstance(stored, str) else ""


def _words(stored: object) -> str:
    if not isinstance(stored, str):
        raise TypeError(f"{stored!r} is no text")
    return stored


def _id(stored: object) -> int | None:
    if not isinstance(stored, int | None):
        raise TypeError(f"{stored!r} is no id")
    return stored


def _turns(turns: Sequence[Turn]) -> str:
    return json.dumps([[turn.question, turn.quotes] for turn in turns])


def votes_on(connection: sqlite3.Connection, answer: int) -> Votes:
    """Return the votes on an answer."""
    counts = dict(connection.execute("SELECT useful, count(*) FROM votes WHERE answer = ? GROUP BY useful", (answer,)))
    return Votes(counts.get(1, 0), counts.get(0, 0))


def erase(connection: sqlite3.Connection, where: str, *values: object) -> frozenset[int]:
    """Remove answers, their votes and gaps, and their questions from later histories; return their channels."""
    keys_by_channel: dict[int, set[str]] = {}
    for channel, question in connection.execute(f"SELECT channel, question FROM answers WHERE {where}", values):
        keys_by_channel.setdefault(channel, set()).add(_key(question))
    connection.execute(f"DELETE FROM answers WHERE {where}", values)
    for channel, keys in keys_by_channel.items():
        _forget_turns(connection, channel, keys)
    return frozenset(keys_by_channel)


def erase_guild(connection: sqlite3.Connection, guild: int) -> None:
    """Remove what is kept of a guild beside its answers."""
    for table in ("gaps", "inbox"):
        connection.execute(f"DELETE FROM {table} WHERE guild = ?", (guild,))


def forget(connection: sqlite3.Connection, user: int) -> Forgotten:
    """Remove everything about a user as `Store.forget` does."""
    votes = connection.execute("DELETE FROM votes WHERE user = ?", (user,)).rowcount
    gaps = connection.execute("DELETE FROM gaps WHERE asker = ?", (user,)).rowcount
    keys_by_channel: dict[int, set[str]] = {}
    for channel, question in connection.execute("SELECT channel, question FROM answers WHERE asker = ?", (user,)):
        keys_by_channel.setdefault(channel, set()).add(_key(question))
    connection.execute("DELETE FROM inbox WHERE user = ?", (user,))
    questions = connection.execute(
        """UPDATE answers SET asker = NULL, question = '', history = '[]', is_stale = is_stale OR history != '[]'
        WHERE asker = ?""",
        (user,),
    ).rowcount
    for channel, keys in keys_by_channel.items():
        _forget_turns(connection, channel, keys)
    return Forgotten(votes, questions, gaps)


def _forget_turns(connection: sqlite3.Connection, channel: int, keys: set[str]) -> None:
    keys = keys - {""}  # a turn without a question holds quotes, and nobody's words
    rows = connection.execute("SELECT id, history FROM answers WHERE channel = ? AND history != '[]'", (channel,))
    for id_, history in rows.fetchall():
        try:
            remaining = _turns([turn for turn in _history(history) if key_of(turn.question) not in keys])
        except (ValueError, TypeError, RecursionError):
            remaining = "[]"  # nobody can tell whether the question stands in it
        if remaining != history:
            connection.execute("UPDATE answers SET history = ?, is_stale = 1 WHERE id = ?", (remaining, id_))


def storable(text: str) -> str:
    """Replace the lone surrogates of a text, which SQLite cannot store."""
    return text.encode("utf-8", "replace").decode()


def time_of(stamp: float) -> datetime:
    """Return the time of a stored number of seconds, with its time zone."""
    return datetime.fromtimestamp(stamp, UTC)
