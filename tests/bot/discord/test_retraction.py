"""What later answers print of a question that is gone: the line goes, and their quotes stay."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import discord
import pytest

from bot.chat_log.database import StoreUnusable
from bot.chat_log.store import Store
from bot.discord.outgoing.messages import without_context
from bot.discord.retraction import Retraction
from tests.bot.discord.conftest import Scene, Stage
from tests.bot.discord.test_private import CLOCKS, SECRET, answered, ask, recorded, remembered
from tests.discord_server import DiscordServer, Message

FOLLOW_UP = "and on Sunday?"
LINE = "-# Searched for: "
WORD = "xylophones"

Forgetting = Callable[[Scene, Message, Message], Awaitable[object]]


async def delete(scene: Scene, question: Message, answer: Message) -> None:
    """Delete the question."""
    await scene.server.delete(question)


async def delete_many(scene: Scene, question: Message, answer: Message) -> None:
    """Delete the question among others."""
    await scene.server.delete_many(question)


async def edit_away(scene: Scene, question: Message, answer: Message) -> None:
    """Edit the question into none."""
    await scene.server.edit(question, "never mind")


async def reword(scene: Scene, question: Message, answer: Message) -> None:
    """Edit the question into another."""
    await scene.server.edit(question, f"<@BOT> {CLOCKS}")


async def remove(scene: Scene, question: Message, answer: Message) -> None:
    """Press Remove below the answer."""
    await (await scene.server.press(scene.ann, answer, "Remove")).response()


async def forget_me(scene: Scene, question: Message, answer: Message) -> None:
    """Use `/forget-me`."""
    await (await scene.server.slash(scene.ann, scene.channel, "forget-me")).response()


WAYS = [delete, delete_many, edit_away, reword, remove, forget_me]


async def until_retracted(*messages: Message) -> None:
    """Wait until none of the messages prints the word."""
    async with asyncio.timeout(60):
        while any(WORD in message.content for message in messages):
            await asyncio.sleep(0.01)


async def known(scene: Scene, question: str) -> tuple[Message, Message]:
    """Ann's question and its answer, once the memory and the store know of them."""
    message, answer = await answered(scene, question)
    await remembered(scene, question)
    await recorded(scene, answer)
    return message, answer


async def follow_up(scene: Scene) -> tuple[Message, Message, Message]:
    """Return a question, its answer, and the answer to a later question that prints its words."""
    await scene.server.registered("forget-me")
    question, answer = await known(scene, SECRET)
    _, later = await known(scene, FOLLOW_UP)
    assert WORD in later.content
    assert "> " in later.content
    return question, answer, later


@pytest.mark.parametrize(("forget", "components"), [*((forget, True) for forget in WAYS), (delete, False)])
def test_an_answer_to_a_later_question_loses_the_line_and_keeps_its_quotes(
    stage: Stage, forget: Forgetting, components: bool
) -> None:
    async def play() -> None:
        async with stage(components=components) as scene:
            question, answer, later = await follow_up(scene)
            before, labels = later.content, later.labels
            await forget(scene, question, answer)
            await until_retracted(later)
            kept = "\n".join(line for line in before.split("\n") if not line.startswith(LINE))
            assert later.content == kept.strip()
            assert later.labels == labels
            assert not later.deleted

    asyncio.run(play())


def test_every_later_answer_loses_the_words(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            question, _, later = await follow_up(scene)
            command = await ask(scene, scene.ann, "and why?")
            await recorded(scene, command)
            assert WORD in command.content
            await scene.server.delete(question)
            await until_retracted(later, command)
            assert command.content.startswith("-# Asked: and why?\n")

    asyncio.run(play())


@pytest.mark.parametrize("forget", [delete, edit_away, reword])
def test_a_question_that_goes_while_the_bot_is_away(stage: Stage, forget: Forgetting) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                question, answer, later = await follow_up(scene)
            await forget(scene, question, answer)
            async with stage(server):
                await until_retracted(later)

    asyncio.run(play())


@pytest.mark.parametrize("fault", ["server", "connection"])
def test_an_answer_that_cannot_be_edited_now_is_edited_after_a_restart(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    async def failing(*args: object, **options: object) -> None:
        if fault == "connection":
            raise aiohttp.ClientConnectionError
        reached.set()
        await asyncio.Event().wait()

    reached = asyncio.Event()

    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                question, answer, later = await follow_up(scene)
                with monkeypatch.context() as patch:
                    patch.setattr(discord.Message, "edit", failing)
                    await server.delete(question)
                    await server.deletion(answer)
                    if fault == "server":
                        await asyncio.wait_for(reached.wait(), 5)
                    await scene.client.finish()
                assert WORD in later.content
            async with stage(server):
                await until_retracted(later)

    asyncio.run(play())


def test_a_message_that_is_gone_is_looked_for_once(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            question, answer, later = await follow_up(scene)
            scene.server.backend.world.messages[scene.channel.id].remove(later)
            await scene.server.delete(question)
            await scene.server.deletion(answer)
            async with asyncio.timeout(60):
                while await scene.client.desk.store.stale_answers():
                    await asyncio.sleep(0.01)

    asyncio.run(play())


def test_what_another_process_forgets_goes_from_the_messages_of_this_one(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.discord.retraction.LOOK_EVERY", 0.01)

    async def play() -> None:
        async with stage() as scene:
            _, _, later = await follow_up(scene)
            other = Store.open(tmp_path / "chat.db")
            await other.forget(scene.ann.id)
            await until_retracted(later)
            await other.close()

    asyncio.run(play())


def test_no_question_leans_on_what_another_process_has_forgotten(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            await known(scene, SECRET)
            other = Store.open(tmp_path / "chat.db")
            await other.forget(scene.ann.id)
            await other.close()
            _, later = await answered(scene, FOLLOW_UP)
            assert WORD not in later.content

    asyncio.run(play())


def test_an_edit_that_discord_puts_off_is_made_later(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.discord.retraction.LOOK_EVERY", 0.01)

    async def play() -> None:
        async with stage() as scene:
            question, _, later = await follow_up(scene)
            sentence = "Maximum number of edits to messages older than 1 hour reached. Try again later."
            scene.server.fail("PATCH", rf"/messages/{later.id}", 400, times=2, code=30046, message=sentence)
            await scene.server.delete(question)
            await until_retracted(later)

    asyncio.run(play())


def test_a_message_that_may_not_be_read_is_left_until_a_restart(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                question, answer, later = await follow_up(scene)
                other, second = await answered(scene, CLOCKS)
                await recorded(scene, second)
                server.fail("GET", rf"/messages/{later.id}", 403)
                for message, carrying in ((question, answer), (other, second)):
                    await server.delete(message)
                    await server.deletion(carrying)
                await answered(scene, CLOCKS)
                assert [posted.message for posted in await scene.client.desk.store.stale_answers()] == [later.id]
            assert len([call for call in server.calls if call.path.endswith(f"/messages/{later.id}")]) == 1
            assert WORD in later.content
            async with stage(server):
                await until_retracted(later)

    asyncio.run(play())


@pytest.mark.parametrize("method", ["record_answer", "mark_sent"])
def test_an_answer_that_the_store_cannot_find_again_prints_no_earlier_words(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    async def failing(*args: object, **options: object) -> int:
        raise StoreUnusable(Path("chat.db"), "is locked")

    async def play() -> None:
        async with stage() as scene:
            await answered(scene, SECRET)
            await remembered(scene, SECRET)
            monkeypatch.setattr(Store, method, failing)
            _, later = await answered(scene, FOLLOW_UP)
            await until_retracted(later)
            assert "> " in later.content

    asyncio.run(play())


def test_only_the_line_above_an_answer_goes() -> None:
    below = f"> {LINE}words\n-# Searched for: a title · a@b#1-2\n\n-# Confidence: high"
    assert without_context(f"-# Asked: Who?\n{LINE}Why? Who?\n\n{below}") == f"-# Asked: Who?\n\n{below}"
    assert without_context(f"{LINE}Why? Who?\n\n{below}") == below
    assert without_context(below) == below


def test_nothing_more_is_edited_once_the_client_has_left(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        async with stage() as scene:
            await follow_up(scene)
            await scene.client.finish()
            retraction = Retraction(scene.client, scene.client.desk)
            await scene.client.desk.store.forget(scene.ann.id)
            retraction.start()
            assert retraction.task is not None
            await asyncio.wait_for(retraction.task, 10)
            assert await scene.client.desk.store.stale_answers()

    asyncio.run(play())
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
