"""The store on a server: what is told where it cannot be used, and what outlives a server that goes."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from bot.chat_log.address import ServerAddress, place_of
from bot.chat_log.connection import Connection
from bot.chat_log.database import StoreUnusable
from bot.chat_log.postgres import dialect
from bot.chat_log.store import Store
from bot.chat_log.tables import TABLES
from retrieval import extras
from retrieval.errors import ExtraMissing
from tests.bot.chat_log.test_store import ANSWER, using
from tests.postgres import Cluster, name_of, programs, running


def refused(address: str, *, create: bool = True) -> str:
    """The sentence that a store which cannot be opened is refused with, without the database's name."""
    with pytest.raises(StoreUnusable) as caught:
        Store.open(ServerAddress.parse(address), create=create)
    return str(caught.value)


def sentence(address: str, reason: str) -> str:
    """What is told of a database on a socket."""
    return f"The Discord bot's database postgresql:///{name_of(address)} {reason}."


def test_a_server_that_does_not_answer_or_lets_nobody_in(cluster: Cluster) -> None:
    told = refused("postgresql://ann:s3cret@127.0.0.1:1/chat")
    assert told == (
        "The Discord bot's database postgresql://127.0.0.1:1/chat cannot be used (Connection refused): "
        "start the server, or check its address."
    )
    gone = cluster.address("gone")
    assert refused(gone) == sentence(
        gone, 'cannot be used (database "gone" does not exist): check its address, and that the server lets you in'
    )
    for option in ("sslmod", "autocommit"):
        odd = f"{cluster.database()}&password=s3cret&{option}=s3cret"
        unknown = f'cannot be used (invalid connection option "{option}")'
        assert refused(odd) == sentence(odd, f"{unknown}: check its address, and that the server lets you in")
    odd = f"{cluster.database()}&sslmode=requir"
    reason = 'cannot be used (invalid sslmode value: "requir")'
    assert refused(odd) == sentence(odd, f"{reason}: check its address, and that the server lets you in")


def test_a_server_that_wants_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=ask_for_a_password, args=(listening,), daemon=True).start()
        address = f"postgresql://ann@127.0.0.1:{listening.getsockname()[1]}/chat?sslmode=disable&gssencmode=disable"
        reason = refused(address)
    assert reason.endswith(
        "/chat cannot be used (fe_sendauth: no password supplied): put the password into the variable PGPASSWORD, or "
        "into the file ~/.pgpass."
    )


def ask_for_a_password(listening: socket.socket) -> None:
    with suppress(OSError):
        while True:
            with listening.accept()[0] as connection:
                connection.recv(4096)
                connection.sendall(b"R" + struct.pack("!II", 8, 3))
                connection.recv(1)


def test_a_database_of_another_program_or_of_a_newer_quoth(cluster: Cluster) -> None:
    other = cluster.database()
    with cluster.connected(name_of(other)) as connection:
        connection.execute("CREATE TABLE things (name text)")
    assert refused(other) == sentence(other, "is a database of another program: name another, which may be empty")
    newer = cluster.database()
    assert refused(newer, create=False) == sentence(
        newer, "holds nothing yet: the bot makes its tables when it first runs"
    )
    using(place_of(newer), lambda store: store.votes(1))
    with cluster.connected(name_of(newer)) as connection:
        connection.execute("UPDATE quoth_version SET version = 99")
    known = f"version 99, this one knows {len(TABLES)}"
    assert refused(newer) == sentence(newer, f"is of a newer quoth ({known}): update quoth, or name another")
    latin = cluster.database("ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    assert refused(latin) == sentence(latin, "is in LATIN1: create it with ENCODING 'UTF8' TEMPLATE template0")


def test_a_user_who_may_only_read_and_a_server_that_only_reads(cluster: Cluster) -> None:
    address = cluster.database()
    using(place_of(address), lambda store: store.record_answer(ANSWER))
    with cluster.connected(name_of(address)) as connection:
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    denied = "does not let this user in: have the tables belong to it, and let it create some"
    assert refused(cluster.address(name_of(address), "reader")) == sentence(address, denied)
    with cluster.connected(name_of(address)) as connection:
        connection.execute(f"ALTER DATABASE {name_of(address)} SET default_transaction_read_only = on".encode())
    assert refused(address) == sentence(address, "only reads: name the server that writes")


def test_what_is_forgotten_of_people_is_vacuumed(cluster: Cluster) -> None:
    address = cluster.database()
    using(place_of(address), lambda store: store.overwrite())
    with cluster.connected(name_of(address)) as connection:
        rows = connection.execute("SELECT relname FROM pg_stat_user_tables WHERE vacuum_count > 0").fetchall()
    assert {table for (table,) in rows} == {"answers", "votes", "gaps", "inbox", "notices", "setting_changes"}


def test_tables_that_somebody_removed(cluster: Cluster) -> None:
    address = cluster.database()

    async def work(store: Store) -> None:
        with cluster.connected(name_of(address)) as connection:
            connection.execute("DROP TABLE answers CASCADE")
        with pytest.raises(StoreUnusable, match="has lost tables: restore a backup of it"):
            await store.answer(1)

    using(place_of(address), work)


def test_two_that_start_at_once_make_the_tables_once(cluster: Cluster) -> None:
    address = ServerAddress.parse(cluster.database())
    with ThreadPoolExecutor(6) as threads:
        stores = list(threads.map(Store.open, [address] * 6))

    async def work() -> None:
        assert len({await store.state.get("database") for store in stores}) == 1
        for number, store in enumerate(stores):
            assert await store.record_answer(replace(ANSWER, message=number)) == number + 1
            await store.close()

    asyncio.run(work())


def test_a_migration_that_fails_leaves_nothing_behind(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    address = cluster.database()
    monkeypatch.setattr(
        "bot.chat_log.store.TABLES", (*TABLES, "CREATE TABLE more (name TEXT); CREATE TABLE votes (x TEXT)")
    )
    with pytest.raises(psycopg.errors.DuplicateTable):
        Store.open(ServerAddress.parse(address))
    with cluster.connected(name_of(address)) as connection:
        assert connection.execute("SELECT count(*) FROM pg_stat_user_tables").fetchone() == (0,)


def test_a_lock_that_another_holds(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat_log.postgres.SESSION", ("SET lock_timeout = 50",))
    address = cluster.database()

    async def work(store: Store) -> None:
        with psycopg.connect(**dict(ServerAddress.parse(address).options)) as other:  # type: ignore[arg-type]
            other.execute("LOCK TABLE answers")
            with pytest.raises(StoreUnusable, match="is locked by another process: end that, or try again"):
                await store.record_answer(ANSWER)
        assert await store.record_answer(ANSWER) > 0

    using(place_of(address), work)


def test_connections_that_end_are_made_again(cluster: Cluster) -> None:
    """Those that end between two requests are not noticed; a write that may have been kept is not repeated."""
    address = cluster.database()

    def end_others(connection: psycopg.Connection) -> None:
        connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid != pg_backend_pid()")

    async def work(store: Store) -> None:
        with cluster.connected(name_of(address)) as other:
            end_others(other)
            id_ = await store.record_answer(ANSWER)
            end_others(other)
            assert await store.votes(id_) is not None

            tries: list[int] = []

            def ended_in_the_middle(connection: Connection) -> int:
                connection.execute("UPDATE answers SET question = 'half'")
                tries.append(1)
                if len(tries) == 1:
                    end_others(other)
                return int(connection.execute("SELECT count(*) FROM answers").fetchone()[0])

            assert (await store._database.write(ended_in_the_middle), len(tries)) == (1, 2)

    using(place_of(address), work)


def test_a_server_that_goes_and_comes_back() -> None:
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL's server is not installed")
    with running(folder) as own:
        address = own.database()

        async def work(store: Store) -> None:
            id_ = await store.record_answer(ANSWER)
            own.stop()
            for _ in range(2):
                with pytest.raises(
                    StoreUnusable, match=r"cannot be used \(.*\): start the server, or check its address"
                ):
                    await store.record_answer(replace(ANSWER, message=42))
            own.start()
            for _ in range(100):
                try:
                    assert await store.answer(id_) == replace(ANSWER, id=id_)
                    return
                except StoreUnusable:  # no new try yet
                    await asyncio.sleep(0.01)
            raise AssertionError("it does not connect again")

        using(place_of(address), work)


def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "EXTRAS", {**extras.EXTRAS, "scale": ("no_such_package",)})
    with pytest.raises(ExtraMissing, match=r"The database postgresql://h/chat needs the extra 'scale'"):
        Store.open(ServerAddress.parse("postgresql://ann:s3cret@h/chat"))


def test_every_statement_of_the_tables_is_put_into_the_dialect() -> None:
    words = dialect("\n".join(TABLES))
    assert not re.search(r"AUTOINCREMENT|WITHOUT ROWID|\bINTEGER\b|\bREAL\b|randomblob", words)


def test_words_that_postgresql_cannot_store_are_replaced(cluster: Cluster) -> None:
    address = place_of(cluster.database())
    id_ = using(address, lambda store: store.record_answer(replace(ANSWER, question="a\0b\ud800")))
    answer = using(address, lambda store: store.answer(id_))
    assert answer is not None
    assert answer.question == "a?b?"
