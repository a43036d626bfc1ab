"""The group of all commands: how a command line is run, and how a bad one is refused."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, NoReturn, cast

import typer
from typer.core import TyperGroup

from bot.cli.completion_options import with_shell
from bot.cli.errors import status_of
from bot.exit_status import FAULT
from bot.log_level import show_logs

if TYPE_CHECKING:
    from retrieval.errors import QuothError

SHARED = ("--log-level", "--verbose", "--quiet")
COMPLETE = "_QUOTH_COMPLETE"
"""The variable in which a shell's script asks for completions, and names the shell."""
PERMALINK = re.compile(r"@[0-9a-f]{12}#\d+-\d+\s*\Z")
"""How a permalink ends."""
UsageError = cast(type[Exception], typer.BadParameter.__base__)
"""What typer raises for a command line that it cannot parse; it does not export the class."""


class CommandGroup(TyperGroup):
    """All commands: what a command returns is the exit status, and every error is reported in one sentence."""

    def __init__(self, **attributes: Any) -> None:
        """Give every command the options about logs, which quoth itself has too."""
        super().__init__(**attributes)
        _share([option for option in self.params if set(SHARED) & set(option.opts)], self)

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **_: Any
    ) -> NoReturn:
        """Run a command line, and exit with its status; or complete one, where a shell asks for that."""
        arguments = list(sys.argv[1:] if args is None else args)
        if COMPLETE in os.environ:
            from bot.cli.completion import complete

            sys.exit(complete(self, os.environ[COMPLETE], arguments))
        arguments = separate_permalinks(with_cluster(with_shell(arguments)))
        show_logs(None)
        sys.exit(status_of(lambda: self._status(arguments, prog_name or "quoth")))

    def _status(self, arguments: list[str], name: str) -> int:
        try:
            with self.make_context(name, arguments) as context:
                return int(self.invoke(context) or 0)
        except typer.Exit as leaving:
            return leaving.exit_code
        except UsageError as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                cast(Any, error).show()
                return FAULT
            raise _mistake(error) from None


def _share(options: Sequence[Any], group: Any) -> None:
    for command in group.commands.values():
        own = {name for option in command.params for name in option.opts}
        if hasattr(command, "commands"):
            _share(options, command)
        else:
            command.params.extend(_unread(option) for option in options if not own & set(option.opts))


def _unread(option: Any) -> Any:
    """Return an option whose value the command's function does not take: its callback alone acts on it."""
    shared = copy(option)
    shared.expose_value = False
    return shared


def with_cluster(arguments: list[str]) -> list[str]:
    """Return the arguments with the address of a cluster behind `--ray` of `quoth index`, if none stands there."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "index" not in options or "--ray" not in options:
        return arguments
    from retrieval.settings import CLUSTER, LOCAL_CLUSTER

    place = options.index("--ray") + 1
    address = arguments[place] if place < len(arguments) else ""
    return arguments if CLUSTER.fullmatch(address) else [*arguments[:place], LOCAL_CLUSTER, *arguments[place:]]


def separate_permalinks(arguments: list[str]) -> list[str]:
    """Return the arguments with a permalink that looks like an option behind `--`, of commands that take permalinks."""
    if arguments[:1] not in (["show"], ["replay"]) or "--" in arguments:
        return arguments
    permalinks = [argument for argument in arguments if argument.startswith("-") and PERMALINK.search(argument)]
    others = [argument for argument in arguments if argument not in permalinks]
    return [*others, "--", *permalinks] if permalinks else arguments


def _mistake(error: Any) -> QuothError:
    from retrieval.errors import QuothError

    command = error.ctx.command_path if error.ctx else "quoth"
    mistake = error.format_message().rstrip(".")
    return QuothError(f"{mistake}{'' if mistake.endswith('?') else '.'} See `{command} --help`.")
