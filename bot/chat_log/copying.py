"""All rows of a database copied into another: from SQLite into PostgreSQL, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.chat_log.address import ServerAddress
from bot.chat_log.connection import Connection
from bot.chat_log.database import StoreUnusable
from bot.chat_log.postgres import PostgresBackend, data_error
from bot.chat_log.restoring import BackupUnusable, check_backup
from bot.chat_log.sqlite import create_private, last_number, new_copy, open_database, transaction, write_copy
from bot.chat_log.tables import APPLICATION, TABLES

COPIED = (
    "state", "answers", "votes", "gaps", "inbox", "notices", "server_settings", "setting_changes", "digests"
)  # fmt: skip
"""The tables that are copied, each behind those that it refers to; all but the first are to be empty before."""
NUMBERED = ("answers", "gaps", "setting_changes")
"""Those whose rows the database gives their numbers."""

Adapt = Callable[[Any], Any]


def copy_into_server(backup: Path, address: ServerAddress) -> int:
    """Copy an SQLite database, which may be in use, into an empty one on a server, all or nothing; return its answers.

    Raises BackupUnusable and StoreUnusable.
    """
    check_backup(backup)
    with TemporaryDirectory() as folder:
        draft = Path(folder, "copy.db")
        write_copy(backup, draft)
        with closing(open_database(draft, TABLES, APPLICATION)) as source:
            backend = PostgresBackend.open(address, TABLES, APPLICATION)
            last = last_number(source, "answers")

            def work(target: Connection) -> int:
                _check_empty(target, address)
                copied = _copy(source, target, _as_text)
                for table in NUMBERED:
                    numbers = f"SELECT coalesce(max(id), 0) FROM {table}"
                    highest = max(target.execute(numbers).fetchone()[0], last if table == "answers" else 0)
                    if highest:
                        target.execute("SELECT setval(pg_get_serial_sequence(?, 'id'), ?)", (table, highest))
                return copied

            try:
                return backend.write(work)
            except data_error() as error:
                fault = " ".join(str(error).split())
                raise BackupUnusable(backup, f"holds what no row may ({fault}): delete that row first") from error
            finally:
                backend.close()


def copy_from_server(address: ServerAddress, copy: Path) -> None:
    """Write a database on a server, which may be in use, as of one moment into a new SQLite file, whole or not at all.

    Raises StoreUnusable, and BackupImpossible where the copy cannot be written or is there already.
    """
    with closing(PostgresBackend.open(address, TABLES, APPLICATION, create=False)) as backend, new_copy(copy) as draft:
        create_private(draft)
        with closing(open_database(draft, TABLES, APPLICATION)) as target:
            backend.snapshot(lambda source: transaction(target, lambda writing: _copy(source, writing, _as_it_is)))
            last = backend.read(lambda source: source.execute(_LAST).fetchone()[0])
            target.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'answers'", (last or 0,))
            target.execute("PRAGMA journal_mode = DELETE")


_LAST = "SELECT last_value FROM pg_sequences WHERE sequencename = 'answers_id_seq' AND schemaname = current_schema()"


def _copy(source: Connection, target: Connection, adapt: Adapt) -> int:
    """Copy all rows; return how many answers there are. Both have the columns in the order of the migrations."""
    counts = {}
    for table in COPIED:
        target.execute(f"DELETE FROM {table}")
        counts[table] = _insert(target, table, source.execute(f"SELECT * FROM {table}"), adapt)
    return counts["answers"]


def _insert(target: Connection, table: str, rows: Iterable[tuple[Any, ...]], adapt: Adapt) -> int:
    count = 0
    for row in rows:
        holes = ", ".join("?" * len(row))
        target.execute(f"INSERT INTO {table} VALUES ({holes})", tuple(map(adapt, row)))
        count += 1
    return count


def _check_empty(target: Connection, address: ServerAddress) -> None:
    for table in COPIED[1:]:
        if target.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]:
            raise StoreUnusable(address, "holds something already: name an empty one")


def _as_it_is(value: Any) -> Any:
    return value


def _as_text(value: Any) -> str | None:
    """Return a value as text without a type, which the server reads as what its column holds.

    Damaged text is copied as far as it can be read.
    """
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)
