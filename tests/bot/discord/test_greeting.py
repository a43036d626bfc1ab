"""What the bot says in a server that it was invited to: a few words, once, where they can be read."""

from __future__ import annotations

import asyncio

import pytest

from bot.discord.greeting import greeting
from tests.bot.discord.conftest import Stage
from tests.discord_server import Channel, DiscordServer, Guild, Message

HELLO = greeting("quoth").content


def system_channel(guild: Guild) -> Channel:
    """Where Discord itself tells of new members."""
    assert guild.system_channel is not None
    return guild.system_channel


def posted(server: DiscordServer, channel: Channel) -> list[Message]:
    """What the bot posted in a channel."""
    return [message for message in server.backend.world.messages[channel.id] if message.author is server.bot]


def test_a_server_is_greeted_once_in_its_system_channel(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                await scene.client.wait_until_ready()
                guild = server.guild("new", channels=("rules", "welcome"), system_channel="welcome")
                welcome = system_channel(guild)
                assert (await server.next_message(welcome)).content == HELLO
                server.repeat(2)
                await scene.ask("Who keeps the clocks?", welcome)
            async with stage(server) as scene:
                await scene.ask("Who keeps the clocks?", welcome)
            assert len([message for message in posted(server, welcome) if message.content == HELLO]) == 1
            assert posted(server, server.dm(server.owner)) == []

    asyncio.run(play())


@pytest.mark.parametrize("case", ["none", "shut", "elsewhere"])
def test_its_owner_is_greeted_where_there_is_no_channel_for_that(stage: Stage, case: str) -> None:
    async def play() -> None:
        async with DiscordServer() as server, stage(server) as scene:
            await scene.client.wait_until_ready()
            system = None if case == "none" else "welcome"
            denied = {"shut": ("send_messages",), "elsewhere": ("view_channel",)}.get(case, ())
            server.guild("new", channels=("rules", "welcome"), system_channel=system, denied=denied)
            assert (await server.next_message(server.dm(server.owner))).content == HELLO

    asyncio.run(play())


def test_a_server_that_is_not_answered_is_not_greeted(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server, stage(server, servers=()) as scene:
            await scene.client.wait_until_ready()
            guild = server.guild("second", channels=("welcome",), system_channel="welcome")
            assert "> The clock museum keeps 312 clocks" in await scene.ask("Who keeps the clocks?")
            assert posted(server, system_channel(guild)) + posted(server, server.dm(server.owner)) == []

    asyncio.run(play())


def test_a_server_that_the_bot_left_is_forgotten_and_greeted_anew(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                await scene.client.wait_until_ready()
                first, second = (
                    server.guild(name, channels=("welcome",), system_channel="welcome") for name in ("first", "second")
                )
                for guild in (first, second):
                    await server.next_message(system_channel(guild))
                state = scene.client.desk.store.state
                server.remove_bot(first)
                async with asyncio.timeout(60):
                    while await state.get("greeted") != f"[{second.id}]":
                        await asyncio.sleep(0.01)
            server.remove_bot(second)
            async with stage(server) as scene, asyncio.timeout(60):
                while await scene.client.desk.store.state.get("greeted") != "[]":
                    await asyncio.sleep(0.01)

    asyncio.run(play())
