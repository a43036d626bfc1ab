"""Options that several commands have, and how options are declared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def a_path(path: str | Path) -> Path:
    """Return a path that the command line names; refuse an empty one, which is a variable that was not set."""
    if not str(path).strip():
        raise typer.BadParameter(f"{path!r} names no file or folder; is a variable not set?")
    return Path(path)


def path_option(name: str, metavar: str, help: str) -> Any:
    """Declare an option that takes a path."""
    return typer.Option(name, parser=a_path, metavar=metavar, help=help, show_default=False)


def flag(name: str, help: str) -> Any:
    """Declare an option that takes no value; the help would otherwise give it a type, as if it took one."""
    return typer.Option(name, metavar="", help=help)


Config = Annotated[Path | None, path_option("--config", "FILE", "The settings file; overrides QUOTH_CONFIG.")]
Index = Annotated[
    Path | None,
    path_option("--index", "DIR", "The index folder; overrides QUOTH_INDEX_PATH and the settings file."),
]
Json = Annotated[bool, flag("--json", "Print JSON, one object per line.")]
Top = Annotated[int | None, typer.Option("--top", metavar="N", help="Show at most N quotes.")]


def examples(*lines: str) -> str:
    """Return the end of a help text."""
    return "Examples:\n\n" + "\n\n".join(f"- `{line}`" for line in lines)
