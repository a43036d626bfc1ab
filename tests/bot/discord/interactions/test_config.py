"""`/config`: settings of a server, changed from Discord by those who manage it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.discord.server_rules import ServerRules, fixed_by
from tests.bot.discord.conftest import Scene, Stage
from tests.discord_server import Channel, DiscordServer, Interaction, Message, Role, User
from tests.discord_server.options import Value
from tests.toy import build_toy

QUESTION = "Who closed the bridge in 2016?"
ANSWER = "> Engineer Ilse Brandt had closed it in 2016,"
NOT_HERE = "I don't answer questions here."
NOT_YOU = "Here I only answer members with certain roles."
FIXED = "Whoever runs me has fixed this setting, so it cannot be changed here."
MANAGERS_ONLY = "Only members with the Manage Server permission can use this."


@dataclass(frozen=True, slots=True)
class Office:
    """A scene with somebody who manages the server."""

    scene: Scene
    boss: User

    async def config(self, command: str, **options: Value) -> Message:
        """What a subcommand answers to the manager alone."""
        used = await self.scene.server.slash(self.boss, self.scene.channel, f"config {command}", **options)
        message = await used.response()
        assert used.ephemeral
        return message

    async def choose(self, command: str, *chosen: Channel | Role) -> str:
        """What is said to a choice in the select of a subcommand."""
        message = await self.config(command)
        select = message.components[0]["components"][0]["custom_id"]
        used = await self.scene.server.choose(self.boss, message, select, [str(thing.id) for thing in chosen])
        after = await used.response()
        assert after is message
        assert after.components == ()
        return after.content

    async def ask(self, user: User, channel: Channel | None = None) -> str:
        """What a member is answered to `/ask`."""
        used = await self.scene.server.slash(user, channel or self.scene.channel, "ask", question=QUESTION)
        return (await used.response()).content.removeprefix(f"-# Asked: {QUESTION}\n")


@asynccontextmanager
async def managed(stage: Stage, **settings: object) -> AsyncIterator[Office]:
    """The bot on stage, and somebody who manages its server."""
    async with stage(**settings) as scene:
        await scene.server.registered("config")
        yield Office(scene, scene.server.user("boss", permissions=["manage_guild"]))


def preset(message: Message) -> list[tuple[str, int]]:
    """What a message's select shows as chosen, with its kind."""
    return [(value["type"], int(value["id"])) for value in message.components[0]["components"][0]["default_values"]]


def test_all_settings_are_shown_with_where_they_come_from(stage: Stage) -> None:
    async def play() -> None:
        async with managed(stage, solved_tag="Done") as office:
            await office.config("cooldown", seconds=0.0)
            role = office.scene.server.role(office.scene.guild, "readers")
            await office.choose("roles", role)
            assert (await office.config("show")).content == (
                "**Settings of this server**\n"
                "- **Channels** where members may ask: all\n"
                f"- **Roles** whose members may ask: {role.mention} · set here\n"
                "- **Ask channels**, where I answer questions without a mention: none\n"
                "- **Silence** in ask channels and help forums: below a confidence of 0.5\n"
                "- **Help forums**, whose new posts I answer if I am confident: none\n"
                "- **Solved tag** of posts in help forums: Done · fixed\n"
                "- **Cool-down** between two questions of a member: 0 s · fixed\n"
                "- **Digest channel** for a weekly summary: no channel\n"
                "- **Articles** of single channels: the same everywhere\n"
                "-# “set here”: by somebody who manages this server, see `/config log`. “fixed”: by whoever runs me; "
                "it cannot be changed here. All else is the default."
            )

    asyncio.run(play())


def test_channels_that_are_chosen_are_answered_and_no_others(stage: Stage) -> None:
    async def play() -> None:
        async with managed(stage) as office:
            scene = office.scene
            other = scene.server.text_channel(scene.guild, "other")
            assert (await office.config("channels")).content == (
                "In which channels, threads included, may members ask me? If you choose none, they may ask everywhere."
            )
            assert await office.choose("channels", other) == (
                f"Set.\n- **Channels** where members may ask: {other.mention} · set here"
            )
            assert await office.ask(scene.ann) == NOT_HERE
            assert ANSWER in await office.ask(scene.ann, other)
            assert ANSWER in await office.ask(scene.ann, scene.server.thread(other))
            # Who manages the server is not locked out where nobody may ask.
            assert await office.choose("channels") == "Set.\n- **Channels** where members may ask: all · set here"
            assert ANSWER in await office.ask(scene.ann)

    asyncio.run(play())


def test_roles_that_are_chosen_are_answered_and_the_manager_may_change_them_back(stage: Stage) -> None:
    async def play() -> None:
        async with managed(stage) as office:
            scene = office.scene
            role = scene.server.role(scene.guild, "readers", scene.ann)
            await office.choose("roles", role)
            assert ANSWER in await office.ask(scene.ann)
            assert [await office.ask(scene.ben), await office.ask(office.boss)] == [NOT_YOU, NOT_YOU]
            message = await office.config("roles")
            assert preset(message) == [("role", role.id)]
            assert (await office.config("reset", setting="roles")).content == (
                "Set.\n- **Roles** whose members may ask: all"
            )
            assert ANSWER in await office.ask(scene.ben)

    asyncio.run(play())


def test_what_is_set_holds_in_that_server_alone_and_after_a_restart(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            async with managed(stage, server=server) as office:
                await office.choose("channels", server.text_channel(office.scene.guild, "other"))
                boss, channel = office.boss, office.scene.channel
            async with stage(server) as scene:
                office = Office(scene, boss)
                assert await office.ask(scene.ann, channel) == NOT_HERE
                assert ANSWER in await office.ask(scene.ann)

    asyncio.run(play())


def test_an_ask_channel_is_answered_without_a_mention(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer(privileged=["message_content"]) as server, managed(stage, server=server) as office:
            scene = office.scene
            assert await office.choose("ask-channels", scene.channel) == (
                "Set.\n- **Ask channels**, where I answer questions without a mention: "
                f"{scene.channel.mention} · set here"
            )
            await server.say(scene.ann, scene.channel, QUESTION)
            assert ANSWER in (await server.next_message(scene.channel)).content

    asyncio.run(play())


def test_it_is_said_what_the_bot_still_lacks(stage: Stage) -> None:
    async def play() -> None:
        async with managed(stage) as office:
            scene = office.scene
            forum = scene.server.forum(scene.guild, "help")
            unreadable = (
                "I cannot read what is written there yet: whoever runs me has to switch on the message content intent "
                "for me, and start me again."
            )
            close = "To mark posts as solved and close them, I need the permission Manage Threads there."
            assert (await office.choose("ask-channels", scene.channel)).endswith(f"set here\n{unreadable}")
            assert (await office.choose("forums", forum)).endswith(f"set here\n{unreadable}\n{close}")
            scene.server.deny(scene.channel, "send_messages")
            await asyncio.wait_for(_heard(scene), 5)
            assert (await office.choose("digest", scene.channel)).endswith(
                "set here\nI may not write there: give me the permissions View Channel and Send Messages."
            )

    async def _heard(scene: Scene) -> None:
        """Wait until the bot knows what it may not do."""
        while True:
            guild = scene.client.get_guild(scene.guild.id)
            channel = guild.get_channel(scene.channel.id) if guild else None
            if guild and channel and not channel.permissions_for(guild.me).send_messages:
                return
            await asyncio.sleep(0)

    asyncio.run(play())


def test_the_cool_down_is_the_servers(stage: Stage) -> None:
    async def play() -> None:
        async with managed(stage, cooldown=3.0) as office:
            scene = office.scene
            assert (await office.config("cooldown", seconds=600.0)).content == (
                "Set.\n- **Cool-down** between two questions of a member: 600 s · set here"
            )
            assert (await office.config("cooldown", seconds=600.0)).content.startswith(
                "That is what it was set to already.\n"
            )
            assert ANSWER in await office.ask(scene.ann)
            assert re.fullmatch(
                r"One question at a time, please: ask again in (?:600|599) s.", await office.ask(scene.ann)
            )

    asyncio.run(play())


def test_silence_is_the_servers(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer(privileged=["message_content"]) as server, managed(stage, server=server) as office:
            scene = office.scene
            await office.choose("ask-channels", scene.channel)
            assert (await office.config("silence", unless=0.0)).content == (
                "Set.\n- **Silence** in ask channels and help forums: never · set here"
            )
            await server.say(scene.ann, scene.channel, "Why do zebras compose?")
            assert (await server.next_message(scene.channel)).content.startswith("**")
            await office.config("silence", unless=0.8)
            await server.say(scene.ann, scene.channel, "Why do zebras compose?")
            await server.silence(scene.channel)

    asyncio.run(play())


def test_what_the_operator_has_set_is_fixed(stage: Stage) -> None:
    async def play() -> None:
        async with DiscordServer() as server:
            guild = server.guild("first")
            open_ = server.text_channel(guild, "open")
            async with managed(stage, server=server, channels=(open_.id,), cooldown=1.0) as office:
                assert (await office.config("channels")).content == FIXED
                assert (await office.config("cooldown", seconds=9.0)).content == FIXED
                assert (await office.config("reset", setting="cooldown")).content == FIXED
                show = (await office.config("show")).content
                assert "- **Channels** where members may ask: only in other servers · fixed\n" in show
                assert str(open_.id) not in show
                assert (await office.config("log")).content == "Nobody has changed a setting here."

    asyncio.run(play())


def test_what_has_its_default_value_is_not_fixed() -> None:
    standard = ServerRules(cooldown=3.0)
    assert fixed_by(standard, standard) == frozenset()
    changed = ServerRules(cooldown=0.0, channels=frozenset({1}))
    assert fixed_by(changed, standard) == {"cooldown", "channels"}


def test_changes_are_logged_with_who_and_when(stage: Stage) -> None:
    async def play() -> None:
        async with managed(stage, cooldown=3.0) as office:
            scene = office.scene
            await office.config("cooldown", seconds=9.0)
            await office.config("cooldown", seconds=1.5)
            await office.choose("digest", scene.channel)
            await office.config("reset", setting="cooldown")
            log = re.sub(r"<t:\d+:f>", "<t>", (await office.config("log")).content)
            boss = office.boss.mention
            assert log == (
                "**Last changes**, newest first:\n"
                f"- <t> {boss}: **Cool-down** 1.5 s → the default\n"
                f"- <t> {boss}: **Digest channel** the default → {scene.channel.mention}\n"
                f"- <t> {boss}: **Cool-down** 9 s → 1.5 s\n"
                f"- <t> {boss}: **Cool-down** the default → 9 s"
            )
            used = await scene.server.slash(office.boss, scene.channel, "forget-me")
            await used.response()
            assert boss not in (await office.config("log")).content

    asyncio.run(play())


def test_a_channel_or_role_that_was_deleted_is_said_to_be(stage: Stage) -> None:
    async def play() -> None:
        async with managed(stage) as office:
            scene = office.scene
            gone, kept = scene.server.text_channel(scene.guild, "gone"), scene.server.text_channel(scene.guild, "kept")
            await office.choose("channels", gone, kept)
            scene.server.remove_channel(gone)
            line = f"- **Channels** where members may ask: {kept.mention}, 1 deleted channel · set here"
            async with asyncio.timeout(60):
                while line not in (show := (await office.config("show")).content):
                    assert "**Channels**" in show
            assert preset(await office.config("channels")) == [("channel", kept.id)]
            assert "1 deleted channel" in (await office.config("log")).content

    asyncio.run(play())


def test_only_who_manages_the_server_may_change_it(stage: Stage) -> None:
    async def play() -> None:
        async with managed(stage) as office:
            scene = office.scene
            message = await office.config("channels")
            select = message.components[0]["components"][0]["custom_id"]
            scene.guild.members[office.boss.id].clear()
            used: Interaction = await scene.server.choose(office.boss, message, select, [str(scene.channel.id)])
            assert (await used.response()).content == MANAGERS_ONLY
            assert scene.client.servers.of(scene.guild.id).channels == frozenset()

    asyncio.run(play())


def test_a_channel_may_share_the_articles_of_another_place_of_its_server(stage: Stage, tmp_path: Path) -> None:
    corpus = tmp_path / "rules"
    corpus.mkdir()
    (corpus / "moor.md").write_text("# The moor\n\nThe gate to the moor is locked at nine every evening.\n", "utf-8")
    build_toy(corpus, tmp_path / "second")

    async def play() -> None:
        async with DiscordServer() as server:
            theirs = server.text_channel(server.guild("theirs"), "theirs")
            async with managed(stage, server=server, collections={theirs.id: tmp_path / "second"}) as office:
                scene = office.scene
                # Another server's articles are not offered, nor taken from who names them all the same.
                assert await suggested(office) == [("articles", "0")]
                assert (await office.config("articles", channel=scene.channel, articles=str(theirs.id))).content == (
                    "There are no such articles: choose one of those that Discord suggests."
                )
        async with DiscordServer() as server:
            guild = server.guild("own")
            own, plain = server.text_channel(guild, "own"), server.text_channel(guild, "plain")
            async with managed(stage, server=server, collections={own.id: tmp_path / "second"}) as office:
                office = replace(office, scene=replace(office.scene, channel=plain, guild=guild))
                assert await suggested(office) == [("articles", "0"), ("rules", str(own.id))]
                assert (await office.config("articles", channel=plain, articles=str(own.id))).content == (
                    f"Set.\n- **Articles** of single channels: {plain.mention} from “rules” · set here"
                )
                used = await server.slash(office.boss, plain, "ask", question="When is the gate to the moor locked?")
                assert "locked at nine every evening" in (await used.response()).content
                assert (await office.config("articles", channel=own, articles="0")).content == FIXED

    async def suggested(office: Office) -> list[tuple[str, str]]:
        typing = await office.scene.server.autocomplete(
            office.boss, office.scene.channel, "config articles", "articles", ""
        )
        return [(choice.name, str(choice.value)) for choice in await typing.choices()]

    asyncio.run(play())


def test_what_a_server_has_set_goes_when_the_bot_leaves_it(stage: Stage) -> None:
    async def play() -> None:
        async with managed(stage) as office:
            scene = office.scene
            await office.choose("digest", scene.channel)
            scene.server.remove_bot(scene.guild)
            async with asyncio.timeout(60):
                while await scene.client.desk.store.guilds():
                    await asyncio.sleep(0)
            assert scene.client.servers.source(scene.guild.id, "digest_channels") == "default"

    asyncio.run(play())
