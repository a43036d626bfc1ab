"""What several commands are given on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def a_path(path: str | Path) -> Path:
    """A path that the command line gives; an empty one is a variable that was not set, and never the folder here."""
    if not str(path).strip():
        raise typer.BadParameter(f"{path!r} names no file or folder; is a variable not set?")
    return Path(path)


Config = Annotated[
    Path | None,
    typer.Option("--config", parser=a_path, metavar="FILE", help="The settings file; overrides QUOTH_CONFIG."),
]
Index = Annotated[
    Path | None,
    typer.Option(
        "--index", parser=a_path, metavar="DIR", help="The index; overrides QUOTH_INDEX_PATH and the settings."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, an object a line.")]
Top = Annotated[int | None, typer.Option("--top", metavar="N", help="The most quotes to show.")]


def examples(*lines: str) -> str:
    """The end of a help text."""
    return "Examples:\n\n" + "\n\n".join(f"- `{line}`" for line in lines)
