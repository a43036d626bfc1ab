"""More servers than one connection may have."""

from __future__ import annotations

import asyncio

import pytest

from bot.discord.client import QuothClient
from tests.bot.discord.conftest import Stage
from tests.discord_server import DiscordServer


def test_each_server_is_heard_over_the_connection_that_discord_gives_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(*shard: object, **options: object) -> None:
        """discord.py waits five seconds before the second connection."""

    monkeypatch.setattr(QuothClient, "before_identify_hook", at_once)

    async def play() -> None:
        async with DiscordServer(shards=2) as server:
            guilds = [server.guild()]
            while len({(guild.id >> 22) % 2 for guild in guilds}) < 2:  # an id names the millisecond of its making
                await asyncio.sleep(0)
                guilds.append(server.guild())
            channels = [server.text_channel(guild) for guild in (guilds[0], guilds[-1])]
            async with stage(server) as scene:
                await server.connected(2)
                for channel in (*channels, server.dm(scene.ann)):
                    assert (await scene.ask("Who closed the bridge in 2016?", channel)).startswith("> Engineer")
                assert {session.shard for session in server.gateway.sessions.values()} == {0, 1}

    asyncio.run(play())
