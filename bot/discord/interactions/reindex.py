"""`/reindex`: read the corpus again and report progress, while questions are still answered."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

from bot.answering.building import build_index
from bot.answering.collection import Collection, corpus_of
from bot.answering.contributed import Contributed
from bot.answering.contribution_record import Change
from bot.answering.service import Busy
from bot.discord.errors import Refused
from bot.discord.interactions.articles_place import on_disk
from bot.discord.outgoing.proof import Outgoing
from bot.errors import worded
from bot.languages.catalogue import ENGLISH, Language, Message
from bot.settings import CorpusSettings, Settings
from bot.terminal.progress import STAGES
from retrieval.errors import QuothError
from retrieval.index.build import Report
from retrieval.index.documents import Progress

log = logging.getLogger(__name__)

Build = Callable[[Collection, Progress], Report]
Say = Callable[[Outgoing], Awaitable[None]]

ALREADY = Message("I'm already reading the articles again.")
EDIT_EVERY = 2.0  # seconds; Discord allows five edits of a message in five
TELLING_FOR = 14 * 60.0  # seconds; a command's answer can be edited for fifteen minutes
LONG = Message(
    "This is taking longer than Discord lets a command run. It continues in the background; /about shows the new "
    "generation when it is done."
)


def rebuilder(settings: Settings) -> Build:
    """Return what builds a collection's index again from the corpus that it was built from."""

    def build(collection: Collection, progress: Progress) -> Report:
        corpus = CorpusSettings(corpus_of(collection))
        return build_index(
            replace(settings, corpus=corpus, index=replace(settings.index, path=collection.index)), progress
        )

    return build


class Reindexer:
    """Builds the indexes of collections: for each corpus one at a time, after what was interrupted there."""

    def __init__(self, build: Build) -> None:
        """`build` brings a collection's index up to date; it runs on a thread of its own."""
        self._build = build
        self._turns: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()
        self._read_again: set[Path] = set()

    async def run(self, collection: Collection, say: Say, language: Language = ENGLISH) -> None:
        """Build, and report progress and outcome; raises what the build raises."""
        corpus = await asyncio.to_thread(corpus_of, collection)
        if self.reads_again(corpus):
            raise Refused(ALREADY)
        self._read_again.add(corpus)
        try:
            async with self.turn(corpus):
                report = await self.build(collection, say, language)
        finally:
            self._read_again.discard(corpus)
        await say(Outgoing(_outcome(report, language)))

    def reads_again(self, corpus: Path) -> bool:
        """Return whether a corpus is read again at somebody's wish, and nothing can be changed until that is done."""
        return corpus in self._read_again

    @asynccontextmanager
    async def turn(self, corpus: Path) -> AsyncIterator[Change | None]:
        """Have a corpus for oneself, without a change of its articles that was interrupted: yields what is taken back.

        The index may have what is taken back until it is built again. Raises Refused where it cannot be taken back.
        """
        async with self._turns.setdefault(corpus, asyncio.Lock()):
            interrupted = await on_disk(Contributed(corpus).settle)
            if interrupted is not None:
                paths = [each.path for each in interrupted.contributions]
                log.warning("a change of the articles %s of %s was interrupted, and is taken back", paths, corpus)
            yield interrupted

    async def recover(self, collections: Iterable[Collection]) -> None:
        """Take back what was interrupted when the bot ended, and build the indexes that may have it."""
        corpora = set[Path]()
        for collection in collections:
            try:
                corpus = await asyncio.to_thread(corpus_of, collection)
                async with self.turn(corpus) as interrupted:
                    if interrupted is not None:
                        corpora.add(corpus)
                    if corpus in corpora:
                        await self.build(collection, _unheard)
            except Exception:
                log.exception("what may have been interrupted in the articles of %s is left as it is", collection.name)

    async def build(self, collection: Collection, say: Say, language: Language = ENGLISH) -> Report:
        """Build in one's turn, report progress, and answer from the new index; raises what the build raises."""
        latest = _Latest(language)
        building = _on_own_thread(lambda: self._build(collection, latest))
        await _tell(building, latest, say, language.text(LONG))
        report = await building
        await _bring_in(collection)
        return report


async def _unheard(message: Outgoing) -> None:
    """Report to nobody."""


class _Latest:
    """How far the build is; written by its thread, read by the event loop."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._stage = language.text("Starting")

    def __call__(self, stage: str, count: int, total: int) -> None:
        name = self._language.text(STAGES.get(stage, stage.capitalize()))
        amount = self._language.text("{stage}: {count} of {total}", stage=name, count=count, total=total)
        self._stage = amount if total > 1 else name

    def __str__(self) -> str:
        return f"{self._stage}…"


async def _tell(building: asyncio.Future[Report], latest: _Latest, say: Say, long: str) -> None:
    """Report progress now and then until the build is done; a report that fails does not end it."""
    began, last = time.monotonic(), ""
    while not building.done():
        sentence = str(latest) if time.monotonic() - began < TELLING_FOR else long
        if sentence != last:
            try:
                await say(Outgoing(sentence))
            except Exception:
                log.info("the progress of a build could not be reported", exc_info=True)
            last = sentence
        await asyncio.wait({building}, timeout=EDIT_EVERY)


async def _bring_in(collection: Collection) -> None:
    """Have the service look for the new generation now."""
    try:
        await collection.service.run(lambda engine: None)
    except Busy:
        log.debug("the service is busy, and notices the new generation with the next question")
    except QuothError as error:
        log.error("the index that was built of %s does not answer: %s", collection.name, worded(error))


def _outcome(report: Report, language: Language) -> str:
    counts = report.manifest.counts
    holds = language.text(
        "{articles} articles, {passages} passages, {sentences} sentences",
        articles=counts.articles,
        passages=counts.passages,
        sentences=counts.sentences,
    )
    if report.unchanged:
        return language.text("Nothing to do: the articles are as they were, {contents}.", contents=holds)
    done = language.text(
        "Done in {seconds} s: {contents}; {encoded} passages encoded, {reused} reused, {dropped} articles dropped. "
        "Fingerprint {fingerprint}.",
        seconds=language.figure(f"{report.seconds:.1f}"),
        contents=holds,
        encoded=report.encoded,
        reused=report.reused,
        dropped=report.dropped,
        fingerprint=report.manifest.fingerprint,
    )
    skipped = sum(warn.skipped and not warn.unread for warn in report.warnings)
    left_out = language.text("{count} of the files were skipped.", count=skipped)
    return f"{done} {left_out}" if skipped else done


def _on_own_thread(work: Callable[[], Report]) -> asyncio.Future[Report]:
    """Do the work on a thread that the end of the process does not wait for: a build may be killed at any instant."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Report] = loop.create_future()

    def settle(report: Report | None, error: Exception | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        elif report is not None:
            future.set_result(report)

    def run() -> None:
        report, failed = None, None
        try:
            report = work()
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            failed = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, report, failed)

    threading.Thread(target=run, name="build", daemon=True).start()
    return future
