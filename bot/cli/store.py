"""`quoth store`: copies of the Discord bot's database, written and put back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.chat_log.address import Place
from bot.chat_log.copying import copy_from_server, copy_into_server
from bot.chat_log.restoring import Restored, restore
from bot.chat_log.sqlite import back_up
from bot.formats.numbers import count
from bot.output_files import check_place, database_files
from bot.settings import Settings
from bot.streams import notice
from bot.terminal.index_view import megabytes


@dataclass(frozen=True, slots=True)
class BackupOptions:
    """Options of `quoth store backup`."""

    store: Place
    copy: Path
    """The file to write, or a folder for a file with a dated name."""


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """Options of `quoth store restore`."""

    store: Place
    backup: Path


def run(options: BackupOptions, settings: Settings) -> int:
    """Write a copy of the Discord bot's database, which may be in use; raises StoreUnusable or BackupImpossible."""
    copy, store = options.copy, options.store
    if copy.is_dir():
        name = store.name if isinstance(store, Path) else "chat.db"
        copy = copy / f"{Path(name).stem}-{datetime.now():%Y-%m-%d-%H%M%S}{Path(name).suffix}"
    check_place(copy, settings, *database_files(store))
    if isinstance(store, Path):
        back_up(store, copy)
    else:
        copy_from_server(store, copy)
    notice(f"The copy {copy} is whole: {megabytes(copy.stat().st_size)}.")
    return 0


def restore_backup(options: RestoreOptions) -> int:
    """Put a copy back in the place of the database, which nothing may be using; raises QuothError."""
    store, backup = options.store, options.backup
    if not isinstance(store, Path):
        notice(f"Copied {backup} into {store}: {count(copy_into_server(backup, store), 'answer')}.")
        return 0
    notice(_report(restore(backup, store, datetime.now()), backup, store))
    return 0


def _report(restored: Restored, backup: Path, store: Path) -> str:
    sentences = [f"Restored {store} from {backup}: {count(restored.answers, 'answer')}."]
    if restored.removed:
        what = "answer that was" if restored.removed == 1 else "answers that were"
        sentences.append(f"{restored.removed:,} {what} removed or reworded since stayed out.")
    elif restored.removed is None:
        sentences.append("What people have had removed since that copy was made may be in it again.")
    if restored.replaced is not None:
        sentences.append(
            f"The database before is kept as {restored.replaced}, with all that it knows of people: "
            "remove it once you do not need it."
        )
    return " ".join(sentences)
