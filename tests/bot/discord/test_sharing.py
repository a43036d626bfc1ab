"""Several bots with one store: each question is answered by one of them, and by another where that one is killed."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bot.chat_log.address import Place
from bot.chat_log.inbox import Inbox, WaitingQuestion
from bot.chat_log.store import Store
from bot.discord.client import QuothClient
from bot.discord.launch import rules_of
from bot.settings import DiscordSettings, Settings
from retrieval.errors import InputInvalid
from tests.bot.discord.conftest import Scene, Stage
from tests.discord_server import Channel, DiscordServer, Guild

ROOT = Path(__file__).resolve().parents[3]
QUESTION = "Who closed the bridge in 2016?"
ANSWER = "> Engineer"


def url_of(place: Place) -> str:
    """The place as the settings take it."""
    if isinstance(place, Path):
        return str(place)
    options = dict(place.options)
    return f"postgresql://{options['user']}@/{options['dbname']}?host={options['host']}"


@asynccontextmanager
async def process(*arguments: object) -> AsyncIterator[Process]:
    """A bot of its own, until it is killed."""
    command = [sys.executable, "-m", "tests.bot.discord.bot_process", *map(str, arguments)]
    bot = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        yield bot
    finally:
        if bot.returncode is None:
            bot.kill()
        await bot.wait()


def answered(server: DiscordServer, channel: Channel) -> Counter[int]:
    """How many replies each question has."""
    messages = server.backend.world.messages[channel.id]
    return Counter(message.reply_to.id for message in messages if message.author.bot and message.reply_to is not None)


async def owners(store: Store) -> list[str]:
    """The processes that have claimed the questions that wait."""
    sql = "SELECT owner FROM inbox WHERE done_at IS NULL"
    return [owner for (owner,) in await store._database.read(lambda connection: connection.execute(sql).fetchall())]


async def until_idle(server: DiscordServer, channel: Channel, store: Store, asked: int, stalled: str) -> None:
    """Wait until all questions are answered but those that one process has claimed.

    On a busy machine its signs of life may come too late, and another has taken them over.
    """
    async with asyncio.timeout(40):
        while True:
            waiting = await owners(store)
            if set(waiting) <= {stalled} and len(answered(server, channel)) + len(waiting) == asked:
                return
            await asyncio.sleep(0.02)


def test_of_fifty_questions_each_is_answered_once_though_one_bot_is_killed(index: Path, place: Place) -> None:
    async def play() -> None:
        async with DiscordServer() as server, AsyncExitStack() as stack:
            guild = server.guild()
            channel, ann = server.text_channel(guild), server.user("ann")
            arguments = (index, url_of(place), server.url, server.token)
            stalls = await stack.enter_async_context(process(*arguments, 2))
            await server.connected(1, timeout=60)
            store = await asyncio.to_thread(Store.open, place)
            stack.push_async_callback(store.close)
            names = "SELECT name FROM processes"
            (stalled,) = await store._database.read(lambda connection: connection.execute(names).fetchone())
            await stack.enter_async_context(process(*arguments))
            await server.connected(2, timeout=60)
            for number in range(25):  # each in words of its own, or the second would be answered from memory
                await server.say(ann, channel, f"<@BOT> {QUESTION} ({number})")
            await until_idle(server, channel, store, 25, stalled)
            stalls.kill()
            for number in range(25, 50):
                await server.say(ann, channel, f"<@BOT> {QUESTION} ({number})")
            async with asyncio.timeout(40):
                while len(answered(server, channel)) < 50 or await store.inbox.waiting():
                    await asyncio.sleep(0.02)
            assert set(answered(server, channel).values()) == {1}
            sent = [call for call in server.calls if call.method == "POST" and call.path.endswith("/messages")]
            assert len(sent) == 50

    asyncio.run(play())


def on_each_connection(server: DiscordServer) -> tuple[Guild, Guild]:
    """A server for each of two connections."""
    by_shard: dict[int, Guild] = {}
    while len(by_shard) < 2:
        guild = server.guild()
        by_shard[(guild.id >> 22) % 2] = guild
    return by_shard[0], by_shard[1]


def test_two_bots_with_a_connection_each_share_a_store(
    stage: Stage, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(*shard: object, **options: object) -> None:
        """Wait for no turn."""

    monkeypatch.setattr(QuothClient, "before_identify_hook", at_once)

    async def play() -> None:
        async with DiscordServer(shards=2) as server:
            guilds = on_each_connection(server)
            channels = [server.text_channel(guild) for guild in guilds]
            shared = {"store": place, "shards": 2, "registers": False}
            async with (
                stage(server, **shared, shard_ids=(0,)) as first,
                stage(server, **shared, shard_ids=(1,)) as second,
            ):
                assert [client.hears(guilds[0].id) for client in (first.client, second.client)] == [True, False]
                assert [client.hears(None) for client in (first.client, second.client)] == [True, False]
                for channel in (*channels, server.dm(first.ann)):
                    assert (await first.ask(QUESTION, channel)).startswith(ANSWER)
                    assert set(answered(server, channel).values()) == {1}
                assert len(await second.client.desk.store.guilds()) == 2
                await first.client._heard.keep()
                await second.client._heard.keep()
                kept = await first.client.desk.store.state.get("heard")
                assert kept is not None
                assert {'"0"', '"1"'} == {key.strip("{ ").partition(":")[0] for key in kept.split(",")}

    asyncio.run(play())


def test_of_two_bots_on_one_connection_one_answers_a_command(stage: Stage, place: Place) -> None:
    async def play() -> None:
        async with DiscordServer() as server, stage(server, store=place) as first, stage(server, store=place):
            asked = await server.slash(first.ann, first.channel, "ask", question=QUESTION)
            assert ANSWER in (await asked.response()).content
            helped = await server.slash(first.ann, first.channel, "help")
            assert (await helped.response()).content
            edits = Counter(call.path for call in server.calls if call.path.endswith("/messages/@original"))
            assert set(edits.values()) == {1}

    asyncio.run(play())


@pytest.fixture
def outcomes(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each claim of an edit was granted, as they come."""
    outcomes, claim = list[bool](), Inbox.claim

    async def noted(inbox: Inbox, waiting: WaitingQuestion, *, again: bool = False) -> bool:
        is_own = await claim(inbox, waiting, again=again)
        if again:
            outcomes.append(is_own)
        return is_own

    monkeypatch.setattr(Inbox, "claim", noted)
    return outcomes


async def granted(outcomes: list[bool], count: int) -> list[bool]:
    """Wait for so many claims, and return whether each was granted."""
    async with asyncio.timeout(60):
        while len(outcomes) < count:
            await asyncio.sleep(0)
    return sorted(outcomes)


async def settled(scene: Scene) -> None:
    """Wait until all that was claimed is done with."""
    async with asyncio.timeout(60):
        while await scene.client.desk.store.inbox.waiting():
            await asyncio.sleep(0)


FORMER = pytest.mark.parametrize("before", ["Where is the market held?", f"{QUESTION} {'really ' * 200}"])
"""A question that is answered, and one that is refused."""


@FORMER
def test_of_two_bots_on_one_connection_one_answers_an_edit(
    stage: Stage, place: Place, outcomes: list[bool], before: str
) -> None:
    """In place of an answer, or of what was said instead of one."""

    async def play() -> None:
        async with DiscordServer() as server, stage(server, store=place) as first, stage(server, store=place):
            question = await server.say(first.ann, first.channel, f"<@BOT> {before}")
            reply = await server.next_message(first.channel)
            await settled(first)
            gate = server.hold("PATCH", f"/messages/{reply.id}", times=2)
            await server.edit(question, f"<@BOT> {QUESTION}")
            await gate.reached()
            assert await granted(outcomes, 2) == [False, True]
            gate.release()
            await server.next_edit(reply)
            await settled(first)
            assert (reply.content.startswith(ANSWER), len(reply.versions)) == (True, 2)
            assert answered(server, first.channel) == {question.id: 1}

    asyncio.run(play())


@FORMER
def test_an_edit_that_a_bot_comes_to_late_was_answered_by_the_other(
    stage: Stage, place: Place, outcomes: list[bool], monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    async def play() -> None:
        async with DiscordServer() as server, stage(server, store=place) as first, stage(server, store=place) as second:
            question = await server.say(first.ann, first.channel, f"<@BOT> {before}")
            reply = await server.next_message(first.channel)
            await settled(first)
            kept, over = second.client.desk.store.inbox, asyncio.Event()

            async def late(waiting: WaitingQuestion, *, again: bool = False) -> bool:
                await over.wait()
                return await Inbox.claim(kept, waiting, again=again)

            monkeypatch.setattr(kept, "claim", late)
            await server.edit(question, f"<@BOT> {QUESTION}")
            await server.next_edit(reply)
            await settled(first)
            over.set()
            assert await granted(outcomes, 2) == [True, True]
            await settled(first)
            assert (reply.content.startswith(ANSWER), len(reply.versions)) == (True, 2)
            assert answered(server, first.channel) == {question.id: 1}

    asyncio.run(play())


def test_an_edit_that_a_bot_had_in_hand_when_it_left_is_answered_by_another(
    stage: Stage, place: Place, outcomes: list[bool]
) -> None:
    async def play() -> None:
        async with DiscordServer() as server, stage(server, store=place) as scene, AsyncExitStack() as stack:
            question = await server.say(scene.ann, scene.channel, "<@BOT> Where is the market held?")
            answer = await server.next_message(scene.channel)
            await settled(scene)
            other = await asyncio.to_thread(Store.open, place)
            stack.push_async_callback(other.close)
            await other.claims.renew()
            waiting = WaitingQuestion(question.id, scene.channel.id, scene.guild.id, scene.ann.id)
            assert await other.inbox.claim(waiting, again=True)
            await server.edit(question, f"<@BOT> {QUESTION}")
            assert await granted(outcomes, 2) == [False, True]
            assert len(answer.versions) == 1
            await other.claims.leave()
            scene.client.inbox.has_left.set()
            await server.next_edit(answer)
            assert answer.content.startswith(ANSWER)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"shards": 2, "shard_ids": (2,), "servers": None},
            "The setting discord.shards is 2, too few for its shard_ids: "
            "set it to more than 2, and to the same for every process.",
        ),
        (
            {"shards": 2, "shard_ids": (1,)},
            "The setting discord.shard_ids needs to know which servers are answered: "
            'list servers below [discord], or set it to "all".',
        ),
    ],
)
def test_connections_that_cannot_be_are_refused(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        rules_of(Settings(discord=DiscordSettings(**settings)))  # type: ignore[arg-type]
    assert str(caught.value) == sentence
