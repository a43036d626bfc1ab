"""What its asker has had forgotten while a question is answered: neither told, recorded nor leant on again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from bot.chat_log.database import StoreUnusable
from bot.chat_log.store import Store
from bot.discord.memory import Place
from bot.discord.outgoing import sending
from bot.discord.outgoing.proof import Outgoing
from tests.bot.discord.conftest import Held, Scene, Stage
from tests.bot.discord.test_private import CLOCKS, SECRET, answered, ask, kept, recorded, remembered, say, until_gone
from tests.discord_server import Message

ZEBRA = "Which zebra plays xylophones?"
FOLLOW_UP = "and on Sunday?"


def searching(
    scene: Scene, held: Held, text: str = FOLLOW_UP, to: Message | None = None
) -> AbstractAsyncContextManager[None]:
    """Ann's next question, which is searched for as long as the work within takes."""
    return held.searching(scene.server.say(scene.ann, scene.channel, f"<@BOT> {text}", reply_to=to))


async def until_forgotten(scene: Scene, question: str = SECRET) -> None:
    """Wait until Ann's conversation has a question no more."""
    place = Place(scene.ann.id, scene.channel.id)
    async with asyncio.timeout(60):
        while question in [turn.question for turn in scene.client.desk.memory.turns(place)]:
            await asyncio.sleep(0)


async def delete(scene: Scene, question: Message) -> None:
    """The question is deleted."""
    await scene.server.delete(question)


async def edit_away(scene: Scene, question: Message) -> None:
    """The question is edited into none."""
    await scene.server.edit(question, "never mind")


async def reword(scene: Scene, question: Message) -> None:
    """The question is edited into another."""
    await scene.server.edit(question, "<@BOT> Who closed the bridge in 2016?")


async def start_over(scene: Scene, question: Message) -> None:
    """Ann uses `/new`."""
    await (await scene.server.slash(scene.ann, scene.channel, "new")).response()


async def forget_me(scene: Scene, question: Message) -> None:
    """Ann uses `/forget-me`."""
    await (await scene.server.slash(scene.ann, scene.channel, "forget-me")).response()


Forgetting = Callable[[Scene, Message], Any]
WAYS = [delete, edit_away, reword, start_over, forget_me]


@pytest.fixture
def free(held: Held) -> Held:
    """An engine that answers until it is held."""
    held.free.set()
    return held


@pytest.mark.parametrize("forget", WAYS)
@pytest.mark.parametrize("reply", [False, True])
def test_a_question_that_is_forgotten_in_the_meantime_is_leant_on_no_more(
    stage: Stage, free: Held, tmp_path: Path, forget: Forgetting, reply: bool
) -> None:
    async def play() -> None:
        async with stage(opener=free.open) as scene:
            await scene.server.registered("forget-me")
            question, answer = await answered(scene, SECRET)
            await remembered(scene, SECRET)
            await recorded(scene, answer)
            async with searching(scene, free, to=answer if reply else None):
                await forget(scene, question)
                await until_forgotten(scene)
            message = await scene.server.next_message(scene.channel)
            assert "xylophones" not in message.content
            await recorded(scene, message)
            posted = await scene.client.desk.store.answer_for_message(message.id)
            assert posted is not None
            assert posted.history == ()
            if forget in (delete, edit_away):
                await until_gone(tmp_path, b"xylophones")
            assert "xylophones" not in await say(scene, scene.ann, "and why?")
            assert "xylophones" not in await say(scene, scene.ann, "and why?", to=message)
            assert "xylophones" not in (await ask(scene, scene.ann, "and when?", private=True)).content

    asyncio.run(play())


def test_a_question_that_is_forgotten_while_a_follow_up_waits_in_line(stage: Stage, free: Held) -> None:
    async def play() -> None:
        async with stage(opener=free.open) as scene:
            question, _ = await answered(scene, SECRET)
            await remembered(scene, SECRET)
            async with searching(scene, free, "Who closed the bridge in 2016?"):
                waiting = await scene.server.slash(scene.ann, scene.channel, "ask", question=FOLLOW_UP)
                await waiting.acknowledged()
                await scene.server.delete(question)
                await until_forgotten(scene)
            assert "xylophones" not in (await waiting.response()).content

    asyncio.run(play())


def test_a_question_that_is_forgotten_while_a_follow_up_is_sent(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            question, _ = await answered(scene, SECRET)
            await remembered(scene, SECRET)
            gate = scene.server.hold("POST", rf"/channels/{scene.channel.id}/messages")
            await scene.server.say(scene.ann, scene.channel, f"<@BOT> {FOLLOW_UP}")
            await gate.reached()
            await scene.server.delete(question)
            await until_forgotten(scene)
            gate.release()
            message = await scene.server.next_message(scene.channel)
            await scene.server.next_edit(message)
            assert "xylophones" not in message.content
            await recorded(scene, message)
            posted = await scene.client.desk.store.answer_for_message(message.id)
            assert posted is not None
            assert posted.history == ()

    asyncio.run(play())


def test_what_is_in_flight_at_forget_me_is_answered_and_recorded_without_its_asker(
    stage: Stage, free: Held, tmp_path: Path
) -> None:
    async def play() -> None:
        async with stage(opener=free.open) as scene:
            await scene.server.registered("forget-me")
            async with searching(scene, free, ZEBRA):
                await (await scene.server.slash(scene.ann, scene.channel, "forget-me")).response()
            message = await scene.server.next_message(scene.channel)
            await recorded(scene, message)
            posted = await scene.client.desk.store.answer_for_message(message.id)
            assert posted is not None
            assert (posted.question, posted.asker, posted.history) == ("", None, ())
            assert await scene.client.desk.store.all_gaps() == ()
            assert b"xylophones" not in kept(tmp_path)
            assert "xylophones" not in await say(scene, scene.ann, "and why?")
            assert b"xylophones" not in kept(tmp_path)

    asyncio.run(play())


def test_what_is_in_flight_at_new_begins_no_conversation(stage: Stage, free: Held) -> None:
    async def play() -> None:
        async with stage(opener=free.open) as scene:
            await scene.server.registered("new")
            async with searching(scene, free, SECRET):
                await (await scene.server.slash(scene.ann, scene.channel, "new")).response()
            await recorded(scene, await scene.server.next_message(scene.channel))
            assert "xylophones" not in await say(scene, scene.ann, FOLLOW_UP)

    asyncio.run(play())


def test_an_edited_follow_up_brings_back_no_conversation(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            await scene.server.registered("new")
            await answered(scene, SECRET)
            await remembered(scene, SECRET)
            question, answer = await answered(scene, FOLLOW_UP)
            await recorded(scene, answer)
            await (await scene.server.slash(scene.ann, scene.channel, "new")).response()
            await scene.server.edit(question, "<@BOT> and why?")
            await scene.server.next_edit(answer)
            await remembered(scene, "and why?")
            assert "xylophones" not in await say(scene, scene.ann, "and when?")

    asyncio.run(play())


def test_an_update_that_is_no_edit_brings_back_no_forgotten_question(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            await scene.server.registered("forget-me")
            question, answer = await answered(scene, SECRET)
            await recorded(scene, answer)
            await (await scene.server.slash(scene.ann, scene.channel, "forget-me")).response()
            await scene.server.unfurl(question, url="https://courier.example/")
            await say(scene, scene.ben, CLOCKS)
            posted = await scene.client.desk.store.answer_for_message(answer.id)
            assert posted is not None
            assert (posted.question, posted.asker) == ("", None)
            assert b"xylophones" not in kept(tmp_path)

    asyncio.run(play())


def test_an_edit_that_is_in_flight_at_forget_me_is_recorded_without_its_asker(
    stage: Stage, free: Held, tmp_path: Path
) -> None:
    async def play() -> None:
        async with stage(opener=free.open) as scene:
            await scene.server.registered("forget-me")
            question, answer = await answered(scene, CLOCKS)
            await recorded(scene, answer)
            async with free.searching(scene.server.edit(question, f"<@BOT> {ZEBRA}")):
                await (await scene.server.slash(scene.ann, scene.channel, "forget-me")).response()
            await scene.server.next_edit(answer)
            posted = await scene.client.desk.store.answer_for_message(answer.id)
            assert posted is not None
            assert (posted.question, posted.asker) == ("", None)
            assert b"xylophones" not in kept(tmp_path)

    asyncio.run(play())


def test_an_answer_that_is_removed_while_its_edited_question_is_answered_stays_removed(
    stage: Stage, free: Held, tmp_path: Path
) -> None:
    async def play() -> None:
        async with stage(opener=free.open) as scene:
            question, answer = await answered(scene, CLOCKS)
            await recorded(scene, answer)
            async with free.searching(scene.server.edit(question, f"<@BOT> {ZEBRA}")):
                await (await scene.server.press(scene.ann, answer, "Remove")).response()
            await say(scene, scene.ben, CLOCKS)
            store = scene.client.desk.store
            assert await store.answer_for_question(question.id) is None
            assert await store.all_gaps() == ()
            assert "xylophones" not in await say(scene, scene.ann, "and why?")

    asyncio.run(play())


def test_a_command_s_answer_that_is_deleted_before_it_is_recorded_leaves_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mark_sent = Store.mark_sent

    async def play() -> None:
        async with stage() as scene:

            async def deleted_first(store: Store, id_: int, message: int) -> bool:
                answer = scene.server.backend.world.messages[scene.channel.id][-1]
                deletion = asyncio.Event()
                handle = scene.client.on_raw_message_delete

                async def handled(payload: Any) -> None:
                    await handle(payload)
                    deletion.set()

                monkeypatch.setattr(scene.client, "on_raw_message_delete", handled)
                await scene.server.delete(answer)
                await deletion.wait()
                return await mark_sent(store, id_, message)

            monkeypatch.setattr(Store, "mark_sent", deleted_first)
            await ask(scene, scene.ann, ZEBRA)
            await until_gone(tmp_path, b"xylophones")
            assert await scene.client.desk.store.all_gaps() == ()
            assert "xylophones" not in await say(scene, scene.ann, "and why?")

    asyncio.run(play())


def test_what_is_not_current_is_not_sent_again() -> None:
    tries: list[str] = []

    async def failing(content: str, **options: Any) -> None:
        tries.append(content)
        raise OSError

    async def play() -> None:
        for carry in (sending.send, sending.edit):
            with pytest.raises(sending.Outdated):
                await carry(failing, Outgoing("words"), is_current=lambda: not tries)
            assert tries.pop() == "words"

    asyncio.run(play())


def test_what_could_not_be_recorded_is_not_leant_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody could tell later which question a deleted message asked."""

    async def failing(*answer: object, **options: object) -> int:
        raise StoreUnusable(Path("chat.db"), "is locked")

    async def play() -> None:
        async with stage() as scene:
            with monkeypatch.context() as patch:
                patch.setattr(Store, "record_answer", failing)
                question, _ = await answered(scene, SECRET)
                await scene.server.delete(question)
            assert "xylophones" not in await say(scene, scene.ann, FOLLOW_UP)

    asyncio.run(play())
