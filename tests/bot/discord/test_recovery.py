"""Nothing asked is lost: outages, gaps and killed bots only delay an answer, which is given once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.chat_log.inbox import Command, WaitingQuestion
from bot.chat_log.store import Store
from bot.discord import recovery
from bot.discord.client import QuothClient
from bot.discord.outgoing import sending
from tests.bot.discord.conftest import Held, Scene, Stage, staged
from tests.bot.discord.restarting import emptied
from tests.discord_server import Channel, DiscordServer, Message

QUESTION = "Who closed the bridge in 2016?"
ANSWER = "> Engineer Ilse Brandt"
MENTION = f"<@BOT> {QUESTION}"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once, and connections are opened at once."""

    async def at_once(*shard: object, **options: object) -> None:
        pass

    monkeypatch.setattr(QuothClient, "before_identify_hook", at_once)
    monkeypatch.setattr(sending, "PAUSES", ())
    monkeypatch.setattr("bot.discord.outgoing.sending.persistently.__defaults__", ((),))
    monkeypatch.setattr(recovery, "pauses", lambda: iter(lambda: 0.01, None))
    monkeypatch.setattr("bot.discord.client.GUILDS_WITHIN", 0.05)


def replies(server: DiscordServer, channel: Channel) -> list[str]:
    """What the bot said in a channel."""
    return [message.content for message in server.backend.world.messages[channel.id] if message.author.bot]


async def answered_once(scene: Scene, channel: Channel) -> Message:
    """The one answer in a channel."""
    message = await scene.server.next_message(channel)
    assert message.content.startswith(ANSWER)
    await emptied(scene)
    assert len(replies(scene.server, channel)) == 1
    return message


def test_a_question_in_an_outage_of_the_api_is_answered_after_it(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            scene.server.fail("*", r"/channels/", 503, times=12)
            await scene.server.say(scene.ann, scene.channel, MENTION)
            await answered_once(scene, scene.channel)

    asyncio.run(play())


def test_questions_in_the_gap_of_a_reconnect_are_found_again(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            quiet, thread, direct = server.text_channel(scene.guild), server.thread(scene.channel), server.dm(scene.ann)
            assert (await scene.ask(QUESTION, direct)).startswith(ANSWER)
            assert (await scene.ask(QUESTION)).startswith(ANSWER)
            server.gateway.forget_sessions()
            server.cut()
            await server.say(scene.ben, scene.channel, MENTION)
            await server.say(scene.ben, thread, MENTION)
            await server.say(scene.ann, direct, MENTION)
            await server.say(scene.ben, scene.channel, "just talking")
            await server.connected(2)
            for channel in (scene.channel, thread, direct):
                assert (await server.next_message(channel)).content.startswith(ANSWER)
            await emptied(scene)
            counts = [len(replies(server, channel)) for channel in (scene.channel, thread, direct, quiet)]
            assert counts == [2, 1, 2, 0]
            read = [call.path for call in server.calls if call.method == "GET" and call.path.endswith("/messages")]
            assert f"/channels/{quiet.id}/messages" not in read, "where nothing is new, nothing is read"

    asyncio.run(play())


def test_questions_asked_while_the_bot_was_down_are_answered_or_told_to_be_late(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                await scene.ask(QUESTION)
                channel = scene.channel
            await server.say(scene.ann, channel, MENTION)
            await server.say(scene.ann, channel, "<@BOT>")
            async with stage(server) as again:
                message = await server.next_message(channel)
                assert message.content.startswith(ANSWER)
                await emptied(again)
            await server.say(scene.ann, channel, MENTION)
            async with stage(server, answer_within=0.0) as again:
                message = await server.next_message(channel)
                assert message.content.startswith("I was away when you asked this")
                await emptied(again)
            async with stage(server) as again:
                await scene.server.silence(channel, 0.8)
            assert len(replies(server, channel)) == 3

    asyncio.run(play())


def test_what_was_asked_before_the_first_start_is_left_alone(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            channel = server.text_channel(server.guild())
            await server.say(server.user("ann"), channel, MENTION)
            async with stage(server):
                await server.silence(channel, 0.8)

    asyncio.run(play())


@pytest.mark.parametrize("killed", ["before it was searched", "before it was posted", "before it was recorded"])
def test_a_message_in_hand_when_the_bot_was_killed_is_answered_once(stage: Stage, tmp_path: Path, killed: str) -> None:
    """What a killed bot leaves behind: the question in the inbox, perhaps an answer without or with its message."""

    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                if killed == "before it was recorded":
                    question = await server.say(scene.ann, scene.channel, MENTION)
                    await server.next_message(scene.channel)
                    await emptied(scene)
                    async with asyncio.timeout(60):
                        while not await scene.client.desk.is_answered(question.id):
                            await asyncio.sleep(0)
            if killed != "before it was recorded":
                question = await server.say(scene.ann, scene.channel, MENTION)
            store = Store.open(tmp_path / "chat.db")
            waiting = WaitingQuestion(question.id, scene.channel.id, scene.guild.id, scene.ann.id)
            assert await store.inbox.claim(waiting, again=True)
            if killed == "before it was recorded":
                posted = await store.answer_for_question(question.id)
                assert posted is not None
                assert posted.id is not None
                await store.mark_sent(posted.id, None)  # type: ignore[arg-type]
            await store.close()
            async with stage(server) as again:
                if killed == "before it was recorded":
                    await emptied(again)
                else:
                    assert (await server.next_message(scene.channel)).content.startswith(ANSWER)
                    await emptied(again)
                async with asyncio.timeout(60):
                    while not await again.client.desk.is_answered(question.id):
                        await asyncio.sleep(0)
            assert len(replies(server, scene.channel)) == 1

    asyncio.run(play())


@pytest.mark.parametrize("answered", [False, True])
def test_a_command_in_hand_when_the_bot_was_killed_is_answered_once(
    stage: Stage, tmp_path: Path, answered: bool
) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                gate = server.hold("PATCH", "/messages/@original")
                first = await server.slash(scene.ann, scene.channel, "ask", question=QUESTION, top=1)
                await gate.reached()
                (left,) = await scene.client.desk.store.inbox.waiting()
                assert left.command == Command(first.token, QUESTION, 1, False, None)
                gate.release()
                await first.response()
                await emptied(scene)
            used = await server.slash(scene.ann, scene.channel, "ask", question=QUESTION)
            async with aiohttp.ClientSession() as session:
                await session.post(f"{server.url}/interactions/{used.id}/{used.token}/callback", json={"type": 5})
            store = Store.open(tmp_path / "chat.db")
            token = first.token if answered else used.token
            await store.inbox.add(replace(left, id=used.id, command=Command(token, QUESTION, 1, False, None, "de")))
            await store.inbox.add(replace(left, id=1, command=Command("gone", "Who?", None, True, None)))
            await store.close()
            async with stage(server) as again:
                if not answered:
                    content = (await used.response()).content
                    assert content.startswith("-# Gefragt: ")
                    assert "Ilse Brandt" in content
                await emptied(again)
            assert [len(interaction.messages) for interaction in (first, used)] == [1, 1]
            assert len(first.messages[0].versions) == 2

    asyncio.run(play())


def test_leaving_takes_seconds_and_tells_who_waits(index: Path, tmp_path: Path, held: Held) -> None:
    async def play() -> None:
        async with staged(index, tmp_path)(opener=held.open) as scene:
            held.free.set()
            await scene.ask("Where is the market held?")
            held.free.clear()
            await scene.server.say(scene.ann, scene.channel, MENTION)
            used = await scene.server.slash(scene.ben, scene.channel, "ask", question="Who?")
            await used.acknowledged()
            loop = asyncio.get_running_loop()
            began = loop.time()
            await scene.client.finish()
            took = loop.time() - began
            for content in ((await scene.server.next_message(scene.channel)).content, (await used.response()).content):
                assert content == "I am being restarted. Please ask again in a minute."
            assert await scene.client.desk.store.inbox.waiting() == ()
            held.free.set()
            assert took < 7

    asyncio.run(play())


def test_what_was_asked_long_ago_is_not_read_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                await scene.ask(QUESTION)
            await server.say(scene.ann, scene.channel, MENTION)
            monkeypatch.setattr(recovery, "LOOK_BACK", timedelta(0))
            async with stage(server):
                await server.silence(scene.channel, 0.8)

    asyncio.run(play())
