"""`--install-completion` and `--show-completion`: how a shell comes to complete quoth's command lines."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Annotated

import typer

SHELLS = ("bash", "zsh", "fish")
INSTALL, SHOW = "--install-completion", "--show-completion"
PANEL = "Completion"


def with_shell(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the shell behind an option of completion that names none: the one that runs quoth."""
    whole = list(arguments)
    for place, argument in enumerate(arguments):
        if argument in (INSTALL, SHOW) and (place + 1 == len(arguments) or arguments[place + 1].startswith("-")):
            whole.insert(place + 1, _current_shell())
            break
    return whole


def _current_shell() -> str:
    import shellingham  # comes with typer

    try:
        return str(shellingham.detect_shell()[0])
    except shellingham.ShellDetectionFailure:
        return os.path.basename(os.environ.get("SHELL", "")) or "unknown"


def _checked(shell: str) -> str:
    if shell not in SHELLS:
        raise typer.BadParameter(f"the shell {shell!r} cannot be served; name bash, zsh or fish behind the option")
    return shell


def _install(context: typer.Context, shell: str | None) -> None:
    if shell is None or context.resilient_parsing:
        return
    from bot.cli.completion_scripts import install

    for line in install(_checked(shell)):
        typer.echo(line)
    raise typer.Exit


def _show(context: typer.Context, shell: str | None) -> None:
    if shell is None or context.resilient_parsing:
        return
    from bot.cli.completion_scripts import SCRIPTS

    typer.echo(SCRIPTS[_checked(shell)], nl=False)
    raise typer.Exit


InstallCompletion = Annotated[
    str | None,
    typer.Option(
        INSTALL,
        metavar="[SHELL]",
        help="Have TAB complete commands, options, articles and permalinks in bash, zsh or fish.",
        callback=_install,
        is_eager=True,
        autocompletion=lambda: list(SHELLS),
        rich_help_panel=PANEL,
    ),
]
ShowCompletion = Annotated[
    str | None,
    typer.Option(
        SHOW,
        metavar="[SHELL]",
        help="Print the script that does it.",
        callback=_show,
        is_eager=True,
        autocompletion=lambda: list(SHELLS),
        rich_help_panel=PANEL,
    ),
]
