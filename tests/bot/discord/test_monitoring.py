"""The running bot watched: its endpoints, its figures, and the id by which a question's log lines are found."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import re
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot import logs, request_id
from bot.discord import launch
from bot.discord.client import QuothClient
from bot.discord.outgoing.proof import Unproved
from bot.setting_addresses import ListenAddress
from bot.settings import DiscordSettings, IndexSettings, MonitoringSettings, Settings
from tests.bot.discord.conftest import Stage, open_engine
from tests.discord_server import Channel, DiscordServer, Message, User

QUESTION, UNANSWERED = "Who closed the bridge in 2016?", "Why is the sky blue over Atlantis?"


@dataclass(frozen=True, slots=True)
class Watched:
    """The bot as `quoth discord` runs it, and whoever watches it."""

    server: DiscordServer
    channel: Channel
    ann: User
    base: str
    session: aiohttp.ClientSession

    async def ask(self, question: str) -> Message:
        await self.server.say(self.ann, self.channel, f"<@BOT> {question}")
        return await self.server.next_message(self.channel)

    async def get(self, path: str) -> tuple[int, str]:
        async with self.session.get(self.base + path) as response:
            return response.status, await response.text()

    async def figure(self, name: str) -> float:
        _, text = await self.get("/metrics")
        values = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(*values)  # 0 where nothing was counted yet

    async def until_figure(self, name: str, value: float) -> None:
        """Wait until a figure has a value."""
        async with asyncio.timeout(60):
            while await self.figure(name) != value:
                await asyncio.sleep(0)

    async def until_ready(self, status: int) -> list[str]:
        """Wait until /readyz has a status; return its reasons."""
        async with asyncio.timeout(60):
            while True:
                current, text = await self.get("/readyz")
                if current == status:
                    return list(json.loads(text)["reasons"])
                await asyncio.sleep(0)


Watch = Callable[[Callable[[Watched], Awaitable[None]]], None]


@pytest.fixture
def watch(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Watch:
    """Plays a scene with the bot watched, and has it end by SIGTERM."""

    def play(scene: Callable[[Watched], Awaitable[None]]) -> None:
        asyncio.run(played(scene))

    async def played(scene: Callable[[Watched], Awaitable[None]]) -> None:
        async with DiscordServer() as server, aiohttp.ClientSession() as session:
            monkeypatch.setenv("QUOTH_DISCORD_TOKEN", server.token)
            settings = Settings(
                index=IndexSettings(index),
                discord=DiscordSettings(api_url=server.url, store=tmp_path / "chat.db", cooldown=0.0, servers=None),
                monitoring=MonitoringSettings(ListenAddress("127.0.0.1", 0)),
            )
            channel, ann = server.text_channel(server.guild()), server.user("ann")
            running = asyncio.create_task(launch.run(settings, open_engine))
            await server.connected()
            await server.registered("forget-me")
            (base,) = re.findall(r"http://127\.0\.0\.1:(?!%)\d+(?=\n|$)", "\n".join(served(caplog)))
            try:
                await scene(Watched(server, channel, ann, base, session))
            finally:
                os.kill(os.getpid(), signal.SIGTERM)
                await asyncio.wait_for(running, 10)
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(base)

    caplog.set_level(logging.INFO)
    return play


def served(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    return (message for message in caplog.messages if "/metrics" in message)


def test_what_the_bot_does_is_counted(watch: Watch) -> None:
    async def scene(watched: Watched) -> None:
        server = watched.server
        assert await watched.until_ready(200) == []
        answer = await watched.ask(QUESTION)
        await watched.ask(UNANSWERED)
        await watched.ask("?!")
        used = await server.press(watched.ann, answer, "Useful")
        await used.response()
        assert await watched.figure('quoth_questions_total{outcome="answered"}') == 1
        assert await watched.figure('quoth_questions_total{outcome="abstained"}') == 1
        assert await watched.figure('quoth_votes_total{vote="useful"}') == 1
        assert await watched.figure('quoth_refusals_total{kind="QuestionInvalid"}') == 1
        for stage in ("queue", "encode", "search", "prove", "send"):
            assert await watched.figure(f'quoth_stage_seconds_count{{stage="{stage}"}}') >= 2, stage
        assert await watched.figure("quoth_question_seconds_count") == 2
        assert await watched.figure("quoth_questions_waiting") == 0
        assert await watched.figure('quoth_gateway_open{shard="0"}') == 1
        _, text = await watched.get("/metrics")
        for secret in (QUESTION, "bridge", str(watched.ann.id), str(watched.channel.id), server.token):
            assert secret not in text

    watch(scene)


def test_a_lost_connection_is_told_and_counted(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(*_: object, **options: object) -> None:
        """discord.py's own waits five seconds before a client identifies anew."""

    monkeypatch.setattr(QuothClient, "before_identify_hook", at_once)

    async def scene(watched: Watched) -> None:
        server = watched.server
        await watched.until_ready(200)
        server.refuse_connections(times=1)
        server.cut()
        assert await watched.until_ready(503) == ["the connection to Discord is closed (shard 0)"]
        assert (await watched.get("/healthz"))[0] == 200
        await watched.until_figure('quoth_gateway_reconnects_total{session="new"}', 1)
        await watched.until_ready(200)
        server.cut()
        await watched.until_figure('quoth_gateway_reconnects_total{session="resumed"}', 1)

    watch(scene)


def test_an_event_that_cannot_be_handled_is_counted(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(watched: Watched) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("bot.discord.home.Home.look", lambda _: 1 / 0)
            await watched.server.say(watched.ann, watched.channel, f"<@BOT> {QUESTION}")
            await watched.until_figure('quoth_errors_total{kind="ZeroDivisionError"}', 1)

    watch(scene)


def test_a_database_that_cannot_be_written_is_told(watch: Watch, tmp_path: Path) -> None:
    async def scene(watched: Watched) -> None:
        await watched.until_ready(200)
        holding = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
        holding.execute("BEGIN IMMEDIATE")
        assert await watched.until_ready(503) == ["the database has not been writable for 2 s"]
        holding.execute("ROLLBACK")
        holding.close()
        await watched.until_ready(200)

    watch(scene)


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[dict[str, str]]]]:
    """Logs as `quoth discord --log-json` does; what it wrote."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", stream)
    logs.set_up("", as_json=True)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], level = before
    root.setLevel(level)
    logging.captureWarnings(False)


def test_the_lines_of_a_question_have_its_id(
    stage: Stage, log_lines: Callable[[], list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> tuple[Message, Message, str]:
        async with stage(components=False) as scene:
            await scene.ask(QUESTION)
            await scene.server.say(scene.ben, scene.channel, f"<@BOT> {UNANSWERED}")
            second = await scene.server.next_message(scene.channel)

            async def prove(*_: object) -> None:
                logging.getLogger("elsewhere").warning("something odd")
                raise Unproved("the words are not there")

            monkeypatch.setattr("bot.discord.outgoing.sending.prove", prove)
            apology = await scene.ask("Who winds the clocks of the museum?")
            first = scene.server.backend.world.messages[scene.channel.id][1]
            return first, second, apology

    first, second, apology = asyncio.run(play())
    lines = log_lines()
    ids = []
    for message in (first, second):
        (sent,) = [line for line in lines if line["message"] == f"message {message.id} carries the answer"]
        ids.append(sent["request"])
        own = [line["message"] for line in lines if line.get("request") == sent["request"]]
        assert len(own) == 2
        assert re.match(r"a question is done \((answered|abstained)\) in \d\.\d{3} s: queue .*, send ", own[1])
    (odd,) = [line for line in lines if line["logger"] == "elsewhere"]
    (reference,) = re.findall(r"\(reference ([0-9a-f]{8})\)", apology)
    assert odd["request"].startswith(reference)
    assert len({*ids, odd["request"]}) == 3


def test_a_line_of_text_has_the_id_in_short() -> None:
    formatter = logs.Records("", as_json=False)
    record = logging.LogRecord("a.place", logging.INFO, "", 1, "said", None, None)
    assert formatter.format(record).endswith(" INFO a.place: said")
    with request_id.identified(id_ := request_id.new()):
        assert formatter.format(record).endswith(f" INFO a.place [{id_[:8]}]: said")
