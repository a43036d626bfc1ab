"""The commands that keep what users have over years. bot.main adds them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.cli.options import Config, Index, database_option, examples, flag

commands = typer.Typer()

DryRun = Annotated[bool, flag("--dry-run", "Show what would be done, and do nothing.")]
Yes = Annotated[bool, flag("--yes", "Do not ask: for scripts.")]


@commands.command(epilog=examples("quoth gc --dry-run", "quoth gc", "quoth gc --caches --yes"))
def gc(
    dry_run: DryRun = False,
    yes: Yes = False,
    caches: Annotated[
        bool, flag("--caches", "Remove exported models and indexes of evaluations as well, which are made again.")
    ] = False,
    index: Index = None,
    config: Config = None,
) -> int:
    """Show what quoth has left on disk and what keeps it, and remove what nothing needs.

    What can go: former generations of the index beyond `keep` and `keep_days`, what killed builds and exports left,
    exported models of earlier versions, databases of the bot that were replaced more than `retention_days` ago, and old
    pages. Nothing goes that a process reads, or that quoth did not write. The exit status is 2 if something could not
    be removed.
    """
    from bot.cli.gc import CollectOptions, run
    from bot.settings import load

    return run(CollectOptions(dry_run, yes, caches), load(config, {"index.path": index}))


@commands.command(epilog=examples("quoth migrate --dry-run", "quoth migrate"))
def migrate(
    dry_run: DryRun = False,
    index: Index = None,
    config: Config = None,
) -> int:
    """Bring the settings file, the bot's database and the index of an earlier quoth to this one.

    Everything is backed up first: copies of the settings file and of the database are kept beside them, and an index
    stays as a former generation while it is built again from its articles. The exit status is 2 if something has to be
    done by hand.
    """
    from bot.cli.migrate import MigrateOptions, run

    return run(MigrateOptions(dry_run, config, index))


@commands.command(
    epilog=examples(
        "quoth replay https://discord.com/channels/1234/5678/9012",
        "quoth replay 'albania-letter@3161f458d70e#961-1019'",
    )
)
def replay(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT", help="A permalink, the link of a message in Discord that asks or answers, or its id."
        ),
    ],
    store: Annotated[Any, database_option("The Discord bot's database.")] = None,
    index: Index = None,
    config: Config = None,
) -> int:
    """Explain an answer that the Discord bot gave, or say where the words of a citation stand now.

    Of an answer, it shows the question, its quotes as they were, and whether index, models and settings are the same
    now. Then it asks again, and says what differs and why. What was deleted stays deleted. The exit status is 0 if the
    answer is the same, or the words still stand, otherwise 1.
    """
    from bot.cli.replay import ReplayOptions, run
    from bot.settings import load

    return run(ReplayOptions(what, store, index is not None), load(config, {"index.path": index}))
