"""Questions to the bot, each way in which they can be asked, with whole transcripts."""

from __future__ import annotations

import asyncio

import pytest

from tests.bot.discord.conftest import Stage
from tests.discord_server import DiscordServer

LINK = "<https://courier.example/bridge#:~:text=Engineer%20Ilse%20Brandt%20had%20closed,crack%20in%20the%20eastern%20pier.>"
BRIDGE = f"""\
quoth (to ann):
    | > Engineer Ilse Brandt had closed it in 2016, when divers found a crack in the eastern pier.
    | -# [Velmora gets its bridge back]({LINK}) · Velmora Courier · <t:TIME>
    | [Context]
    [More] [Details] [Useful] [Not useful] [Remove]"""
PLAIN = f"""\
quoth (to ann): > Engineer Ilse Brandt had closed it in 2016, when divers found a crack in the eastern pier.
    -# [Velmora gets its bridge back]({LINK}) · Velmora Courier, “A crossing reopens” · 2019-05-17 · ¶ 1 · bridge@7f5229e394a5#250-340

    -# Confidence: high (0.90)
    [Context] [More] [Details]
    [Useful] [Not useful] [Remove]"""  # noqa: E501
PRIVATE = BRIDGE.replace("to ann", "only for ann").replace("[Remove]", "[Share]")


def with_question(answer: str, asked: str) -> str:
    """An answer to a command, which repeats the question."""
    return answer.replace(":\n", f":\n    | -# Asked: {asked}\n", 1)


@pytest.mark.parametrize(("components", "answer"), [(True, BRIDGE), (False, PLAIN)])
def test_a_mention_is_answered_in_a_reply(stage: Stage, components: bool, answer: str) -> None:
    async def play() -> None:
        async with stage(components=components) as scene:
            await scene.ask("Who closed the bridge in 2016?")
            said = scene.server.transcript(scene.channel)
            assert said == f"ann: @quoth Who closed the bridge in 2016?\n{answer}"
            await scene.server.typed(scene.channel)

    asyncio.run(play())


def test_a_command_repeats_the_question(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            await scene.server.registered("ask")
            used = await scene.server.slash(scene.ann, scene.channel, "ask", question="Who closed the bridge in 2016?")
            await used.response()
            assert not used.ephemeral
            answer = with_question(BRIDGE.replace(" (to ann)", ""), "Who closed the bridge in 2016?")
            said = scene.server.transcript(scene.channel)
            assert said == f"* ann: /ask question: Who closed the bridge in 2016?\n{answer}"

    asyncio.run(play())


def test_a_private_command_answers_only_its_asker(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            await scene.server.registered("ask")
            question = "Who closed the bridge in 2016?"
            used = await scene.server.slash(scene.ann, scene.channel, "ask", question=question, private=True, top=1)
            await used.response()
            assert used.ephemeral
            said = scene.server.transcript(scene.channel).partition("\n")[2]
            assert said == with_question(PRIVATE, question)

    asyncio.run(play())


def test_a_command_and_a_menu_leave_out_what_stands_around_a_question(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server, wrapped = scene.server, "hey, who closed the bridge in 2016? thanks <:smile:1>"
            used = await server.slash(scene.ann, scene.channel, "ask", question=wrapped)
            assert (await used.response()).content.startswith("-# Asked: who closed the bridge in 2016?\n")
            message = await server.say(scene.ben, scene.channel, wrapped)
            used = await server.menu(scene.ann, scene.channel, message, "Find a quote")
            assert (await used.response()).content.startswith("-# Asked: who closed the bridge in 2016?\n")

    asyncio.run(play())


def test_an_abstention_names_articles_and_quotes_nothing(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            await scene.ask("Which zebra composed symphonies in Antarctica?")
            assert scene.server.transcript(scene.channel).partition("\n")[2] == (
                "quoth (to ann):\n"
                f"    | **The corpus does not answer that.** Nearest: [Velmora gets its bridge back]({LINK})"
                " · What the storm left behind · The weekly market moves\n"
                "    [Useful] [Not useful] [Remove]"
            )
            gaps = await scene.client.desk.store.all_gaps()
            assert [gap.question for gap in gaps] == ["Which zebra composed symphonies in Antarctica?"]

    asyncio.run(play())


def test_direct_messages_threads_forum_posts_and_replies_are_answered(stage: Stage) -> None:
    question = "Who closed the bridge in 2016?"

    async def play() -> None:
        async with stage() as scene:
            server = scene.server
            direct = server.dm(scene.ann)
            await server.say(scene.ann, direct, question)
            thread = server.thread(scene.channel)
            post = server.thread(server.forum(scene.guild), "Who keeps the clocks?")
            first = (await server.next_message(direct)).content
            assert await scene.ask(question, thread) == first
            assert await scene.ask(question, post) == first
            # A mention without a word, below a post: its title is the question.
            assert "clock museum keeps 312 clocks" in await scene.ask("", post)
            await scene.ask(question)
            await server.say(scene.ben, scene.channel, "nothing for the bot")
            reply_to = next(one for one in server.backend.world.messages[scene.channel.id] if one.author.bot)
            await server.say(scene.ben, scene.channel, question, reply_to=reply_to)
            assert (await server.next_message(scene.channel)).content == first

    asyncio.run(play())


def test_follow_ups_are_answered_in_the_light_of_what_came_before(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            await scene.ask("Who winds the clocks at the clock museum?")
            leaning = await scene.ask("and on Sunday?")
            assert leaning.startswith("-# Searched for: Who winds the clocks at the clock museum? and on Sunday?\n")
            await scene.ask("Who winds the **clocks** at the [clock](<https://a.example>) `museum`?")
            assert (await scene.ask("and on Sunday?")).startswith(leaning.partition("\n")[0])
            # Of another person nothing is known, nor in another channel.
            await scene.server.say(scene.ben, scene.channel, "<@BOT> and on Sunday?")
            assert "clocks" not in (await scene.server.next_message(scene.channel)).content.partition("\n")[0]
            await scene.server.registered("new")
            used = await scene.server.slash(scene.ann, scene.channel, "new")
            assert (await used.response()).content == "Forgotten. Your next question stands alone."
            assert "Searched for" not in await scene.ask("and on Sunday?")
            elsewhere = scene.server.text_channel(scene.guild, "elsewhere")
            used = await scene.server.slash(scene.ben, elsewhere, "new")
            assert (await used.response()).content == "There was nothing to forget."

    asyncio.run(play())


def test_an_ask_channel_needs_no_mention(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer(privileged=["message_content"]) as server:
            channel = server.text_channel(server.guild("other"))
            async with stage(server, ask_channels=(channel.id,)) as scene:
                await server.say(scene.ann, channel, "Nobody asked anything here.")
                await server.say(scene.ann, channel, "Who closed the bridge in 2016?")
                assert (await server.next_message(channel)).content.startswith("> Engineer Ilse Brandt")
                await server.say(scene.ann, server.thread(channel), "who keeps the clocks")
                await server.say(scene.ann, scene.channel, "Who closed the bridge in 2016?")
                await server.silence(scene.channel)
                await server.silence(channel)

    asyncio.run(play())


def test_an_ask_channel_that_cannot_be_read_says_so_once(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            channel = server.text_channel(server.guild("other"))
            async with stage(server, ask_channels=(channel.id,)) as scene:
                await server.say(scene.ann, channel, "Who closed the bridge in 2016?")
                assert (
                    "I can't read messages here unless they mention me" in (await server.next_message(channel)).content
                )
                await server.say(scene.ann, channel, "Who closed the bridge in 2016?")
                await scene.ask("Who closed the bridge in 2016?", channel)
                assert server.unseen(channel) == []

    asyncio.run(play())


def test_help_is_given_where_nothing_is_asked(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            assert await scene.ask("") == (
                "Ask me a question, and I answer with quotes from the articles: mention me with it, or use `/ask`."
            )

    asyncio.run(play())


def test_menus_find_and_verify_what_a_message_says(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            await scene.server.registered("Find a quote")
            said = await scene.server.say(scene.ben, scene.channel, "Who closed the bridge in 2016?")
            used = await scene.server.menu(scene.ann, scene.channel, said, "Find a quote")
            assert "Engineer Ilse Brandt" in (await used.response()).content
            assert used.ephemeral
            await scene.ask("Who closed the bridge in 2016?")
            answer = scene.server.backend.world.messages[scene.channel.id][-1]
            used = await scene.server.menu(scene.ben, scene.channel, answer, "Verify quote")
            assert (await used.response()).content.startswith("**Verbatim**:\n> Engineer Ilse Brandt")

    asyncio.run(play())
