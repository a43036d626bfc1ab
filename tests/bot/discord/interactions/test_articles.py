"""`/articles`, as owners use it: files and messages become articles, go again, and nothing else is touched."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest

from bot.answering.contributed import RECORD, Contributed, Upload
from bot.answering.contribution_record import FOLDER, Contribution
from bot.discord import message_articles
from bot.discord.interactions.articles import NOT_ADDED, NOT_CHANGED, NOT_GIVEN, NOTHING_TO_UNDO, ONE_OF_BOTH
from bot.discord.interactions.articles_place import DAMAGED, NOT_WRITABLE
from bot.discord.interactions.articles_texts import NONE_YET, list_message
from bot.discord.interactions.moderators import OWNERS_ONLY
from bot.discord.interactions.paging import A_PAGE
from bot.discord.message_articles import NO_LINK, NO_MESSAGE, NO_WORDS, OWN_MESSAGE, SPOILERS
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Outgoing, length
from bot.languages.catalogue import ENGLISH, catalogues
from bot.settings import CorpusSettings, IndexSettings, Settings
from retrieval.articles.text_files import read_text
from retrieval.errors import IndexFault
from retrieval.index.build import Report
from retrieval.index.documents import Progress
from retrieval.index.generation import Generation
from tests.bot.discord.conftest import Scene, Stage
from tests.bot.discord.interactions.test_admin import held_build, own, say, toy_build
from tests.discord_server import Channel, DiscordServer, Message, User
from tests.discord_server.options import Value

__all__ = ["own"]  # a fixture

FERRY = b"# The ferry\n\nThe ferry to Lomond sails at nine.\n"
QUESTION = "When does the ferry to Lomond sail?"
ADDED = "Added ferry.md. `/articles undo` takes it back."
BUILD = "bot.discord.interactions.reindex.build_index"


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

    async def undone(self) -> str:
        """What `/articles undo` says."""
        return await self.use("undo")

    @property
    def index(self) -> Generation:
        """The index that answers now."""
        return Generation.current(self.corpus.parent / "index")

    def ids(self) -> set[str]:
        """The ids of all articles in the index."""
        return {article.id for article in self.index.articles()}

    async def without(self, article: str) -> None:
        """Wait until the index has an article no more."""
        async with asyncio.timeout(60):
            while article in self.ids():
                await asyncio.sleep(0.01)

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
async def office(stage: Stage, own: Path, *, reads: bool = True, **settings: object) -> AsyncIterator[Office]:
    """The bot over a corpus that may be changed, by somebody who does not own the server; `reads`: all messages."""
    async with DiscordServer(privileged=["message_content"] if reads else []) as server:
        owner = server.user("owner", permissions=["manage_guild"])
        async with stage(server, home=own / "index", owners=(owner.id,), **settings) as scene:
            await server.registered("articles")
            yield Office(scene, owner, own / "articles")


def test_a_file_becomes_an_article_and_goes_again(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            assert await here.use("list") == NONE_YET
            assert await here.add() == ADDED
            assert "> The ferry to Lomond sails at nine." in await here.scene.ask(QUESTION)
            listed = await here.use("list")
            (contribution,) = Contributed(here.corpus).all()
            added_at = f"<t:{datetime.fromisoformat(contribution.at).timestamp():.0f}:f>"
            assert listed == (
                f"**1 article added from Discord**, the latest first:\n"
                f"- ferry.md, added by {here.owner.mention}, {added_at}"
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
            assert text.startswith('---\ntitle: "Ferry times"\nsource: "#general"\nurl: "https://discord.com/channels/')
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
    monkeypatch.setattr(message_articles, "MEGABYTE", 50)

    async def play() -> None:
        async with office(stage, own) as here:
            assert await here.use("add") == ONE_OF_BOTH
            assert (await here.add("ferry.exe")).startswith(
                "I did not add ferry.exe: I do not read files of that kind. "
            )
            assert await here.add("ferry.md", b"x " * 51) == (
                "I did not add ferry.md: it is too large, I take at most 2 MB."
            )
            assert await here.add("empty.md", b"\n") == "I did not add empty.md: it is empty."
            assert (await here.add("page.pdf", b"PK\3\4 no PDF")).startswith("I did not add page.pdf: it ")
            assert await here.add("title.md", b"# *Ferry*\n") == (
                "I did not add title.md: it has nothing to quote: one line, which is no sentence (a title?)."
            )
            assert await here.use("remove", name="mayor.md") == NOT_GIVEN
            assert await here.use("remove", name="../letters/mayor.md") == NOT_GIVEN
            assert here.files() == []
            assert list((here.corpus / FOLDER).iterdir()) == []

    asyncio.run(play())


def test_how_large_an_article_may_be_is_a_setting(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own, largest_article=1) as here:
            refusal = "I did not add ferry.md: it is too large, I take at most 1 MB."
            assert await here.add("ferry.md", b" " * (2**20 + 1)) == refusal
            assert await here.add("ferry.md", FERRY + b" " * (2**20 - len(FERRY))) == ADDED

    asyncio.run(play())


def test_a_file_that_cannot_be_read_leaves_undo_as_it_was(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            await here.add()
            await here.use("remove", name="ferry.md")
            assert await here.add("ferry.md", b"\n") == "I did not add ferry.md: it is empty."
            assert await here.undone() == "ferry.md is back."
            assert (here.corpus / FOLDER / "ferry.md").read_bytes() == FERRY
            assert "> The ferry to Lomond sails at nine." in await here.scene.ask(QUESTION)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("new.md", "---\nid: clock-museum\n---\n\nThe ferry to Lomond sails at nine.\n"),
        (
            "new.jsonl",
            '{"id": "x", "text": "It sails."}\n{"_id": "clock-museum", "text": "The ferry sails at nine."}\n',
        ),
    ],
)
def test_an_id_that_another_article_has_is_refused(name: str, text: str, stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            before = here.index.folder
            assert await here.add(name, text.encode()) == (
                f"I did not add {name}: museum.md has the id “clock-museum” already, and is cited by it. "
                "Choose another."
            )
            assert (here.files(), here.index.folder) == ([], before), "no answer ever cited another article"

    asyncio.run(play())


def test_an_id_of_an_article_that_was_not_read_yet_is_refused_too(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            text = "---\nid: ferry\n---\n\nThe ferry to Lomond sails at nine.\n"
            (here.corpus / "zoo.md").write_text(text)
            assert await here.add("ferry.md", text.encode()) == (
                "I did not add ferry.md: zoo.md has the id “ferry” already, and is cited by it. Choose another."
            )
            assert here.files() == []
            index = Generation.current(own / "index")
            assert [article.path for article in index.articles() if article.id.startswith("ferry")] == ["zoo.md"]
            assert await here.undone() == NOTHING_TO_UNDO

    asyncio.run(play())


def test_an_id_that_was_given_away_meanwhile_is_not_brought_back(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            text = "---\nid: ferry\n---\n\nThe ferry to Lomond sails at nine.\n"
            await here.add("ferry.md", text.encode())
            await here.use("remove", name="ferry.md")
            (here.corpus / "zoo.md").write_text(text)
            toy_build(_settings(own), lambda *_: None)
            before = here.index.folder
            assert await here.undone() == (
                "I did not add ferry.md: zoo.md has the id “ferry” already, and is cited by it. Choose another."
            )
            assert here.index.folder == before
            (here.corpus / "zoo.md").unlink()
            assert await here.undone() == "ferry.md is back."

    asyncio.run(play())


def test_a_name_that_an_id_is_made_of_is_free(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            await here.add("ferry.md")
            assert await here.add("ferry.txt", b"The ferry\n\nThe ferry to Lomond stays in its harbour today.\n") == (
                "Added ferry-2.txt. `/articles undo` takes it back."
            )
            assert {"from-discord/ferry", "from-discord/ferry-2"} <= here.ids()

    asyncio.run(play())


def test_added_means_that_it_can_be_quoted(stage: Stage, own: Path) -> None:
    lines = [
        {"id": "one", "text": "The ferry to Lomond sails at nine."},
        {"id": "two", "text": "The well is forty metres deep."},
        {"text": "It has no id."},
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)

    async def play() -> None:
        async with office(stage, own) as here:
            assert await here.add("bad.jsonl", b"{\n[]\n") == (
                "I did not add bad.jsonl: it has no line that I can use (line 1 is not valid JSON (Expecting property "
                "name enclosed in double quotes))."
            )
            assert await here.add("good.jsonl", text.encode()) == (
                "Added good.jsonl with 2 articles. `/articles undo` takes it back.\n"
                "-# 1 line of good.jsonl is left out:\n"
                '-# Line 3 of good.jsonl has no "\\_id" or "id".'
            )
            assert "> The ferry to Lomond sails at nine." in await here.scene.ask(QUESTION)
            assert {"one", "two"} <= here.ids()
            assert "-# latin.txt is not UTF-8: read as cp1252." in await here.add(
                "latin.txt", "Die Fähre fährt.".encode("cp1252")
            )

    asyncio.run(play())


def test_an_index_without_the_article_is_no_success(stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unbuilt(settings: Settings, progress: Progress) -> Report:
        (added,) = (settings.corpus.path / FOLDER).glob("*.md")
        hidden = added.rename(added.with_name(".away"))
        report = toy_build(settings, progress)
        hidden.rename(added)
        return report

    async def play() -> None:
        async with office(stage, own) as here:
            monkeypatch.setattr(BUILD, lambda *at: (monkeypatch.setattr(BUILD, toy_build), unbuilt(*at))[1])
            assert await here.add() == "I did not add ferry.md: it has nothing that the index took up."
            assert here.files() == []
            assert await here.undone() == NOTHING_TO_UNDO

    asyncio.run(play())


def test_what_is_an_article_already_is_not_added_again(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            scene = here.scene
            await here.add()
            before = here.index.folder
            same = "{} is an article already, the very same: I did not add it again."
            assert await here.add() == same.format("ferry.md")
            assert await here.add("m.md", (here.corpus / "museum.md").read_bytes()) == same.format("museum.md")
            assert here.index.folder == before
            well = b"The well is forty metres deep.\n"
            twice = await scene.server.say(scene.ann, scene.channel, files={"a.md": well, "b.md": well})
            assert await here.add_message(twice) == (
                "Added a.md. `/articles undo` takes it back.\n" + same.format("a.md")
            )
            said = await scene.server.say(scene.ann, scene.channel, "The bell rings at ten.")
            assert (await here.add_message(said)).startswith("Added ")
            assert " is an article already, the very same" in await here.add_message(said)
            await here.use("remove", name="ferry.md")
            assert await here.add() == ADDED

    asyncio.run(play())


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\n**Ferry** times\nIt sails.", "Ferry times"),
        ("## The *ferry*\nIt sails.", "The ferry"),
        ("> - It sails at `nine`.", "It sails at nine."),
        ("```py\nferry = 9\n```", "ferry = 9"),
        ("***\n\n-# 1. It [sails](https://ferry.example).", "It sails."),
        ("It sails " + "at nine " * 12, "It sails " + "at nine " * 8 + "at…"),
    ],
)
def test_a_message_has_its_first_visible_words_as_title(text: str, title: str, stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            said = await here.scene.server.say(here.scene.ann, here.scene.channel, text)
            assert (await here.add_message(said)).startswith("Added ")
            (name,) = here.files()
            (article,), _ = read_text((here.corpus / FOLDER / name).read_bytes(), f"{FOLDER}/{name}", "")
            assert article.title == title

    asyncio.run(play())


def test_names_are_made_safe_and_free(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            assert (await here.add("ferry!.md")).startswith("Added ferry.md.")
            assert (await here.add("FERRY.md", FERRY + FERRY)).startswith("Added FERRY-2.md.")
            assert here.files() == ["FERRY-2.md", "ferry.md"]
            typing = await here.scene.server.autocomplete(
                here.owner, here.scene.channel, "articles remove", "name", "ry-2"
            )
            assert [choice.value for choice in await typing.choices()] == ["FERRY-2.md"]

    asyncio.run(play())


def failing(*_: object) -> Report:
    """A build that fails."""
    raise IndexFault("no room")


def test_a_file_that_was_changed_by_hand_is_left_to_the_operator(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            await here.add()
            (here.corpus / FOLDER / "ferry.md").write_bytes(b"The ferry is mine.\n")
            refusal = "ferry.md was changed by hand: only whoever runs me can remove it."
            assert await here.use("remove", name="ferry.md") == refusal
            assert await here.undone() == refusal
            assert await here.use("list") == NONE_YET
            await here.add("well.md", b"The well is forty metres deep.\n")
            assert await here.use("remove", name="well.md") == "Removed well.md. `/articles undo` brings it back."
            assert (here.corpus / FOLDER / "ferry.md").read_bytes() == b"The ferry is mine.\n"

    asyncio.run(play())


def test_a_build_that_fails_leaves_the_articles_as_they_were(
    stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            await here.add("well.md", b"The well is forty metres deep.\n")
            assert await here.add() == ADDED
            await here.use("remove", name="well.md")
            monkeypatch.setattr(BUILD, failing)
            assert "(reference " in await here.add("other.md", b"Another ferry sails at ten.\n")
            assert "(reference " in await here.use("remove", name="ferry.md")
            assert "(reference " in await here.undone()
            assert here.files() == ["ferry.md"]
            monkeypatch.setattr(BUILD, toy_build)
            assert "> The ferry to Lomond sails at nine." in await here.scene.ask(QUESTION)
            assert await here.undone() == "well.md is back."
            assert here.files() == ["ferry.md", "well.md"]

    asyncio.run(play())


def test_a_connection_that_breaks_while_progress_is_reported_does_not_end_a_change(
    stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            await here.add()
            broken = []

            async def breaking(interaction: discord.Interaction[Any], message: Outgoing) -> None:
                broken.append(message.content)
                raise aiohttp.ServerDisconnectedError

            monkeypatch.setattr("bot.discord.interactions.articles.progress", breaking)
            assert await here.use("remove", name="ferry.md") == "Removed ferry.md. `/articles undo` brings it back."
            assert broken
            assert (here.files(), "from-discord/ferry" in here.ids()) == ([], False)

    asyncio.run(play())


def test_a_change_that_was_interrupted_is_taken_back_by_the_next_command(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            await here.add()
            contributed = Contributed(here.corpus)
            contributed.remove("ferry.md")
            toy_build(_settings(own), lambda *_: None)
            assert "The ferry to Lomond" not in await here.scene.ask(QUESTION)
            assert "- ferry.md, added by " in await here.use("list")
            assert "> The ferry to Lomond sails at nine." in await here.scene.ask(QUESTION)
            contributed.remove("ferry.md")
            assert await here.undone() == "The last change was interrupted, so I have taken it back: ferry.md."
            assert here.files() == ["ferry.md"]
            contributed.add(contributed.stage([Upload("well.md", b"The well is forty metres deep.\n")], 1))
            assert await here.use("remove", name="ferry.md") == "Removed ferry.md. `/articles undo` brings it back."
            assert here.files() == []
            assert await here.undone() == "ferry.md is back."

    asyncio.run(play())


def test_a_list_says_that_a_change_was_interrupted(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            await here.add()
            Contributed(here.corpus).remove("ferry.md")
            used = await here.scene.server.slash(here.owner, here.scene.channel, "articles list")
            message = await used.response()
            await here.scene.server.until(lambda: message.content.startswith("**1 article added from Discord**"))
            assert (
                await used.followup()
            ).content == "The last change was interrupted, so I have taken it back: ferry.md."

    asyncio.run(play())


def test_a_change_that_was_interrupted_is_taken_back_before_the_articles_are_read_again(
    stage: Stage, own: Path
) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            await here.add()
            contributed = Contributed(here.corpus)
            contributed.remove("ferry.md")
            used = await here.scene.server.slash(here.owner, here.scene.channel, "reindex")
            message = await used.response()
            await here.scene.server.until(lambda: message.content.startswith(("Done in ", "Nothing to do: ")))
            assert (here.files(), contributed.settle()) == (["ferry.md"], None)
            contributed.add(contributed.stage([Upload("well.md", b"The well is forty metres deep.\n")], 1))
            used = await here.scene.server.slash(here.owner, here.scene.channel, "reindex")
            message = await used.response()
            await here.scene.server.until(lambda: message.content.startswith(("Done in ", "Nothing to do: ")))
            assert "from-discord/well" not in here.ids()
            assert "from-discord/ferry" in here.ids()

    asyncio.run(play())


def test_a_change_that_was_interrupted_is_taken_back_when_the_bot_starts(stage: Stage, own: Path) -> None:
    contributed = Contributed(own / "articles")
    contributed.add(contributed.stage([Upload("ferry.md", FERRY)], 1))
    toy_build(_settings(own), lambda *_: None)

    async def play() -> None:
        async with office(stage, own) as here:
            await here.without("from-discord/ferry")
            assert here.files() == []
            assert "The ferry to Lomond" not in await here.scene.ask(QUESTION)

    asyncio.run(play())


def test_what_was_taken_back_before_the_bot_ended_is_built_when_it_starts(stage: Stage, own: Path) -> None:
    contributed = Contributed(own / "articles")
    contributed.add(contributed.stage([Upload("ferry.md", FERRY)], 1))
    toy_build(_settings(own), lambda *_: None)
    contributed.settle()

    async def play() -> None:
        async with office(stage, own) as here:
            await here.without("from-discord/ferry")
            assert await here.undone() == NOTHING_TO_UNDO
            assert contributed.settle() is None

    asyncio.run(play())


def test_a_build_that_fails_when_the_bot_starts_is_tried_again(
    stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contributed = Contributed(own / "articles")
    contributed.add(contributed.stage([Upload("ferry.md", FERRY)], 1))
    toy_build(_settings(own), lambda *_: None)
    monkeypatch.setattr("bot.discord.interactions.reindex.AGAIN_AFTER", (0.0, 0.0))
    builds: list[Callable[[Settings, Progress], Report]] = [failing, failing, toy_build]
    monkeypatch.setattr(BUILD, lambda settings, progress: builds.pop(0)(settings, progress))

    async def play() -> None:
        async with office(stage, own) as here:
            await here.without("from-discord/ferry")
            assert builds == []

    asyncio.run(play())


def test_what_could_not_be_built_when_the_bot_started_is_built_by_the_next_command(
    stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contributed = Contributed(own / "articles")
    contributed.add(contributed.stage([Upload("ferry.md", FERRY)], 1))
    toy_build(_settings(own), lambda *_: None)
    monkeypatch.setattr("bot.discord.interactions.reindex.AGAIN_AFTER", ())
    monkeypatch.setattr(BUILD, failing)

    async def play() -> None:
        async with office(stage, own) as here:
            assert "(reference " in await here.add("well.md", b"The well is forty metres deep.\n")
            monkeypatch.setattr(BUILD, toy_build)
            assert await here.undone() == "The last change was interrupted, so I have taken it back: ferry.md."
            assert "from-discord/ferry" not in here.ids()
            assert await here.undone() == NOTHING_TO_UNDO

    asyncio.run(play())


def test_a_change_whose_build_is_cut_short_by_a_stop_is_taken_back_by_the_next_start(
    stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.discord.client.PATIENCE", 0.0)
    begun, ended, stopped = threading.Event(), threading.Event(), threading.Event()

    def build(settings: Settings, progress: Progress) -> Report:
        begun.set()
        assert stopped.wait(20)
        try:
            return toy_build(settings, progress)
        finally:
            ended.set()

    monkeypatch.setattr(BUILD, build)

    async def play() -> None:
        async with office(stage, own) as here:
            file = here.scene.server.file("ferry.md", FERRY)
            await here.scene.server.slash(here.owner, here.scene.channel, "articles add", file=file)
            assert await asyncio.to_thread(begun.wait, 20)
        stopped.set()
        assert await asyncio.to_thread(ended.wait, 20)
        monkeypatch.setattr(BUILD, toy_build)
        async with office(stage, own) as here:
            await here.without("from-discord/ferry")
            assert here.files() == []

    asyncio.run(play())


def _settings(own: Path) -> Settings:
    return Settings(corpus=CorpusSettings(own / "articles"), index=IndexSettings(own / "index"))


@pytest.mark.parametrize("is_there", [True, False])
def test_nothing_is_changed_where_the_articles_are_gone(is_there: bool, stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            await here.add()
            here.corpus.rename(own / "elsewhere")
            if is_there:
                here.corpus.mkdir()
            before = here.index.folder
            gone = "I find none of my articles where they were, so I keep answering from what I read before. "
            for command in ("list", "undo"):
                assert (await here.use(command)).startswith(gone)
            assert (await here.add("well.md", b"The well is forty metres deep.\n")).startswith(gone)
            assert (await here.use("remove", name="ferry.md")).startswith(gone)
            assert (await say(here.scene, here.owner, "forget-me")).startswith(
                "I cannot reach all articles right now, so some may still say that you added them"
            )
            assert here.index.folder == before
            assert not here.corpus.exists() or not list(here.corpus.iterdir())
            assert "> The ferry to Lomond sails at nine." in await here.scene.ask(QUESTION)
            if is_there:
                here.corpus.rmdir()
            (own / "elsewhere").rename(here.corpus)
            assert await here.use("remove", name="ferry.md") == "Removed ferry.md. `/articles undo` brings it back."

    asyncio.run(play())


def test_the_last_article_is_not_removed(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            await here.add()
            for path in here.corpus.rglob("*"):
                if path.is_file() and path.parent.name != FOLDER:
                    path.unlink()
            assert (await here.use("remove", name="ferry.md")).startswith(
                "No article would be left that I can quote, so I keep answering from those that I have. (reference "
            )
            assert here.files() == ["ferry.md"]

    asyncio.run(play())


def test_a_record_that_is_damaged_is_said(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            await here.add()
            (here.corpus / FOLDER / RECORD).write_bytes(b"{")
            for command in ("list", "undo"):
                assert await here.use(command) == DAMAGED
            assert await here.add("other.md") == DAMAGED
            assert await here.use("remove", name="ferry.md") == DAMAGED
            assert here.files() == ["ferry.md"]

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


def test_nothing_is_changed_while_the_articles_are_read_again(
    stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        with held_build(monkeypatch) as (progress, release):
            async with office(stage, own) as here:
                contributed = Contributed(here.corpus)
                contributed.confirm(contributed.add(contributed.stage([Upload("ferry.md", FERRY)], here.owner.id)))
                again = await (await here.scene.server.slash(here.owner, here.scene.channel, "reindex")).response()
                progress("encode", 1, 3)
                assert await here.add("well.md", b"The well is forty metres deep.\n") == NOT_ADDED
                assert await here.use("remove", name="ferry.md") == NOT_CHANGED
                assert await here.undone() == NOT_CHANGED
                assert "- ferry.md, added by " in await here.use("list")
                release()
                await here.scene.server.until(lambda: again.content.startswith("Done in "))
                assert here.files() == ["ferry.md"]
                assert (await here.add("well.md", b"The well is deep.\n")).startswith("Added well.md")

    asyncio.run(play())


def test_without_the_intent_a_message_has_no_words(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own, reads=False) as here:
            said = await here.scene.server.say(here.scene.ann, here.scene.channel, "The ferry sails at nine.")
            assert await here.add_message(said) == NO_WORDS
            assert here.files() == []

    asyncio.run(play())


# Messages


def test_what_people_call_themselves_cannot_break_an_article(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            scene, server = here.scene, here.scene.server
            odd = server.user("eve\u202e\x1b[31m\n---\nid: mayor\ufffe")
            channel = server.text_channel(scene.guild, "gen\u2066eral\x85")
            said = await server.say(odd, channel, "Ferry\u202e times\x07\n\nThe ferry to Lomond sails at nine.")
            assert (await here.add_message(said, channel)).startswith("Added ")
            (name,) = here.files()
            data = (here.corpus / FOLDER / name).read_bytes()
            (article,), warnings = read_text(data, f"{FOLDER}/{name}", "")
            assert warnings == []
            assert article.id == f"{FOLDER}/{name.removesuffix('.md')}"
            assert article.title == "Ferry\\u202e times\\x07"
            assert article.source == "#gen\\u2066eral"
            assert article.url == link(said, channel)

    asyncio.run(play())


def test_an_answer_of_the_bot_s_own_is_no_article(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            scene = here.scene
            await scene.server.say(scene.ann, scene.channel, f"<@{scene.server.bot.id}> Who closed the bridge in 2016?")
            assert await here.add_message(await scene.server.next_message(scene.channel)) == OWN_MESSAGE
            assert here.files() == []

    asyncio.run(play())


@pytest.mark.parametrize(
    "text", ["The ferry is ||the Aurelia||.", "||It sails\nat nine.||", "`a || b` and ||this||", "a ||`b`|| c"]
)
def test_a_message_with_spoilers_is_no_article(text: str, stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            said = await here.scene.server.say(here.scene.ann, here.scene.channel, text)
            assert await here.add_message(said) == SPOILERS
            assert here.files() == []

    asyncio.run(play())


def test_a_message_whose_file_is_a_spoiler_is_no_article(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            files = {"SPOILER_ferry.md": FERRY}
            said = await here.scene.server.say(here.scene.ann, here.scene.channel, "It sails at nine.", files=files)
            assert await here.add_message(said) == SPOILERS

    asyncio.run(play())


@pytest.mark.parametrize(
    "text", ["Write `a || b || c` for either.", "```\nif a || b || c\n```\nIs it.", "a || b is so."]
)
def test_bars_that_hide_nothing_are_no_spoilers(text: str, stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            said = await here.scene.server.say(here.scene.ann, here.scene.channel, text)
            assert (await here.add_message(said)).startswith("Added ")

    asyncio.run(play())


def test_mentions_in_an_article_are_the_names_that_were_shown(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            scene, server = here.scene, here.scene.server
            pilots = server.role(scene.guild, "pilots", scene.ben)
            hidden = server.text_channel(scene.guild, "hidden")
            server.deny(hidden, "view_channel", to=here.owner)
            said = await server.say(
                scene.ann,
                scene.channel,
                f"<@{scene.ben.id}> of the <@&{pilots.id}> sails at nine, see <#{scene.channel.id}> and </ask:7>, "
                f"not <#{hidden.id}>, <@12345> or <:ferry:77>.",
            )
            await here.add_message(said)
            (name,) = here.files()
            text = (here.corpus / FOLDER / name).read_text("utf-8")
            shown = "@ben of the @pilots sails at nine, see #general and /ask, not #unknown, @unknown or :ferry:."
            assert text.endswith(f"---\n\n{shown}\n")
            assert '\ntitle: "@ben of the @pilots' in text

    asyncio.run(play())


def test_a_message_is_taken_with_its_text_and_its_files(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            files = {"ferry.md": FERRY, "photo.png": b"\x89PNG", "well.md": b"# Well\n"}
            said = await here.scene.server.say(
                here.scene.ann, here.scene.channel, "The bell rings at ten.", files=files
            )
            added = await here.add_message(said)
            text, ferry = here.files()
            assert (text.endswith("-general.md"), ferry) == (True, "ferry.md")
            assert added == (
                f"Added from that message; `/articles undo` takes all of it back:\n- {text}\n- ferry.md\n"
                "I did not add photo.png: I do not read files of that kind. Give me one with text, such as .txt, .md, "
                ".html or .pdf.\n"
                "I did not add well.md: it has nothing to quote: one line, which is no sentence (a title?)."
            )
            assert "> The ferry to Lomond sails at nine." in await here.scene.ask(QUESTION)
            assert await here.undone() == f"{text}, ferry.md are removed again."
            assert here.files() == []
            assert await here.undone() == f"{text}, ferry.md are back."
            assert await here.use("remove", name=text) == f"Removed {text}. `/articles undo` brings it back."
            assert here.files() == ["ferry.md"]

    asyncio.run(play())


def test_files_of_a_message_that_have_one_id_are_not_both_taken(stage: Stage, own: Path) -> None:
    text = b"---\nid: %s\n---\n\nThe ferry to Lomond sails at nine.\n"

    async def play() -> None:
        async with office(stage, own) as here:
            files = {"a.md": text % b"ferry", "b.md": text % b"ferry ", "c.md": text % b"clock-museum"}
            said = await here.scene.server.say(here.scene.ann, here.scene.channel, files=files)
            assert await here.add_message(said) == (
                "Added a.md. `/articles undo` takes it back.\n"
                "I did not add b.md: from-discord/a.md has the id “ferry” already, and is cited by it. "
                "Choose another.\n"
                "I did not add c.md: museum.md has the id “clock-museum” already, and is cited by it. Choose another."
            )
            assert here.files() == ["a.md"]

    asyncio.run(play())


def test_files_of_a_message_that_is_forwarded_are_taken(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            said = await here.scene.server.say(here.scene.ann, here.scene.channel, files={"ferry.md": FERRY})
            forwarded = await here.scene.server.forward(here.scene.ben, said, here.scene.channel)
            assert await here.add_message(forwarded) == ADDED
            photo = await here.scene.server.say(here.scene.ann, here.scene.channel, files={"photo.png": b"\x89PNG"})
            assert (await here.add_message(photo)).startswith(
                "I did not add photo.png: I do not read files of that kind. "
            )

    asyncio.run(play())


def test_messages_in_threads_are_taken_also_once_those_are_archived(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            scene, server = here.scene, here.scene.server
            thread = server.thread(scene.channel, "ferries")
            said = await server.say(scene.ann, thread, "The ferry to Lomond sails at nine.")
            server.archive(thread)
            unknown = server.thread(scene.channel, "wells", announced=False)
            deep = await server.say(scene.ann, unknown, "The well is forty metres deep.")
            hidden = server.text_channel(scene.guild, "hidden")
            server.deny(hidden, "view_channel", to=here.owner)
            secret = await server.say(scene.ann, server.thread(hidden, "secret", announced=False), "A secret is kept.")
            assert await here.add_message(secret) == NO_MESSAGE
            assert (await here.add_message(said)).startswith("Added ")
            assert (await here.add_message(deep)).startswith("Added ")
            assert sorted(name[11:] for name in here.files()) == ["ferries.md", "wells.md"]

    asyncio.run(play())


@pytest.mark.parametrize("announced", [True, False])
def test_private_threads_are_for_their_members(announced: bool, stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            scene, server = here.scene, here.scene.server
            for name, invited, expected in (
                ("among-us", [here.owner], "Added "),
                ("among-them", [], NO_MESSAGE),
                ("without-bot", [here.owner], NO_MESSAGE),
            ):
                bot = [server.bot] if name != "without-bot" else []
                thread = server.thread(scene.channel, name, announced=announced, invited=[scene.ann, *bot, *invited])
                said = await server.say(scene.ann, thread, "The ferry to Lomond sails at nine.")
                assert (await here.add_message(said)).startswith(expected)
            moderator = server.user("moderator", permissions=["manage_guild"])
            server.role(scene.guild, "moderators", moderator, permissions=["manage_threads"])
            thread = server.thread(scene.channel, "elsewhere", announced=announced, invited=[scene.ann, server.bot])
            said = await server.say(scene.ann, thread, "The well is forty metres deep.")
            scene.client.rules = replace(scene.client.rules, owners=frozenset({moderator.id}))
            assert (await here.use("add", moderator, message=link(said))).startswith("Added ")

    asyncio.run(play())


# The list


def test_the_list_has_pages_that_buttons_turn(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            server = here.scene.server
            contributed = Contributed(here.corpus)
            uploads = [Upload(f"ferry-{number:02}.md", FERRY) for number in range(1, 12)]
            contributed.confirm(contributed.add(contributed.stage(uploads, here.owner.id)))
            used = await server.slash(here.owner, here.scene.channel, "articles list")
            message = await used.response()
            head, *lines = message.content.split("\n")
            assert head == "**11 articles added from Discord**, the latest first, page 1 of 2:"
            assert [line.partition(",")[0] for line in lines] == [
                f"- ferry-{number:02}.md" for number in range(11, 1, -1)
            ]
            turned = await (await server.press(here.owner, message, "Next")).response()
            head, *lines = turned.content.split("\n")
            assert head == "**11 articles added from Discord**, the latest first, page 2 of 2:"
            assert [line.partition(",")[0] for line in lines] == ["- ferry-01.md"]
            here.scene.client.rules = replace(here.scene.client.rules, owners=frozenset({1}))
            refused = await (await server.press(here.owner, turned, "Previous")).response()
            assert refused.content == OWNERS_ONLY

    asyncio.run(play())


def test_a_page_of_the_longest_names_fits_a_message_in_every_language() -> None:
    url = f"https://discord.com/channels/{'9' * 20}/{'9' * 20}/{'9' * 20}"
    longest = Contribution("a_" * 45 + ".markdown", "0" * 16, "2026-03-04T05:06:07+00:00", "0" * 64, 2**63, url)
    for language in (ENGLISH, *catalogues().values()):
        for each in (longest, replace(longest, by=None)):
            content = list_message([each] * (A_PAGE + 1), 0, language).content
            assert length(content) <= LONGEST_MESSAGE
            assert content.count("\n") == A_PAGE
            short = list_message([replace(each, file="ferry.md")] * A_PAGE, 0, language).content
            assert "](<https://discord.com/channels/" in short


def test_who_is_forgotten_is_not_listed(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            await here.add()
            forgotten = await say(here.scene, here.owner, "forget-me")
            assert forgotten.startswith(
                "Nothing I store names you any more.\n1 article that you added stays, without your name.\n"
            )
            assert "- ferry.md, added by somebody whom I was asked to forget, <t:" in await here.use("list")
            assert str(here.owner.id) not in (here.corpus / FOLDER / RECORD).read_text()
            assert (await say(here.scene, here.owner, "forget-me")).startswith("I have nothing stored about you. ")

    asyncio.run(play())


def test_who_wrote_a_message_is_not_copied_into_its_article(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with office(stage, own) as here:
            writer = here.scene.server.user("rumpelstiltskin")
            await here.add_message(await here.scene.server.say(writer, here.scene.channel, "The ferry sails at nine."))
            (name,) = here.files()
            texts = [file.read_text("utf-8") for file in (here.corpus / FOLDER).iterdir()]
            assert not [text for text in (name, *texts) if "rumpel" in text or str(writer.id) in text]
            assert await say(here.scene, writer, "forget-me") == (
                "I have nothing stored about you. Where owners made an article of a message of yours, it stays, "
                "without naming you as its author: only they can remove it."
            )

    asyncio.run(play())
