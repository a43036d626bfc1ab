"""Answers laid out in components, in the server: refused, edited, pressed after a restart, and read again."""

from __future__ import annotations

import asyncio

import pytest

from bot.discord.interactions import buttons
from tests.bot.discord.conftest import Scene, Stage
from tests.bot.discord.test_private import recorded
from tests.discord_server import DiscordServer, Message
from tests.discord_server.records import Flag

QUESTION, CLOCKS = "Who closed the bridge in 2016?", "Who winds the clocks at the clock museum?"
ZEBRA = "Which zebra composed symphonies in Antarctica?"


async def answered(scene: Scene, text: str) -> tuple[Message, Message]:
    """Ann's question and its answer."""
    question = await scene.server.say(scene.ann, scene.channel, f"<@BOT> {text}")
    return question, await scene.server.next_message(scene.channel)


def in_components(message: Message) -> bool:
    """Whether a message is laid out in components."""
    return Flag.COMPONENTS_V2 in message.flags


def posts(scene: Scene) -> int:
    """How often the bot has tried to post a message in the channel."""
    path = f"/channels/{scene.channel.id}/messages"
    return sum(call.method == "POST" and call.path.endswith(path) for call in scene.server.calls)


def test_where_components_are_refused_answers_are_plain_without_another_try(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            scene.channel.takes_layouts = False
            _, answer = await answered(scene, QUESTION)
            assert not in_components(answer)
            assert answer.content.startswith("> Engineer Ilse Brandt")
            assert answer.labels[:3] == ["Context", "More", "Details"]
            await recorded(scene, answer)
            posted = await scene.client.desk.store.answer_for_message(answer.id)
            assert posted is not None
            assert len(posted.refs) == answer.content.count("\n-# [")
            assert posts(scene) == 2
            _, second = await answered(scene, CLOCKS)
            assert not in_components(second)
            assert posts(scene) == 3

    asyncio.run(play())


def test_a_command_s_answer_is_plain_where_components_are_refused(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            scene.channel.takes_layouts = False
            used = await scene.server.slash(scene.ann, scene.channel, "ask", question=QUESTION, top=1)
            answer = await used.response()
            assert not in_components(answer)
            assert "> Engineer Ilse Brandt" in answer.content
            more = await (await scene.server.press(scene.ben, answer, "More")).response()
            assert not in_components(more)

    asyncio.run(play())


@pytest.mark.parametrize("components", [True, False])
def test_a_message_in_components_stays_so_when_its_question_is_edited(stage: Stage, components: bool) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                question, answer = await answered(scene, QUESTION)
            async with stage(server, components=components) as again:
                await server.edit(question, f"<@BOT> {CLOCKS}")
                await server.next_edit(answer)
                assert in_components(answer)
                assert "The clock museum keeps" in answer.content
                assert "Useful" in answer.labels
                await server.edit(question, f"<@BOT> {ZEBRA}")
                await server.next_edit(answer)
                assert in_components(answer)
                assert answer.content.startswith("**The corpus does not answer that.**")
                assert "\n" not in answer.content
                assert again.client.desk.layouts.has_components(again.channel.id) == components

    asyncio.run(play())


def test_a_plain_answer_may_be_laid_out_in_components_when_its_question_is_edited(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server, components=False) as scene:
                question, answer = await answered(scene, QUESTION)
                assert not in_components(answer)
            async with stage(server):
                await server.edit(question, f"<@BOT> {CLOCKS}")
                await server.next_edit(answer)
                assert in_components(answer)
                assert "The clock museum keeps" in answer.content

    asyncio.run(play())


def test_an_error_takes_the_place_of_an_answer_in_components(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            question, answer = await answered(scene, QUESTION)
            await scene.server.edit(question, f"<@BOT> {'x ' * 900}")
            await scene.server.next_edit(answer)
            assert answer.content.startswith("Your question has ")
            assert (in_components(answer), answer.labels) == (True, [])

    asyncio.run(play())


def test_each_quote_has_its_own_context_also_after_a_restart(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                _, answer = await answered(scene, "Who said what?")
                assert answer.labels.count("Context") > 1
            async with stage(server) as again:
                for number in (1, 2):
                    used = await server.press(again.ben, answer, f"quoth:context:1:{number}")
                    shown = (await used.response()).content
                    quotes = [block for block in answer.content.split("**") if block.startswith("\n> ")]
                    words = quotes[number - 1].split("\n")[1].removeprefix("> ")
                    assert words in shown.replace("**", "")
                    assert len(used.messages) == 1

    asyncio.run(play())


def test_a_forged_number_of_a_quote_shows_nothing(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            _, answer = await answered(scene, QUESTION)
            button = next(part for part in answer.components[0]["components"] if part["type"] == 9)["accessory"]
            button["custom_id"] = "quoth:context:1:77"
            shown = await (await scene.server.press(scene.ben, answer, "quoth:context:1:77")).response()
            assert shown.content == buttons.GONE

    asyncio.run(play())


def test_the_quotes_of_an_answer_in_components_can_be_verified(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            _, answer = await answered(scene, QUESTION)
            used = await scene.server.menu(scene.ben, scene.channel, answer, "Verify quote")
            assert (await used.response()).content.startswith("**Verbatim**")

    asyncio.run(play())
