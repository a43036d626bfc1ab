"""`quoth store backup`, and what `quoth status` says of the bot's database."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.chat_log.store import Store
from tests.bot.chat_log.test_store import ANSWER
from tests.bot.conftest import Cli


async def recorded(path: Path) -> None:
    """A database with an answer."""
    store = Store.open(path)
    await store.record_answer(ANSWER)
    await store.close()


def test_a_copy_is_whole_and_nothing_is_overwritten(cli: Cli, tmp_path: Path) -> None:
    store, copy = tmp_path / "chat.db", tmp_path / "copy.db"
    gone = cli("store", "backup", copy, "--store", store)
    assert (gone.status, gone.err) == (
        2,
        f"quoth: The Discord bot's database {store} is not there: the bot makes it when it first runs.\n",
    )
    asyncio.run(recorded(store))
    with closing(sqlite3.connect(store)) as in_use:
        in_use.execute("BEGIN IMMEDIATE")
        assert cli("store", "backup", copy, "--store", store).status == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [name for name in os.listdir(tmp_path) if name.startswith(".")] == []

    async def read() -> object:
        opened = Store.open(copy)
        try:
            return await opened.answer(1)
        finally:
            await opened.close()

    answer = asyncio.run(read())
    assert getattr(answer, "question", None) == ANSWER.question
    before = copy.read_bytes()
    again = cli("store", "backup", copy, "--store", store)
    assert again.status == 2
    assert "cannot be written (it is there already): name another file" in again.err
    assert copy.read_bytes() == before
    assert "is the Discord bot's database itself" in cli("store", "backup", store, "--store", store).err


def test_status_checks_the_database(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tmp_path / "chat.db"
    monkeypatch.setenv("QUOTH_DISCORD_STORE", str(store))
    assert json.loads(cli("status", "--json").out)["store"] is None
    asyncio.run(recorded(store))
    ran = cli("status")
    assert (ran.status, "whole" in ran.out) == (0, True)
    raw = bytearray(store.read_bytes())
    raw[8192:20480] = os.urandom(12288)
    store.write_bytes(raw)
    ran = cli("status", "--json")
    assert ran.status == 2
    assert json.loads(ran.out)["store"]["damage"]
    assert "DAMAGED" in cli("status").out


def test_a_backup_goes_into_a_folder_and_back(cli: Cli, tmp_path: Path) -> None:
    store, folder = tmp_path / "chat.db", tmp_path / "backups"
    folder.mkdir()
    asyncio.run(recorded(store))
    assert cli("store", "backup", folder, "--store", store).status == 0
    (copy,) = folder.iterdir()
    assert re.fullmatch(r"chat-\d{4}-\d\d-\d\d-\d{6}\.db", copy.name)
    ran = cli("store", "restore", copy, "--store", store)
    (aside,) = tmp_path.glob("chat-replaced-*.db")
    assert (ran.status, ran.err) == (
        0,
        f"Restored {store} from {copy}: 1 answer. The database before is kept as {aside}, with all that it knows of "
        "people: remove it once you do not need it.\n",
    )
    missing = cli("store", "restore", tmp_path / "none.db", "--store", store)
    assert missing.status == 2
    assert missing.err.endswith("is not there: name a file that `quoth store backup` wrote.\n")
