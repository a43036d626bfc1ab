"""`/reindex`: read the corpus again and report progress, while questions are still answered."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

from bot.answering.building import build_index
from bot.answering.collection import Collection, check_there, corpus_of
from bot.answering.contributed import Contributed
from bot.answering.contribution_record import Change
from bot.answering.service import Busy
from bot.discord.errors import Refused
from bot.discord.interactions.articles_place import on_disk
from bot.discord.interactions.build_progress import LONG, Latest, Say, report, tell, unheard
from bot.errors import worded
from bot.languages.catalogue import ENGLISH, Language, Message
from bot.settings import CorpusSettings, Settings
from retrieval.errors import QuothError
from retrieval.index.build import Report
from retrieval.index.documents import Progress

T = TypeVar("T")

log = logging.getLogger(__name__)

Build = Callable[[Collection, Progress], Report]
ALREADY = Message("I'm already reading the articles again.")
AGAIN_AFTER = (10.0, 60.0, 300.0, 1800.0)
"""Seconds after which it is tried again to recover from what was interrupted when the bot ended."""
WAITING = Message("Another change of the articles is under way: yours comes right after it")


def rebuilder(settings: Settings) -> Build:
    """Return what builds a collection's index again from the corpus that it was built from."""

    def build(collection: Collection, progress: Progress) -> Report:
        corpus = corpus_of(collection)
        index = replace(settings.index, path=collection.index)
        return build_index(replace(settings, corpus=CorpusSettings(corpus), index=index), progress)

    return build


class Reindexer:
    """Builds the indexes of collections: for each corpus one at a time, after what was interrupted there."""

    def __init__(self, build: Build) -> None:
        """`build` brings a collection's index up to date; it runs on a thread of its own."""
        self._build = build
        self._turns: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()
        self._read_again: set[Path] = set()

    async def run(self, collection: Collection, say: Say, language: Language = ENGLISH) -> Report:
        """Build, and report progress; raises what the build raises."""
        corpus = await asyncio.to_thread(corpus_of, collection)
        if self.reads_again(corpus):
            raise Refused(ALREADY)
        self._read_again.add(corpus)
        try:
            async with self.turn(corpus, say, language):
                await asyncio.to_thread(check_there, corpus, collection.index)
                report = await self.build(collection, say, language)
                await on_disk(Contributed(corpus).mark_built)
                return report
        finally:
            self._read_again.discard(corpus)

    def reads_again(self, corpus: Path) -> bool:
        """Return whether a corpus is read again at somebody's wish, and nothing can be changed until that is done."""
        return corpus in self._read_again

    def is_busy(self, corpus: Path) -> bool:
        """Return whether somebody has a corpus for themselves."""
        turn = self._turns.get(corpus)
        return turn is not None and turn.locked()

    @asynccontextmanager
    async def turn(self, corpus: Path, say: Say, language: Language = ENGLISH) -> AsyncIterator[Change | None]:
        """Have a corpus for oneself, without a change of its articles that was interrupted: yields what is taken back.

        The index may have what is taken back until it is built again. Raises Refused where it cannot be taken back.
        """
        if self.is_busy(corpus):
            await report(say, f"{language.text(WAITING)}…")
        async with self._turns.setdefault(corpus, asyncio.Lock()):
            interrupted = await on_disk(Contributed(corpus).settle)
            if interrupted is not None:
                paths = [each.path for each in interrupted.contributions]
                log.warning("a change of the articles %s of %s was interrupted, and is taken back", paths, corpus)
            yield interrupted

    async def recover(self, collections: Iterable[Collection]) -> None:
        """Take back what was interrupted when the bot ended, and build the indexes that may have it; again if it fails.

        What fails to the last is done before the next change.
        """
        left = list(collections)
        for pause in (0.0, *AGAIN_AFTER):
            await asyncio.sleep(pause)
            left = await self._not_recovered(left)
            if not left:
                return

    async def _not_recovered(self, collections: Iterable[Collection]) -> list[Collection]:
        """Recover collections, those of one corpus together; return those of which it failed."""
        failed, by_corpus = list[Collection](), dict[Path, list[Collection]]()
        for collection in collections:
            try:
                by_corpus.setdefault(await asyncio.to_thread(corpus_of, collection), []).append(collection)
            except Exception:
                log.exception("whether articles of %s were interrupted is not known", collection.name)
                failed.append(collection)
        for corpus, together in by_corpus.items():
            try:
                async with self.turn(corpus, unheard) as interrupted:
                    if interrupted is not None:
                        for collection in together:
                            await self.build(collection, unheard)
                        await on_disk(Contributed(corpus).mark_built)
            except Exception:
                log.exception("what was interrupted in the articles of %s is left as it is for now", corpus)
                failed += together
        return failed

    async def build(self, collection: Collection, say: Say, language: Language = ENGLISH) -> Report:
        """Build in one's turn, report progress, and answer from the new index; raises what the build raises."""
        latest = Latest(language)
        building = on_own_thread(lambda: self._build(collection, latest), "build")
        await tell(building, latest, say, language.text(LONG))
        report = await building
        await _bring_in(collection)
        return report


async def _bring_in(collection: Collection) -> None:
    """Have the service look for the new generation now."""
    try:
        await collection.service.run(lambda engine: None)
    except Busy:
        log.debug("the service is busy, and notices the new generation with the next question")
    except QuothError as error:
        log.error("the index that was built of %s does not answer: %s", collection.name, worded(error))


def on_own_thread(work: Callable[[], T], name: str) -> asyncio.Future[T]:
    """Do the work on a thread that the end of the process does not wait for: it may be killed at any instant."""
    result = concurrent.futures.Future[T]()
    result.set_running_or_notify_cancel()  # who waits may give up; the work goes on

    def run() -> None:
        try:
            result.set_result(work())
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            result.set_exception(error)

    future = asyncio.wrap_future(result)
    threading.Thread(target=run, name=name, daemon=True).start()
    return future
