"""People who share an account: PluralKit says their messages again, and deletes their own."""

from __future__ import annotations

import asyncio

from tests.bot.discord.conftest import Stage

QUESTION = "Who closed the bridge in 2016?"


def test_an_answer_stays_when_its_question_is_said_again_and_goes_with_that(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            question = await server.say(scene.ann, scene.channel, f"<@BOT> A: {QUESTION}")
            answer = await server.next_message(scene.channel)
            async with asyncio.timeout(60):
                while not await scene.client.desk.is_answered(question.id):
                    await asyncio.sleep(0)
            again = await server.proxy(question, f"<@BOT> {QUESTION}")
            async with asyncio.timeout(60):
                while not await scene.client.desk.is_answered(again.id):
                    await asyncio.sleep(0)
            assert not answer.deleted
            await server.delete(again)
            await server.deletion(answer)

    asyncio.run(play())


def test_a_question_that_is_said_again_before_its_answer_is_answered_there(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            gate = server.hold("POST", rf"/channels/{scene.channel.id}/messages")
            question = await server.say(scene.ann, scene.channel, f"<@BOT> A: {QUESTION}")
            await gate.reached()
            again = await server.proxy(question, f"<@BOT> {QUESTION}")
            async with asyncio.timeout(60):
                while not scene.client._messages.proxies.of(question.id, scene.channel.id, QUESTION):
                    await asyncio.sleep(0)
            gate.release()
            answer = await server.next_message(scene.channel)
            assert answer.content.startswith("> Engineer Ilse Brandt")
            assert answer.reply_to is again

    asyncio.run(play())
