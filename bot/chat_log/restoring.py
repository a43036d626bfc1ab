"""A copy of the bot's database put back in its place. What was removed since the copy was made stays removed."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.chat_log.database import RowDamaged, StoreUnusable
from bot.chat_log.names import BESIDE, files_of, replaced_name
from bot.chat_log.sqlite import (
    BackupImpossible,
    close_to_others,
    faults,
    last_number,
    open_database,
    reading,
    refuse_foreign,
    write_copy,
)
from bot.chat_log.tables import APPLICATION, IDENTITY, TABLES
from bot.chat_log.writes import blank, erase, forget
from retrieval.errors import QuothError
from retrieval.files import sync
from retrieval.paths import resolved
from retrieval.platforms import REPLACES_OPEN_FILES, give_name

PATIENCE = 1.0  # seconds to wait for whoever is writing at this moment
_IN_USE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_USERS = {"answers": "asker", "votes": "user", "gaps": "asker", "inbox": "user", "setting_changes": "user"}
"""The column that names a user, by its table."""


class BackupUnusable(QuothError):
    """A file that is no whole copy of the database, or none that this quoth knows."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"The backup {path} {reason}.")


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a database that was restored."""

    answers: int
    """Those that it holds now."""
    replaced: Path | None
    """Where the database before lies now; None where there was none."""
    removed: int | None
    """Answers of the backup that were removed or forgotten since, and stay so; None where that cannot be known."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What tells whether an answer is the same in two databases, and what is still known of it."""

    channel: int
    message: int | None
    posted_at: float
    question: str
    asker: int | None

    def is_same(self, other: _Answer) -> bool:
        """Return whether both are records of one answer; its number alone may be that of another database's."""
        same_message = self.message is not None and self.message == other.message
        return self.channel == other.channel and (same_message or self.posted_at == other.posted_at)


def check_unused(store: Path) -> None:
    """Raise StoreUnusable where another process uses the database, or it is another program's."""
    with _alone(store):
        pass


def version_of(store: Path) -> int:
    """Return the version of a database's tables; raises StoreUnusable where it is damaged or no database."""
    try:
        with closing(reading(store, PATIENCE)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError as error:
        raise StoreUnusable(store, f"cannot be read ({error}): restore a backup of it") from error


def check_backup(backup: Path) -> None:
    """Raise BackupUnusable for a file that is no whole copy, or of a newer quoth."""
    another = "name a file that `quoth store backup` wrote"
    if backup.is_dir():
        raise BackupUnusable(backup, f"is a folder: {another}")
    if not backup.is_file():
        raise BackupUnusable(backup, f"is not there: {another}")
    if fault := faults(backup):
        raise BackupUnusable(backup, f"is damaged or no database ({fault}): {another}")
    with closing(reading(backup, PATIENCE)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (owner,) = connection.execute("PRAGMA application_id").fetchone()
    if owner != APPLICATION:
        raise BackupUnusable(backup, f"is no database of quoth's bot: {another}")
    if version > len(TABLES):
        known = f"version {version}, this one knows {len(TABLES)}"
        raise BackupUnusable(backup, f"is of a newer quoth ({known}): update quoth, then restore it")


def restore(backup: Path, store: Path, now: datetime) -> Restored:
    """Put a backup in the place of the database in one step, and keep the one before beside it under a dated name.

    Raises BackupUnusable, BackupImpossible where nothing can be written there, and StoreUnusable where another process
    uses the database.
    """
    check_backup(backup)
    if store.exists() and store.samefile(backup):
        raise BackupUnusable(backup, "is the database itself: name a copy of it")
    store = resolved(store)  # a link stays one, and what it leads to is what has to go
    aside = replaced_name(store, now)
    draft = store.with_name(f".{store.name}.{os.getpid()}")
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        write_copy(backup, draft)
        with _alone(store) as before, closing(open_database(draft, TABLES, APPLICATION)) as copy:
            _remove_drafts(store, but=draft)
            removed = _remove_again(copy, before) if before else None
            (answers,) = copy.execute("SELECT count(*) FROM answers").fetchone()
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, so that one step puts it in place
            copy.close()
            if before and not REPLACES_OPEN_FILES:
                before.close()
            replaced = _keep(store, aside)
            draft.replace(store)
            sync(store.parent)
    except OSError as error:
        raise BackupImpossible(store, error.strerror or str(error)) from error
    finally:
        for file in files_of(draft):
            file.unlink(missing_ok=True)
    return Restored(answers, replaced, removed)


def _remove_drafts(store: Path, but: Path) -> None:
    """Remove what killed restorations left beside a database that nobody uses: it may hold what was removed since."""
    left = re.compile(rf"\.{re.escape(store.name)}\.\d+(?:{'|'.join(BESIDE)})?")
    for file in store.parent.iterdir():
        if left.fullmatch(file.name) and not file.name.startswith(but.name):
            file.unlink(missing_ok=True)


@contextmanager
def _alone(store: Path) -> Iterator[sqlite3.Connection | None]:
    """Keep all others from a database, and give a connection to it; None where it is not there, or damaged.

    Raises StoreUnusable where another process has it open, where it is another program's, or of a newer quoth, which
    alone knows what was removed from it.
    """
    if not store.exists():
        yield None
        return
    uri = f"{store.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)) as connection:
        try:
            connection.text_factory = lambda raw: raw.decode(errors="replace")
            refuse_foreign(store, connection, TABLES, APPLICATION)
            (count,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            # Only who is alone may end the write-ahead log: an open connection that does nothing keeps it.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in _IN_USE:
                raise StoreUnusable(store, "is in use: stop the bot first, then restore it") from error
            if code not in _DAMAGED:
                raise StoreUnusable(
                    store, f"cannot be replaced ({error}): check its permissions and its disk"
                ) from error
            yield None
            return
        yield connection if count else None


def _keep(store: Path, aside: Path) -> Path | None:
    """Give the database its dated name as well, and what lies beside it that alone; return the name, None without one.

    At each instant there is a database in its place.
    """
    exists = store.exists()
    if exists:
        give_name(store, aside)
    for ending in BESIDE:  # a new database must not find it
        rest = store.with_name(store.name + ending)
        if rest.exists():
            rest.replace(aside.with_name(aside.name + ending))
    close_to_others(aside)
    return aside if exists else None


def _remove_again(copy: sqlite3.Connection, now: sqlite3.Connection) -> int | None:
    """Remove from a copy what is no longer in the database that it replaces; return how many answers that concerns.

    None, and nothing is removed, where nothing shows that both are of one database.
    """
    then, current = _answers(copy), _answers(now)
    if not then and not _users(copy):
        return 0
    is_same = any(number in current and answer.is_same(current[number]) for number, answer in then.items())
    if not is_same and _identity(copy) != _identity(now):
        return None
    last = last_number(now, "answers")
    gone = [number for number in then if number <= last and number not in current]
    reworded = [number for number in then.keys() & current if current[number].question != then[number].question]
    unnamed = [number for number in then.keys() & current if current[number].asker is None]
    copy.execute("BEGIN IMMEDIATE")
    for user in _users(copy) - _users(now):
        forget(copy, user)
    for number in reworded:
        try:
            blank(copy, number)
        except RowDamaged:
            gone.append(number)
    copy.executemany("UPDATE answers SET asker = NULL WHERE id = ?", [(number,) for number in unnamed])
    copy.execute("CREATE TEMP TABLE gone (id INTEGER PRIMARY KEY)")
    copy.executemany("INSERT INTO gone VALUES (?)", [(number,) for number in gone])
    erase(copy, "id IN (SELECT id FROM gone)")
    copy.execute("COMMIT")
    return len({*gone, *reworded})


def _identity(connection: sqlite3.Connection) -> str | None:
    """Return what tells a database from all but its copies; None for one of an earlier version."""
    if "state" not in _tables(connection):
        return None
    row = connection.execute("SELECT value FROM state WHERE name = ?", (IDENTITY,)).fetchone()
    return row[0] if row else None


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def _users(connection: sqlite3.Connection) -> set[int]:
    """Return everyone whom a database names; one of an earlier version has fewer tables."""
    there = _tables(connection)
    parts = [
        f"SELECT {column} FROM {table} WHERE {column} NOTNULL" for table, column in _USERS.items() if table in there
    ]
    return {user for (user,) in connection.execute(" UNION ".join(parts))}


def _answers(connection: sqlite3.Connection) -> dict[int, _Answer]:
    rows = connection.execute("SELECT id, channel, message, posted_at, question, asker FROM answers")
    return {number: _Answer(*fields) for number, *fields in rows}
