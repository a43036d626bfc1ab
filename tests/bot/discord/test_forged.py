"""Buttons that a client sends with other messages, and edits that would ask without waiting."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.answering.service import Busy
from bot.chat_log.store import Votes
from bot.discord.interactions.buttons import LOOKS
from retrieval.records import Answer
from tests.bot.discord.conftest import Scene, Stage
from tests.discord_server import Channel, DiscordServer, Message, User
from tests.discord_server.interaction import COMPONENT
from tests.toy import build_toy, write_corpus

QUESTION = "Who closed the bridge in 2016?"
CLOCKS = "Who winds the clocks at the clock museum?"
GONE = "I no longer know this answer."
NOT_YOURS = "Only the person who asked or a moderator (Manage Messages) can remove this answer."


async def answer_to(scene: Scene, user: User, channel: Channel, question: str = QUESTION) -> Message:
    """What the bot answers to somebody, once the store knows the message."""
    await scene.server.say(user, channel, f"<@BOT> {question}")
    answer = await scene.server.next_message(channel)
    async with asyncio.timeout(60):
        while await scene.client.desk.store.answer_for_message(answer.id) is None:
            await asyncio.sleep(0)
    return answer


async def number_of(scene: Scene, answer: Message) -> int:
    """The number that an answer has in the store."""
    posted = await scene.client.desk.store.answer_for_message(answer.id)
    assert posted is not None
    assert posted.id is not None
    return posted.id


async def forged(scene: Scene, user: User, below: Message, custom_id: str, channel: Channel | None = None) -> str:
    """What a button answers that a client made up: below any message, as if in any channel."""
    # The message has the button: an id that the bot gave out, and gave once more with a new database.
    last = below.versions[-1]
    row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": custom_id}]}
    object.__setattr__(last, "components", (row,))
    data = {"custom_id": custom_id, "component_type": 2, "id": 1}
    place = channel or below.channel
    scene.server._enter(user, place)
    used = scene.server._interact(COMPONENT, user, place, data, f"[{custom_id}]", message=below)
    return (await used.response()).content


@pytest.mark.parametrize("verb", LOOKS)
def test_a_button_works_below_its_own_answer_only(stage: Stage, verb: str) -> None:
    async def play() -> None:
        async with stage() as scene:
            server, store = scene.server, scene.client.desk.store
            chief = server.user("chief", permissions=["manage_messages"])
            far, near = server.text_channel(server.guild("far"), "far"), server.text_channel(scene.guild, "near")
            thread, direct = server.thread(scene.channel), server.dm(chief)
            answer = await answer_to(scene, scene.ann, scene.channel)
            number = await number_of(scene, answer)
            belows = [await answer_to(scene, chief, one, CLOCKS) for one in (far, near, thread, direct, scene.channel)]
            belows.append(await server.say(chief, scene.channel, "a message of a person"))
            for below in belows:
                assert await forged(scene, chief, below, f"quoth:{verb}:{number}") == GONE
                assert not below.deleted
            # The right message, and another place.
            assert await forged(scene, chief, answer, f"quoth:{verb}:{number}", far) == GONE
            assert await forged(scene, chief, answer, f"quoth:{verb}:{number}", direct) == GONE
            assert await forged(scene, chief, answer, f"quoth:{verb}:999") == GONE
            assert await store.votes(number) == Votes()
            assert await store.answer(number) is not None
            assert await forged(scene, chief, answer, f"quoth:{verb}:{number}") != GONE

    asyncio.run(play())


@pytest.mark.parametrize("verb", LOOKS)
def test_a_button_of_a_private_answer_is_its_asker_s(stage: Stage, verb: str) -> None:
    async def play() -> None:
        async with stage() as scene:
            server, store = scene.server, scene.client.desk.store
            await server.registered("ask")
            mine, theirs = [
                await (await server.slash(user, scene.channel, "ask", question=QUESTION, private=True)).response()
                for user in (scene.ann, scene.ben)
            ]
            public = await answer_to(scene, scene.ann, scene.channel)
            for user, below in ((scene.ben, theirs), (scene.ben, public), (scene.ann, public)):
                assert await forged(scene, user, below, f"quoth:{verb}:1") == GONE
                assert not below.deleted
            assert (await store.votes(1), await store.answer(1) is not None) == (Votes(), True)
            assert await forged(scene, scene.ann, mine, f"quoth:{verb}:1") != GONE

    asyncio.run(play())


@pytest.mark.parametrize("verb", [verb for verb in LOOKS if verb != "solved"])
def test_no_button_reaches_into_another_collection(stage: Stage, tmp_path: Path, verb: str) -> None:
    build_toy(write_corpus(tmp_path / "articles"), tmp_path / "other")

    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                answer = await answer_to(scene, scene.ann, scene.channel)
            collections = {scene.channel.id: tmp_path / "other"}
            async with stage(server, collections=collections) as again:
                used = await server.press(scene.ann, answer, LOOKS[verb][0])
                said = "This answer came from articles that I no longer use here."
                assert (await used.response()).content == said
                assert await again.client.desk.store.votes(1) == Votes()
                assert await again.client.desk.store.answer(1) is not None
                assert not answer.deleted

    asyncio.run(play())


def test_a_moderator_of_another_server_removes_nothing(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            far = server.text_channel(server.guild("far"), "far")
            mona = server.user("mona")
            assert far.guild is not None
            server.role(far.guild, "mods", mona, permissions=["manage_messages"])
            answer = await answer_to(scene, scene.ann, scene.channel)
            theirs = await answer_to(scene, scene.ann, far)
            used = await server.press(mona, answer, "Remove")
            assert (await used.response()).content == NOT_YOURS
            used = await server.press(mona, theirs, "Remove")
            assert ((await used.response()).content, theirs.deleted, answer.deleted) == ("Removed.", True, False)

    asyncio.run(play())


def test_a_list_s_button_turns_no_other_message(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            answer = await answer_to(scene, scene.ann, scene.channel)
            person = await server.say(scene.ann, scene.channel, "a message of a person")
            for below in (answer, person):
                said = await forged(scene, scene.ben, below, "quoth:sources:0:")
                assert said == "I no longer know this list: ask for it again."
            assert len(answer.versions) == 1

    asyncio.run(play())


# Edits


def test_an_edit_that_comes_too_soon_leaves_the_answer_as_it_is(stage: Stage) -> None:
    async def play() -> None:
        async with stage(cooldown=60.0) as scene:
            server = scene.server
            question = await server.say(scene.ann, scene.channel, f"<@BOT> {QUESTION}")
            answer = await server.next_message(scene.channel)
            content = answer.content
            for number in range(20):
                await server.edit(question, f"<@BOT> {CLOCKS} {number}")
            await server.say(scene.ben, scene.channel, f"<@BOT> {CLOCKS}")
            assert "312 clocks" in (await server.next_message(scene.channel)).content
            assert (answer.content, len(answer.versions)) == (content, 1)
            # Its quotes are no longer known, nor is the former wording told.
            for button in ("Context", "Details", "More"):
                refused = await (await server.press(server.user(button), answer, button)).response()
                assert refused.content == "The question was edited, and I am about to answer it anew."

    asyncio.run(play())


def test_an_edit_counts_as_a_question(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0

    async def play() -> None:
        nonlocal now
        async with stage(cooldown=60.0) as scene:
            server = scene.server
            monkeypatch.setattr(scene.client.reception._cooldown, "_clock", lambda: now)
            question = await server.say(scene.ann, scene.channel, f"<@BOT> {QUESTION}")
            answer = await server.next_message(scene.channel)
            now += 3600
            await server.edit(question, f"<@BOT> {CLOCKS}")
            await server.next_edit(answer)
            assert "312 clocks" in answer.content
            assert (await scene.ask(QUESTION)).startswith("One question at a time")

    asyncio.run(play())


def test_an_edit_that_comes_too_soon_is_answered_later_as_it_reads_then(stage: Stage) -> None:
    async def play() -> None:
        async with stage(cooldown=0.3) as scene:
            server = scene.server
            question = await server.say(scene.ann, scene.channel, f"<@BOT> {QUESTION}")
            answer = await server.next_message(scene.channel)
            for number in range(3):
                await server.edit(question, f"<@BOT> Which zebra composed symphonies? {number}")
            await server.edit(question, f"<@BOT> {CLOCKS}")
            await server.until(lambda: "312 clocks" in answer.content)
            assert not [version for version in answer.versions if "One question at a time" in version.content]

    asyncio.run(play())


def test_an_edit_that_finds_the_bot_busy_is_answered_later(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.discord.edits.BUSY_FOR", 0.0)

    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            question = await server.say(scene.ann, scene.channel, f"<@BOT> {QUESTION}")
            answer = await server.next_message(scene.channel)
            service = scene.client.desk.corpora.default.service
            ask, refusals = service.ask, [Busy(1)]

            async def busy_once(*args: Any, **options: Any) -> Answer:
                if refusals:
                    raise refusals.pop()
                return await ask(*args, **options)

            monkeypatch.setattr(service, "ask", busy_once)
            await server.edit(question, f"<@BOT> {CLOCKS}")
            await server.next_edit(answer)
            assert "312 clocks" in answer.content

    asyncio.run(play())
