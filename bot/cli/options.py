"""Options that several commands have, and how options are declared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli import completion_values
from bot.log_level import Level, show_logs

if TYPE_CHECKING:
    from bot.chat_log.address import Place
    from retrieval.records import Filter


def a_path(path: str | Path) -> Path:
    """Return a path that the command line names; refuse an empty one, which is a variable that was not set.

    A `~` that the shell left, as in `--html=~/quote.html`, is the home folder here too.
    """
    if not str(path).strip():
        raise typer.BadParameter(f"{path!r} names no file or folder; is a variable not set?")
    from retrieval.index_address import IndexAddress, is_address
    from retrieval.paths import tidy

    if is_address(path):
        return IndexAddress(path)
    try:
        return tidy(Path(path).expanduser())
    except RuntimeError:
        raise typer.BadParameter(f"{str(path)!r} begins with a home folder that is not known; write it out") from None


def an_index(text: str | Path) -> Path:
    """Return the index that the command line names; refuse an address that is no longer wrong as a path."""
    from bot.setting_errors import Origin, bad_value
    from bot.settings import COMMAND_LINE
    from retrieval.index_address import AddressInvalid, check_slashes

    try:
        check_slashes(str(text))
    except AddressInvalid as error:
        raise bad_value("index.path", text, f"it {error}", Origin("--index", COMMAND_LINE)) from None
    return a_path(text)


def a_place(text: str | Path) -> Place:
    """Return the database that the command line names: a file, or one on a server."""
    from bot.chat_log.address import ServerAddress, place_of

    try:
        place = place_of(text)
    except ValueError as error:  # it is not repeated: a password may be in it
        raise typer.BadParameter(f"{error}: write it as postgresql://HOST/DATABASE") from None
    return place if isinstance(place, ServerAddress) else a_path(text)


def database_option(help: str) -> Any:
    """Declare an option that takes a database."""
    return typer.Option("--store", parser=a_place, metavar="FILE", help=help, show_default=False)


def path_option(name: str, metavar: str, help: str, parser: Callable[[str], Path] = a_path) -> Any:
    """Declare an option that takes a path."""
    return typer.Option(name, parser=parser, metavar=metavar, help=help, show_default=False)


def flag(name: str, help: str, **more: Any) -> Any:
    """Declare an option that takes no value; the help would otherwise give it a type, as if it took one."""
    return typer.Option(name, metavar="", help=help, **more)


def with_variable(help: str, variable: str) -> str:
    """Return a help text that names the variable of a setting, which bot.settings reads, and not typer."""
    return f"{help} [env var: {variable}]"


Config = Annotated[Path | None, path_option("--config", "FILE", with_variable("The settings file.", "QUOTH_CONFIG"))]
Index = Annotated[
    Path | None, path_option("--index", "DIR", with_variable("The index folder.", "QUOTH_INDEX_PATH"), an_index)
]
Ray = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="[ADDRESS]",
        help=with_variable("Have a Ray cluster read and encode.", "QUOTH_INDEX_RAY"),
        show_default=False,
    ),
]
# Typer reads no unions: what the parser returns is a Place or None.
ChatDatabase = Annotated[Any, database_option(with_variable("The Discord bot's database.", "QUOTH_DISCORD_STORE"))]
LogJson = Annotated[
    bool, flag("--log-json", with_variable("Log JSON, one object per line.", "QUOTH_MONITORING_LOG_FORMAT"))
]


def log_format(log_json: bool) -> str | None:
    """Return the setting that --log-json stands for; None where the settings decide."""
    return "json" if log_json else None


Json = Annotated[bool, flag("--json", "Print JSON, one object per line.")]
Top = Annotated[
    int | None,
    typer.Option("--top", metavar="N", help=with_variable("Show at most N quotes.", "QUOTH_ANSWER_TOP")),
]

Since = Annotated[
    str | None,
    typer.Option("--since", metavar="DATE", help="Only articles published since: 2023, 2023-06-30, '3 March 2021'."),
]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Only articles published until then.")]
Publisher = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="NAME",
        help="Only articles whose source has these words.",
        autocompletion=completion_values.sources,
    ),
]
Below = Annotated[
    str | None,
    typer.Option(
        "--path",
        metavar="PATTERN",
        help="Only files below a folder, or like 'guides/*.md'.",
        autocompletion=completion_values.paths,
    ),
]
Tag = Annotated[
    str | None,
    typer.Option("--tag", metavar="TAG", help="Only articles with this tag.", autocompletion=completion_values.tags),
]
Tongue = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="LANGUAGE",
        help="Only articles in this language, such as German or de.",
        autocompletion=completion_values.languages,
    ),
]

LOGS = "How much quoth says"
"""The heading of the options that every command has."""


def shows_logs_of(level: Level) -> Callable[[bool], bool]:
    """Return what a flag does that shows logs from a level on."""

    def act(is_on: bool) -> bool:
        if is_on:
            show_logs(level)
        return is_on

    return act


def _choose_level(context: typer.Context, parameter: typer.CallbackParam, level: Level | None) -> Level | None:
    # The variable counts once, before what the command line says.
    if level is not None and (context.parent is None or named_on_command_line(context, str(parameter.name))):
        show_logs(level)
    return level


def named_on_command_line(context: typer.Context, name: str) -> bool:
    """Return whether the command line names an option, which a variable may set too."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


LogLevel = Annotated[
    Level | None,
    typer.Option(
        "--log-level",
        envvar="QUOTH_LOG_LEVEL",
        help="Log to standard error from this level on; debug has the traceback of every error.",
        callback=_choose_level,
        show_default=False,
        rich_help_panel=LOGS,
    ),
]
Verbose = Annotated[
    bool,
    flag(
        "--verbose",
        "Say more on standard error: the level info.",
        callback=shows_logs_of(Level.INFO),
        rich_help_panel=LOGS,
    ),
]
Quiet = Annotated[
    bool,
    flag(
        "--quiet",
        "Print no notices on standard error but errors: the level error.",
        callback=shows_logs_of(Level.ERROR),
        rich_help_panel=LOGS,
    ),
]
QuietWork = Annotated[bool, flag("--quiet", "Print nothing but errors.", callback=shows_logs_of(Level.ERROR))]
VerboseFiles = Annotated[
    bool,
    flag(
        "--verbose",
        "Name every file with a warning, and list what is never quoted; log from the level info on.",
        callback=shows_logs_of(Level.INFO),
    ),
]


def filter_named(**values: str | None) -> Filter | None:
    """Return the filter that the options name, None without any; raises FilterInvalid."""
    from bot.answering import filters

    return filters.filter_named(**values)


def examples(*lines: str) -> str:
    """Return the end of a help text."""
    return "Examples:\n\n" + "\n\n".join(f"- `{line}`" for line in lines)
