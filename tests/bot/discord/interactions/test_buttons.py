"""The buttons below an answer, also after a restart."""

from __future__ import annotations

import asyncio
import re

from bot.chat_log.store import Votes
from tests.bot.discord.conftest import Scene, Stage
from tests.discord_server import DiscordServer, Interaction, Message, User

QUESTION = "Who closed the bridge in 2016?"


async def answered(scene: Scene, question: str = QUESTION) -> Message:
    """The message that answers Ann's question."""
    await scene.ask(question)
    return scene.server.backend.world.messages[scene.channel.id][-1]


async def pressed(scene: Scene, user: User, message: Message, button: str) -> tuple[Interaction, str]:
    """What a button answers, to nobody but who pressed it."""
    used = await scene.server.press(user, message, button)
    content = (await used.response()).content
    assert used.ephemeral
    return used, content


def test_context_shows_the_paragraph_with_the_quote_marked(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            _, said = await pressed(scene, scene.ben, await answered(scene), "Context")
            assert said == (
                "> The stone bridge over the river Tarn reopened to carts and cars on Friday. "
                "**Engineer Ilse Brandt had closed it in 2016,**\n"
                "> **when divers found a crack in the eastern pier.** Repairs cost the town four million crowns.\n"
                "[…]\n"
                "-# Velmora gets its bridge back · Velmora Courier, “A crossing reopens” · 2019-05-17 · ¶ 1 · "
                "bridge@7f5229e394a5#250-340"
            )

    asyncio.run(play())


def test_details_give_the_permalink_and_the_exact_characters(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            message = await answered(scene, "Why did traders complain about the old square?")
            # The source has carriage returns there, which no message carries.
            assert message.content.startswith(
                "Attached whole as quote-1.txt, since it holds carriage returns.\n-# The "
            )
            used, said = await pressed(scene, scene.ann, message, "Details")
            assert re.fullmatch(
                r"The files hold the exact characters, as UTF-8\.\n\n"
                r"\*\*1\*\* The weekly market moves\n-# paragraph 1\n`market@[0-9a-f]{12}#\d+-\d+`\n\n"
                r"-# Fingerprint of the answer: [0-9a-f]{12}\.[0-9a-f]{8}\.[0-9a-f]{8}",
                said,
            )
            (file,) = used.messages[0].versions[-1].attachments
            exact = b"Traders complained that the old square\r\nfloods whenever it rains."
            assert file.data == message.versions[-1].attachments[0].data == exact

    asyncio.run(play())


def test_more_goes_on_behind_the_answer(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            await scene.server.registered("ask")
            used = await scene.server.slash(scene.ann, scene.channel, "ask", question="Who said what?", top=1)
            first = await used.response()
            _, said = await pressed(scene, scene.ben, first, "More")
            assert said.startswith("**2**\n> ")
            assert said.split("\n")[1] not in first.content
            _, said = await pressed(scene, scene.ben, await answered(scene), "More")
            assert said == "There are no more quotes."

    asyncio.run(play())


def test_a_vote_counts_once_and_can_be_changed_after_a_restart(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                message = await answered(scene)
                _, said = await pressed(scene, scene.ben, message, "Useful")
                assert said == "Thank you, your vote counts. To change it, press the other button."
                await pressed(scene, scene.ben, message, "Useful")
                await pressed(scene, scene.ann, message, "Useful")
                assert await scene.client.desk.store.votes(1) == Votes(2, 0)
            async with stage(server) as again:
                await pressed(again, scene.ben, message, "Not useful")
                assert await again.client.desk.store.votes(1) == Votes(1, 1)
                await pressed(again, scene.ben, message, "Context")

    asyncio.run(play())


def test_only_the_asker_or_a_moderator_removes_an_answer(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            mod = scene.server.user("mod", permissions=["manage_messages"])
            for user in (scene.ann, mod):
                message = await answered(scene)
                _, said = await pressed(scene, scene.ben, message, "Remove")
                assert said == "Only the person who asked or a moderator (Manage Messages) can remove this answer."
                _, said = await pressed(scene, user, message, "Remove")
                assert (said, message.deleted) == ("Removed.", True)

    asyncio.run(play())


def test_a_button_of_a_forgotten_answer_says_so(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            message = await answered(scene)
            await scene.client.desk.store.remove_answer(1)
            _, said = await pressed(scene, scene.ben, message, "Details")
            assert said == "I no longer know this answer."

    asyncio.run(play())


def test_an_edited_question_edits_its_answer_and_a_deleted_one_removes_it(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            question = await server.say(scene.ann, scene.channel, f"<@BOT> {QUESTION}")
            answer = await server.next_message(scene.channel)
            await server.edit(question, "<@BOT> Who winds the clocks at the clock museum?")
            await server.next_edit(answer)
            assert "The clock museum keeps" in answer.content
            # What follows leans on the question as it is now.
            assert "clock museum? and when?" in await scene.ask("and when?")
            await server.edit(question, "<@BOT> Which zebra composed symphonies in Antarctica?")
            await server.next_edit(answer)
            assert answer.content.startswith("**The corpus does not answer that.**")
            await server.delete(question)
            await server.deletion(answer)
            async with asyncio.timeout(60):
                while await scene.client.desk.store.answer_for_question(question.id):
                    pass

    asyncio.run(play())
