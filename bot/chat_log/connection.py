"""What a database's driver has to offer: SQL that SQLite and PostgreSQL both read, with `?` for each value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol


class Cursor(Protocol):
    """The outcome of a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows it has changed."""

    def fetchone(self) -> Any:
        """Return the next row, None after the last."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """A connection to a database, whichever it is."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Cursor:
        """Do one statement."""
