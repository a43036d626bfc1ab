"""The files that `quoth setup` writes: the settings, and the bot's token by itself. All of them, or none."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bot import settings as settings_module
from bot.settings import CorpusSettings, load, own_file
from retrieval.errors import InputInvalid
from retrieval.files import beside, sync, write_new

SECRET, OPEN = 0o600, 0o644
TOKEN_NAME = "discord-token"
INDEX = Path(".quoth/index")
"""Where the index lies below the folder of a settings file of its own."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written, once every question is answered."""

    file: Path
    """The settings file."""
    articles: Path
    token_file: Path | None = None
    """The file that the settings name for the token; None for none."""
    token: str | None = None
    """What is written to it; None leaves the file as it is."""


def default_file() -> Path:
    """Return where the settings go unless the user says otherwise: where they stand, or the user's own folder.

    A checkout's own settings file has every setting with its comment, and is not replaced.
    """
    return Path.cwd() / "quoth.toml" if settings_module.is_checkout() else own_file()


def default_token_file() -> Path:
    """Return where the token goes: a folder of the user's, apart from what is shared with others."""
    from platformdirs import user_config_path

    return user_config_path("quoth") / TOKEN_NAME


def seeds() -> Path:
    """Return the articles that come with quoth, to try it on."""
    return settings_module.HOME / CorpusSettings().path


def write(plan: Plan) -> Path | None:
    """Write the files of a plan, and return where a settings file that was there is kept, if there was one.

    Raises InputInvalid where one cannot be written, and SettingInvalid for settings that would not be read; then, and
    where it is interrupted, everything is as it was.
    """
    text = _settings(plan)
    try:
        with _token(plan):
            return _publish(plan.file, text)
    except OSError as error:
        name = error.filename or plan.file
        raise InputInvalid(f"The file {name}", f"cannot be written ({error.strerror})", "name another") from error


def _settings(plan: Plan) -> str:
    lines = [
        "# Written by `quoth setup`; `quoth help settings` tells what else can be set, and every setting's default.",
        "",
        "[corpus]",
        f"path = {_literal(plan.articles)}",
    ]
    own = plan.file == own_file() or plan.file.parent == settings_module.HOME
    if not own:
        lines += ["", "[index]", f"path = {_literal(INDEX)}"]
    if plan.token_file is not None:
        lines += ["", "[discord]", f"token_file = {_literal(plan.token_file)}"]
    return "\n".join(lines) + "\n"


def _literal(path: Path) -> str:
    """Return a path as TOML has it."""
    try:
        path.as_posix().encode()
    except UnicodeEncodeError:
        raise InputInvalid(
            f"The path {path}", "is not UTF-8, which a settings file has to be", "rename it, or link to it"
        ) from None
    return json.dumps(str(path), ensure_ascii=False).replace("\x7f", "\\u007f")


def _publish(file: Path, text: str) -> Path | None:
    """Put the settings in their place, checked before that; keep those that were there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft, before = beside(file), _free_name(file) if file.exists() else None
    try:
        write_new(draft, text.encode(), OPEN)
        load(draft, environment={})
        if before is not None:
            os.replace(_copy(file), before)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    sync(file.parent)
    return before


def _copy(file: Path) -> Path:
    draft = beside(file)
    write_new(draft, file.read_bytes(), stat.S_IMODE(file.stat().st_mode))
    return draft


@contextmanager
def _token(plan: Plan) -> Iterator[None]:
    """Put the token in its file, which only its owner may read; take it away again where the rest fails."""
    file = plan.token_file
    if plan.token is None or file is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    former = file.read_bytes() if file.exists() else None
    _put_secret(file, plan.token.encode() + b"\n")
    try:
        yield
    except BaseException:
        if former is None:
            file.unlink(missing_ok=True)
        else:
            _put_secret(file, former)
        raise


def _put_secret(file: Path, content: bytes) -> None:
    draft = beside(file)
    try:
        write_new(draft, content, SECRET)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _free_name(file: Path) -> Path:
    """Return a name for a copy of a file that no other file has."""
    names = (file.with_name(f"{file.name}.before{f'-{number}' if number > 1 else ''}") for number in count(1))
    return next(name for name in names if not os.path.lexists(name))
