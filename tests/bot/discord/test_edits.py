"""Questions that are edited, taken back, or refused, and what becomes of what was said to them."""

from __future__ import annotations

import asyncio

import pytest

from tests.bot.discord.conftest import Scene, Stage
from tests.discord_server import Message

QUESTION = "Who closed the bridge in 2016?"
ANSWER = "> Engineer Ilse Brandt"
LONG = f"<@BOT> {QUESTION} {'really ' * 200}"


async def told(scene: Scene, text: str) -> tuple[Message, Message]:
    """A message of Ann's, and what the bot says to it."""
    message = await scene.server.say(scene.ann, scene.channel, text)
    return message, await scene.server.next_message(scene.channel)


def standing(scene: Scene) -> list[str]:
    """What the bot says in the channel now."""
    messages = scene.server.backend.world.visible(scene.channel)
    return [message.content for message in messages if message.author.bot]


def test_a_question_that_is_shortened_is_answered_in_place_of_its_refusal(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            question, refusal = await told(scene, LONG)
            assert "the limit is 1,000" in refusal.content
            async with asyncio.timeout(60):
                while await scene.client.desk.store.inbox.waiting():
                    await asyncio.sleep(0)
            await scene.server.edit(question, f"<@BOT> {QUESTION}")
            await scene.server.next_edit(refusal)
            assert refusal.content.startswith(ANSWER)
            await scene.server.edit(question, "<@BOT> Where is the market held?")
            await scene.server.next_edit(refusal)
            assert not refusal.content.startswith(ANSWER)
            await scene.server.delete(question)
            await scene.server.deletion(refusal)

    asyncio.run(play())


def test_a_mention_that_is_added_is_met(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            message = await scene.server.say(scene.ann, scene.channel, QUESTION)
            await scene.server.unfurl(message, url="https://courier.example/")
            await scene.server.edit(message, f"<@BOT> {QUESTION}")
            assert (await scene.server.next_message(scene.channel)).content.startswith(ANSWER)
            assert len(standing(scene)) == 1

    asyncio.run(play())


@pytest.mark.parametrize("text", ["<@BOT> never mind", "never mind", "<@BOT> nvm!", "<@BOT>"])
@pytest.mark.parametrize("before", [f"<@BOT> {QUESTION}", LONG])
def test_a_question_that_is_taken_back_takes_what_was_said_to_it_along(stage: Stage, text: str, before: str) -> None:
    async def play() -> None:
        async with stage() as scene:
            question, answer = await told(scene, before)
            async with asyncio.timeout(60):
                while await scene.client.desk.store.inbox.waiting():
                    await asyncio.sleep(0)
            await scene.server.edit(question, text)
            await scene.server.deletion(answer)

    asyncio.run(play())


def test_a_refusal_goes_with_its_question(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            question, refusal = await told(scene, LONG)
            async with asyncio.timeout(60):
                while await scene.client.desk.store.inbox.waiting():
                    await asyncio.sleep(0)
            await scene.server.delete(question)
            await scene.server.deletion(refusal)

    asyncio.run(play())


def test_who_asks_too_soon_is_told_once_in_a_message_that_goes(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.discord.questions.SHOWN_FOR", 0.0)

    async def play() -> None:
        async with stage(cooldown=1.0) as scene:
            await told(scene, f"<@BOT> {QUESTION}")
            _, notice = await told(scene, f"<@BOT> {QUESTION}")
            assert notice.content.startswith("One question at a time, please: ask again in ")
            for _ in range(3):
                await scene.server.say(scene.ann, scene.channel, f"<@BOT> {QUESTION}")
            await scene.server.deletion(notice)
            assert len(standing(scene)) == 1
            await told(scene, f"<@BOT> {QUESTION}")
            _, second = await told(scene, f"<@BOT> {QUESTION}")
            assert second.content.startswith("One question at a time")

    asyncio.run(play())


def test_buttons_have_a_pace_too(stage: Stage) -> None:
    async def play() -> None:
        async with stage(cooldown=60.0) as scene:
            _, answer = await told(scene, f"<@BOT> {QUESTION}")
            first = await scene.server.press(scene.ben, answer, "Context")
            assert (await first.response()).content.startswith("> The stone bridge")
            second = await scene.server.press(scene.ben, answer, "Details")
            assert (await second.response()).content.startswith("One button at a time, please: press again in ")
            removal = await scene.server.press(scene.ann, answer, "Remove")
            assert (await removal.response()).content == "Removed."

    asyncio.run(play())
