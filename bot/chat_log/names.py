"""Names of the files of the bot's database: those that SQLite keeps beside it, and those that were replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from glob import escape
from pathlib import Path

from retrieval.paths import resolved

BESIDE = ("-wal", "-shm", "-journal")
"""Endings of what SQLite keeps beside a database."""
_REPLACED = "-replaced-"
_DATE = "%Y-%m-%d-%H%M%S"
_DATED = re.compile(r"\d{4}-\d\d-\d\d-\d{6}")


def files_of(database: Path) -> list[Path]:
    """Return the files that SQLite keeps a database in, whether or not they are there."""
    return [database.with_name(database.name + ending) for ending in ("", *BESIDE)]


def replaced_name(store: Path, now: datetime) -> Path:
    """Return the dated name under which a database is kept that another takes the place of: where it really lies."""
    store = resolved(store)
    return store.with_name(f"{store.stem}{_REPLACED}{now.strftime(_DATE)}{store.suffix}")


def replaced(store: Path) -> Iterator[tuple[Path, datetime]]:
    """Yield the files that have such a name, and the moments that they name."""
    store = resolved(store)
    begins, ends = f"{store.stem}{_REPLACED}", store.suffix
    for path in sorted(store.parent.glob(f"{escape(begins)}*{escape(ends)}")):
        date = path.name[len(begins) : len(path.name) - len(ends)]
        try:
            if _DATED.fullmatch(date):
                yield path, datetime.strptime(date, _DATE)
        except ValueError:  # as of a month 13
            continue
