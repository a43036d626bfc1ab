"""The commands that look after quoth itself: its settings, and whether all is well. bot.main adds them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import Config, Index, Json, VerboseFiles, examples, flag, path_option
from bot.help import topics

commands = typer.Typer()


@commands.command(epilog=examples("quoth status", "quoth status --verbose", "quoth status --json"))
def status(
    verbose: VerboseFiles = False,
    as_json: Json = False,
    index: Index = None,
    config: Config = None,
) -> int:
    """Show what the index holds and how it was built, and check its files.

    The exit status is 2 if a file is damaged, missing or unreadable.
    """
    from bot.cli.status import StatusOptions, run
    from bot.settings import load

    return run(StatusOptions(as_json, verbose), load(config, {"index.path": index}))


@commands.command(
    epilog=examples(
        "quoth setup",
        "quoth setup --articles ~/articles --terminal --build",
        "quoth setup --articles ~/articles --discord --token-file ~/discord-token",
    )
)
def setup(
    articles: Annotated[Path | None, path_option("--articles", "PATH", "The folder of articles.")] = None,
    discord: Annotated[
        bool | None,
        typer.Option("--discord/--terminal", help="Whether you will ask in Discord.", show_default=False),
    ] = None,
    token_file: Annotated[
        Path | None,
        path_option(
            "--token-file", "FILE", "The file that holds the Discord bot's token; in a terminal, you are asked."
        ),
    ] = None,
    build: Annotated[
        bool | None, typer.Option("--build/--no-build", help="Whether to build the index then.", show_default=False)
    ] = None,
    replace: Annotated[bool, flag("--replace", "Replace a settings file that is there; a copy is kept.")] = False,
    config: Annotated[
        Path | None, path_option("--config", "FILE", "The settings file to write, another than the usual one.")
    ] = None,
) -> int:
    """Ask for the folder of articles and where you will ask, and write the settings file.

    In a checkout, that is quoth.toml in the folder where you stand; otherwise it is in your configuration folder. The
    bot's token goes into a file of its own, which only you can read. Without a terminal, the options are the answers.
    """
    from bot.cli.setup import SetupOptions, run

    return run(SetupOptions(articles, discord, token_file, config, replace, build))


@commands.command(epilog=examples("quoth doctor", "quoth doctor --online", "quoth doctor --json"))
def doctor(
    online: Annotated[
        bool, flag("--online", "Ask Discord too: whether it knows the token, and what the bot may do in each server.")
    ] = False,
    as_json: Json = False,
    index: Index = None,
    config: Config = None,
) -> int:
    """Check settings, articles, index, models, disk and the Discord bot's database and token, and say what to do.

    Nothing is changed, and the token is never shown. The exit status is 1 if something is a problem, otherwise 0.
    """
    from bot.cli.doctor import DoctorOptions, run
    from bot.settings import load

    return run(DoctorOptions(as_json, online), lambda: load(config, {"index.path": index}))


@commands.command(name="help", epilog=examples("quoth help", "quoth help articles", "quoth help settings | less"))
def help_(
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="TOPIC",
            help="What to read about; without it, the topics are listed.",
            show_default=False,
            autocompletion=topics.names,
        ),
    ] = None,
) -> int:
    """Read about a topic: articles, asking, Discord, evaluation and more."""
    from bot.cli.help import HelpOptions, run

    return run(HelpOptions(topic))
