"""The store's tables, and its records as their rows."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.chat_log.database import RowDamaged
from bot.chat_log.records import Gap, Mark, PostedAnswer
from retrieval.records import Filter, Turn

T = TypeVar("T")

log = logging.getLogger(__name__)

APPLICATION = 0x71756F74  # "quot"
IDENTITY = "database"
"""The name in the table of state under which a database has what no other has, but for its copies."""
TABLES = (
    """
    CREATE TABLE answers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        collection TEXT NOT NULL, question TEXT NOT NULL, history TEXT NOT NULL, asker INTEGER,
        guild INTEGER, channel INTEGER NOT NULL, message INTEGER, question_message INTEGER,
        fingerprint TEXT NOT NULL, refs TEXT NOT NULL, answered BOOLEAN NOT NULL, posted_at REAL NOT NULL,
        marks TEXT NOT NULL DEFAULT '[]', reachable BOOLEAN NOT NULL DEFAULT TRUE
    );
    CREATE UNIQUE INDEX answers_by_message ON answers (message);
    CREATE INDEX answers_by_question ON answers (question_message);
    CREATE INDEX answers_by_asker ON answers (asker);
    CREATE INDEX answers_by_time ON answers (posted_at);
    CREATE TABLE votes (
        answer INTEGER NOT NULL REFERENCES answers ON DELETE CASCADE, "user" INTEGER NOT NULL, useful BOOLEAN NOT NULL,
        PRIMARY KEY (answer, "user")
    ) WITHOUT ROWID;
    CREATE INDEX votes_by_user ON votes ("user");
    CREATE TABLE gaps (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL, question TEXT NOT NULL, collection TEXT NOT NULL,
        guild INTEGER, asker INTEGER, asked_at REAL NOT NULL
    );
    CREATE INDEX gaps_by_guild ON gaps (guild, collection, key);
    CREATE INDEX gaps_by_asker ON gaps (asker)
    """,
    # Of what was kept before, nobody knows who was to read it.
    """
    ALTER TABLE answers ADD COLUMN private BOOLEAN NOT NULL DEFAULT TRUE;
    ALTER TABLE answers ADD COLUMN parent INTEGER;
    ALTER TABLE gaps ADD COLUMN private BOOLEAN NOT NULL DEFAULT TRUE;
    ALTER TABLE gaps ADD COLUMN answer INTEGER REFERENCES answers ON DELETE CASCADE;
    CREATE INDEX gaps_by_answer ON gaps (answer)
    """,
    """
    ALTER TABLE answers ADD COLUMN is_closed BOOLEAN NOT NULL DEFAULT FALSE
    """,
    # Whether the message may still print earlier questions that were forgotten since.
    """
    ALTER TABLE answers ADD COLUMN is_stale BOOLEAN NOT NULL DEFAULT FALSE;
    CREATE INDEX answers_stale ON answers (id) WHERE is_stale
    """,
    """
    CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID
    """,
    # Questions from the moment they are seen until they are answered.
    """
    CREATE TABLE inbox (
        id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, guild INTEGER, "user" INTEGER NOT NULL, command TEXT
    );
    CREATE INDEX inbox_by_user ON inbox ("user")
    """,
    """
    CREATE TABLE notices (
        question_message INTEGER PRIMARY KEY, channel INTEGER NOT NULL, guild INTEGER, message INTEGER NOT NULL,
        at REAL NOT NULL
    )
    """,
    """
    CREATE TABLE server_settings (
        guild INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (guild, name)
    ) WITHOUT ROWID;
    CREATE TABLE setting_changes (
        id INTEGER PRIMARY KEY, guild INTEGER NOT NULL, name TEXT NOT NULL, before TEXT, after TEXT, "user" INTEGER,
        at REAL NOT NULL
    );
    CREATE INDEX setting_changes_by_guild ON setting_changes (guild)
    """,
    # A question is settled where moderators have dismissed it, or pointed at the passage that answers it.
    """
    ALTER TABLE gaps ADD COLUMN settled BOOLEAN NOT NULL DEFAULT FALSE;
    ALTER TABLE gaps ADD COLUMN passage TEXT;
    CREATE TABLE digests (
        channel INTEGER PRIMARY KEY, guild INTEGER NOT NULL, due REAL NOT NULL, message INTEGER, week_end REAL,
        content TEXT
    )
    """,
    # The filter that a question was asked under, as JSON.
    """
    ALTER TABLE answers ADD COLUMN within TEXT
    """,
    # What tells that a backup is of this database, even where no answer is in both.
    f"""
    INSERT INTO state (name, value) VALUES ('{IDENTITY}', lower(hex(randomblob(16)))) ON CONFLICT DO NOTHING
    """,
    # Which process works on what. A question that is done with is known for a while, and nothing of it but its id.
    """
    CREATE TABLE processes (name TEXT PRIMARY KEY, alive_until REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE claims (task TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
    ALTER TABLE inbox ADD COLUMN owner TEXT;
    ALTER TABLE inbox ADD COLUMN done_at REAL
    """,
)
"""The SQL from each version to the next, as SQLite reads it; see `postgres.dialect`."""
NO_LIMIT = 2**62
"""More rows than there are."""

FIELDS = (
    "collection", "question", "history", "asker", "guild", "channel", "message", "question_message", "fingerprint",
    "refs", "answered", "posted_at", "private", "parent", "is_closed", "within",
)  # fmt: skip
COLUMNS = ", ".join(("id", *FIELDS, "marks"))


def key_of(question: str) -> str:
    """Return the key by which questions count as one, whatever their letter case and white space."""
    return " ".join(storable(question).casefold().split())


def row_of(answer: PostedAnswer) -> tuple[object, ...]:
    """Return the values of FIELDS."""
    return (
        answer.collection,
        storable(answer.question),
        turns_json(answer.history),
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
        json.dumps(answer.within.criteria) if answer.within else None,
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
    """Return the gap of a row of question, collection, count, time, id and passage; raises RowDamaged."""
    question, collection, count, last, id_, passage = row
    try:
        settled_by = None if passage is None else _words(passage)
        return Gap(_words(question), _words(collection), count, time_of(last), settled_by, id_)
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise RowDamaged("gaps", id_) from error


def _posted(row: tuple[Any, ...]) -> PostedAnswer:
    fields = dict(zip(FIELDS, row[1:-1], strict=True))
    for name in ("collection", "question", "fingerprint"):
        _words(fields[name])
    for name in ("guild", "channel", "asker", "message", "question_message", "parent"):
        _id(fields[name])
    fields["history"] = history_of(fields["history"])
    fields["refs"] = tuple(map(_words, json.loads(fields["refs"])))
    fields |= {name: bool(fields[name]) for name in ("answered", "private", "is_closed")}
    fields["within"] = None if fields["within"] is None else filter_from(json.loads(fields["within"]))
    fields["posted_at"] = time_of(fields["posted_at"])
    return PostedAnswer(id=row[0], **fields, marks=tuple(_mark(*mark) for mark in json.loads(row[-1])))


def history_of(stored: str) -> tuple[Turn, ...]:
    """Return the turns of a stored history; raises what damage makes it raise."""
    return tuple(Turn(_words(question), tuple(map(_words, quotes))) for question, quotes in json.loads(stored))


def filter_from(stored: Mapping[str, object]) -> Filter:
    """Return a stored filter; raises what damage makes it raise."""
    return Filter(**{name: _words(value) for name, value in stored.items()})


def _mark(ref: object, state: object, on: object, now: object) -> Mark:
    if state not in ("moved", "changed", "withdrawn"):
        raise ValueError(f"{state!r} is no state")
    return Mark(_words(ref), state, _words(on), None if now is None else _words(now))


def stored_key(stored: object) -> str:
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


def turns_json(turns: Sequence[Turn]) -> str:
    """Return a history as it is stored."""
    return json.dumps([[turn.question, turn.quotes] for turn in turns])


def storable(text: str) -> str:
    """Replace what a database cannot store: lone surrogates, and PostgreSQL no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def time_of(stamp: float) -> datetime:
    """Return the time of a stored number of seconds, with its time zone."""
    return datetime.fromtimestamp(stamp, UTC)
