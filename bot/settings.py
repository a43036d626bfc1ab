"""Every setting: its default, where it may be set, and the order in which places override each other.

Flags come before the environment (QUOTH_INDEX_PATH sets [index] path), the environment before the settings file, and
the file before the defaults here. A name that nothing knows is refused wherever it stands.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_type_hints

from bot.setting_values import Limits, NotAllowedError, check, from_text
from retrieval.errors import InputInvalid, SettingInvalid
from retrieval.paths import expanded, read_whole
from retrieval.redaction import holds_token
from retrieval.settings import AnswerSettings

HOME = Path(__file__).resolve().parents[1]
"""The checkout, where there is one; relative defaults count from it."""


@dataclass(frozen=True, slots=True)
class CorpusSettings:
    """What is indexed."""

    path: Path = Path("seeds/articles")


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Where the index lies, and how articles become passages."""

    path: Path = Path(".quoth/index")
    max_pieces: int = 200
    title: bool = True
    exact_up_to: int = 100_000
    keep: int = 1
    keep_days: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model encodes, and how it is run."""

    name: str = "all-MiniLM-L6-v2"
    engine: Literal["auto", "onnx", "torch"] = "auto"
    precision: Literal["auto", "fp32", "int8"] = "auto"
    threads: int = 0
    cache: Path | None = None
    """None, written "" in a file, takes the user's cache folder."""


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """The Discord bot. The token is no setting: QUOTH_DISCORD_TOKEN or `token_file` holds it."""

    api_url: str = "https://discord.com/api/v10"
    token_file: Path | None = None
    application: int = 0
    store: Path | None = None
    """None takes the user's data folder."""
    cooldown: float = 3.0
    in_flight: int = 64
    servers: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    ask_channels: tuple[int, ...] = ()
    collections: Mapping[int, Path] = field(default_factory=dict)
    """Id of a server or channel -> the index that answers there."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, paths absolute."""

    corpus: CorpusSettings = field(default_factory=CorpusSettings)
    index: IndexSettings = field(default_factory=IndexSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    answer: AnswerSettings = field(default_factory=AnswerSettings)
    discord: DiscordSettings = field(default_factory=DiscordSettings)
    file: Path | None = None
    """The settings file that was read."""


SECTIONS: Mapping[str, type] = {
    "corpus": CorpusSettings,
    "index": IndexSettings,
    "model": ModelSettings,
    "answer": AnswerSettings,
    "discord": DiscordSettings,
}

LIMITS: Mapping[str, Limits] = {
    "index.max_pieces": (32, 400),
    "index.exact_up_to": (0, 1_000_000_000),
    "index.keep": (0, 1000),
    "index.keep_days": (0, 3650),
    "model.threads": (0, 1024),
    "answer.top": (1, 100),
    "answer.threshold": (0, 1),
    "answer.candidates": (1, 10_000),
    "answer.pool": (1, 100_000),
    "answer.passage_terms": (0, 10),
    "answer.sentence_terms": (0, 10),
    "answer.weighed": (1, 1000),
    "answer.word_cost": (0, 1),
    "answer.least": (0, 1),
    "answer.max_question": (1, 100_000),
    "answer.rerank": (1, 1000),
    "discord.application": (0, 2**63 - 1),
    "discord.cooldown": (0, 3600),
    "discord.in_flight": (1, 10_000),
}
"""Least and greatest value of the numbers that have one."""

LONGEST_TOLD = 20  # characters of a bad value that is repeated
ENVIRONMENT, COMMAND_LINE = "the environment", "the command line"
GONE: Mapping[str, str] = {
    "answer.alike": "there is no such setting any more, for only equal words count as one line now: take it out",
}
"""Settings of former versions, and what to do about one that is still there."""

TOKEN = "QUOTH_DISCORD_TOKEN"
NOT_SETTINGS = ("QUOTH_CONFIG", TOKEN)
"""Variables that are no settings: the file that holds them, and the secret that no file of settings should."""

TOKEN_PLACE = f"a token belongs in the variable {TOKEN}, or in a file that token_file below [discord] names"
SECRET = re.compile("tok|secret|passw", re.IGNORECASE)
"""Names of settings by which people mean the bot's token."""

FLAGS: Mapping[str, str] = {
    "corpus.path": "CORPUS",
    "index.path": "--index",
    "model.name": "--model",
    "answer.top": "--top",
}
"""What the command line calls the settings that it can set."""


def load(
    config: Path | None = None,
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """The settings in force; raises SettingInvalid, or InputInvalid for a file that cannot be read.

    `flags` maps keys such as "index.path" to what the command line gave; None stands for a flag that was not given.
    """
    environment = os.environ if environment is None else environment
    here, home = _working_folder(), _home()
    values = {key: _absolute(key, default, home) for key, default in defaults().items()}
    file = _find(config, environment)
    if file is not None:
        base = file.parent.parent if file.parent.name == "config" else file.parent
        for key, raw in _file_values(file):
            values[key] = _value(key, raw, key, str(file), base)
    for name, key, text in _environment_values(environment):
        raw = from_text(kinds()[key], text)
        values[key] = _value(key, raw, name, ENVIRONMENT, here)
    for key, raw in (flags or {}).items():
        if raw is not None:
            given = str(raw) if isinstance(raw, Path) else raw
            values[key] = _value(key, given, FLAGS[key], COMMAND_LINE, here)
    return Settings(**{name: _section(name, values) for name in SECTIONS}, file=file)


def default_index() -> Path:
    """Where the index lies unless a setting says otherwise."""
    return _home() / IndexSettings().path


def defaults() -> dict[str, Any]:
    """Key -> default, relative paths as they are written."""
    return {
        f"{name}.{item.name}": getattr(section(), item.name)
        for name, section in SECTIONS.items()
        for item in fields(section)
    }


def kinds() -> dict[str, Any]:
    """Key -> type."""
    return {
        f"{name}.{key}": kind for name, section in SECTIONS.items() for key, kind in get_type_hints(section).items()
    }


def _home() -> Path:
    """The checkout; the working directory where quoth is installed without one."""
    return HOME if (HOME / "config" / "quoth.toml").is_file() else _working_folder()


def _working_folder() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        remedy = "change to one that is there, as with `cd`"
        raise InputInvalid("The working directory", f"cannot be used ({error.strerror})", remedy) from error


def _find(config: Path | None, environment: Mapping[str, str]) -> Path | None:
    named = config or (Path(environment["QUOTH_CONFIG"]) if environment.get("QUOTH_CONFIG") else None)
    if named is not None:
        _refuse_token(str(named), "--config" if config else "QUOTH_CONFIG", COMMAND_LINE if config else ENVIRONMENT)
        return _working_folder() / expanded(named)
    usual = (_working_folder() / "quoth.toml", HOME / "config" / "quoth.toml")
    return next((file for file in usual if file.is_file()), None)


def _file_values(file: Path) -> Iterator[tuple[str, object]]:
    for section, content in _read(file).items():
        if section not in SECTIONS:
            raise _unknown(section, str(file), is_section=isinstance(content, dict))
        if not isinstance(content, dict):
            raise _invalid(section, content, f"it is a section, and its keys stand below [{section}]", str(file))
        for key, raw in content.items():
            if f"{section}.{key}" not in defaults():
                raise _unknown(f"{section}.{key}", str(file))
            yield f"{section}.{key}", raw


def _read(file: Path) -> dict[str, object]:
    what = f"The settings file {file}"
    try:
        return tomllib.loads(read_whole(file).decode("utf-8-sig"))
    except FileNotFoundError:
        raise InputInvalid(what, "is not there", "name one that exists") from None
    except OSError as error:
        raise InputInvalid(what, f"cannot be read ({error.strerror})", "check its permissions") from error
    except UnicodeDecodeError as error:
        raise InputInvalid(what, f"is not UTF-8 (byte {error.start})", "save it as UTF-8") from error
    except (ValueError, RecursionError) as error:
        # The parser's own words may repeat a name of the file, which may be a secret in the wrong place.
        place = _PLACE.search(str(error))
        reason = place[1] if place else "a number or nesting is too large"
        raise InputInvalid(what, f"is not valid TOML ({reason})", "correct that line") from None


_PLACE = re.compile(r"\(at (line \d+, column \d+|end of document)\)$")
"""Where a fault of TOML is, at the end of what tomllib says of it."""


def _environment_values(environment: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """(variable, key, text) of each setting in the environment.

    A variable that is set to nothing counts as not set, but not where it should name the corpus or the index: another
    folder than was meant would be read or written.
    """
    known = {variable(key): key for key in defaults()}
    for name in sorted(environment):
        if not name.startswith("QUOTH_") or name in NOT_SETTINGS:
            continue
        if name not in known:
            gone = {variable(key): why for key, why in GONE.items()}.get(name)
            raise SettingInvalid(name, gone or _hint(name, [*known, *NOT_SETTINGS], "variable"), ENVIRONMENT)
        if environment[name] or kinds()[known[name]] is Path:
            yield name, known[name], environment[name]


def variable(key: str) -> str:
    """The environment variable of a key: answer.top -> QUOTH_ANSWER_TOP."""
    return "QUOTH_" + key.replace(".", "_").upper()


def _value(key: str, raw: object, called: str, where: str, base: Path) -> Any:
    """The value as the settings have it, a path counted from `base`; raises SettingInvalid."""
    value = _checked(key, raw, called, where)
    try:
        return _absolute(key, value, base)
    except RuntimeError:  # ~NAME where there is no such user, or ~ where there is no home
        raise _invalid(key, raw, "its ~ stands for a home folder that is not known", where, called) from None


def _checked(key: str, raw: object, called: str, where: str) -> Any:
    _refuse_token(raw, called, where)
    try:
        return check(kinds()[key], LIMITS.get(key), raw)
    except NotAllowedError as error:
        raise _invalid(key, raw, str(error), where, called) from None


def _refuse_token(raw: object, called: str, where: str) -> None:
    """Raise SettingInvalid for a value that would else turn up wherever the setting is told."""
    try:
        text = str(raw)
    except (ValueError, RecursionError):  # a number of thousands of digits, or lists in lists
        return
    if holds_token(text):
        raise SettingInvalid(called, f"it holds what looks like a Discord token, and {TOKEN_PLACE}", where)


def _invalid(key: str, value: object, allowed: str, where: str, called: str | None = None) -> SettingInvalid:
    """A known setting with a bad value, repeated only where it cannot be a secret, whole, in parts or broken up: not
    below [discord], and elsewhere where it is a number or shorter than a token's secret part."""
    is_short = isinstance(value, str) and len(value) <= LONGEST_TOLD and key.partition(".")[0] != "discord"
    return SettingInvalid(called or key, allowed, where, value if isinstance(value, int | float) or is_short else None)


def _unknown(key: str, where: str, *, is_section: bool = False) -> SettingInvalid:
    """A name that nothing knows. Its value is not repeated: it may be a secret that was put in the wrong place."""
    known = list(defaults())
    if is_section:
        names = ", ".join(f"[{name}]" for name in SECTIONS)
        return SettingInvalid(f"[{_told_name(key)}]", f"there is no such section, only {names}", where)
    if key in GONE:
        return SettingInvalid(key, GONE[key], where)
    # The right name in the wrong section, or in none, is nearer than any that is spelt alike.
    same = [name for name in known if name.rpartition(".")[2] == key.rpartition(".")[2]]
    return SettingInvalid(_told_name(key), _hint(same[0] if same else key, known, "setting"), where)


def _told_name(key: str) -> str:
    """A name without the parts that are longer than any name: a token in its place is cut into parts at its dots."""
    return ".".join(part if len(part) <= LONGEST_TOLD else f"{part[:4]}…" for part in key.split("."))


def _hint(name: str, known: list[str], what: str) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    guess = f" (did you mean {near[0]}?)" if near else ""
    if SECRET.search(name):
        return f"no {what} has this name{guess}, and {TOKEN_PLACE}"
    return f"no {what} has this name" + (guess or f"; the names are {', '.join(known)}")


def _absolute(key: str, value: Any, base: Path) -> Any:
    """A relative path counted from where it was set; a model that is named as a folder likewise."""
    if isinstance(value, Path):
        return base / value.expanduser()
    if isinstance(value, dict):
        return {id_: base / path.expanduser() for id_, path in value.items()}
    if key in ("model.name", "answer.reranker") and value and value.startswith(("./", "../", "~", ".\\", "..\\")):
        return os.path.normpath(base / Path(value).expanduser())
    return value


def _section(name: str, values: Mapping[str, Any]) -> Any:
    section = SECTIONS[name]
    return section(**{item.name: values[f"{name}.{item.name}"] for item in fields(section)})
