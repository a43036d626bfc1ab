"""The commands about what the bot keeps, where that lies on a PostgreSQL server."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat_log import copying
from bot.chat_log.address import Place, place_of
from bot.chat_log.inbox import Command, WaitingQuestion
from bot.chat_log.notices import Notice
from bot.chat_log.records import Mark, PostedAnswer, Votes
from bot.chat_log.store import Store
from bot.chat_log.tables import TABLES
from tests.bot.chat_log.test_store import ANSWER, NOW, using
from tests.bot.conftest import Cli
from tests.postgres import Cluster, name_of

SECRET = "s3cret"


@pytest.fixture
def address(cluster: Cluster) -> str:
    """The address of an empty database, with a password in it that the server does not ask for."""
    return f"{cluster.database()}&password={SECRET}"


async def fill(store: Store) -> None:
    """Keep something of each kind, and forget the last answer, whose number must not be given again."""
    first = await store.record_answer(replace(ANSWER, question="“Who?” 100 % sure"), is_gap=True)
    await store.vote(first, 12, False)
    await store.mark_changed(first, [Mark(ANSWER.refs[0], "changed", "2026-03-05")])
    await store.inbox.add(WaitingQuestion(7, 31, 21, 11, Command("token", "Why?", None, False, None)))
    await store.notices.put(Notice(52, 31, 21, 61))
    await store.server_settings.put(21, "cooldown", "5", 12)
    await store.digests.plan(31, 21, NOW)
    last = await store.record_answer(replace(ANSWER, message=42))
    await store.remove_answer(last)


async def contents(store: Store) -> tuple[object, ...]:
    """All that `fill` has kept."""
    answer = await store.answer(1)
    return (
        *(answer, await store.votes(1), await store.all_gaps(), await store.inbox.waiting()),
        *(await store.notices.take(52), await store.server_settings.all(), await store.digests.due(NOW)),
        await store.state.get("database"),
    )


async def next_number(store: Store) -> int:
    """The number of one more answer."""
    return await store.record_answer(replace(ANSWER, message=99))


def test_all_rows_go_from_a_file_to_a_server_and_back(cli: Cli, tmp_path: Path, address: str) -> None:
    file, copy = tmp_path / "chat.db", tmp_path / "copy.db"
    using(file, fill)
    server = place_of(address)
    ran = cli("store", "restore", file, "--store", address)
    assert (ran.status, ran.err) == (0, f"Copied {file} into {server}: 1 answer.\n")
    again = cli("store", "restore", file, "--store", address)
    assert (again.status, again.err) == (
        2,
        f"quoth: The Discord bot's database {server} holds something already: name an empty one.\n",
    )
    assert cli("store", "backup", copy, "--store", address).status == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [name for name in os.listdir(tmp_path) if "copy" in name] == ["copy.db"]
    assert "it is there already" in cli("store", "backup", copy, "--store", address).err
    places: tuple[Place, ...] = (file, server, copy)
    kept = [using(place, contents) for place in places]
    assert kept[0] == kept[1] == kept[2]
    assert [using(place, next_number) for place in places] == [3, 3, 3]


def test_a_row_that_no_server_takes_is_named(cli: Cli, tmp_path: Path, address: str) -> None:
    file = tmp_path / "chat.db"
    using(file, fill)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE answers SET channel = 'general'")
    ran = cli("store", "restore", file, "--store", address)
    assert ran.status == 2
    assert ran.err.startswith(f"quoth: The backup {file} holds what no row may (")
    assert "general" in ran.err
    assert using(place_of(address), lambda store: store.guilds()) == frozenset()


def test_damaged_text_is_copied_as_far_as_it_can_be_read(cli: Cli, tmp_path: Path, address: str) -> None:
    file = tmp_path / "chat.db"
    using(file, fill)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE answers SET question = CAST(x'57686fff' AS TEXT)")
    assert cli("store", "restore", file, "--store", address).status == 0
    answer = using(place_of(address), lambda store: store.answer(1))
    assert answer is not None
    assert answer.question == "Who\ufffd"


def test_a_copy_that_cannot_be_written_leaves_nothing(
    cli: Cli, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    using(place_of(address), fill)
    lost = tmp_path / "missing" / "copy.db"
    ran = cli("store", "backup", lost, "--store", address)
    assert (ran.status, "The copy" in ran.err, "(No such file or directory)" in ran.err) == (2, True, True)

    def fails(*arguments: object) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(copying, "_copy", fails)
    copy = tmp_path / "copy.db"
    ran = cli("store", "backup", copy, "--store", address)
    remedy = "name another file, or free some space"
    told = f"quoth: The copy {copy} cannot be written (database or disk is full): {remedy}.\n"
    assert (ran.status, ran.err) == (2, told)
    assert not [*tmp_path.glob("*copy*"), *tmp_path.glob("missing")]


def test_doctor_status_and_migrate_look_at_the_server(
    cli: Cli, cluster: Cluster, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_DISCORD_STORE", address)
    name = f"postgresql:///{name_of(address)}"
    assert f"{name} can be reached, and is empty" in " ".join(cli("doctor").out.split())
    using(place_of(address), fill)
    assert f"{name} can be reached, and its tables are of this version." in " ".join(cli("doctor").out.split())
    assert f"{name}\n" in cli("status").out
    assert json.loads(cli("status", "--json").out)["store"] == {"path": name, "damage": None}
    with cluster.connected(name_of(address)) as connection:
        connection.execute("UPDATE quoth_version SET version = 99")
    newer = f"is of a newer quoth (version 99, this one knows {len(TABLES)}): update quoth, or name another"
    status = cli("status")
    assert (status.status, newer in " ".join(status.out.split())) == (2, True)
    assert (cli("doctor").status, cli("migrate").status) == (1, 2)
    assert cli("gc", "--dry-run").status == 0
    gone = address.replace(name_of(address), "gone")
    monkeypatch.setenv("QUOTH_DISCORD_STORE", gone)
    for command in ("doctor", "status", "migrate"):
        ran = cli(command)
        assert ran.status != 0
        assert 'cannot be used (database "gone" does not exist)' in " ".join(ran.out.split())
        assert SECRET not in ran.out + ran.err
        assert (ran.out + ran.err).casefold().count("cannot be used") == 1


def test_what_was_asked_is_read_from_the_server(cli: Cli, tmp_path: Path, index: Path, address: str) -> None:
    answer: PostedAnswer = replace(ANSWER, collection=str(index), question="Who built the lighthouse?", refs=())

    async def ask(store: Store) -> Votes | None:
        return await store.vote(await store.record_answer(replace(answer, message=10**17)), 12, True)

    assert using(place_of(address), ask) == Votes(1, 0)
    assert "Who built the lighthouse?" in cli("feedback", "export", "--store", address).out
    replayed = cli("replay", str(10**17), "--store", address)
    assert "Asked on 2026-03-04" in replayed.out
    reached = cli("reach", "--store", address, "--sample", "1")
    assert "1 different question from Discord" in reached.err


def test_a_password_in_an_address_is_never_repeated(cli: Cli, tmp_path: Path) -> None:
    wrong = f"postgresql://ann:{SECRET}@127.0.0.1:port/chat"
    told = [cli("store", "backup", tmp_path / "copy.db", "--store", wrong)]
    settings = tmp_path / "quoth.toml"
    settings.write_text(f'[discord]\nstore = "{wrong}"\n')
    told.append(cli("status", "--config", settings))
    closed = f"postgresql://ann:{SECRET}@127.0.0.1:1/chat"
    told.append(cli("store", "backup", tmp_path / "copy.db", "--store", closed))
    assert [ran.status for ran in told] == [2, 2, 2]
    assert not any(SECRET in ran.out + ran.err for ran in told)
    assert 'an address such as "postgresql://HOST/DATABASE", or nothing' in told[1].err
    assert "postgresql://127.0.0.1:1/chat cannot be used (Connection refused)" in told[2].err
