"""Questions in the words of other messages: those replied to, forwarded ones, and embeds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.bot.discord.conftest import Scene, Stage
from tests.discord_server import DiscordServer, Message

QUESTION = "Who closed the bridge in 2016?"
ANSWER = "> Engineer Ilse Brandt"
UNREADABLE = (
    "I can't read the question in that message. Choose *Apps › Find a quote* on it, or write the question yourself."
)


async def answered(scene: Scene) -> Message:
    """The next message of the bot."""
    return await scene.server.next_message(scene.channel)


@pytest.mark.parametrize("words", ["", "please 🙏", "?", "^", "can you answer this?", "any ideas?"])
def test_a_mention_in_reply_to_a_question_has_it_answered(stage: Stage, words: str) -> None:
    async def play() -> None:
        async with DiscordServer(privileged=["message_content"]) as server, stage(server, ask_channels=(1,)) as scene:
            question = await server.say(scene.ben, scene.channel, f"hey all, {QUESTION} thanks!")
            mention = await server.say(scene.ann, scene.channel, f"<@BOT> {words}", reply_to=question)
            answer = await answered(scene)
            assert answer.content.startswith(ANSWER)
            assert answer.reply_to is mention
            assert "More" not in answer.labels
            posted = await scene.client.desk.store.answer_for_question(mention.id)
            assert posted is not None
            assert posted.question == "", "the words of a message that may be deleted by itself are not kept"

    asyncio.run(play())


def test_who_has_an_own_question_is_asked_for_no_other(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer(privileged=["message_content"]) as server, stage(server, ask_channels=(1,)) as scene:
            other = await server.say(scene.ben, scene.channel, "Who keeps the clocks?")
            await server.say(scene.ann, scene.channel, f"<@BOT> {QUESTION}", reply_to=other)
            assert (await answered(scene)).content.startswith(ANSWER)
            await server.say(scene.ann, scene.channel, "me too", reply_to=other)
            await server.silence(scene.channel)

    asyncio.run(play())


def test_a_question_that_cannot_be_read_is_told_as_such(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            question = await server.say(scene.ben, scene.channel, QUESTION)
            await server.say(scene.ann, scene.channel, "<@BOT>", reply_to=question)
            assert (await answered(scene)).content == UNREADABLE

    asyncio.run(play())


def test_a_reply_below_a_thread_s_title_is_about_the_message(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer(privileged=["message_content"]) as server, stage(server, ask_channels=(1,)) as scene:
            thread = server.thread(scene.channel, "Who keeps the clocks?")
            question = await server.say(scene.ben, thread, QUESTION)
            await server.say(scene.ann, thread, "<@BOT>", reply_to=question)
            assert (await server.next_message(thread)).content.startswith(ANSWER)

    asyncio.run(play())


def test_a_forwarded_question_is_answered(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with DiscordServer(privileged=["message_content"]) as server:
            channel = server.text_channel(server.guild("other"), "help")
            async with stage(server, ask_channels=(channel.id,)) as scene:
                question = await server.say(scene.ben, scene.channel, f"<@ben> {QUESTION} 🙏")
                for place in (server.dm(scene.ann), channel):
                    await server.forward(scene.ann, question, place)
                    assert (await server.next_message(place)).content.startswith(ANSWER)
                await server.forward(scene.ann, await server.say(scene.ben, scene.channel, "morning all"), channel)
                forward = await server.forward(scene.ben, question, scene.channel)
                await server.say(scene.ann, scene.channel, "<@BOT>", reply_to=forward)
                assert (await answered(scene)).content.startswith(ANSWER)
                assert server.unseen(channel) == []

    asyncio.run(play())


def test_menus_read_embeds_and_forwarded_messages(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            form = {"title": "New question", "description": f"**Anna** asks: {QUESTION}"}
            embed = await server.say(scene.ben, scene.channel, embeds=[form])
            forward = await server.forward(scene.ben, embed, scene.channel)
            quote = await server.say(scene.ben, scene.channel, "> No sailor lost his life that night.")
            for message in (embed, forward):
                used = await server.menu(scene.ann, scene.channel, message, "Find a quote")
                assert "Engineer Ilse Brandt" in (await used.response()).content
            passed_on = await server.forward(scene.ben, quote, scene.channel)
            used = await server.menu(scene.ann, scene.channel, passed_on, "Verify quote")
            assert (await used.response()).content.startswith("**Verbatim**:")

    asyncio.run(play())
