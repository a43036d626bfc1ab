"""`quoth store backup`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.chat_log.database import back_up
from bot.output_files import check_place, database_files
from bot.settings import Settings
from bot.streams import notice
from bot.terminal.index_view import megabytes


@dataclass(frozen=True, slots=True)
class BackupOptions:
    """Options of `quoth store backup`."""

    store: Path
    copy: Path


def run(options: BackupOptions, settings: Settings) -> int:
    """Write a copy of the Discord bot's database, which may be in use; raises StoreUnusable or BackupImpossible."""
    check_place(options.copy, settings, *database_files(options.store))
    back_up(options.store, options.copy)
    notice(f"The copy {options.copy} is whole: {megabytes(options.copy.stat().st_size)}.")
    return 0
