"""The bot follows its sources: it fetches them at their times, builds, and answers meanwhile."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from bot.answering.collection import Collection
from bot.answering.service import AnswerService
from bot.discord.interactions.reindex import Reindexer
from bot.discord.launch import opened
from bot.discord.source_follower import SourceFollower
from bot.settings import CorpusSettings, DiscordSettings, IndexSettings, Settings
from bot.source_record import Source
from bot.sources.fetching import Fetcher, Outcome
from retrieval.index.build import Report
from retrieval.index.documents import Progress
from tests.bot.discord.conftest import open_engine
from tests.toy import build_toy, write_corpus

NEWS = "The lighthouse of Porto Vell burned down in 2024.\n"


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A folder that is a source, fetched and indexed before."""
    origin = write_corpus(tmp_path / "articles")
    fetcher(tmp_path).run()
    build_toy(tmp_path / "ix.sources", tmp_path / "ix")
    return origin


def source(home: Path) -> Source:
    return Source("articles", "folder", str(home / "articles"), every=60)


def fetcher(home: Path) -> Fetcher:
    return Fetcher((source(home),), home / "ix.sources")


def build(collection: Collection, progress: Progress) -> Report:
    return build_toy(collection.index.with_name("ix.sources"), collection.index)


class Play:
    """The follower at work over an index."""

    def __init__(self, home: Path, fetcher: Fetcher) -> None:
        self._home, self._fetcher, self._stack = home, fetcher, AsyncExitStack()

    async def __aenter__(self) -> Play:
        index = self._home / "ix"
        service = await self._stack.enter_async_context(AnswerService(index, partial(open_engine, index)))
        self.collection = Collection(str(index), index, service)
        follower = SourceFollower(self._fetcher, self.collection, Reindexer(build))
        self.task = asyncio.create_task(follower.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self._stack.aclose()

    async def has(self, article: str) -> None:
        """Wait until the index has an article."""
        async with asyncio.timeout(20):
            while article not in await self.articles():
                await asyncio.sleep(0.01)

    async def articles(self) -> set[str]:
        """The ids of what is answered from."""
        return await self.collection.service.run(lambda engine: {each.id for each in engine.generation.articles()})


def test_what_a_source_has_that_is_new_is_answered_from(origin: Path, tmp_path: Path) -> None:
    (origin / "news.md").write_text(NEWS)

    async def play() -> None:
        due = fetcher(tmp_path)
        record = due.root / ".state" / "articles.json"
        record.write_text(record.read_text().replace('"next": "2', '"next": "1'))  # a thousand years ago
        async with Play(tmp_path, due) as scene:
            await scene.has("articles/news")

    asyncio.run(play())


def test_what_was_fetched_before_the_bot_began_is_built(origin: Path, tmp_path: Path) -> None:
    (origin / "news.md").write_text(NEWS)
    fetcher(tmp_path).run()

    async def play() -> None:
        async with Play(tmp_path, fetcher(tmp_path)) as scene:
            await scene.has("articles/news")

    asyncio.run(play())


def test_questions_are_answered_while_a_source_takes_its_time(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, over = threading.Event(), threading.Event()

    def slow(self: Fetcher, **_: object) -> Sequence[Outcome]:
        begun.set()
        assert over.wait(20)
        return ()

    monkeypatch.setattr(Fetcher, "run", slow)

    async def play() -> None:
        async with Play(tmp_path, fetcher(tmp_path)) as scene:
            assert await asyncio.to_thread(begun.wait, 20)
            service = scene.collection.service
            answer = await service.run(lambda engine: engine.ask("Who closed the bridge in 2016?"))
            assert answer.quotes
            assert not over.is_set()
            over.set()

    asyncio.run(play())


def test_what_fails_is_logged_and_the_bot_goes_on(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = threading.Event()

    def full(self: Fetcher, **_: object) -> Sequence[Outcome]:
        tried.set()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Fetcher, "run", full)

    async def play() -> None:
        async with Play(tmp_path, fetcher(tmp_path)) as scene:
            assert await asyncio.to_thread(tried.wait, 20)
            async with asyncio.timeout(20):
                while "could not be followed" not in caplog.text:
                    await asyncio.sleep(0.01)
            assert not scene.task.done()
            assert await scene.articles()

    with caplog.at_level(logging.ERROR):
        asyncio.run(play())
    assert "the sources could not be followed: The operating system reported a fault" in caplog.text


def test_an_index_of_another_corpus_is_left_alone(
    origin: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    build_toy(origin, tmp_path / "ix")

    async def play() -> None:
        async with Play(tmp_path, fetcher(tmp_path)) as scene:
            async with asyncio.timeout(20):
                while "not from the sources" not in caplog.text:
                    await asyncio.sleep(0.01)
            assert "articles/mayor" not in await scene.articles()

    asyncio.run(play())


def test_the_bot_follows_the_sources_of_its_settings(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed = threading.Event()

    async def run(self: SourceFollower) -> None:
        followed.set()

    monkeypatch.setattr(SourceFollower, "run", run)
    root = tmp_path / "ix.sources"
    settings = Settings(
        CorpusSettings(root, (source(tmp_path),), root),
        IndexSettings(tmp_path / "ix"),
        discord=DiscordSettings(store=tmp_path / "chat.db"),
    )

    async def play() -> None:
        async with opened(settings, open_engine):
            async with asyncio.timeout(20):
                while not followed.is_set():
                    await asyncio.sleep(0.01)

    asyncio.run(play())
