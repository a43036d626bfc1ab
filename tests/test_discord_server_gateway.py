"""The tests' own Discord and the real discord.py: connections made, lost, resumed and refused."""

import asyncio
import itertools
import json
from typing import Any

import aiohttp
import discord
import pytest

from tests.discord_server import DiscordServer
from tests.discord_server.stage import Stage, play, running


def test_a_session_is_resumed_after_a_cut_and_missed_events_are_replayed() -> None:
    async def scene(stage: Stage) -> None:
        stage.server.cut()
        await stage.server.say(stage.ann, stage.channel, "<@BOT> did you miss me?")
        await stage.server.resumed()
        assert (await stage.server.next_message(stage.channel)).content == "You said: @quoth did you miss me?"
        assert (stage.server.gateway.identified, stage.bot.readied) == (1, 1)
        assert [connection.compression for connection in stage.server.gateway.connections] == ["zlib-stream"] * 2

    play(scene)


def test_a_zombie_connection_is_replaced() -> None:
    async def scene(stage: Stage) -> None:
        stage.server.freeze()
        await stage.server.say(stage.ann, stage.channel, "<@BOT> still there?")
        await stage.server.resumed()
        await stage.server.next_message(stage.channel)

    play(scene, heartbeat_interval=0.05, heartbeat_timeout=0.2)


def test_heartbeats_come_on_time() -> None:
    async def scene(stage: Stage) -> None:
        await stage.server.beats(4)
        times = [beat.at for beat in stage.server.heartbeats[1:4]]
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert all(0.05 <= gap < 0.25 for gap in gaps)
        assert stage.server.heartbeats[-1].sequence is not None

    play(scene, heartbeat_interval=0.1)


def test_a_client_that_is_asked_to_reconnect_resumes() -> None:
    async def scene(stage: Stage) -> None:
        stage.server.gateway.ask_to_reconnect()
        await stage.server.resumed()
        stage.server.gateway.invalidate(resumable=True)
        await stage.server.resumed(2)
        stage.server.close(4009, "Session timed out.")
        await stage.server.resumed(3)
        assert stage.server.gateway.identified == 1

    play(scene)


def test_an_invalid_session_is_replaced_by_a_new_one() -> None:
    async def scene(stage: Stage) -> None:
        stage.server.gateway.forget_sessions()
        stage.server.cut()
        await stage.server.connected(2)
        stage.server.gateway.invalidate(resumable=False)
        await stage.server.connected(3)
        await stage.server.say(stage.ann, stage.channel, "<@BOT> hello again")
        await stage.server.next_message(stage.channel)
        assert stage.server.gateway.resumed == 0

    play(scene)


def test_unknown_events_and_ops_are_survived() -> None:
    async def scene(stage: Stage) -> None:
        stage.server.dispatch_raw("SOMETHING_NEW", {"surprise": True})
        stage.server.send_raw({"op": 99, "d": None, "s": None, "t": None})
        lost = stage.server.guild("lost")
        stage.server.remove_channel(stage.server.text_channel(lost))
        stage.server.remove_bot(lost)
        await stage.server.say(stage.ann, stage.channel, "<@BOT> hello")
        await stage.server.next_message(stage.channel)
        assert [guild.name for guild in stage.bot.guilds] == ["library"]
        stage.server.refuse_connections(1)
        stage.server.repeat()
        stage.server.cut()
        await stage.server.resumed()

    play(scene)


def test_a_wrong_token_is_refused_at_login() -> None:
    async def main() -> None:
        async with DiscordServer(token="another") as server:
            server.token = "wrong"
            with pytest.raises(discord.LoginFailure):
                async with running(server, discord.Intents.default()):
                    pass

    asyncio.run(main())


def test_a_privileged_intent_that_is_off_is_refused() -> None:
    async def main() -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        async with DiscordServer() as server, running(server, intents) as bot:
            assert await server.closed() == 4014
            with pytest.raises(discord.PrivilegedIntentsRequired):
                await bot.connecting

    asyncio.run(main())


IDENTIFY = {"token": "a-token-for-tests", "intents": 1, "properties": {}}


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (["nonsense"], 4002),
        ([{"op": 3, "d": {}}], 4003),
        ([{"op": 2, "d": {**IDENTIFY, "token": "wrong"}}], 4004),
        ([{"op": 2, "d": IDENTIFY}, {"op": 2, "d": IDENTIFY}], 4005),
        ([{"op": 2, "d": {**IDENTIFY, "intents": 1 << 40}}], 4013),
        ([{"op": 2, "d": {**IDENTIFY, "intents": 1 << 1}}], 4014),
        ([{"op": 2, "d": IDENTIFY}, {"op": 77, "d": None}], 4001),
        ([{"op": 1, "d": None}] * 121, 4008),
    ],
)
def test_close_codes(frames: list[Any], code: int) -> None:
    async def main() -> None:
        async with DiscordServer() as server, aiohttp.ClientSession() as session:
            socket = await session.ws_connect(server.gateway.url)
            for frame in frames:
                await socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))
            async for _ in socket:
                pass
            assert socket.close_code == code

    asyncio.run(main())


def test_members_are_sent_on_request() -> None:
    async def main() -> None:
        intents = discord.Intents.default()
        intents.members = True
        async with DiscordServer(privileged=["members"]) as server:
            channel = server.text_channel(server.guild())
            await server.say(server.user("ann"), channel, "hello")
            async with running(server, intents) as bot:
                await bot.wait_until_ready()
                members = [member.name for member in bot.guilds[0].members]
                matches = await bot.guilds[0].query_members("an")
        assert sorted(members) == ["ann", "owner", "quoth"]
        assert [member.name for member in matches] == ["ann"]

    asyncio.run(main())
