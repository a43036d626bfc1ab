"""The fake Discord with the real discord.py: messages, commands, buttons and modals, as users see them."""

import asyncio

import discord
import pytest

from tests.discord_server import DiscordServer, NothingCame, NotOffered, User
from tests.discord_server.options import Value
from tests.discord_server.stage import Stage, play


def test_a_mention_is_answered_and_its_edit_and_deletion_are_followed() -> None:
    async def scene(stage: Stage) -> None:
        question = await stage.server.say(stage.ann, stage.channel, "<@BOT> who signed?")
        answer = await stage.server.next_message(stage.channel)
        assert stage.server.pings(answer) == {"@ann"}
        await stage.server.edit(question, "<@BOT> who signed it?")
        await stage.server.next_edit(answer)
        await stage.server.react(stage.ann, answer, "👍")
        assert stage.server.transcript(stage.channel, history=True) == (
            "ann (edited): @quoth who signed it?\n"
            "    was: @quoth who signed?\n"
            "quoth (to ann, pings @ann, edited): You now say: @quoth who signed it?\n"
            "    (👍 by ann)\n"
            "    was: You said: @quoth who signed?"
        )
        await stage.server.delete(question)
        await stage.server.deletion(answer)

    play(scene)


def test_a_deferred_slash_command_is_filled_followed_and_its_button_pressed() -> None:
    async def scene(stage: Stage) -> None:
        used = await stage.server.slash(stage.ann, stage.channel, "echo", text="hello")
        answer = await used.response()
        more = await used.followup()
        assert used.acknowledged_after is not None
        assert used.acknowledged_after < 3
        assert (used.ephemeral, more.content) == (False, "And more.")
        assert answer.attachments[0].text == "hello"
        pressed = await stage.server.press(stage.ann, answer, "Next")
        assert await pressed.response() is answer
        with pytest.raises(NotOffered, match="disabled"):
            await stage.server.press(stage.ann, answer, "Next")
        assert stage.server.transcript(stage.channel) == (
            "* ann: /echo text: hello\n"
            "quoth (edited): Page 2\n"
            "    | Echo\n"
            "    | hello\n"
            "    (file echo.txt, 5 bytes “what you said”)\n"
            "    [Next, off]\n"
            "quoth: And more.\n"
            "* ann: [Next]"
        )

    play(scene)


def test_an_ephemeral_answer_stays_ephemeral_and_out_of_the_channel() -> None:
    async def scene(stage: Stage) -> None:
        used = await stage.server.slash(stage.ann, stage.channel, "echo", text="psst", secret=True)
        answer = await used.response()
        await used.followup()
        assert (used.ephemeral, answer.ephemeral_to) == (True, stage.ann)
        assert [message async for message in stage.room.history()] == []
        with pytest.raises(NotOffered, match="does not see"):
            await stage.server.press(stage.server.user("bob"), answer, "Next")
        assert "quoth (only for ann, edited): Page 2" not in stage.server.transcript(stage.channel)
        assert "quoth (only for ann): Here." in stage.server.transcript(stage.channel)
        assert stage.server.pings(answer) == frozenset()

    play(scene)


def test_autocompletion_and_dialogues() -> None:
    async def scene(stage: Stage) -> None:
        typing = await stage.server.autocomplete(stage.ann, stage.channel, "echo", "text", "who")
        assert [(choice.name, choice.value) for choice in await typing.choices()] == [("WHO", "who")]
        modal = await (await stage.server.slash(stage.ann, stage.channel, "wish")).modal()
        assert (modal.title, modal.labels) == ("A wish", ["Wish"])
        with pytest.raises(NotOffered, match="1 to 20"):
            await stage.server.submit(modal, {"Wish": ""})
        wished = await stage.server.submit(modal, {"Wish": "rain"})
        assert (await wished.response()).content == "Wished: rain"
        assert wished.ephemeral

    play(scene)


def test_commands_are_offered_as_registered() -> None:
    async def scene(stage: Stage) -> None:
        bob, dm = stage.server.user("bob"), stage.server.dm(stage.ann)
        refused: list[tuple[User, str, dict[str, Value], str]] = [
            (bob, "wish", {}, "bob may not use /wish"),
            (bob, "sing", {}, "no command /sing"),
            (bob, "echo", {}, "cannot be sent without text"),
            (bob, "echo", {"text": 3}, "text takes no int"),
            (bob, "echo", {"text": "a", "loud": True}, "no option loud"),
        ]
        for person, name, options, reason in refused:
            with pytest.raises(NotOffered, match=reason):
                await stage.server.slash(person, stage.channel, name, **options)
        used = await stage.server.slash(stage.ann, dm, "echo", text="here too")
        assert (await used.response()).content == "Here."

    play(scene)


def test_a_context_menu_carries_content_that_the_intent_does_not() -> None:
    async def scene(stage: Stage) -> None:
        message = await stage.server.say(stage.ann, stage.channel, "quietly")
        shouted = await stage.server.menu(stage.ann, stage.channel, message, "Shout this")
        assert (await shouted.response()).content == "QUIETLY"
        await stage.server.say(stage.ann, stage.channel, "<@BOT> loudly")
        answer = await stage.server.next_message(stage.channel)
        await stage.server.say(stage.ann, stage.channel, "why?", reply_to=answer)
        await stage.server.next_message(stage.channel)
        fetched = await stage.room.fetch_message(message.id)
        assert [heard for heard in stage.bot.heard if "QUIET" not in heard][:3] == [
            "",
            f"<@{stage.server.bot.id}> loudly",
            "You said: @quoth loudly",
        ]
        assert "why?" in stage.bot.heard
        assert fetched.content == ""

    play(scene)


def test_content_comes_with_the_intent() -> None:
    async def scene(stage: Stage) -> None:
        message = await stage.server.say(stage.ann, stage.channel, "quietly", files={"note.txt": b"noted"})
        fetched = await stage.room.fetch_message(message.id)
        assert fetched.content == "quietly"
        assert await fetched.attachments[0].read() == b"noted"
        await stage.server.say(stage.ann, stage.channel, "<@BOT>")
        await stage.server.next_message(stage.channel)
        assert stage.bot.heard[0] == "quietly"

    play(scene, content=True)


def test_direct_messages_threads_and_forums() -> None:
    async def scene(stage: Stage) -> None:
        dm = stage.server.dm(stage.ann)
        await stage.server.say(stage.ann, dm, "<@BOT> between us")
        assert (await stage.server.next_message(dm)).content == "You said: @quoth between us"
        thread = stage.server.thread(stage.channel, "aside")
        post = stage.server.thread(stage.server.forum(stage.guild), "a question")
        for place in (thread, post):
            await stage.server.say(stage.ann, place, "<@BOT> hello")
            await stage.server.next_message(place)
        thread_by_bot = await stage.room.create_thread(name="made by the bot", type=discord.ChannelType.public_thread)
        await thread_by_bot.send("first")
        assert stage.server.transcript(stage.server.backend.world.channels[thread_by_bot.id]) == "quoth: first"

    play(scene)


def test_private_threads_are_seen_by_their_members_and_moderators() -> None:
    async def scene(stage: Stage) -> None:
        server, bot = stage.server, stage.server.bot
        for invited, sees in (([stage.ann, bot], True), ([stage.ann], False)):
            thread = server.thread(stage.channel, "aside", invited=invited, announced=False)
            await server.say(stage.ann, thread, "between us")
            try:
                found = await stage.room.guild.fetch_channel(thread.id)
            except discord.Forbidden:
                assert not sees
                continue
            assert sees
            assert isinstance(found, discord.Thread)
            assert found.is_private()
            assert (await found.fetch_member(stage.ann.id)).id == stage.ann.id
            with pytest.raises(discord.NotFound):
                await found.fetch_member(server.owner.id)
        with pytest.raises(NotOffered):
            await server.say(server.user("eve"), thread, "let me in")
        await server.say(server.user("mod", permissions=["manage_threads"]), thread, "who is here?")

    play(scene)


PINGS: list[tuple[str, dict[str, object] | None, set[str]]] = [
    ("<@bob> hello", None, {"@bob"}),
    ("<@bob> hello", {"parse": []}, set()),
    ("<@bob> <@BOT>", {"parse": [], "users": ["BOB"]}, {"@bob"}),
    ("`<@bob>` ```\n@everyone``` hello", None, set()),
    ("@everyone <@&mods> <@&staff>", None, {"@everyone", "@&mods", "@&staff"}),
    ("@here <@&mods>", {"parse": ["roles"]}, {"@&mods"}),
    ("reply", {"parse": [], "replied_user": True}, {"@ann"}),
    ("reply", {"parse": []}, set()),
    ("reply", None, {"@ann"}),
    ("\\<@bob> @\u200beveryone", None, {"@bob"}),
]


@pytest.mark.parametrize(("content", "allowed", "expected"), PINGS)
def test_pings_follow_content_allowed_mentions_and_permissions(
    content: str, allowed: dict[str, object] | None, expected: set[str]
) -> None:
    async def scene(stage: Stage) -> None:
        bob = stage.server.user("bob")
        question = await stage.server.say(stage.ann, stage.channel, "question")
        stage.server.role(stage.guild, "mods", mentionable=True)
        stage.server.role(stage.guild, "staff")
        body: dict[str, object] = {"content": stage.server.with_ids(content)}
        if allowed is not None:
            body["allowed_mentions"] = allowed | ({"users": [str(bob.id)]} if "users" in allowed else {})
        if content == "reply":
            body["message_reference"] = {"message_id": str(question.id)}
        await stage.request("POST", f"/channels/{stage.channel.id}/messages", body)
        assert stage.server.pings(await stage.server.next_message(stage.channel)) == expected

    play(scene)


def test_waiting_in_vain_reports_what_came_instead() -> None:
    async def main() -> None:
        server = DiscordServer()
        channel = server.text_channel(server.guild())
        await server.say(server.user("ann"), channel, "anyone?")
        await server.silence(channel, 0.01)
        with pytest.raises(NothingCame, match=r"No message in general; so far:\nann: anyone\?"):
            await server.next_message(channel, 0.01)

    asyncio.run(main())


def test_selects_and_menus_on_users() -> None:
    async def scene(stage: Stage) -> None:
        about = await stage.server.user_menu(stage.ann, stage.channel, stage.server.user("bob"), "Who is this")
        answer = await about.response()
        assert answer.content == "This is bob."
        with pytest.raises(NotOffered, match="no option"):
            await stage.server.choose(stage.ann, answer, "Pick one", ["Pears"])
        chosen = await stage.server.choose(stage.ann, answer, "Pick one", ["Plums"])
        assert (await chosen.response()).content == "You picked plums."
        assert stage.server.transcript(stage.channel) == (
            "* ann: “Who is this” on bob\n"
            "quoth: This is bob.\n"
            "    {Pick one: Apples / Plums}\n"
            "* ann: {Pick one: plums}\n"
            "quoth: You picked plums."
        )

    play(scene)


def test_previews_of_links_are_updates_but_no_edits() -> None:
    async def scene(stage: Stage) -> None:
        question = await stage.server.say(stage.ann, stage.channel, "<@BOT> https://example.org")
        answer = await stage.server.next_message(stage.channel)
        await stage.server.unfurl(question, title="Example")
        await stage.server.next_edit(answer)
        assert not question.edited
        assert "ann: @quoth https://example.org\n    | Example" in stage.server.transcript(stage.channel)
        await stage.server.delete_many(question, answer)
        assert question.deleted

    play(scene)
