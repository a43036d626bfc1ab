"""What the Discord bot needs besides an index: its database and its token."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.chat_log.address import ServerAddress
from bot.chat_log.database import check_version
from bot.chat_log.postgres import version_on
from bot.chat_log.sqlite import check_owner, faults
from bot.chat_log.tables import APPLICATION, TABLES
from bot.discord.launch import TokenInvalid, read_token
from bot.doctor.findings import State
from bot.doctor.surroundings import existing
from bot.settings import TOKEN, Settings
from bot.terminal.index_view import megabytes
from retrieval.redaction import looks_like_a_token

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def database(settings: Settings) -> Iterator[tuple[State, str]]:
    """Yield whether the bot's database is whole, its own, and can be written."""
    file = settings.chat_database()
    if not isinstance(file, Path):
        yield _on_server(file)
        return
    folder = existing(file)
    if not os.access(folder, os.W_OK):
        yield State.PROBLEM, f"{folder} cannot be written: make it writable, or name another file with `store`."
    elif not file.exists():
        yield State.OK, f"none yet; the bot makes {file} when it first runs."
    elif not os.access(file, os.R_OK | os.W_OK):
        yield State.PROBLEM, f"{file} cannot be read and written: check its permissions."
    elif damage := faults(file):
        yield (
            State.PROBLEM,
            f"{file} is damaged ({damage}): stop the bot and put a backup in its place, or move it away.",
        )
    else:
        check_owner(file, TABLES, APPLICATION)
        yield State.OK, f"{file}, {megabytes(file.stat().st_size)}, is whole and can be written."


def _on_server(address: ServerAddress) -> tuple[State, str]:
    version = version_on(address, APPLICATION)
    if version is None:
        return State.OK, f"{address} can be reached, and is empty: the bot makes its tables when it first runs."
    check_version(address, version, TABLES)
    if version < len(TABLES):
        return State.OK, f"{address} can be reached; the bot brings its tables to this version when it next runs."
    return State.OK, f"{address} can be reached, and its tables are of this version."


def token(settings: Settings) -> Iterator[tuple[State, str]]:
    """Yield whether the bot has a token, and one of the right shape; none of it is repeated."""
    file, variable = settings.discord.token_file, os.environ.get(TOKEN, "").strip()
    if not variable and file is None:
        yield State.OK, f"none, which only the Discord bot needs: `quoth setup` keeps one, or set {TOKEN}."
        return
    place = f"in the variable {TOKEN}" if variable else "in the file that token_file names"
    try:
        text = read_token(settings)
    except TokenInvalid as error:
        yield State.PROBLEM, str(error)
        return
    if not looks_like_a_token(text):
        remedy = "copy it whole from the Bot page of your application"
        yield State.WARNING, f"there is one {place}, but it does not look like a bot's token: {remedy}."
    else:
        yield State.OK, f"there is one {place}, and it looks like a bot's token."
    if not variable and file is not None and file.stat().st_mode & _OTHERS:
        # Its path is not told: it may be the token itself, or a part of it.
        yield State.WARNING, "others on this machine may read the file that token_file names: `chmod 600` it."
