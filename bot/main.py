"""The command line: arguments are read here, the work is done in bot.cli.

Modules that are slow to import are imported inside the commands, so that each starts fast.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.command_group import CommandGroup
from bot.cli.evaluation_commands import commands as evaluation_commands
from bot.cli.options import Config, Index, Json, Top, a_path, examples
from bot.start import main

__all__ = ["app", "main"]


app = typer.Typer(
    name="quoth",
    cls=CommandGroup,
    help="Answers questions about a corpus of articles with the articles' own words: verbatim quotes, each with a "
    "citation that anyone can check. What the corpus does not answer, quoth says it does not answer.",
    epilog=examples("quoth index ~/articles", 'quoth ask "Who signed the letter?"', "quoth chat"),
    rich_markup_mode="markdown",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(requested: bool) -> None:
    if requested:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"quoth {version('quoth')}")
        except PackageNotFoundError:
            typer.echo("quoth, run from a checkout that is not installed")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Options of quoth itself; its help text is the app's."""


@app.command(epilog=examples("quoth index", "quoth index ~/articles --index ~/articles.index"))
def index(
    corpus: Annotated[
        Path | None,
        typer.Argument(
            parser=a_path, metavar="CORPUS", help="The folder of articles, or one file.", show_default=False
        ),
    ] = None,
    index: Index = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Encode everything again.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for another build of this index to end.")] = False,
    model: Annotated[str | None, typer.Option("--model", metavar="NAME", help="The encoder model.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Name every file that was skipped.")] = False,
    config: Config = None,
) -> int:
    """Index a folder of articles: .txt, .md, .html, .pdf and .jsonl.

    Without CORPUS, the settings' corpus. Only what changed since the last time is encoded. Questions are answered by
    the former index until the new one is whole.
    """
    from bot.cli.index import IndexOptions, run
    from bot.settings import load

    settings = load(config, {"corpus.path": corpus, "index.path": index, "model.name": model})
    return run(IndexOptions(rebuild=rebuild, wait=wait, quiet=quiet, verbose=verbose), settings)


@app.command(
    epilog=examples(
        'quoth ask "Who signed the letter?"',
        "quoth ask who signed the letter --top 1 --json",
        "quoth ask --file questions.jsonl --json > answers.jsonl",
    )
)
def ask(
    question: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUESTION", help="The question, in quotes or as words.", show_default=False),
    ] = None,
    as_json: Json = False,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            parser=a_path,
            metavar="FILE",
            help='Ask the lines {"id", "question"} of a JSONL file; - is standard input.',
        ),
    ] = None,
    top: Top = None,
    index: Index = None,
    show_weak: Annotated[
        bool, typer.Option("--show-weak", help="Show the nearest sentences even where they are no answer.")
    ] = False,
    config: Config = None,
) -> int:
    """Ask a question; the answer is quotes, or that there is none.

    The exit status is 0 with an answer, 1 without one, 2 for a mistake or a fault; of a file of questions it is 0 only
    if all of them were answered. Where the default index was never built, it is built first.
    """
    from bot.cli.ask import AskOptions, run
    from bot.settings import load

    settings = load(config, {"answer.top": top, "index.path": index})
    return run(AskOptions(tuple(question or ()), file, as_json, show_weak), settings)


@app.command(epilog=examples("quoth chat", "quoth chat < questions.txt"))
def chat(
    top: Top = None,
    index: Index = None,
    config: Config = None,
) -> int:
    """Talk with the corpus: a question may lean on the ones before.

    /help lists the chat's own commands. Through a pipe it answers line by line, ends at the end of the input, and
    exits with status 0.
    """
    from bot.cli.chat import run
    from bot.settings import load

    return run(load(config, {"answer.top": top, "index.path": index}))


@app.command(
    epilog=examples(
        "quoth show 'albania-letter@3161f458d70e#961-1019'",
        "quoth show 'albania-letter@3161f458d70e#961-1019' --html quote.html --open",
    )
)
def show(
    permalink: Annotated[str, typer.Argument(metavar="PERMALINK", help="ARTICLE@DIGEST12#START-END, from a citation.")],
    html: Annotated[
        Path | None,
        typer.Option("--html", parser=a_path, metavar="FILE", help="Write a page instead; - is standard output."),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    index: Index = None,
    config: Config = None,
) -> int:
    """Show a citation's paragraph, with the quote marked.

    Where the source changed since, that is said instead.
    """
    from bot.cli.show import ShowOptions, run
    from bot.settings import load

    return run(ShowOptions(permalink, html, open_page), load(config, {"index.path": index}))


@app.command(epilog=examples('quoth verify "Albania has belonged to NATO since 2009."', "quoth verify - < quote.txt"))
def verify(
    text: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="The text; - is standard input.", show_default=False)
    ] = None,
    as_json: Json = False,
    index: Index = None,
    config: Config = None,
) -> int:
    """Tell whether a text stands in the corpus, character by character.

    If not, show the nearest quote and what differs. The exit status is 0 for a verbatim text, 1 for any other.
    """
    from bot.cli.verify import VerifyOptions, run
    from bot.settings import load

    return run(VerifyOptions(tuple(text or ()), as_json), load(config, {"index.path": index}))


@app.command(epilog=examples("quoth status", "quoth status --json"))
def status(as_json: Json = False, index: Index = None, config: Config = None) -> int:
    """Say what the index holds and what made it, and check its files.

    The exit status is 2 if one is damaged, missing or not to be read.
    """
    from bot.cli.status import StatusOptions, run
    from bot.settings import load

    return run(StatusOptions(as_json), load(config, {"index.path": index}))


@app.command(epilog=examples("quoth discord --invite", "quoth discord"))
def discord(
    invite: Annotated[bool, typer.Option("--invite", help="Print the link that adds the bot to a server.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log JSON, an object a line.")] = False,
    index: Index = None,
    config: Config = None,
) -> int:
    """Run the Discord bot until it is stopped.

    QUOTH_DISCORD_TOKEN holds its token. Ctrl-C, or SIGTERM, finishes what is in flight first.
    """
    from bot.cli.discord import DiscordOptions, run
    from bot.settings import load

    return run(DiscordOptions(invite, log_json), load(config, {"index.path": index}))


app.add_typer(evaluation_commands)
feedback = typer.Typer(help="What people said of the chat's answers.", no_args_is_help=True)
app.add_typer(feedback, name="feedback")


@feedback.command(epilog=examples("quoth feedback export > candidates.jsonl", "quoth feedback export --out new.jsonl"))
def export(
    store: Annotated[
        Path | None,
        typer.Option("--store", parser=a_path, metavar="FILE", help="The chat's database.", show_default=False),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", parser=a_path, metavar="FILE", help="Write here; - is standard output.")
    ] = Path("-"),
    index: Index = None,
    config: Config = None,
) -> int:
    """Write questions to make gold of: those voted on or not answered.

    One JSON object a line, as a gold set has them. A person completes them: "answer" is left empty, and a question
    whose answer was not useful has no gold yet.
    """
    from bot.cli.feedback import ExportOptions, run
    from bot.settings import load

    settings = load(config, {"index.path": index})
    return run(ExportOptions(store or settings.chat_database(), out), settings)


if __name__ == "__main__":
    main()
