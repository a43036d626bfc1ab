"""What became of questions while the bot was away, and what it does about them when it is back."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

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


def test_edits_made_meanwhile_are_answered_at_no_pace(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                pairs = [await answered(scene, question) for question in (CLOCKS, "Where is the market held?")]
                for _, answer in pairs:
                    await recorded(scene, answer)
            for question, _ in pairs:
                await server.edit(question, f"<@BOT> {BRIDGE}")
            async with stage(server, cooldown=60.0):
                for _, answer in pairs:
                    await server.next_edit(answer)
                    assert answer.content.startswith("> Engineer Ilse Brandt")

    asyncio.run(play())


def test_an_edit_that_had_to_wait_when_the_bot_left_is_answered_when_it_is_back(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server, cooldown=60.0) as scene:
                question, answer = await answered(scene, CLOCKS)
                await recorded(scene, answer)
                await server.edit(question, f"<@BOT> {BRIDGE}")
                store = scene.client.desk.store
                async with asyncio.timeout(60):
                    while (posted := await store.answer_for_message(answer.id)) is None or posted.question:
                        await asyncio.sleep(0)
            assert len(answer.versions) == 1
            async with stage(server, cooldown=60.0):
                await server.next_edit(answer)
                assert answer.content.startswith("> Engineer Ilse Brandt")

    asyncio.run(play())


@pytest.mark.parametrize("outcome", ["member", "role lost", "unknown"])
def test_an_edit_made_meanwhile_is_answered_only_to_a_member_with_a_role(stage: Stage, outcome: str) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            guild = server.guild()
            channel, cora = server.text_channel(guild, "readers"), server.user("cora")
            role = server.role(guild, "readers", cora)
            async with stage(server, roles=(role.id,)) as scene:
                question = await server.say(cora, channel, f"<@BOT> {CLOCKS}")
                answer = await server.next_message(channel)
                await recorded(scene, answer)
                deleted = await server.say(cora, channel, f"<@BOT> {CLOCKS}")
                other = await server.next_message(channel)
                await recorded(scene, other)
            content = answer.content
            await server.edit(question, f"<@BOT> {BRIDGE}")
            await server.delete(deleted)
            if outcome == "role lost":
                guild.members[cora.id] = []
            elif outcome == "unknown":
                server.fail("GET", rf"/members/{cora.id}", 403, times=9)
            async with stage(server, roles=(role.id,)) as again:
                await server.deletion(other)
                if outcome == "unknown":
                    async with asyncio.timeout(60):
                        while not [call for call in server.calls if call.path.endswith(f"/members/{cora.id}")]:
                            await asyncio.sleep(0)
                else:
                    await server.next_edit(answer)
                posted = await again.client.desk.store.answer_for_message(answer.id)
            expected = {
                "member": "> Engineer Ilse Brandt",
                "role lost": "Here I only answer members with certain roles.",
                "unknown": content,
            }
            assert answer.content.startswith(expected[outcome])
            assert posted is not None
            assert bool(posted.question) == (outcome != "role lost")

    asyncio.run(play())


def test_a_damaged_record_keeps_no_other_answer_from_being_withdrawn(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                question, answer = await answered(scene, CLOCKS)
                await recorded(scene, answer)
                damaged, newest = await answered(scene, BRIDGE)
                await recorded(scene, newest)
            with closing(sqlite3.connect(tmp_path / "chat.db")) as connection, connection:
                connection.execute("UPDATE answers SET history = X'5b5b22ff' WHERE message = ?", (newest.id,))
            await server.delete(question)
            await server.delete(damaged)
            async with stage(server):
                await server.deletion(answer)

    asyncio.run(play())
