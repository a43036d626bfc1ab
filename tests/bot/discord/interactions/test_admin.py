"""`/sources`, `/gaps`, `/reindex` and `/forget-me`, as people use them."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import aiohttp
import discord
import pytest

import bot.discord.interactions.build_progress as build_progress
from bot.answering.collection import Collection, CorpusLost
from bot.answering.service import AnswerService, Busy
from bot.chat_log.store import Forgotten, Gap
from bot.discord.interactions.admin import forgotten_message, gaps_message
from bot.discord.interactions.paging import A_PAGE
from bot.discord.interactions.reindex import Reindexer, rebuilder
from bot.discord.interactions.sources import Listed, listing
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Outgoing, length
from bot.settings import CorpusSettings, Settings
from retrieval.errors import CorpusNotFound
from retrieval.index.build import Report
from retrieval.index.documents import Progress
from retrieval.index.generation import Generation
from tests.bot.discord.conftest import Scene, Stage, open_engine
from tests.bot.discord.restarting import restarted
from tests.discord_server import Channel, DiscordServer, Message, NotOffered, User
from tests.toy import build_toy, write_corpus

NOW = datetime(2026, 3, 4, tzinfo=UTC)


async def say(scene: Scene, user: User, command: str, **options: str) -> str:
    """What a command answers."""
    used = await scene.server.slash(user, scene.channel, command, **options)
    message = await used.response()
    assert used.ephemeral
    return message.content


async def counted(scene: Scene, gaps: int) -> None:
    """Wait until so many unanswered questions are counted: the store hears of them after Discord does."""
    async with asyncio.timeout(60):
        while sum(gap.count for gap in await scene.client.desk.store.all_gaps()) < gaps:
            pass


def toy_build(settings: Settings, progress: Progress) -> Report:
    """As build_index, with the toy encoder."""
    progress("encode", 1, 3)
    return build_toy(settings.corpus.path, settings.index.path)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a toy corpus and its index, which a test may change."""
    monkeypatch.setattr("bot.discord.interactions.reindex.build_index", toy_build)
    build_toy(write_corpus(tmp_path / "articles"), tmp_path / "index")
    return tmp_path


# /sources


def test_sources_lists_titles_as_links(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            assert await say(scene, scene.ann, "sources") == (
                "**6 articles**:\n"
                "- A letter from the mayor\n"
                "- Harbour wall to be raised after the storm\n"
                "- The museum of clocks\n"
                "- The weekly market moves\n"
                "- [Velmora gets its bridge back](<https://courier.example/bridge>)\n"
                "- What the storm left behind"
            )

    asyncio.run(play())


def test_sources_are_filtered_and_completed(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            typing = await scene.server.autocomplete(scene.ann, scene.channel, "sources", "filter", "THE st")
            titles = [choice.name for choice in await typing.choices()]
            assert titles == ["Harbour wall to be raised after the storm", "What the storm left behind"]
            assert await say(scene, scene.ann, "sources", filter=titles[1]) == (
                "**1 article** with “What the storm left behind”:\n- What the storm left behind"
            )
            assert await say(scene, scene.ann, "sources", filter="letters/may") == (
                "**1 article** with “letters/may”:\n- A letter from the mayor"
            )
            assert await say(scene, scene.ann, "sources", filter="@everyone") == ("**0 articles** with “\\@everyone”.")

    asyncio.run(play())


def test_pages_are_turned_by_buttons_also_after_a_restart(stage: Stage, tmp_path: Path) -> None:
    corpus = tmp_path / "many"
    corpus.mkdir()
    for number in range(25):
        (corpus / f"{number:02}.md").write_text(f"---\ntitle: Report *{number:02}*\n---\n\nThe well is deep.\n")
    build_toy(corpus, tmp_path / "index")

    async def play() -> None:
        async with stage(home=tmp_path / "index") as scene:
            server = scene.server
            used = await server.slash(scene.ann, scene.channel, "sources", filter="report")
            message = await used.response()
            assert (titles(message), buttons(message)) == (range(10), [("Previous", False), ("Next", True)])
            async with restarted(scene, tmp_path / "index"):
                for label, shown, left in (
                    ("Next", range(10, 20), [("Previous", True), ("Next", True)]),
                    ("Next", range(20, 25), [("Previous", True), ("Next", False)]),
                    ("Previous", range(10, 20), [("Previous", True), ("Next", True)]),
                ):
                    pressed = await server.press(scene.ann, message, label)
                    message = await pressed.response()
                    assert (titles(message), buttons(message)) == (shown, left)
                assert message.content.startswith("**25 articles** with “report”, page 2 of 3:\n- Report \\*10\\*\n")

    def titles(message: Message) -> range:
        found = [int(number) for number in re.findall(r"^- Report \\\*(\d\d)\\\*$", message.content, re.MULTILINE)]
        return range(found[0], found[-1] + 1)

    def buttons(message: Message) -> list[tuple[str, bool]]:
        parts = [part for row in message.components for part in row["components"]]
        return [(part["label"], not part.get("disabled")) for part in parts]

    asyncio.run(play())


def test_a_page_of_the_longest_titles_and_addresses_fits_a_message() -> None:
    found = [Listed(str(number), "*" * 500, f"https://example.org/{'x' * 150}") for number in range(12)]
    first = listing(found, 0, "_" * 60)
    assert length(first.content) <= LONGEST_MESSAGE
    assert first.content.count("\n") == A_PAGE
    assert listing(found, 1, "").content.count("\n") == 2
    plain = listing([replace(one, title="Wells") for one in found], 0, "")
    assert length(plain.content) <= LONGEST_MESSAGE
    assert (plain.content.count("\n- [Wells](<https://"), plain.content.count("\n- Wells")) == (10, 0)
    long = listing([replace(one, title="Wells " * 9) for one in found], 0, "")
    assert 0 < long.content.count("\n- [Wells") < A_PAGE


def test_titles_are_not_told_where_the_bot_does_not_answer(stage: Stage) -> None:
    async def play() -> None:
        async with stage(channels=(1,)) as scene:
            typing = await scene.server.autocomplete(scene.ann, scene.channel, "sources", "filter", "the")
            assert await typing.choices() == []
            assert await say(scene, scene.ann, "sources") == "I don't answer questions here."

    asyncio.run(play())


def test_a_page_that_cannot_be_shown_is_told_to_who_turned_it(stage: Stage, tmp_path: Path) -> None:
    corpus = tmp_path / "many"
    corpus.mkdir()
    for number in range(11):
        (corpus / f"{number}.txt").write_text("The well is deep.\n")
    build_toy(corpus, tmp_path / "index")

    async def busy(work: object) -> None:
        raise Busy(1)

    async def play() -> None:
        async with stage(home=tmp_path / "index") as scene:
            message = await (await scene.server.slash(scene.ann, scene.channel, "sources")).response()
            scene.client.desk.corpora.default.service.run = busy  # type: ignore[method-assign, assignment]
            pressed = await scene.server.press(scene.ann, message, "Next")
            told = await pressed.response()
            assert told.ephemeral_to is scene.ann
            assert told.content == "Many questions are waiting right now. Please ask again in a moment."
            typing = await scene.server.autocomplete(scene.ann, scene.channel, "sources", "filter", "the")
            assert await typing.choices() == []

    asyncio.run(play())


# /gaps


def test_gaps_are_for_managers_of_the_server(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            chief = scene.server.user("chief", permissions=["manage_guild"])
            for question in ("Who painted *sunflowers*?", "Zebra quagga?", "who painted  *sunflowers*?"):
                await scene.ask(question)
            await counted(scene, 3)
            today = f"{datetime.now(UTC):%Y-%m-%d}"
            assert await say(scene, chief, "gaps") == (
                "**Not answered here**, most asked first:\n"
                f"- 2 × {escape('who painted *sunflowers*?')} (last on {today})\n"
                f"- 1 × Zebra quagga? (last on {today})"
            )
            with pytest.raises(NotOffered):
                await scene.server.slash(scene.ann, scene.channel, "gaps")
            # A server's settings may show the command to everyone: the bot itself then refuses.
            command = await scene.server.registered("gaps")
            command["default_member_permissions"] = None
            assert await say(scene, scene.ann, "gaps") == "Only members with the Manage Server permission can use this."
            with pytest.raises(NotOffered):
                await scene.server.slash(chief, scene.server.dm(chief), "gaps")

    asyncio.run(play())


def test_a_long_list_of_gaps_is_cut_between_questions() -> None:
    gaps = [Gap(f"{number} {'*_' * 200}?", "letters", 3, NOW) for number in range(40)]
    said = gaps_message(gaps).content
    assert length(said) <= LONGEST_MESSAGE
    assert said.endswith("\n-# and more; whoever runs me can export the full list")
    assert "…" in said
    assert gaps_message([]).content == "There are no unanswered questions here."


# /reindex


def test_reindex_brings_changes_in(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with stage(home=own / "index") as scene:
            chief = scene.server.owner
            assert await say(scene, chief, "about") != ""
            (own / "articles" / "news.txt").write_text("The ferry Aurelia returned in October.\n", "utf-8")
            used = await scene.server.slash(chief, scene.channel, "reindex")
            message = await used.response()
            await scene.server.until(lambda: message.content.startswith("Done in "))
            assert re.fullmatch(
                r"Done in [\d.]+ s: 7 articles, \d+ passages, \d+ sentences; 1 passage encoded, \d+ reused, "
                r"0 articles dropped\. Fingerprint [0-9a-f]{12}\.",
                message.content,
            )
            assert f"fingerprint {Generation.current(own / 'index').manifest.fingerprint}" in await say(
                scene, chief, "about"
            )
            assert "The ferry Aurelia returned in October." in await scene.ask("When did the ferry Aurelia return?")
            used = await scene.server.slash(chief, scene.channel, "reindex")
            message = await used.response()
            await scene.server.until(lambda: message.content.startswith("Nothing to do: "))
            with pytest.raises(NotOffered):
                await scene.server.slash(scene.ann, scene.channel, "reindex")

    asyncio.run(play())


def test_reindex_names_what_it_skips(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with stage(home=own / "index") as scene:
            for name in ("a_b.txt", *"cdefg"):
                (own / "articles" / name).with_suffix(".txt").write_bytes(b"\x00")
            used = await scene.server.slash(scene.server.owner, scene.channel, "reindex")
            message = await used.response()
            await scene.server.until(lambda: message.content.startswith("Done in "))
            assert message.content.endswith(
                " 6 files or lines were skipped: a\\_b.txt, c.txt, d.txt, e.txt, f.txt, 1 more."
            )

    asyncio.run(play())


def test_reindex_tells_how_far_it_is_and_runs_once_at_a_time(
    stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_progress, "EDIT_EVERY", 0.02)

    async def play() -> None:
        with held_build(monkeypatch) as (progress, release):
            async with stage(home=own / "index") as scene:
                chief = scene.server.owner
                used = await scene.server.slash(chief, scene.channel, "reindex")
                message = await used.response()
                progress("encode", 2000, 3000)
                await scene.server.until(lambda: message.content == "Encoding passages: 2,000 of 3,000…")
                assert await say(scene, chief, "reindex") == "I'm already reading the articles again."
                assert "Ilse Brandt" in await scene.ask("Who closed the bridge in 2016?")
                release()
                await scene.server.until(lambda: message.content.startswith("Nothing to do: "))
                assert used.acknowledged_after is not None
                assert used.acknowledged_after < 1

    asyncio.run(play())


class held_build:  # noqa: N801 - used like a function
    """A build that tells what the test has it tell and ends when the test lets it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import threading

        self._told: list[Progress] = []
        self._started, self._release = threading.Event(), threading.Event()

        def build(settings: Settings, progress: Progress) -> Report:
            self._told.append(progress)
            self._started.set()
            assert self._release.wait(20)
            return toy_build(settings, lambda *_: None)

        monkeypatch.setattr("bot.discord.interactions.reindex.build_index", build)

    def __enter__(self) -> tuple[Callable[[str, int, int], None], Callable[[], None]]:
        def progress(stage: str, done: int, total: int) -> None:
            assert self._started.wait(5)
            self._told[0](stage, done, total)

        return progress, self._release.set

    def __exit__(self, *_: object) -> None:
        self._release.set()


@pytest.mark.parametrize("what", ["missing", "empty", "others"])
def test_articles_that_are_gone_are_missed_without_the_host_s_paths(
    what: str, stage: Stage, own: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        async with stage(home=own / "index") as scene:
            chief, before = scene.server.owner, Generation.current(own / "index").folder
            corpus = own / "articles"
            shutil.rmtree(corpus)
            if what != "missing":
                corpus.mkdir()
            if what == "others":
                (corpus / "news.txt").write_text("The ferry Aurelia returned in October.\n", "utf-8")
            used = await scene.server.slash(chief, scene.channel, "reindex")
            message = await used.response()
            await scene.server.until(lambda: "(reference " in message.content)
            gone = (
                "I find none of my articles where they were, so I keep answering from what I read before. Whoever runs "
                "me should look at their folder. (reference "
            )
            assert message.content.startswith(gone)
            reference = message.content.removeprefix(gone).rstrip(")")
            error = CorpusNotFound(corpus) if what == "missing" else CorpusLost(corpus, own / "index")
            assert f"reference {reference}: {error}" in caplog.messages
            assert Generation.current(own / "index").folder == before
            assert "Ilse Brandt" in await scene.ask("Who closed the bridge in 2016?")

    asyncio.run(play())


def test_articles_that_were_all_moved_are_read_where_they_are(stage: Stage, own: Path) -> None:
    async def play() -> None:
        async with stage(home=own / "index") as scene:
            (own / "articles").rename(own / "moved")
            (own / "articles").mkdir()
            (own / "moved").rename(own / "articles" / "moved")
            used = await scene.server.slash(scene.server.owner, scene.channel, "reindex")
            message = await used.response()
            await scene.server.until(lambda: message.content.startswith("Done in "))
            assert "Ilse Brandt" in await scene.ask("Who closed the bridge in 2016?")

    asyncio.run(play())


def test_a_fault_of_the_build_is_an_apology(stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(settings: Settings, progress: Progress) -> Report:
        raise RuntimeError("a secret")

    monkeypatch.setattr("bot.discord.interactions.reindex.build_index", build)

    async def play() -> None:
        async with stage(home=own / "index") as scene:
            chief = scene.server.owner
            message = await (await scene.server.slash(chief, scene.channel, "reindex")).response()
            await scene.server.until(lambda: message.content.startswith("Sorry, something went wrong on my side."))
            assert "secret" not in message.content

    asyncio.run(play())


OUT_OF_ORDER = cast(aiohttp.ClientResponse, SimpleNamespace(status=503, reason="unavailable"))


@pytest.mark.parametrize(
    "failure", [discord.HTTPException(OUT_OF_ORDER, "later"), aiohttp.ClientError(), ConnectionResetError()], ids=repr
)
def test_a_long_build_says_so_and_ends_also_where_it_cannot_tell(
    failure: Exception, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_progress, "TELLING_FOR", 0.0)
    said: list[str] = []

    async def say(message: Outgoing) -> None:
        said.append(message.content)
        if len(said) == 1:
            raise failure

    async def play() -> None:
        async with AnswerService(own / "index", lambda: open_engine(own / "index")) as service:
            collection = Collection("toy", own / "index", service)
            build = rebuilder(Settings(corpus=CorpusSettings(Path("/nowhere"))))
            report = await Reindexer(build).run(collection, say)
            assert report.unchanged

    asyncio.run(play())
    assert said == [build_progress.LONG]


# /forget-me


def test_forget_me_removes_what_the_store_keeps(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            server, store = scene.server, scene.client.desk.store
            asked = await server.say(scene.ann, scene.channel, f"<@{server.bot.id}> Who closed the bridge in 2016?")
            answer = await server.next_message(scene.channel)
            await (await server.press(scene.ann, answer, "Useful")).response()
            await scene.ask("Zebra quagga?")
            await counted(scene, 1)
            said = await say(scene, scene.ann, "forget-me")
            assert said.startswith(
                "Forgotten: 2 questions, 1 vote, 1 unanswered question. Nothing I store names you any more.\n"
            )
            posted = await store.answer_for_message(answer.id)
            assert posted is not None
            assert (posted.asker, posted.question, posted.history) == (None, "", ())
            assert (await say(scene, scene.ann, "forget-me")).startswith("I have nothing stored about you. ")
            await server.delete(asked)
            await server.deletion(answer)

    asyncio.run(play())


def test_what_was_forgotten_is_counted() -> None:
    assert forgotten_message(Forgotten(0, 0, 0)).content.startswith("I have nothing stored about you. Where owners ")
    said = forgotten_message(replace(Forgotten(0, 0, 0), votes=2000, questions=1)).content
    assert said.startswith("Forgotten: 1 question, 2,000 votes. Nothing")


@pytest.mark.parametrize("owned", ["by the application's owner", "by a user", "by a server"])
def test_articles_are_read_again_only_for_their_owners(stage: Stage, own: Path, owned: str) -> None:
    async def outcome(scene: Scene, user: User, channel: Channel) -> str:
        message = await (await scene.server.slash(user, channel, "reindex")).response()
        await scene.server.until(lambda: message.content.startswith(("Nothing to do: ", "Only the owners of these")))
        return message.content.partition(":")[0]

    async def play() -> None:
        async with DiscordServer() as server:
            school = server.guild("school")
            channel = server.text_channel(school)
            chief, named = (server.user(name, permissions=["manage_guild"]) for name in ("chief", "named"))
            settings: dict[str, object] = {"owners": (named.id,)} if owned == "by a user" else {}
            if owned == "by a server":
                settings = {"collections": {school.id: own / "index"}}
            async with stage(server, home=own / "index", **settings) as scene:
                owner = {"by a user": named, "by a server": chief}.get(owned, server.owner)
                assert await outcome(scene, owner, channel) == "Nothing to do"
                stranger = named if owned != "by a user" else server.owner
                assert await outcome(scene, stranger if owned != "by a server" else chief, scene.channel) == (
                    "Only the owners of these articles can change them, or have them read again."
                )

    asyncio.run(play())
