"""The commands about what the Discord bot keeps: votes to learn from, and its database. bot.main adds them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import ChatDatabase, Config, Index, a_path, examples, path_option

feedback = typer.Typer(help="Learn from votes on the Discord bot's answers.", no_args_is_help=True)


@feedback.command(epilog=examples("quoth feedback export > candidates.jsonl", "quoth feedback export --out new.jsonl"))
def export(
    store: ChatDatabase = None,
    out: Annotated[
        Path,
        path_option("--out", "FILE", "The file to write, which must be new; without it, or with -, standard output."),
    ] = Path("-"),
    index: Index = None,
    config: Config = None,
) -> int:
    """Export candidate questions for a gold set: those voted on or not answered.

    Each is a line of a gold set, one JSON object, for a person to complete: "answer" is left empty, and a question
    whose answer was not useful has no gold yet.
    """
    from bot.cli.feedback import ExportOptions, run
    from bot.settings import load

    settings = load(config, {"index.path": index})
    return run(ExportOptions(store or settings.chat_database(), out), settings)


store_commands = typer.Typer(help="Look after what the Discord bot remembers.", no_args_is_help=True)


@store_commands.command(epilog=examples("quoth store backup ~/chat-backup.db", "quoth store backup ~/backups"))
def backup(
    copy: Annotated[
        Path,
        typer.Argument(
            parser=a_path, metavar="FILE", help="The file to write, or a folder for a dated one; none is overwritten."
        ),
    ],
    store: ChatDatabase = None,
    config: Config = None,
) -> int:
    """Write a copy of the Discord bot's database, as of one moment, while the bot runs.

    `quoth store restore` puts it back. The copy is an SQLite file, also of a PostgreSQL database; of a large one,
    `pg_dump` makes a smaller copy sooner.
    """
    from bot.cli.store import BackupOptions, run
    from bot.settings import load

    settings = load(config)
    return run(BackupOptions(store or settings.chat_database(), copy), settings)


@store_commands.command(
    epilog=examples(
        "quoth store restore ~/chat-backup.db",
        "quoth store restore chat.db --store postgresql://quoth@db.example/quoth",
    )
)
def restore(
    copy: Annotated[
        Path, typer.Argument(parser=a_path, metavar="FILE", help="A copy that `quoth store backup` wrote.")
    ],
    store: ChatDatabase = None,
    config: Config = None,
) -> int:
    """Put a copy of the Discord bot's database back, while the bot is stopped.

    The copy is checked first, and brought to the form of this quoth. The database that it replaces is kept beside it
    under a dated name. Questions that were deleted or forgotten since the copy was made stay so, as far as that
    database still tells.

    Into an empty PostgreSQL database that --store or the settings name, all rows are copied: also those of the file
    that the bot has used so far.
    """
    from bot.cli.store import RestoreOptions, restore_backup
    from bot.settings import load

    return restore_backup(RestoreOptions(store or load(config).chat_database(), copy))
