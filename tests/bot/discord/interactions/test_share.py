"""The Share button below a private answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.discord.interactions.buttons import FORGOTTEN, GONE
from bot.discord.interactions.share import SHARED, SHARED_BEFORE
from tests.bot.discord.conftest import Scene, Stage
from tests.bot.discord.restarting import restarted
from tests.discord_server import Interaction, Message

QUESTION = "Who closed the bridge in 2016?"


async def ask(scene: Scene, question: str = QUESTION, *, private: bool = True) -> Message:
    """Ann's answer to `/ask`."""
    used = await scene.server.slash(scene.ann, scene.channel, "ask", question=question, private=private)
    return await used.response()


async def followup(used: Interaction) -> Message:
    """What is posted beside the answer to who pressed."""
    await used.response()
    return await used.followup()


def test_a_private_answer_is_shared_once(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            answer = await ask(scene)
            assert answer.labels == ["Context", "More", "Details", "Useful", "Not useful", "Share"]
            used = await scene.server.press(scene.ann, answer, "Share")
            shared = await followup(used)
            assert (used.ephemeral, shared.ephemeral) == (True, False)
            assert shared.content == answer.content
            assert shared.labels == ["Context", "More", "Details", "Useful", "Not useful", "Remove"]
            await scene.server.until(lambda: used.messages[0].content == SHARED)
            again = await scene.server.press(scene.ann, answer, "Share")
            assert (await again.response()).content == SHARED_BEFORE
            store = scene.client.desk.store
            posted = await store.answer_for_message(shared.id)
            assert posted is not None
            assert (posted.question, posted.private, posted.asker) == (QUESTION, False, scene.ann.id)
            removed = await scene.server.press(scene.ann, shared, "Remove")
            assert (await removed.response()).content == "Removed."

    asyncio.run(play())


def test_what_was_asked_before_stays_private(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            await ask(scene, "Who winds the clocks at the clock museum?")
            leaning = await ask(scene, "and on Sunday?")
            assert "Searched for: Who winds the clocks at the clock museum?" in leaning.content
            used = await scene.server.press(scene.ann, leaning, "Share")
            shared = await followup(used)
            assert shared.content.startswith("-# Asked: and on Sunday?\n**1**\n> ")
            assert [line for line in shared.content.split("\n") if line.startswith("> ")] == [
                line for line in leaning.content.split("\n") if line.startswith("> ")
            ]
            await scene.server.say(scene.ann, scene.channel, "<@BOT> and why?")
            assert "Who winds" not in (await scene.server.next_message(scene.channel)).content
            await scene.server.say(scene.ann, scene.channel, "<@BOT> and why?", reply_to=shared)
            assert "Who winds" not in (await scene.server.next_message(scene.channel)).content

    asyncio.run(play())


def test_who_may_share_what(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            public = await ask(scene, private=False)
            assert "Share" not in public.labels
            message = await scene.server.say(scene.ben, scene.channel, QUESTION)
            found = await (await scene.server.menu(scene.ann, scene.channel, message, "Find a quote")).response()
            assert "Share" not in found.labels
            answer = await ask(scene)
            await (await scene.server.slash(scene.ann, scene.channel, "forget-me")).response()
            refused = await scene.server.press(scene.ann, answer, "Share")
            assert (await refused.response()).content in (FORGOTTEN, GONE)

    asyncio.run(play())


def test_a_private_answer_is_shared_also_after_a_restart(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            answer = await ask(scene)
            index = scene.client.desk.corpora.default.index
            async with restarted(scene, index, tmp_path / "chat.db"):
                used = await scene.server.press(scene.ann, answer, "Share")
                assert (await followup(used)).content == answer.content

    asyncio.run(play())
