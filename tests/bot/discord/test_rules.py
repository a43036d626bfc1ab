"""Who is answered, where, how often and from what."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.discord.access import Where
from tests.bot.discord.conftest import Held, Stage
from tests.discord_server import DiscordServer
from tests.toy import build_toy

NOT_DIRECT = "I don't answer direct messages. Please ask me in a server."
QUESTION = "Who closed the bridge in 2016?"


def test_only_allowed_servers_channels_and_roles_are_answered(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            guild = server.guild("allowed")
            open_, shut = server.text_channel(guild, "open"), server.text_channel(guild, "shut")
            cora, dan = server.user("cora"), server.user("dan")
            role = server.role(guild, "readers", cora)
            lists = {"servers": (guild.id,), "channels": (open_.id,), "roles": (role.id,)}
            async with stage(server, **lists) as scene:
                await server.registered("ask")
                for user, channel, said in (
                    (cora, scene.channel, "I don't answer questions here."),
                    (cora, shut, "I don't answer questions here."),
                    (dan, open_, "Here I only answer members with certain roles."),
                    (cora, server.dm(cora), NOT_DIRECT),
                ):
                    used = await server.slash(user, channel, "ask", question=QUESTION)
                    assert (await used.response()).content == said
                    assert used.ephemeral
                    await server.say(user, channel, f"<@BOT> {QUESTION}")
                assert (await server.next_message(server.dm(cora))).content == NOT_DIRECT
                await server.say(cora, server.thread(open_), f"<@BOT> {QUESTION}")
                await server.say(cora, open_, f"<@BOT> {QUESTION}")
                assert (await server.next_message(open_)).content.startswith("> Engineer Ilse Brandt")
                assert [server.unseen(one) for one in (scene.channel, shut, server.dm(cora))] == [[], [], []]

    asyncio.run(play())


def test_a_user_asks_one_question_at_a_time(stage: Stage) -> None:
    async def play() -> None:
        async with stage(cooldown=60.0) as scene:
            assert (await scene.ask(QUESTION)).startswith("> Engineer Ilse Brandt")
            assert (await scene.ask(QUESTION)).startswith("One question at a time, please: ask again in ")
            await scene.server.say(scene.ben, scene.channel, f"<@BOT> {QUESTION}")
            assert (await scene.server.next_message(scene.channel)).content.startswith("> Engineer Ilse Brandt")

    asyncio.run(play())


def test_more_questions_than_are_allowed_to_wait_are_asked_to_come_back(stage: Stage, held: Held) -> None:
    async def play() -> None:
        async with stage(opener=held.open, in_flight=1) as scene:
            server = scene.server
            await server.registered("ask")
            service = scene.client.desk.corpora.default.service
            async with asyncio.timeout(60):  # until past answers were looked after
                while service.waiting:
                    await asyncio.sleep(0)
            first = await server.slash(scene.ann, scene.channel, "ask", question=QUESTION)
            await first.acknowledged()
            await asyncio.to_thread(held.asked.wait, 5)
            second = await server.slash(scene.ben, scene.channel, "ask", question="Who winds the clocks?")
            busy = "Many questions are waiting right now. Please ask again in a moment."
            assert (await second.response()).content == busy
            assert [used.acknowledged_after < 1 for used in (first, second)] == [True, True]  # type: ignore[operator]
            held.free.set()
            assert "Ilse Brandt" in (await first.response()).content

    asyncio.run(play())


def test_no_answer_comes_from_another_collection(stage: Stage, tmp_path: Path) -> None:
    corpus = tmp_path / "secret"
    corpus.mkdir()
    (corpus / "bees.txt").write_text("The secret school keeps nine beehives on its roof and sells the honey.\n")
    build_toy(corpus, tmp_path / "bees")

    async def play() -> None:
        async with DiscordServer() as server:
            guild = server.guild("school")
            inside, public = server.text_channel(guild, "inside"), server.text_channel(guild, "public")
            thread = server.thread(inside)
            collections = {guild.id: tmp_path / "bees"}
            async with stage(server, collections=collections) as scene:
                question = "Who keeps nine beehives on the roof?"
                for channel in (inside, thread, public):
                    assert "> The secret school keeps nine beehives" in await scene.ask(question, channel)
                    assert "bridge" not in await scene.ask(QUESTION, channel)
                assert "beehives" not in await scene.ask(question)
                assert "beehives" not in await scene.ask(question, server.dm(scene.ann))
            # The channel's own collection comes before its server's; old answers are not opened there any more.
            answer = next(one for one in server.backend.world.messages[public.id] if one.author.bot)
            async with stage(
                server, collections={**collections, public.id: scene.client.desk.corpora.default.index}
            ) as scene:
                assert "Ilse Brandt" in await scene.ask(QUESTION, public)
                used = await server.press(scene.ann, answer, "Context")
                refused = "This answer came from articles that I no longer use here."
                assert (await used.response()).content == refused

    asyncio.run(play())


def test_where_no_server_is_named_the_first_that_invited_the_bot_is_answered(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            first = server.text_channel(server.guild("first"))
            async with stage(server, servers=()) as scene:
                assert (await scene.ask(QUESTION, first)).startswith("> Engineer Ilse Brandt")
                later = server.text_channel(server.guild("later"))
                for channel in (scene.channel, later):
                    used = await server.slash(scene.ann, channel, "ask", question=QUESTION)
                    assert (await used.response()).content == "I don't answer questions here."
                    await server.say(scene.ann, channel, f"<@BOT> {QUESTION}")
                assert (await scene.ask(QUESTION, server.dm(scene.ann))).startswith("> Engineer Ilse Brandt")
                assert (server.unseen(scene.channel), server.unseen(later)) == ([], [])
                assert first.guild is not None
                server.remove_bot(first.guild)
                await server.say(scene.ann, later, f"<@BOT> {QUESTION}")
                assert (await scene.ask(QUESTION)).startswith("> Engineer Ilse Brandt")
            server.remove_bot(scene.guild)
            async with stage(server, servers=()) as again:
                async with asyncio.timeout(60):
                    while again.client.reception.refusal(Where(1, later.id, later.guild.id if later.guild else 0)):
                        await asyncio.sleep(0.01)
            async with stage(server, servers=(), collections={later.id: scene.client.desk.corpora.default.index}):
                assert (await scene.ask(QUESTION, later)).startswith("> Engineer Ilse Brandt")

    asyncio.run(play())


def test_direct_messages_are_answered_where_they_are_switched_on(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server, stage(server, channels=(1,), direct_messages="on") as scene:
            assert (await scene.ask(QUESTION, scene.server.dm(scene.ann))).startswith("> Engineer Ilse Brandt")
        async with stage(direct_messages="off") as scene:
            assert await scene.ask(QUESTION, scene.server.dm(scene.ann)) == NOT_DIRECT

    asyncio.run(play())


def test_menus_that_users_install_for_themselves_answer_only_them_wherever_they_are(stage: Stage) -> None:
    async def play() -> None:
        async with stage(servers=(1,), direct_messages="on") as scene:
            server = scene.server
            message = await server.say(scene.ben, scene.channel, QUESTION)
            used = await server.menu(scene.ann, scene.channel, message, "Find a quote", own=True)
            answer = await used.response()
            assert "> Engineer Ilse Brandt had closed it in 2016," in answer.content
            assert used.ephemeral
            pressed = await server.press(scene.ann, answer, "Context")
            assert (await pressed.response()).content.startswith("> The stone bridge")
            used = await server.menu(scene.ann, scene.channel, message, "Find a quote")
            assert (await used.response()).content == "I don't answer questions here."
            contexts = {command["name"]: command["contexts"] for command in server.backend.commands.all(None)}
            assert contexts["Find a quote"] == contexts["Verify quote"] == [0, 1, 2]
            assert contexts["ask"] == [0, 1]
            assert contexts["gaps"] == contexts["reindex"] == [0]

    asyncio.run(play())
