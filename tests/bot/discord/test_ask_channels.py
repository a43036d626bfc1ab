"""Channels where every question is answered without a mention: what the bot says there, and where it is silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.bot.discord.conftest import Scene, Stage
from tests.discord_server import DiscordServer
from tests.discord_server.errors import NothingCame

QUESTION = "Who closed the bridge in 2016?"
UNANSWERED = "Which zebra composed symphonies in Antarctica?"


@asynccontextmanager
async def ask_channel(stage: Stage, server: DiscordServer | None = None, **settings: object) -> AsyncIterator[Scene]:
    """The bot in a server, of which one channel is an ask channel: that of the scene."""
    async with DiscordServer(privileged=["message_content"]) as own:
        there = server or own
        channel = there.text_channel(there.guild("other"), "help")
        async with stage(there, ask_channels=(channel.id,), **settings) as scene:
            yield replace(scene, channel=channel)


async def gaps(scene: Scene) -> list[str]:
    """The questions that count as unanswered."""
    return [gap.question for gap in await scene.client.desk.store.all_gaps()]


async def gap(scene: Scene, question: str) -> None:
    """Wait until a question counts as unanswered, and it alone."""
    async with asyncio.timeout(60):
        while await gaps(scene) != [question]:
            await asyncio.sleep(0.01)


def test_small_talk_draws_no_answer_and_no_sign(stage: Stage) -> None:
    async def play() -> None:
        async with ask_channel(stage) as scene:
            server = scene.server
            for text in (
                "morning all",
                "will do",
                "lol",
                "same here",
                "how are you all?",
                "what a day",
                "thanks!",
                "😂",
            ):
                await server.say(scene.ben, scene.channel, text)
            await server.say(scene.ann, scene.channel, f"hey all, {QUESTION} thanks <:smile:1>")
            assert (await server.next_message(scene.channel)).content.startswith("> Engineer Ilse Brandt")
            assert server.backend.typing == []
            assert await gaps(scene) == []

    asyncio.run(play())


@pytest.mark.parametrize(("text", "below"), [(UNANSWERED, 0.5), (QUESTION, 0.95)])
def test_the_bot_is_silent_where_it_is_not_sure(stage: Stage, text: str, below: float) -> None:
    async def play() -> None:
        async with ask_channel(stage, silent_below=below) as scene:
            server = scene.server
            question = await server.say(scene.ann, scene.channel, text)
            await gap(scene, text)
            await server.silence(scene.channel)
            assert server.backend.typing == []
            await server.delete(question)
            async with asyncio.timeout(60):
                while await gaps(scene):
                    await asyncio.sleep(0.01)

    asyncio.run(play())


def test_who_asks_the_bot_itself_is_always_answered(stage: Stage) -> None:
    async def play() -> None:
        async with ask_channel(stage) as scene:
            assert (await scene.ask(UNANSWERED)).startswith("**The corpus does not answer that.**")
            answer = scene.server.backend.world.messages[scene.channel.id][-1]
            await scene.server.say(scene.ben, scene.channel, UNANSWERED, reply_to=answer, ping=False)
            assert "does not answer" in (await scene.server.next_message(scene.channel)).content
        async with ask_channel(stage, silent_below=0.0) as scene:
            await scene.server.say(scene.ann, scene.channel, UNANSWERED)
            assert "does not answer" in (await scene.server.next_message(scene.channel)).content
            await scene.server.typed(scene.channel)

    asyncio.run(play())


def test_an_edited_question_gets_or_loses_its_answer(stage: Stage) -> None:
    async def play() -> None:
        async with ask_channel(stage) as scene:
            server = scene.server
            question = await server.say(scene.ann, scene.channel, UNANSWERED)
            await gap(scene, UNANSWERED)
            await server.unfurl(question, url="https://courier.example/")
            await server.edit(question, QUESTION)
            answer = await server.next_message(scene.channel)
            assert answer.content.startswith("> Engineer Ilse Brandt")
            assert await gaps(scene) == []
            await server.edit(question, UNANSWERED)
            await server.deletion(answer)
            await gap(scene, UNANSWERED)

    asyncio.run(play())


def test_what_was_passed_over_stays_so_over_a_restart(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer(privileged=["message_content"]) as server:
            async with ask_channel(stage, server) as scene:
                await server.say(scene.ann, scene.channel, UNANSWERED)
                await gap(scene, UNANSWERED)
                edited = await server.say(scene.ann, scene.channel, "Which zebra composed operas?")
                async with asyncio.timeout(60):
                    while len(await gaps(scene)) < 2:
                        await asyncio.sleep(0.01)
            await server.edit(edited, QUESTION)
            async with stage(server, ask_channels=(scene.channel.id,)) as again:
                answer = await server.next_message(scene.channel)
                assert answer.content.startswith("> Engineer Ilse Brandt")
                assert [gap.count for gap in await again.client.desk.store.all_gaps()] == [1]
                assert await gaps(again) == [UNANSWERED]

    asyncio.run(play())


def test_a_long_text_that_nobody_asked_the_bot_draws_no_answer(stage: Stage) -> None:
    async def play() -> None:
        async with ask_channel(stage) as scene:
            text = "I wonder about it all. " * 80 + "Why?"
            await scene.server.say(scene.ann, scene.channel, text)
            with pytest.raises(NothingCame):
                await scene.server.next_message(scene.channel, 0.3)
            assert "the limit is" in await scene.ask(text)

    asyncio.run(play())


def test_thanks_for_an_answer_draw_none(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            await scene.ask(QUESTION)
            answer = server.backend.world.messages[scene.channel.id][-1]
            await server.say(scene.ann, scene.channel, "thanks a lot! 🙏", reply_to=answer)
            assert (await scene.ask("hello!")).startswith("Ask me a question")
            assert server.unseen(scene.channel) == []

    asyncio.run(play())


def test_a_thread_s_title_counts_where_a_mention_has_no_other_words(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            thread = scene.server.thread(scene.channel, "Hi all, who keeps the clocks? 🙏")
            assert "clock museum keeps 312 clocks" in await scene.ask("please 🙏", thread)
            await scene.server.say(scene.ann, scene.channel, f"hello <@BOT>, {QUESTION} 👋 <@ben>")
            await scene.server.next_message(scene.channel)
            message = scene.server.backend.world.messages[scene.channel.id][0]
            posted = await scene.client.desk.store.answer_for_question(message.id)
            assert posted is not None
            assert posted.question == QUESTION

    asyncio.run(play())
