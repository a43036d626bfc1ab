"""SQLite files: opened, upgraded, checked and copied."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from bot.chat_log.connection import Connection
from bot.chat_log.database import BUSY_AFTER, RowDamaged, StoreUnusable, check_version, upgrade
from bot.chat_log.names import files_of
from retrieval.errors import QuothError
from retrieval.platforms import give_name

T = TypeVar("T")

OF_OTHERS = 0o077
"""What a file's mode allows to others than its owner."""

_REMEDIES = {
    sqlite3.SQLITE_NOTADB: "is damaged or no database: move it away, and a new one is begun",
    sqlite3.SQLITE_CORRUPT: "is damaged: move it away, and a new one is begun",
    sqlite3.SQLITE_BUSY: "is locked by another process: end that, or name another file",
    sqlite3.SQLITE_LOCKED: "is locked by another process: end that, or name another file",
    sqlite3.SQLITE_READONLY: "cannot be written: make it and its folder writable, or name another file",
    sqlite3.SQLITE_PERM: "cannot be written: make it and its folder writable, or name another file",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: make it and its folder readable and writable, or name another file",
    sqlite3.SQLITE_FULL: "cannot be written, the disk is full: free some space",
    sqlite3.SQLITE_IOERR: "cannot be read or written: check the disk it lies on",
}


class BackupImpossible(QuothError):
    """A copy of the database cannot be written where it was asked for."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"The copy {path} cannot be written ({reason}): name another file, or free some space.")


class SqliteBackend:
    """A connection to an SQLite file."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._connection = path, connection

    @classmethod
    def open(cls, path: Path, tables: Sequence[str], application: int, *, create: bool = True) -> SqliteBackend:
        """Open the file, creating or upgrading it as needed; raises StoreUnusable.

        `tables` holds the SQL that leads from each version of the tables to the next, the first from an empty file.
        """
        if not create and not path.is_file():
            raise StoreUnusable(path, "is not there: the bot makes it when it first runs")
        return cls(path, open_database(path, tables, application))

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do the work; raises StoreUnusable."""
        return _in_words(self._path, lambda: work(self._connection))

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do the work in one transaction; raises StoreUnusable."""
        return _in_words(self._path, lambda: transaction(self._connection, work))

    def overwrite(self) -> None:
        """Clear removed rows, which are overwritten in the file, from the write-ahead log beside it."""
        self.read(lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def open_database(path: Path, tables: Sequence[str], application: int) -> sqlite3.Connection:
    """Return a connection to the file, created or upgraded as needed; raises StoreUnusable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(path, f"cannot be made ({error.strerror}): name another file") from error
    connection: sqlite3.Connection | None = None
    try:
        with suppress(OSError):  # it is there; what else keeps it from being made, SQLite says
            create_private(path)
        connection = _in_words(path, lambda: sqlite3.connect(path, timeout=BUSY_AFTER, isolation_level=None))
        ready = connection
        _in_words(path, lambda: _prepare(path, ready, tables, application))
    except BaseException:
        if connection is not None:
            connection.close()
        raise
    return connection


def last_number(connection: sqlite3.Connection, table: str) -> int:
    """Return the highest number that a table has ever given a row."""
    sql = "SELECT max(seq) FROM sqlite_sequence WHERE name = ?"
    return connection.execute(sql, (table,)).fetchone()[0] or 0


def close_to_others(path: Path) -> None:
    """Let nobody but its owner read or write a database, nor what SQLite keeps beside it."""
    for file in files_of(path):
        with suppress(OSError):  # it is not there, another user's, or on a disk that knows no modes
            mode = stat.S_IMODE(file.stat().st_mode)
            if mode & OF_OTHERS:
                file.chmod(mode & ~OF_OTHERS)


def _prepare(path: Path, connection: sqlite3.Connection, tables: Sequence[str], application: int) -> None:
    """Check that the file is ours, whole and not newer than this code; make or upgrade the tables."""
    refuse_foreign(path, connection, tables, application)
    close_to_others(path)
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise StoreUnusable(path, _REMEDIES[sqlite3.SQLITE_CORRUPT])
    connection.text_factory = _text
    connection.create_function("now_seconds", 0, time.time)
    # A killed process loses nothing that was committed, a power cut at most the last moments; neither damages the file.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten, too
    # An empty transaction: a file that cannot be written is told now and not at the first answer.
    transaction(connection, lambda writing: _upgrade(writing, tables, application))


def refuse_foreign(path: Path, connection: sqlite3.Connection, tables: Sequence[str], application: int) -> None:
    """Raise StoreUnusable where the file is not ours, or of a newer quoth."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (count,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if owner != application and (owner or version or count):
        raise StoreUnusable(path, "is a database of another program: name another file")
    check_version(path, version, tables)


def _upgrade(connection: sqlite3.Connection, tables: Sequence[str], application: int) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    upgrade(connection, version, tables)
    connection.execute(f"PRAGMA application_id = {application}")
    connection.execute(f"PRAGMA user_version = {len(tables)}")


def _text(stored: bytes) -> str | bytes:
    """Return the text, or its bytes where it is damaged: raised here, the error would keep all other rows back, too."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


def transaction(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    """Do the work in one transaction: all of it is kept, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        outcome = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcome


def _in_words(path: Path, work: Callable[[], T]) -> T:
    """Do the work; SQLite's faults become StoreUnusable."""
    try:
        return work()
    except RowDamaged as error:
        raise StoreUnusable(path, str(error)) from error
    except sqlite3.DatabaseError as error:
        # The low byte is the kind, the rest tells it apart further.
        reason = _REMEDIES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if reason is None:
            raise
        raise StoreUnusable(path, reason) from error


def check_owner(path: Path, tables: Sequence[str], application: int) -> None:
    """Raise StoreUnusable where the file is not ours, or of a newer quoth; it is read and never written."""
    with closing(reading(path)) as connection:
        _in_words(path, lambda: refuse_foreign(path, connection, tables, application))


def faults(path: Path) -> str | None:
    """Return what SQLite finds wrong with every page and index of a database file; None where all is whole.

    The file is read and never written, and may be in use.
    """
    try:
        with closing(reading(path)) as connection:
            lines = [str(line) for (line,) in connection.execute("PRAGMA integrity_check(3)")]
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if lines == ["ok"] else "; ".join(" ".join(line.split()) for line in lines)


def reading(path: Path, patience: float = BUSY_AFTER) -> sqlite3.Connection:
    """Return a connection that only reads, and waits `patience` seconds for whoever writes; raises sqlite3.Error."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=patience)


def back_up(path: Path, copy: Path) -> None:
    """Write a copy of a database that may be in use: as of one moment, whole or not at all, without what was removed.

    Raises StoreUnusable, or BackupImpossible where the copy cannot be written or is there already.
    """
    if not path.is_file():
        raise StoreUnusable(path, "is not there: the bot makes it when it first runs")
    with new_copy(copy) as draft:
        write_copy(path, draft)


@contextmanager
def new_copy(copy: Path) -> Iterator[Path]:
    """Give the file to write a copy into, which gets its name once it is whole, and goes where it is not.

    Raises BackupImpossible where it cannot be written or is there already.
    """
    draft = copy.with_name(f".{copy.name}.{os.getpid()}")
    try:
        if copy.exists():
            raise BackupImpossible(copy, "it is there already")
        yield draft
        give_name(draft, copy)
    except OSError as error:
        raise BackupImpossible(copy, error.strerror or str(error)) from error
    except sqlite3.DatabaseError as error:
        raise BackupImpossible(copy, str(error)) from error
    finally:
        for file in files_of(draft):
            file.unlink(missing_ok=True)


def write_copy(path: Path, copy: Path) -> None:
    """Write a copy of a database, which nobody else may read, into a file that is not there yet.

    Raises OSError, StoreUnusable, sqlite3.DatabaseError.
    """
    create_private(copy)
    with closing(reading(path)) as connection:
        _in_words(path, lambda: connection.execute("VACUUM INTO ?", (str(copy),)))


def create_private(file: Path) -> None:
    """Create an empty file that nobody else may read; raises OSError, also where it is there already."""
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
