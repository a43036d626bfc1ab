"""What became of questions while the bot was away, and what it does about them when it is back."""

from __future__ import annotations

import asyncio

from tests.bot.discord.conftest import Stage
from tests.bot.discord.test_private import CLOCKS, SECRET, answered, recorded, remembered
from tests.discord_server import DiscordServer

BRIDGE = "Who closed the bridge in 2016?"


def test_a_question_whose_asker_was_forgotten_goes_with_its_answer(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                question, answer = await answered(scene, SECRET)
                await recorded(scene, answer)
                await remembered(scene, SECRET)
                follow_up, leaning = await answered(scene, "and on Sunday?")
                await recorded(scene, leaning)
                await server.registered("forget-me")
                await (await server.slash(scene.ann, scene.channel, "forget-me")).response()
            await server.delete(question)
            await server.delete(follow_up)
            async with stage(server):
                await server.deletion(answer)
                await server.deletion(leaning)

    asyncio.run(play())


def test_a_bare_mention_in_another_s_thread_goes_with_its_answer(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                thread = server.thread(scene.channel, CLOCKS)
                mention, answer = await answered(scene, "", thread)
                await recorded(scene, answer)
            await server.delete(mention)
            async with stage(server):
                await server.deletion(answer)

    asyncio.run(play())
