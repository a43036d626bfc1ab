"""What the bot keeps no longer than it should."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.chat_log.store import Store
from tests.bot.chat_log.test_store import ANSWER, count_gap
from tests.bot.discord.conftest import Stage
from tests.discord_server import DiscordServer


async def kept(path: Path) -> tuple[int, ...]:
    """The guilds of which anything is kept."""
    store = Store.open(path)
    try:
        return tuple(sorted(await store.guilds()))
    finally:
        await store.close()


def test_a_server_that_was_left_meanwhile_is_forgotten(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            gone, unknown = server.guild("gone"), server.guild("not to be told")
            async with stage(server) as scene:
                for guild in (gone, unknown):
                    await count_gap(scene.client.desk.store, "Why?", "letters", guild.id)
            server.remove_bot(gone)
            server.remove_bot(unknown)
            server.fail("GET", rf"/guilds/{unknown.id}", 403, times=9)
            async with stage(server) as scene, asyncio.timeout(60):
                while gone.id in await scene.client.desk.store.guilds():
                    await asyncio.sleep(0)
            assert unknown.id in await kept(tmp_path / "chat.db")

    asyncio.run(play())


def test_what_is_older_than_it_is_kept_is_removed(stage: Stage, tmp_path: Path) -> None:
    async def fill() -> None:
        store = Store.open(tmp_path / "chat.db")
        for days in (200, 10):
            posted_at = datetime.now(UTC) - timedelta(days)
            await store.record_answer(replace(ANSWER, message=1000 + days, guild=None, posted_at=posted_at))
        await store.close()

    async def play() -> None:
        await fill()
        async with stage() as scene, asyncio.timeout(60):
            while await scene.client.desk.store.answer_for_message(1200):
                await asyncio.sleep(0)
            assert await scene.client.desk.store.answer_for_message(1010) is not None

    asyncio.run(play())
