"""The commands registered with Discord: only when they changed, and never at the price of the bot."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from bot.discord import launch, repetition
from bot.discord.gateway import DiscordRefuses, obstacle
from bot.settings import DiscordSettings, IndexSettings, Settings
from tests.bot.discord.conftest import Scene, Stage, open_engine
from tests.bot.discord.restarting import restarted
from tests.discord_server import DiscordServer

PATH = r"/applications/\d+/commands$"


def registrations(server: DiscordServer) -> list[int | None]:
    """The outcome of each attempt to register the commands."""
    return [call.status for call in server.calls if call.method == "PUT" and call.path.endswith("/commands")]


async def settled(scene: Scene, wanted: int) -> None:
    """Wait until so many attempts have been answered."""
    async with asyncio.timeout(60):
        while len([status for status in registrations(scene.server) if status]) < wanted:
            await asyncio.sleep(0)


def test_commands_are_registered_only_when_they_changed(
    stage: Stage, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        async with stage() as scene:
            await scene.server.registered("ask")
            async with asyncio.timeout(60):
                while await scene.client.desk.store.state.get(f"commands of {scene.server.bot.id}") is None:
                    await asyncio.sleep(0)
            async with restarted(scene, index, tmp_path / "chat.db"):
                await scene.ask("Who closed the bridge in 2016?")
            assert registrations(scene.server) == [200]
            monkeypatch.setattr("bot.discord.interactions.verification.LONGEST_VERIFIED", 3000)
            monkeypatch.setattr("bot.languages.catalogue.catalogues", dict)  # no translations
            async with restarted(scene, index, tmp_path / "chat.db", sessions=3):
                await settled(scene, 2)

    asyncio.run(play())


@pytest.mark.parametrize("status", [400, 403])
def test_a_registration_that_is_refused_is_logged_with_its_reason_and_ends_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            server.fail("PUT", PATH, status, code=50001, message="Missing Access")
            async with stage(server, registers=False) as scene:
                assert (await scene.ask("Who closed the bridge in 2016?")).startswith("> Engineer Ilse Brandt")
                await settled(scene, 1)
            assert registrations(server) == [status]

    asyncio.run(play())
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.getMessage().startswith("the commands could not be registered, those of before remain: ")
    assert record.getMessage().endswith(": Missing Access")
    assert "network" not in caplog.text


def test_a_registration_that_fails_for_now_is_tried_again(
    stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.discord.command_tree.pauses", lambda: iter([0.0] * 9))

    async def play() -> None:
        async with DiscordServer() as server:
            server.fail("PUT", PATH, 503, times=2)
            async with stage(server):
                await server.registered("ask")

    asyncio.run(play())
    assert "the commands could not be registered (503 Service Unavailable), trying again in 0 s" in caplog.text


def test_pauses_grow_to_a_minute() -> None:
    pauses = repetition.pauses()
    assert [next(pauses) for _ in range(8)] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    backoff = repetition.CappedBackoff()
    assert max(backoff.delay() for _ in range(100)) <= 60.0


@pytest.mark.parametrize(("status", "words"), [(503, "503 Service Unavailable"), (404, "404 Not Found")])
def test_an_api_that_answers_is_not_called_unreachable(
    index: Path, tmp_path: Path, status: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            monkeypatch.setenv("QUOTH_DISCORD_TOKEN", server.token)
            server.fail("GET", "/gateway/bot", status, times=9)
            discord = DiscordSettings(api_url=server.url, store=tmp_path / "chat.db")
            await launch.run(Settings(index=IndexSettings(index), discord=discord), open_engine)

    with pytest.raises(DiscordRefuses) as caught:
        asyncio.run(play())
    assert f"answers {words}" in str(caught.value)
    assert "network" not in str(caught.value)
    assert "network" in str(obstacle(ConnectionRefusedError("refused"), "https://discord.example"))
