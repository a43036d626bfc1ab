"""The commands that let other tools ask: the server for browsers and programs, and the tools of an assistant."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.options import Config, Index, LogJson, examples, flag, log_format, with_variable

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "quoth serve --open",
        "quoth serve --port 9000 --index ~/articles.index",
        "curl -s http://127.0.0.1:8765/ask -H 'Content-Type: application/json' "
        '-d \'{"question": "Who signed the letter?"}\'',
    )
)
def serve(
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help=with_variable("The address to serve on; 127.0.0.1 by default.", "QUOTH_SERVE_HOST"),
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="N",
            help=with_variable("The port; 8765 by default, 0 for any that is free.", "QUOTH_SERVE_PORT"),
        ),
    ] = None,
    open_page: Annotated[bool, flag("--open", "Open the search page in a browser.")] = False,
    verbose: Annotated[bool, flag("--verbose", "Log what is asked, too.")] = False,
    log_json: LogJson = False,
    index: Index = None,
    config: Config = None,
) -> int:
    """Serve a search page and a JSON API, until it is stopped.

    The page is at /; programs use POST /ask and /verify, GET /search, /quote/PERMALINK (its # written as %23),
    /articles and /status, which /openapi.json describes. Answers are those of `quoth ask --json`. A new index is used
    as soon as it is built. On Ctrl-C or SIGTERM, requests in progress are finished first.

    Only this machine can ask, unless --host names another address. That needs a token: put it into the variable
    QUOTH_SERVE_TOKEN, or into a file that token_file below [serve] names. Programs send it as a bearer token; a browser
    asks for it as a password, with any user name.
    """
    from bot.cli.serve import ServeOptions, run
    from bot.settings import load

    flags = {"serve.host": host, "serve.port": port, "index.path": index, "monitoring.log_format": log_format(log_json)}
    return run(ServeOptions(open_page, verbose), load(config, flags))


@commands.command(
    epilog=examples(
        "quoth mcp --index ~/articles.index",
        "claude mcp add quoth -- quoth mcp --index ~/articles.index",
    )
)
def mcp(log_json: LogJson = False, index: Index = None, config: Config = None) -> int:
    """Let an assistant ask, by the Model Context Protocol on standard input and output.

    An assistant's program starts this command itself. Its tools are ask, verify, show and search: they return verbatim
    quotes with their citations, or say that the corpus does not answer. Logs go to standard error.
    """
    from bot.cli.mcp import run
    from bot.settings import load

    return run(load(config, {"index.path": index, "monitoring.log_format": log_format(log_json)}))
