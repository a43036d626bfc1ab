"""`/articles`, as owners use it: files and messages become articles, go again, and nothing else is touched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.answering.contributed import FOLDER
from bot.discord import message_articles
from bot.discord.interactions.articles import NONE_YET, NOT_GIVEN, NOT_WRITABLE, NOTHING_TO_UNDO, ONE_OF_BOTH
from bot.discord.interactions.moderators import OWNERS_ONLY
from bot.discord.message_articles import NO_LINK, NO_MESSAGE, NO_READER, NO_WORDS, TOO_LARGE
from retrieval.errors import IndexFault
from tests.bot.discord.conftest import Scene, Stage
from tests.bot.discord.interactions.test_admin import own, toy_build
from tests.discord_server import Channel, DiscordServer, Message, User
from tests.discord_server.options import Value

__all__ = ["own"]  # a fixture

FERRY = b"# The ferry\n\nThe ferry to Lomond sails at nine.\n"
QUESTION = "When does the ferry to Lomond sail?"
ADDED = "Added ferry.md. `/articles undo` takes it back."


@dataclass(frozen=True, slots=True)
class Office:
    """A server with somebody who owns the articles."""

    scene: Scene
    owner: User
    corpus: Path

    async def use(self, command: str, user: User | None = None, **options: Value) -> str:
        """What `/articles COMMAND` ends with."""
        used = await self.scene.server.slash(user or self.owner, self.scene.channel, f"articles {command}", **options)
        message = await used.response()
        assert used.ephemeral
        await self.scene.server.until(lambda: bool(message.content) and not message.content.endswith("…"))
        return message.content

    async def add(self, name: str = "ferry.md", data: bytes = FERRY) -> str:
        """Add a file."""
        return await self.use("add", file=self.scene.server.file(name, data))

    async def add_message(self, message: Message, channel: Channel | None = None) -> str:
        """Add a message by its link."""
        return await self.use("add", message=link(message, channel))

    def files(self) -> list[str]:
        """What lies in the folder of articles from Discord."""
        folder = self.corpus / FOLDER
        return sorted(each.name for each in folder.iterdir() if each.name[0] != ".") if folder.is_dir() else []


def link(message: Message, channel: Channel | None = None) -> str:
    """What *Copy Message Link* gives."""
    at = channel or message.channel
    assert at.guild is not None
    return f"https://discord.com/channels/{at.guild.id}/{at.id}/{message.id}"


@asynccontextmanager
async def office(stage: Stage, own: Path, *, reads: bool = True) -> AsyncIterator[Office]:
    """The bot over a corpus that may be changed, by somebody who does not own the server; `reads`: all messages."""
    async with DiscordServer(privileged=["message_content"] if reads else []) as server:
        owner = server.user("owner", permissions=["manage_guild"])
        async with stage(server, home=own / "index", owners=(owner.id,)) as scene:
            await server.registered("articles")
            yield Office(scene, owner, own / "articles")


def test_a_file_becomes_an_article_and_goes_again(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            assert await here.use("list") == NONE_YET
            assert await here.add() == ADDED
            assert "> The ferry to Lomond sails at nine." in await here.scene.ask(QUESTION)
            assert (await here.use("list")).startswith(
                "**1 article added from Discord**, the latest first:\n- ferry.md, 20"
            )
            assert await here.use("remove", name="ferry.md") == ("Removed ferry.md. `/articles undo` brings it back.")
            assert "ferry to Lomond sails" not in await here.scene.ask(QUESTION)
            assert await here.use("undo") == "ferry.md is back."
            assert "> The ferry to Lomond sails at nine." in await here.scene.ask(QUESTION)
            assert await here.use("undo") == "ferry.md is removed again."
            assert here.files() == []
            assert len(list(here.corpus.rglob("*.*"))) >= 6, "the operator's own articles stay"

    asyncio.run(play())


def test_only_owners_change_articles(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            manager = here.scene.server.user("manager", permissions=["manage_guild"])
            file = here.scene.server.file("ferry.md", FERRY)
            assert await here.use("add", manager, file=file) == OWNERS_ONLY
            for command in ("list", "undo"):
                assert await here.use(command, manager) == OWNERS_ONLY
            assert await here.use("remove", manager, name="ferry.md") == OWNERS_ONLY
            typing = await here.scene.server.autocomplete(manager, here.scene.channel, "articles remove", "name", "")
            assert await typing.choices() == []
            assert here.files() == []

    asyncio.run(play())


def test_a_message_becomes_an_article(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            said = await here.scene.server.say(
                here.scene.ann, here.scene.channel, "Ferry times\n\nThe ferry to Lomond sails at *nine*."
            )
            added = await here.add_message(said)
            (name,) = here.files()
            assert added == f"Added {name}. `/articles undo` takes it back."
            text = (here.corpus / FOLDER / name).read_text("utf-8")
            assert text.startswith(
                '---\ntitle: "Ferry times"\nsource: "ann in #general"\nurl: "https://discord.com/channels/'
            )
            assert text.endswith("---\n\nFerry times\n\nThe ferry to Lomond sails at *nine*.\n")
            assert "> The ferry to Lomond sails at nine." in await here.scene.ask(QUESTION)
            carrying = await here.scene.server.say(here.scene.ann, here.scene.channel, "", files={"ferry.md": FERRY})
            assert await here.add_message(carrying) == ADDED
            listed = await here.use("list")
            assert listed.count("[message](<https://discord.com/channels/") == 2

    asyncio.run(play())


def test_a_message_that_the_member_cannot_see_is_not_added(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            scene, server = here.scene, here.scene.server
            hidden = server.text_channel(scene.guild, "hidden")
            server.deny(hidden, "view_channel", to=here.owner)
            secret = await server.say(scene.ann, hidden, "The ferry to Lomond sails at nine.")
            elsewhere = server.text_channel(server.guild("elsewhere"), "far")
            far = await server.say(scene.ann, elsewhere, "The ferry to Lomond sails at nine.")
            gone = await server.say(scene.ann, scene.channel, "The ferry to Lomond sails at nine.")
            await server.delete(gone)
            assert await here.add_message(far) == NO_LINK
            assert await here.use("add", message="https://example.com/channels/1/2/3") == NO_LINK
            assert await here.add_message(gone) == NO_MESSAGE
            assert await here.add_message(far, scene.channel) == NO_MESSAGE
            assert await here.add_message(secret) == NO_MESSAGE
            assert here.files() == []

    asyncio.run(play())


def test_what_is_no_article_is_refused(stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_articles, "MOST_BYTES", 100)

    async def play() -> None:
        async with office(stage, own) as here:
            assert await here.use("add") == ONE_OF_BOTH
            assert await here.add("ferry.exe") == NO_READER
            assert await here.add("ferry.md", b"x " * 51) == TOO_LARGE
            assert await here.add("empty.md", b"\n") == "I did not add empty.md: it is empty."
            assert await here.add("page.pdf", b"PK\3\4 no PDF") != ADDED
            assert await here.use("remove", name="mayor.md") == NOT_GIVEN
            assert await here.use("remove", name="../letters/mayor.md") == NOT_GIVEN
            assert here.files() == []

    asyncio.run(play())


def test_names_are_made_safe_and_free(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            assert (await here.add("ferry!.md")).startswith("Added ferry.md.")
            assert (await here.add("FERRY.md")).startswith("Added FERRY-2.md.")
            assert here.files() == ["FERRY-2.md", "ferry.md"]
            typing = await here.scene.server.autocomplete(
                here.owner, here.scene.channel, "articles remove", "name", "ry-2"
            )
            assert [choice.value for choice in await typing.choices()] == ["FERRY-2.md"]

    asyncio.run(play())


def test_a_build_that_fails_leaves_the_articles_as_they_were(
    stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            assert await here.add() == ADDED

            def failing(*_: object) -> None:
                raise IndexFault("no room")

            monkeypatch.setattr("bot.discord.interactions.reindex.build_index", failing)
            assert "(reference " in await here.add("other.md", b"Another ferry sails at ten.\n")
            assert "(reference " in await here.use("remove", name="ferry.md")
            assert here.files() == ["ferry.md"]
            monkeypatch.setattr("bot.discord.interactions.reindex.build_index", toy_build)
            assert "> The ferry to Lomond sails at nine." in await here.scene.ask(QUESTION)

    asyncio.run(play())


def test_a_folder_that_cannot_be_written_is_said(stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            (here.corpus / FOLDER).write_text("in the way")
            assert await here.add() == NOT_WRITABLE
            assert await here.use("undo") in (NOTHING_TO_UNDO, NOT_WRITABLE)

    asyncio.run(play())


def test_two_owners_take_turns(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            said = await asyncio.gather(
                here.add("one.md", FERRY), here.add("two.md", b"The well is forty metres deep.\n")
            )
            assert sorted(said) == [
                "Added one.md. `/articles undo` takes it back.",
                "Added two.md. `/articles undo` takes it back.",
            ]
            assert here.files() == ["one.md", "two.md"]

    asyncio.run(play())


def test_without_the_intent_a_message_has_no_words(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own, reads=False) as here:
            said = await here.scene.server.say(here.scene.ann, here.scene.channel, "The ferry sails at nine.")
            assert await here.add_message(said) == NO_WORDS
            assert here.files() == []

    asyncio.run(play())
