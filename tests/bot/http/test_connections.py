"""Many clients over real sockets: those that send nothing are let go, and none keeps the others out."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from bot.http import connections, launch
from bot.http.connections import FEWEST, MOST, OneAMinute, most_connections
from bot.settings import IndexSettings, ServeSettings, Settings
from retrieval.engine import Engine
from tests.bot.http.conftest import QUESTION, held
from tests.toy import open_toy

PATIENCE = 30.0  # seconds after which what hangs is given up
HOST = "127.0.0.1"
ANOTHER = "127.0.0.2"
"""The address of another client on this machine."""
ANY_PORT = ServeSettings(port=0)
REQUEST = b"GET /status HTTP/1.1\r\nHost: localhost\r\n"


def play(
    index: Path,
    scene: Callable[[str, int], Awaitable[None]],
    opener: Callable[[], Engine] | None = None,
    serve: ServeSettings = ANY_PORT,
) -> None:
    """Play a scene with a server, whose address and port it gets; none of its connections is left open."""
    made = list[connections.Connection]()

    class Kept(connections.Connection):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            made.append(self)
            super().connection_made(transport)

    async def served() -> None:
        address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        settings = Settings(index=IndexSettings(index), serve=serve)
        running = asyncio.create_task(
            launch.run(settings, ready=address.set_result, opener=opener or (lambda: open_toy(index)))
        )
        try:
            async with asyncio.timeout(PATIENCE):
                url = await address
                await scene(url, int(url.rstrip("/").rpartition(":")[2]))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            for connection in made:
                connection.transport.abort()
            await asyncio.sleep(0)

    with pytest.MonkeyPatch.context() as context:
        context.setattr(launch, "Connection", Kept)
        asyncio.run(served())


@pytest.mark.parametrize(
    ("data", "replies"),
    [
        (b"", 0),
        (REQUEST, 0),
        (REQUEST + b"\r\n" + REQUEST, 1),
        (REQUEST + b"Content-Length: 9\r\n\r\n{", 1),
    ],
    ids=["nothing", "headers", "second headers", "body after the reply"],
)
def test_what_never_comes_to_its_end_is_not_waited_for(
    toy: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, replies: int
) -> None:
    monkeypatch.setattr(connections, "HEADERS_WITHIN", 0.05)
    monkeypatch.setattr(launch, "IDLE", 3600)

    async def scene(url: str, port: int) -> None:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(data)
        received = await reader.readuntil(b"\r\n\r\n") if replies else b""
        writer.write(b"x" if data else b"")
        received += await reader.read()
        assert received.count(b"HTTP/1.1 200 OK") == replies
        writer.close()

    play(toy, scene)


def test_an_answer_that_takes_its_time_is_waited_for(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADERS_WITHIN", 0.05)
    begun, free = threading.Event(), threading.Event()

    async def scene(url: str, port: int) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
            asking = asyncio.create_task(client.post("/ask", json={"question": QUESTION}))
            assert await asyncio.to_thread(begun.wait, PATIENCE)
            reader, writer = await asyncio.open_connection(HOST, port)
            assert await reader.read() == b"", "came later, and its time is over"
            writer.close()
            free.set()
            assert (await asking).status_code == 200

    play(toy, scene, lambda: held(open_toy(toy), begun, free))


def test_one_client_leaves_connections_to_others(
    toy: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connections, "most_connections", lambda: 8)

    async def scene(url: str, port: int) -> None:
        opened = [await asyncio.open_connection(HOST, port) for _ in range(20)]
        assert [await reader.read() for reader, _ in opened[:16]] == [b""] * 16
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(local_address=ANOTHER)) as another:
            assert (await another.get(f"{url}status", timeout=PATIENCE)).status_code == 200
        for _, writer in opened[16:]:
            writer.write(REQUEST + b"Connection: close\r\n\r\n")
        assert [(await reader.read()).partition(b"\r\n")[0] for reader, _ in opened[16:]] == [b"HTTP/1.1 200 OK"] * 4
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{url}status", timeout=PATIENCE)).status_code == 200
        for _, writer in opened:
            writer.close()

    with caplog.at_level(logging.WARNING):
        play(toy, scene)
    assert [record.getMessage() for record in caplog.records] == [
        "127.0.0.1 has 4 connections, and only 4 are left to others: those that ask nothing are closed"
    ]


@pytest.mark.parametrize("is_kept_alive", [False, True])
def test_those_that_ask_nothing_make_room_for_who_comes(
    is_kept_alive: bool, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight clients have all connections, one of which waits for its answer; who has asked nothing for longest goes."""
    monkeypatch.setattr(connections, "most_connections", lambda: 8)
    begun, free = threading.Event(), threading.Event()
    asking = f'{{"question": "{QUESTION}"}}'.encode()
    question = b"POST /ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"

    async def scene(url: str, port: int) -> None:
        opened = []
        for number in range(8):
            reader, writer = await asyncio.open_connection(HOST, port, local_addr=(f"127.0.0.{number + 2}", 0))
            opened.append((reader, writer))
            if number == 0:
                writer.write(question + b"Content-Length: %d\r\n\r\n" % len(asking) + asking)
                assert await asyncio.to_thread(begun.wait, PATIENCE)
            elif is_kept_alive:
                writer.write(b"GET /style.css HTTP/1.1\r\nHost: localhost\r\n\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        for number in range(3):
            async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(local_address="127.0.0.10")) as another:
                assert (await another.get(f"{url}style.css", timeout=PATIENCE)).status_code == 200
                assert await opened[number + 1][0].read() == b""
            opened.append(await asyncio.open_connection(HOST, port, local_addr=(f"127.0.0.{number + 20}", 0)))
        free.set()
        assert (await opened[0][0].read()).startswith(b"HTTP/1.1 200 OK")
        for _, writer in opened:
            writer.close()

    play(toy, scene, lambda: held(open_toy(toy), begun, free))


def test_who_takes_nothing_of_a_reply_is_let_go(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "TAKEN_WITHIN", 0.05)
    paused, over = list[connections.Connection](), list[connections.Connection]()
    pause, lost = connections.Connection.pause_writing, connections.Connection.connection_lost

    def pausing(self: connections.Connection) -> None:
        paused.append(self)
        pause(self)

    def losing(self: connections.Connection, error: Exception | None) -> None:
        over.append(self)
        lost(self, error)

    monkeypatch.setattr(connections.Connection, "pause_writing", pausing)
    monkeypatch.setattr(connections.Connection, "connection_lost", losing)

    async def scene(url: str, port: int) -> None:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect((HOST, port))
            client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000)
            while not over:
                await asyncio.sleep(0.01)
        assert (len(paused), over) == (1, paused)

    play(toy, scene)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux lists a process' descriptors there")
def test_only_a_few_are_accepted_at_once(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All are connected before the server looks: none is turned away, but few more are open than there may be."""
    monkeypatch.setattr(connections, "most_connections", lambda: 8)
    counts, begin = list[int](), connections.Connection.connection_made

    def counted(self: connections.Connection, transport: asyncio.Transport) -> None:
        counts.append(len(os.listdir("/proc/self/fd")))
        begin(self, transport)

    monkeypatch.setattr(connections.Connection, "connection_made", counted)

    async def scene(url: str, port: int) -> None:
        clients = [socket.create_connection((HOST, port)) for _ in range(100)]
        before = len(os.listdir("/proc/self/fd"))
        while len(counts) < len(clients):
            await asyncio.sleep(0)
        for client in clients:
            client.close()
        assert max(counts) <= before + 8 + 4 * launch.AT_ONCE  # the next are accepted while the first are closed

    play(toy, scene)


@pytest.mark.parametrize(("rate", "statuses"), [(600, [200] * 2 + [429] * 6), (0, [200] * 8)])
def test_one_client_leaves_answers_to_others(toy: Path, rate: int, statuses: list[int]) -> None:
    begun, free = threading.Event(), threading.Event()

    async def scene(url: str, port: int) -> None:
        clients = list[httpx.AsyncClient]()

        def asking_from(host: str, questions: int) -> list[asyncio.Task[httpx.Response]]:
            client = httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(local_address=host), timeout=PATIENCE)
            clients.append(client)
            asked = [f"{QUESTION} {host} {number}" for number in range(questions)]
            return [asyncio.create_task(client.post(f"{url}ask", json={"question": question})) for question in asked]

        many = asking_from(HOST, 8)
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        if rate:
            refused = [await reply for reply, _ in zip(asyncio.as_completed(many), range(6), strict=False)]
            assert {reply.json()["detail"] for reply in refused} == {
                "2 of your questions are being answered already: ask again in a moment."
            }
            assert {reply.headers["retry-after"] for reply in refused} == {"1"}
            others = asking_from(ANOTHER, 3)
            assert (await next(iter(asyncio.as_completed(others)))).status_code == 429
            free.set()
            assert sorted([(await reply).status_code for reply in others]) == [200, 200, 429]
        free.set()
        assert sorted([(await reply).status_code for reply in many]) == statuses
        for client in clients:
            await client.aclose()

    play(toy, scene, lambda: held(open_toy(toy), begun, free), ServeSettings(port=0, in_flight=8, rate=rate))


@pytest.mark.parametrize(("descriptors", "most"), [(-1, MOST), (1 << 20, MOST), (256, 128), (20, FEWEST)])
def test_there_are_no_more_connections_than_descriptors(
    monkeypatch: pytest.MonkeyPatch, descriptors: int, most: int
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda kind: (descriptors, descriptors))
    assert most_connections() == most


def test_a_lack_of_descriptors_is_logged_once_a_minute_and_without_a_traceback(
    toy: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(url: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(3):
            loop.call_exception_handler(
                {"message": "socket.accept() out of system resource", "exception": OSError(24, "Too many open files")}
            )
        loop.call_exception_handler({"message": "something else"})

    play(toy, scene)
    logged = [(record.getMessage(), record.exc_info) for record in caplog.records if record.name == "asyncio"]
    assert logged == [
        ("no file descriptor is left for another connection: raise the limit, as by `ulimit -n 4096`", None),
        ("something else", False),
    ]
    assert logging.getLogger("asyncio").filters == []


def test_once_a_minute_is_once_a_minute() -> None:
    now = [0.0]
    seldom = OneAMinute("full", "it is full", lambda: now[0])
    record = logging.LogRecord("a", logging.ERROR, __file__, 1, "full of %s", ("bees",), None)
    passed = []
    for now[0] in (0.0, 59.0, 60.0, 119.0, 120.0):
        record.msg, record.args = "full of %s", ("bees",)
        passed.append(bool(seldom.filter(record)))
    assert passed == [True, False, True, False, True]
    assert record.getMessage() == "it is full"
