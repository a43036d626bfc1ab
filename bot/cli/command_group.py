"""The group of all commands: how a command line is run, and how a bad one is refused."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn, cast

import typer
from typer.core import TyperGroup

from bot.cli.errors import status_of
from bot.exit_status import FAULT

if TYPE_CHECKING:
    from retrieval.errors import QuothError

PERMALINK = re.compile(r"@[0-9a-f]{12}#\d+-\d+\s*\Z")
"""How a permalink ends."""
UsageError = cast(type[Exception], typer.BadParameter.__base__)
"""What typer raises for a command line that it cannot parse; it does not export the class."""


class CommandGroup(TyperGroup):
    """All commands: what a command returns is the exit status, and every error is reported in one sentence."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **_: Any
    ) -> NoReturn:
        """Run a command line, and exit with its status."""
        arguments = separate_permalinks(list(sys.argv[1:] if args is None else args))
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


def separate_permalinks(arguments: list[str]) -> list[str]:
    """Return the arguments of `show` with a permalink that looks like an option behind `--`; any others as they are."""
    if arguments[:1] != ["show"] or "--" in arguments:
        return arguments
    permalinks = [argument for argument in arguments if argument.startswith("-") and PERMALINK.search(argument)]
    others = [argument for argument in arguments if argument not in permalinks]
    return [*others, "--", *permalinks] if permalinks else arguments


def _mistake(error: Any) -> QuothError:
    from retrieval.errors import QuothError

    command = error.ctx.command_path if error.ctx else "quoth"
    return QuothError(f"{error.format_message().rstrip('.')}. See `{command} --help`.")
