"""What nobody but its asker may read: private, deleted and edited questions, and what another person asked."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bot.discord.memory import Place
from bot.evaluation.chat_questions import logged_questions
from bot.settings import IndexSettings, Settings
from tests.bot.discord.conftest import Scene, Stage
from tests.discord_server import Channel, DiscordServer, Message, User
from tests.discord_server.errors import NothingCame

SECRET = "Who winds the xylophones at the clock museum?"
CLOCKS = "Who winds the clocks at the clock museum?"
ZEBRA = "Which zebra composed symphonies in Antarctica?"


async def say(scene: Scene, user: User, text: str, channel: Channel | None = None, to: Message | None = None) -> str:
    """What the bot answers to somebody who mentions it."""
    place = channel or scene.channel
    await scene.server.say(user, place, f"<@BOT> {text}", reply_to=to)
    return (await scene.server.next_message(place)).content


async def ask(scene: Scene, user: User, question: str, **options: bool) -> Message:
    """The answer to a command."""
    await scene.server.registered("ask")
    return await (await scene.server.slash(user, scene.channel, "ask", question=question, **options)).response()


async def answered(scene: Scene, question: str, channel: Channel | None = None) -> tuple[Message, Message]:
    """Ann's question and its answer."""
    place = channel or scene.channel
    asked = await scene.server.say(scene.ann, place, f"<@BOT> {question}")
    return asked, await scene.server.next_message(place)


async def remembered(scene: Scene, question: str, channel: Channel | None = None) -> None:
    """Wait until Ann's private conversation has a question: the memory hears of it after Discord does."""
    place = Place(scene.ann.id, (channel or scene.channel).id, private=True)
    async with asyncio.timeout(60):
        while question not in [turn.question for turn in scene.client.desk.memory.turns(place)[-1:]]:
            await asyncio.sleep(0)


async def recorded(scene: Scene, answer: Message) -> None:
    """Wait until the store knows the message: it hears of it after Discord does."""
    async with asyncio.timeout(60):
        while await scene.client.desk.store.answer_for_message(answer.id) is None:
            await asyncio.sleep(0)


def kept(path: Path) -> bytes:
    """Everything that the store's files hold."""
    return b"".join(file.read_bytes() for file in path.glob("chat.db*"))


async def until_gone(path: Path, word: bytes) -> None:
    """Wait until the store's files have a word no more."""
    async with asyncio.timeout(60):
        while word in kept(path):
            await asyncio.sleep(0)


def test_no_public_question_leans_on_a_private_one(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            await ask(scene, scene.ann, SECRET, private=True)
            said = await scene.server.say(scene.ben, scene.channel, SECRET)
            await (await scene.server.menu(scene.ann, scene.channel, said, "Find a quote")).response()
            for content in (await say(scene, scene.ann, "and on Sunday?"), await say(scene, scene.ann, "and when?")):
                assert "xylophones" not in content
                assert "keeps 312 clocks" not in content.partition("\n")[0]
            assert "xylophones" not in (await ask(scene, scene.ann, "and when?")).content
            assert "xylophones" not in (await ask(scene, scene.ben, "and when?", private=True)).content
            await ask(scene, scene.ann, SECRET, private=True)
            await remembered(scene, SECRET)
            assert "xylophones" in (await ask(scene, scene.ann, "and when?", private=True)).content

    asyncio.run(play())


def test_a_private_question_may_lean_on_the_same_person_s_public_one(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            await say(scene, scene.ann, CLOCKS)
            await remembered(scene, CLOCKS)
            leaning = (await ask(scene, scene.ann, "and on Sunday?", private=True)).content
            assert "Searched for: Who winds the clocks at the clock museum? and on Sunday?" in leaning

    asyncio.run(play())


def test_what_another_asked_is_never_told(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            thread = scene.server.thread(scene.channel)
            for channel in (scene.channel, thread):
                _, answer = await answered(scene, SECRET, channel)
                await recorded(scene, answer)
                assert "xylophones" not in await say(scene, scene.ben, "and on Sunday?", channel)
                # A reply leans on what the answer quotes, in the articles' words.
                reply = await say(scene, scene.ben, "and on Sunday?", channel, answer)
                assert reply.startswith("-# Searched for: The clock museum keeps 312 clocks")
                assert "xylophones" not in reply
                assert "xylophones" not in await say(scene, scene.ben, "and when?", channel)
                assert "xylophones" in await say(scene, scene.ann, "and on Sunday?", channel, answer)
                await remembered(scene, "and on Sunday?", channel)
                assert "xylophones" in await say(scene, scene.ann, "and when?", channel)

    asyncio.run(play())


def test_private_questions_are_in_no_list(stage: Stage, index: Path, tmp_path: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            server, store = scene.server, scene.client.desk.store
            direct = server.dm(scene.ann)
            for question in (SECRET, ZEBRA):
                message = await ask(scene, scene.ann, question, private=True)
                await (await server.press(scene.ann, message, "Useful")).response()
                await server.say(scene.ann, direct, question)
                message = await server.next_message(direct)
                await (await server.press(scene.ann, message, "Useful")).response()
            _, message = await answered(scene, CLOCKS)
            await (await server.press(scene.ann, message, "Useful")).response()
            assert await store.all_gaps() == await store.gaps(scene.guild.id, 9) == ()
            assert [answer.question for answer, _ in await store.rated_answers()] == [CLOCKS]

    asyncio.run(play())
    logged = logged_questions(tmp_path / "chat.db", Settings(index=IndexSettings(index)))
    assert [asked.question for asked in logged] == [CLOCKS]


@pytest.mark.parametrize("many", [False, True])
def test_a_deleted_question_is_in_no_list_and_leant_on_no_more(stage: Stage, tmp_path: Path, many: bool) -> None:
    async def play() -> None:
        async with stage() as scene:
            server, store = scene.server, scene.client.desk.store
            first, answer = await answered(scene, "Which zebra plays xylophones?")
            second, other = await answered(scene, SECRET)
            await remembered(scene, SECRET)
            leaning = await say(scene, scene.ann, "and on Sunday?")
            assert "xylophones" in leaning
            later = next(m for m in server.backend.world.messages[scene.channel.id] if m.content == leaning)
            if many:
                await server.delete_many(first, second)
            else:
                await server.delete(first)
                await server.delete(second)
            await server.deletion(answer)
            await server.deletion(other)
            await until_gone(tmp_path, b"xylophones")
            assert await store.all_gaps() == ()
            assert "xylophones" not in await say(scene, scene.ann, "and on Sunday?")
            assert "xylophones" not in await say(scene, scene.ann, "and on Sunday?", to=later)

    asyncio.run(play())


def test_a_question_is_forgotten_although_its_answer_cannot_be_removed(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            first, one = await answered(scene, "Which zebra plays xylophones?")
            second, other = await answered(scene, "Which quagga plays xylophones?")
            scene.server.fail("DELETE", rf"/channels/.*/messages/{one.id}", 403, times=9)
            await scene.server.delete_many(first, second)
            await scene.server.deletion(other)
            await until_gone(tmp_path, b"xylophones")
            assert not one.deleted

    asyncio.run(play())


def test_a_command_s_question_goes_with_its_answer(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            for remove in (False, True):
                answer = await ask(scene, scene.ann, "Which zebra plays xylophones?")
                await recorded(scene, answer)
                if remove:
                    await (await scene.server.press(scene.ann, answer, "Remove")).response()
                else:
                    await scene.server.delete(answer)
                await until_gone(tmp_path, b"xylophones")
                assert await scene.client.desk.store.all_gaps() == ()
                assert "xylophones" not in (await ask(scene, scene.ann, "and when?")).content

    asyncio.run(play())


@pytest.mark.parametrize("gone", ["channel", "thread", "guild"])
def test_the_questions_of_a_place_go_with_it(stage: Stage, tmp_path: Path, gone: str) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            thread = server.thread(scene.channel)
            for channel in (thread, *([] if gone == "thread" else [scene.channel])):
                await answered(scene, SECRET, channel)
                await answered(scene, "Which zebra plays xylophones?", channel)
            other = server.text_channel(server.guild("other"), "other")
            await say(scene, scene.ben, ZEBRA, other)
            if gone == "channel":
                server.remove_channel(scene.channel)
            elif gone == "guild":
                server.remove_bot(scene.guild)
            else:
                body = {"id": str(thread.id), "guild_id": str(scene.guild.id), "parent_id": str(scene.channel.id)}
                server.dispatch_raw("THREAD_DELETE", {**body, "type": 11})
            await until_gone(tmp_path, b"xylophones")
            assert [gap.question for gap in await scene.client.desk.store.all_gaps()] == [ZEBRA]

    asyncio.run(play())


def test_an_edited_question_leaves_no_earlier_wording(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            server, store = scene.server, scene.client.desk.store
            question, answer = await answered(scene, "Which zebra plays xylophones?")
            await say(scene, scene.ann, "and when?")
            await server.edit(question, f"<@BOT> {ZEBRA}")
            await server.next_edit(answer)
            await until_gone(tmp_path, b"xylophones")
            async with asyncio.timeout(60):
                while ZEBRA not in [gap.question for gap in await store.gaps(scene.guild.id, 9)]:
                    await asyncio.sleep(0)
            assert "xylophones" not in await say(scene, scene.ann, "and on Sunday?")

    asyncio.run(play())


def test_a_question_that_is_edited_into_none_goes_with_its_answer(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            question, answer = await answered(scene, "Which zebra plays xylophones?")
            await server.unfurl(question, url="https://courier.example/")
            with pytest.raises(NothingCame):
                await server.deletion(answer, 0.2)
            await server.edit(question, "never mind")
            await server.deletion(answer)
            await until_gone(tmp_path, b"xylophones")
            assert await scene.client.desk.store.all_gaps() == ()

    asyncio.run(play())


def test_an_edit_that_is_not_answered_leaves_no_earlier_wording(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            question, answer = await answered(scene, "Which zebra plays xylophones?")
            scene.client.reception.closing = True
            await scene.server.edit(question, f"<@BOT> {ZEBRA}")
            await scene.server.next_edit(answer)
            assert answer.content == "I am being restarted. Please ask again in a minute."
            await until_gone(tmp_path, b"xylophones")

    asyncio.run(play())


def test_new_forgets_the_private_questions_too(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            await ask(scene, scene.ann, SECRET, private=True)
            used = await scene.server.slash(scene.ann, scene.channel, "new")
            assert (await used.response()).content == "Forgotten. Your next question stands alone."
            assert "xylophones" not in (await ask(scene, scene.ann, "and when?", private=True)).content

    asyncio.run(play())


def test_a_failing_store_keeps_no_reply_from_an_answer(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            _, answer = await answered(scene, CLOCKS)
            await scene.client.desk.store.close()
            assert (await say(scene, scene.ann, "Who closed the bridge in 2016?", to=answer)).startswith("> Engineer")

    asyncio.run(play())


def test_an_old_answer_is_private(stage: Stage, tmp_path: Path) -> None:
    """The tables before questions were told apart; a reply to such an answer leans on its quotes."""

    async def play() -> None:
        async with stage() as scene:
            _, answer = await answered(scene, SECRET)
            await recorded(scene, answer)
            store = scene.client.desk.store
            await store._database.write(lambda connection: connection.execute("UPDATE answers SET private = 1"))
            reply = await say(scene, scene.ann, "and on Sunday?", to=answer)
            assert reply.startswith("-# Searched for: The clock museum keeps 312 clocks")
            assert "xylophones" not in reply

    asyncio.run(play())


def test_what_another_wrote_is_nobody_s_history(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            await ask(scene, scene.ann, ZEBRA, private=True)
            for writer in (scene.ben, scene.ann):
                message = await scene.server.say(writer, scene.channel, SECRET)
                search = await scene.server.menu(scene.ann, scene.channel, message, "Find a quote")
                answer = await search.response()
                assert "Searched for" not in answer.content
                assert "More" not in answer.labels
                assert "xylophones" not in (await ask(scene, scene.ann, "and when?", private=True)).content
                assert b"xylophones" not in kept(tmp_path)
            turns = scene.client.desk.memory.turns(Place(scene.ann.id, scene.channel.id, private=True))
            assert [turn.question for turn in turns[:4]] == [ZEBRA, "", "and when?", ""]

    asyncio.run(play())


def test_the_title_of_another_s_thread_is_nobody_s_history(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            thread = scene.server.thread(scene.channel, "Which zebra plays xylophones?")
            mention, answer = await answered(scene, "", thread)
            assert answer.content.startswith("**The corpus does not answer that.**")
            await recorded(scene, answer)
            await scene.server.unfurl(mention, url="https://courier.example/")
            assert "xylophones" not in await say(scene, scene.ann, "and when?", thread)
            assert b"xylophones" not in kept(tmp_path)

    asyncio.run(play())


def test_what_was_deleted_or_edited_while_the_bot_was_away_is_forgotten(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                deleted, gone = await answered(scene, SECRET)
                await remembered(scene, SECRET)
                _, leaning = await answered(scene, "and on Sunday?")
                edited, reworded = await answered(scene, "Which zebra plays xylophones?")
                command = await ask(scene, scene.ben, "Which quagga plays xylophones?")
                for answer in (leaning, reworded, command):
                    await recorded(scene, answer)
                assert b"xylophones" in kept(tmp_path)
            await server.delete(deleted)
            await server.delete(command)
            await server.edit(edited, f"<@BOT> {ZEBRA}")
            async with stage(server) as again:
                await server.deletion(gone)
                await server.next_edit(reworded)
                await until_gone(tmp_path, b"xylophones")
                await server.say(scene.ann, scene.channel, "<@BOT> and when?", reply_to=leaning)
                assert "xylophones" not in (await server.next_message(scene.channel)).content
                gaps = await again.client.desk.store.all_gaps()
                assert [gap.question for gap in gaps if "xylophones" in gap.question] == []

    asyncio.run(play())


def test_a_command_s_answer_that_a_killed_bot_did_not_record_leaves_nothing(stage: Stage, tmp_path: Path) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                answer = await ask(scene, scene.ann, "Which zebra plays xylophones?")
                await recorded(scene, answer)
                store = scene.client.desk.store
                await store._database.write(lambda connection: connection.execute("UPDATE answers SET message = NULL"))
            async with stage(server) as again:
                assert b"xylophones" not in kept(tmp_path)
                assert await again.client.desk.store.all_gaps() == ()

    asyncio.run(play())


def test_a_bot_that_leaves_while_it_looks_for_deleted_questions_leaves_in_peace(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                _, answer = await answered(scene, CLOCKS)
                await recorded(scene, answer)
            gate = server.hold("GET", rf"/channels/{scene.channel.id}/messages/.*")
            async with stage(server):
                await gate.reached()
            gate.release()
            assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []

    asyncio.run(play())


def test_an_edited_mention_below_a_title_keeps_its_answer_over_a_restart(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                question, other = await answered(scene, CLOCKS)
                await recorded(scene, other)
                # Looked at first, since it is newer.
                thread = server.thread(scene.channel, "Who keeps the clocks?")
                mention = await server.say(server.backend.world.owner, thread, "<@BOT> ")
                answer = await server.next_message(thread)
                await recorded(scene, answer)
                await server.edit(mention, "<@BOT> ")
            await server.delete(question)
            async with stage(server):
                await server.deletion(other)
                assert not answer.deleted

    asyncio.run(play())


@pytest.mark.parametrize("restart", [False, True])
def test_after_new_nothing_leans_on_what_was_asked_before(stage: Stage, restart: bool) -> None:
    async def start_over(scene: Scene) -> str:
        return (await (await scene.server.slash(scene.ann, scene.channel, "new")).response()).content

    async def play() -> None:
        async with DiscordServer() as server:
            async with stage(server) as scene:
                await server.registered("new")
                _, first = await answered(scene, SECRET)
                await remembered(scene, SECRET)
                follow_up, leaning = await answered(scene, "and on Sunday?")
                await remembered(scene, "and on Sunday?")
                if not restart:
                    assert await start_over(scene) == "Forgotten. Your next question stands alone."
                    assert await start_over(scene) == "There was nothing to forget."
            async with stage(server) as again:
                there = replace(again, ann=scene.ann, channel=scene.channel)
                if restart:
                    assert await start_over(there) == "Forgotten. Your next question stands alone."
                await server.edit(follow_up, "<@BOT> and on Monday?")
                await server.next_edit(leaning)
                assert "Searched for" not in await say(there, scene.ann, "and when?", to=first)
                assert "xylophones" not in await say(there, scene.ann, "and when?", to=leaning)
                assert "Searched for" not in leaning.content

    asyncio.run(play())
