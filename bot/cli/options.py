"""Options that several commands have, and how options are declared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from retrieval.records import Filter


def a_path(path: str | Path) -> Path:
    """Return a path that the command line names; refuse an empty one, which is a variable that was not set.

    A `~` that the shell left, as in `--html=~/quote.html`, is the home folder here too.
    """
    if not str(path).strip():
        raise typer.BadParameter(f"{path!r} names no file or folder; is a variable not set?")
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise typer.BadParameter(f"{str(path)!r} begins with a home folder that is not known; write it out") from None


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

Since = Annotated[
    str | None,
    typer.Option("--since", metavar="DATE", help="Only articles published since: 2023, 2023-06, 2023-06-30."),
]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Only articles published until then.")]
Publisher = Annotated[
    str | None, typer.Option("--source", metavar="NAME", help="Only articles whose source has these words.")
]
Below = Annotated[
    str | None, typer.Option("--path", metavar="PATTERN", help="Only files below a folder, or like 'guides/*.md'.")
]
Tag = Annotated[str | None, typer.Option("--tag", metavar="TAG", help="Only articles with this tag.")]
Tongue = Annotated[
    str | None, typer.Option("--language", metavar="CODE", help="Only articles in this language, such as de.")
]


def filter_named(**values: str | None) -> Filter | None:
    """Return the filter that the options name, None without any; raises FilterInvalid."""
    from retrieval.filters import filter_of

    return filter_of(**values)


def examples(*lines: str) -> str:
    """Return the end of a help text."""
    return "Examples:\n\n" + "\n\n".join(f"- `{line}`" for line in lines)
