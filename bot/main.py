"""The command line: arguments are read here, the work is done in bot.cli.

Modules that are slow to import are imported inside the commands, so that each starts fast.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.chat_log_commands import feedback, store_commands
from bot.cli.citation_commands import commands as citation_commands
from bot.cli.command_group import CommandGroup
from bot.cli.completion_options import InstallCompletion, ShowCompletion
from bot.cli.evaluation_commands import commands as evaluation_commands
from bot.cli.keeping_commands import commands as keeping_commands
from bot.cli.options import (
    Below,
    Config,
    Index,
    Json,
    LogJson,
    LogLevel,
    Publisher,
    Quiet,
    QuietWork,
    Ray,
    Since,
    Tag,
    Tongue,
    Top,
    Until,
    Verbose,
    VerboseFiles,
    a_path,
    examples,
    filter_named,
    flag,
    log_format,
    path_option,
    with_variable,
)
from bot.cli.server_commands import commands as server_commands
from bot.cli.upkeep_commands import commands as upkeep_commands
from bot.start import main
from bot.version import NOT_INSTALLED, installed_version

__all__ = ["app", "main"]


app = typer.Typer(
    name="quoth",
    cls=CommandGroup,
    help="Answers questions about a folder of articles in the articles' own words: verbatim quotes, each with a "
    "citation that anyone can check. If the articles do not answer a question, quoth says so.",
    epilog=examples("quoth index ~/articles", 'quoth ask "Who signed the letter?"', "quoth chat"),
    rich_markup_mode="markdown",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(requested: bool) -> None:
    if requested:
        version = installed_version()
        typer.echo(f"quoth {version}" if version else f"quoth, run from {NOT_INSTALLED}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, metavar="", help="Show the version and exit."),
    ] = False,
    install_completion: InstallCompletion = None,
    show_completion: ShowCompletion = None,
    log_level: LogLevel = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Options of quoth itself; its help text is the app's. CommandGroup gives those about logs to every command."""


@app.command(
    epilog=examples(
        "quoth index",
        "quoth index ~/articles --index ~/articles.index",
        "quoth index ~/articles --watch",
        "quoth index ~/articles --ray auto",
    )
)
def index(
    corpus: Annotated[
        Path | None,
        typer.Argument(
            parser=a_path,
            metavar="CORPUS",
            help=with_variable("The folder of articles, or a single file.", "QUOTH_CORPUS_PATH"),
            show_default=False,
        ),
    ] = None,
    index: Index = None,
    rebuild: Annotated[bool, flag("--rebuild", "Encode everything again.")] = False,
    wait: Annotated[bool, flag("--wait", "If another build of this index is running, wait for it to finish.")] = False,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help=with_variable("The encoder model.", "QUOTH_MODEL_NAME")),
    ] = None,
    quiet: QuietWork = False,
    verbose: VerboseFiles = False,
    offline: Annotated[bool, flag("--offline", "Fetch no sources: index what was fetched before.")] = False,
    watch: Annotated[bool, flag("--watch", "Go on until Ctrl-C, and index again whenever files change.")] = False,
    ray: Ray = None,
    config: Config = None,
) -> int:
    """Index a folder of articles: .txt, .md, .html, .pdf and many more formats.

    Without CORPUS, the corpus that the settings name is indexed. Only what has changed since the last build is encoded,
    and questions are answered from the old index until the new one is complete.

    Where the settings name sources, they are fetched first, as by `quoth fetch`; the exit status is 1 if one failed.
    With --watch, they are fetched at their times. A folder that is away for a while never empties the index.

    With --ray, a Ray cluster reads and encodes, and this machine writes the same index: without ADDRESS, one that is
    started here; else auto (the one that runs here), host:port or ray://host:port.
    """
    from bot.cli.index import IndexOptions, run
    from bot.settings import load

    settings = load(config, {"corpus.path": corpus, "index.path": index, "model.name": model, "index.ray": ray})
    return run(IndexOptions(rebuild, wait, quiet, verbose, offline, watch), settings)


@app.command(epilog=examples("quoth fetch", "quoth fetch --quiet", "quoth fetch --index ~/articles.index"))
def fetch(
    quiet: QuietWork = False,
    index: Index = None,
    config: Config = None,
) -> int:
    """Fetch the sources that the settings name: folders, git repositories, sitemaps and feeds.

    Each has a folder beside the index, which keeps what it brought when it fails. All are fetched now, whatever their
    times; one that asked to be left alone is. The exit status is 1 if one failed, and 2 for a mistake.
    """
    from bot.cli.fetch import FetchOptions, run
    from bot.settings import load

    return run(FetchOptions(quiet), load(config, {"index.path": index}))


@app.command(
    epilog=examples(
        'quoth ask "Who signed the letter?"',
        "quoth ask who signed the letter --top 1 --json",
        'quoth ask "What does a berth cost?" --since 2023 --source "Harbour Gazette"',
        "quoth ask --file questions.jsonl --json > answers.jsonl",
    )
)
def ask(
    question: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUESTION", help="The question, with or without quotation marks.", show_default=False),
    ] = None,
    as_json: Json = False,
    file: Annotated[
        Path | None,
        path_option("--file", "FILE", 'Ask every line {"id", "question"} of a JSONL file; - is standard input.'),
    ] = None,
    top: Top = None,
    index: Index = None,
    show_weak: Annotated[
        bool, flag("--show-weak", "If there is no answer, show the closest sentences all the same.")
    ] = False,
    since: Since = None,
    until: Until = None,
    source: Publisher = None,
    path: Below = None,
    tag: Tag = None,
    language: Tongue = None,
    config: Config = None,
) -> int:
    """Answer a question with quotes, or say that the corpus does not answer it.

    The exit status is 0 if there is an answer, 1 if there is none, and 2 for a mistake or a fault. With --file it is 0
    only if every question was answered. If the default index does not exist yet, it is built first.

    A filter holds before the search, and several hold together. A date that names a year or a month has to lie within
    whole; articles without a date match neither --since nor --until.

    The confidence is an estimate, from 0 to 1, of how likely the first quote answers the question. It is called high
    from 0.8, fair from 0.5 and low below that; quoth refuses only below the threshold, which `quoth status` shows.
    """
    from bot.cli.ask import AskOptions, run
    from bot.settings import load

    within = filter_named(since=since, until=until, source=source, path=path, tag=tag, language=language)
    settings = load(config, {"answer.top": top, "index.path": index})
    return run(AskOptions(tuple(question or ()), file, as_json, show_weak, within), settings)


@app.command(
    epilog=examples(
        "quoth search harbour fees",
        "quoth search harbour fees --page 2 --since 2023",
        "quoth search harbour fees --path 'minutes/*' --json",
    )
)
def search(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORDS", help="The words to search for.", show_default=False)
    ] = None,
    page: Annotated[int, typer.Option("--page", metavar="N", min=1, help="Show the Nth page.")] = 1,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help="Show N passages on a page.")] = 10,
    as_json: Json = False,
    index: Index = None,
    since: Since = None,
    until: Until = None,
    source: Publisher = None,
    path: Below = None,
    tag: Tag = None,
    language: Tongue = None,
    config: Config = None,
) -> int:
    """Show the passages nearest to some words, best first, without a judgement: for people who want to look themselves.

    The best hundred are ranked, in words and in meaning, and no reader reads them. Filters are those of `quoth ask`.
    The exit status is 0 if there are passages on the page, 1 if there are none, and 2 for a mistake or a fault.
    """
    from bot.cli.search import SearchOptions, run
    from bot.settings import load

    within = filter_named(since=since, until=until, source=source, path=path, tag=tag, language=language)
    return run(SearchOptions(tuple(words or ()), as_json, page, top, within), load(config, {"index.path": index}))


@app.command(epilog=examples("quoth chat", "quoth chat < questions.txt"))
def chat(
    top: Top = None,
    index: Index = None,
    config: Config = None,
) -> int:
    """Talk with the corpus: ask follow-up questions, and look behind each quote.

    /help lists the commands of the conversation. Through a pipe, every line gets its answer, and the exit status is 0
    at the end of the input.
    """
    from bot.cli.chat import run
    from bot.settings import load

    return run(load(config, {"answer.top": top, "index.path": index}))


@app.command(epilog=examples("quoth discord --invite", "quoth discord"))
def discord(
    invite: Annotated[bool, flag("--invite", "Print the link that adds the bot to a server.")] = False,
    log_json: LogJson = False,
    index: Index = None,
    config: Config = None,
) -> int:
    """Run the Discord bot until it is stopped.

    QUOTH_DISCORD_TOKEN holds the bot's token. On Ctrl-C or SIGTERM, the bot finishes the answers in progress first.
    """
    from bot.cli.discord import DiscordOptions, run
    from bot.settings import load

    flags = {"index.path": index, "monitoring.log_format": log_format(log_json)}
    return run(DiscordOptions(invite), load(config, flags))


app.add_typer(citation_commands)
app.add_typer(upkeep_commands)
app.add_typer(server_commands)
app.add_typer(evaluation_commands)
app.add_typer(keeping_commands)
app.add_typer(feedback, name="feedback")
app.add_typer(store_commands, name="store")


if __name__ == "__main__":
    main()
