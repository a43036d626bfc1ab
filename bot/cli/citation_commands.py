"""The commands that check quotes: what a permalink cites, and whether a text is in the corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import completion_values
from bot.cli.options import Config, Index, Json, examples, flag, path_option

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "quoth show 'albania-letter@3161f458d70e#961-1019'",
        "quoth show 'albania-letter@3161f458d70e#961-1019' --html quote.html --open",
    )
)
def show(
    permalink: Annotated[
        str,
        typer.Argument(
            metavar="PERMALINK",
            help="ARTICLE@DIGEST12#START-END, copied from a citation.",
            autocompletion=completion_values.permalinks,
        ),
    ],
    html: Annotated[
        Path | None,
        path_option("--html", "FILE", "Write an HTML page instead; - is standard output."),
    ] = None,
    open_page: Annotated[bool, flag("--open", "Open the page in a browser.")] = False,
    index: Index = None,
    config: Config = None,
) -> int:
    """Show the paragraph that a citation is from, with the quote marked.

    If the article has changed since, quoth says so and shows what was cited, as long as the index keeps that version.
    """
    from bot.cli.show import ShowOptions, run
    from bot.settings import load

    return run(ShowOptions(permalink, html, open_page), load(config, {"index.path": index}))


@commands.command(
    epilog=examples(
        'quoth verify "Albania has belonged to NATO since 2009."',
        'quoth verify "Albania has belonged to NATO since 2009." --source albania-letter --json',
        "quoth verify - < quote.txt",
    )
)
def verify(
    text: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="The text; - is standard input.", show_default=False)
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="ARTICLE",
            help="The article that the text is said to be from: its title, its id, its path or a permalink.",
            autocompletion=completion_values.articles,
        ),
    ] = None,
    as_json: Json = False,
    index: Index = None,
    config: Config = None,
) -> int:
    """Check whether a text is in the corpus, character by character.

    There are four verdicts: verbatim; the same but for typography (quote marks, dashes, white space, line ends), which
    shows the corpus' own form; the same but for gaps, where quoth put “[…]” into the text of a web page or a PDF; and
    not verbatim, which shows the closest quote and the differences. The marks of a text that was copied from Discord do
    not count. With --source, quoth also says if the words are from another article.

    The exit status is 0 if the text is verbatim and from the source that is named, otherwise 1.
    """
    from bot.cli.verify import VerifyOptions, run
    from bot.settings import load

    return run(VerifyOptions(tuple(text or ()), as_json, source), load(config, {"index.path": index}))
