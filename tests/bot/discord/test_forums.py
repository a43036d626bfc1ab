"""Help forums: posts that are answered if the bot is confident, and closed when they are solved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.discord.triggers import LONGEST_POST
from tests.bot.discord.conftest import Scene, Stage
from tests.discord_server import Channel, DiscordServer, Message, User

TITLE, BODY = "The bridge", "Who closed the bridge in 2016?"
ANSWER = "Engineer Ilse Brandt had closed it in 2016,"
UNANSWERED = "Which zebra composed symphonies in Antarctica?"
REOPENS = "Whoever writes here opens it again."


@asynccontextmanager
async def forum(
    stage: Stage,
    *tags: str,
    server: DiscordServer | None = None,
    may_close: bool = True,
    reads: bool = True,
    **settings: object,
) -> AsyncIterator[Scene]:
    """The bot in a server with a help forum, which is the scene's channel."""
    async with DiscordServer(privileged=["message_content"] if reads else []) as own:
        there = server or own
        guild = there.guild("village")
        channel = there.forum(guild, "help", tags=tags)
        if may_close:
            there.role(guild, "closers", there.bot, permissions=["manage_threads"])
        async with stage(there, help_forums=(channel.id,), **settings) as scene:
            yield replace(scene, guild=guild, channel=channel)


async def gaps(scene: Scene) -> list[str]:
    """The questions that count as unanswered in the forum's server."""
    return [gap.question for gap in await scene.client.desk.store.gaps(scene.guild.id, 10)]


async def gap(scene: Scene, *questions: str) -> None:
    """Wait until these questions count as unanswered, and no others."""
    async with asyncio.timeout(60):
        while await gaps(scene) != list(questions):
            await asyncio.sleep(0)


async def solve(scene: Scene, user: User, answer: Message) -> str:
    """What is said to who presses Solved."""
    used = await scene.server.press(user, answer, "Solved")
    message = await used.response()
    assert used.ephemeral
    return message.content


def test_title_and_text_of_a_new_post_are_the_question(stage: Stage) -> None:
    async def play() -> None:
        async with forum(stage) as scene:
            post = await scene.server.post(scene.ann, scene.channel, TITLE, f"Hello! {BODY} Thanks")
            answer = await scene.server.next_message(post)
            assert ANSWER in answer.content
            assert answer.labels == ["Context", "More", "Details", "Useful", "Not useful", "Solved", "Remove"]
            posted = await scene.client.desk.store.answer_for_question(post.id)
            assert posted is not None
            assert posted.question == f"{TITLE}\n{BODY}"

    asyncio.run(play())


def test_the_title_is_not_said_twice_and_a_long_text_is_cut(stage: Stage) -> None:
    async def play() -> None:
        async with forum(stage) as scene:
            for text, question in (
                (f"{BODY} I mean the old one.", f"{BODY} I mean the old one."),
                ("long " * 390, f"{BODY}\n{'long ' * 390}"[:LONGEST_POST].strip()),
            ):
                post = await scene.server.post(scene.ann, scene.channel, BODY, text)
                async with asyncio.timeout(60):
                    while (posted := await scene.client.desk.store.answer_for_question(post.id)) is None:
                        await asyncio.sleep(0)
                assert posted.question == question

    asyncio.run(play())


def test_a_post_that_is_not_answered_with_confidence_is_a_gap_and_draws_no_word(stage: Stage) -> None:
    async def play() -> None:
        async with forum(stage) as scene:
            post = await scene.server.post(scene.ann, scene.channel, "Zebras", UNANSWERED)
            await gap(scene, f"Zebras\n{UNANSWERED}")
            await scene.server.silence(post)
            assert scene.server.backend.typing == []
            # The gap goes with the post, or with another wording that is answered.
            await scene.server.edit(first(scene, post), BODY)
            assert ANSWER in (await scene.server.next_message(post)).content
            await gap(scene)
            other = await scene.server.post(scene.ann, scene.channel, "Zebras", UNANSWERED)
            await gap(scene, f"Zebras\n{UNANSWERED}")
            await scene.server.delete(first(scene, other))
            await gap(scene)

    asyncio.run(play())


def first(scene: Scene, post: Channel) -> Message:
    """The message that a post begins with."""
    return scene.server.backend.world.messages[post.id][0]


def test_only_the_first_message_of_a_post_in_a_help_forum_is_read(stage: Stage) -> None:
    async def play() -> None:
        async with forum(stage) as scene:
            post = await scene.server.post(scene.ann, scene.channel, TITLE, BODY)
            await scene.server.next_message(post)
            await scene.server.say(scene.ben, post, BODY)
            other = scene.server.forum(scene.guild, "talk")
            elsewhere = await scene.server.post(scene.ann, other, TITLE, BODY)
            await scene.server.say(scene.ben, post, f"<@BOT> {BODY}")
            answer = await scene.server.next_message(post)
            assert answer.reply_to is not None
            assert answer.reply_to.author is scene.ben
            assert "Solved" not in answer.labels
            assert scene.server.unseen(elsewhere) == []

    asyncio.run(play())


def test_without_the_message_content_intent_the_title_is_the_question(stage: Stage) -> None:
    async def play() -> None:
        async with forum(stage, reads=False) as scene:
            post = await scene.server.post(scene.ann, scene.channel, BODY, "See above.")
            assert ANSWER in (await scene.server.next_message(post)).content

    asyncio.run(play())


def test_a_post_is_answered_at_no_pace(stage: Stage) -> None:
    async def play() -> None:
        async with forum(stage, cooldown=60.0) as scene:
            for _ in range(2):
                post = await scene.server.post(scene.ann, scene.channel, TITLE, BODY)
                assert ANSWER in (await scene.server.next_message(post)).content

    asyncio.run(play())


def test_who_asked_marks_a_post_as_solved_and_it_is_closed(stage: Stage) -> None:
    async def play() -> None:
        async with forum(stage, "Rules", "SOLVED") as scene:
            post = await scene.server.post(scene.ann, scene.channel, TITLE, BODY, "Rules")
            answer = await scene.server.next_message(post)
            assert await solve(scene, scene.ben, answer) == (
                "Only the person who asked or a moderator (Manage Threads) can mark this as solved."
            )
            assert not post.archived
            assert await solve(scene, scene.ann, answer) == f"Marked as “SOLVED” and closed. {REOPENS}"
            assert [scene.channel.tags[number] for number in post.applied] == ["Rules", "SOLVED"]
            assert post.archived
            assert await solve(scene, scene.ann, answer) == "This post is closed already."
            assert scene.server.unseen(post) == []

    asyncio.run(play())


def test_a_moderator_solves_too_and_a_forum_without_the_tag_needs_none(stage: Stage) -> None:
    async def play() -> None:
        async with forum(stage, "Rules") as scene:
            moderator = scene.server.user("mo", permissions=["manage_threads"])
            post = await scene.server.post(scene.ann, scene.channel, TITLE, BODY, "Rules")
            answer = await scene.server.next_message(post)
            assert await solve(scene, moderator, answer) == f"Closed as solved. {REOPENS}"
            assert [scene.channel.tags[number] for number in post.applied] == ["Rules"]
            assert post.archived

    asyncio.run(play())


def test_the_tag_has_room_among_five_and_the_servers_own_name(stage: Stage) -> None:
    async def play() -> None:
        names = ("a", "b", "c", "d", "e")
        async with forum(stage, *names, "Answered", solved_tag="answered") as scene:
            post = await scene.server.post(scene.ann, scene.channel, TITLE, BODY, *names)
            await solve(scene, scene.ann, await scene.server.next_message(post))
            assert [scene.channel.tags[number] for number in post.applied] == ["a", "b", "c", "d", "Answered"]

    asyncio.run(play())


def test_a_bot_that_may_not_close_posts_says_so(stage: Stage) -> None:
    async def play() -> None:
        async with forum(stage, "Solved", may_close=False) as scene:
            post = await scene.server.post(scene.ann, scene.channel, TITLE, BODY)
            answer = await scene.server.next_message(post)
            assert await solve(scene, scene.ann, answer) == (
                "I may not close posts here. A moderator can, or can give me the permission Manage Threads."
            )
            assert not post.archived

    asyncio.run(play())


def test_solved_works_after_a_restart(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer(privileged=["message_content"]) as server:
            async with forum(stage, "Solved", server=server) as scene:
                post = await server.post(scene.ann, scene.channel, TITLE, BODY)
                answer = await server.next_message(post)
                ann = scene.ann
            async with stage(server) as scene:
                assert await solve(scene, ann, answer) == f"Marked as “Solved” and closed. {REOPENS}"

    asyncio.run(play())


def test_a_post_that_came_while_the_bot_was_down_is_answered_once(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer(privileged=["message_content"]) as server:
            async with forum(stage, server=server) as scene:
                channel, ann = scene.channel, scene.ann
                await server.next_message(await server.post(ann, channel, TITLE, BODY))
            post = await server.post(ann, channel, TITLE, BODY)
            async with stage(server, help_forums=(channel.id,)):
                assert ANSWER in (await server.next_message(post)).content
                await server.silence(post)

    asyncio.run(play())
