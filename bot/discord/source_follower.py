"""The sources of the bot's articles, fetched at their times; the index is then built again, while it answers."""

from __future__ import annotations

import asyncio
import logging

from bot.answering.collection import Collection, corpus_of
from bot.discord.interactions.build_progress import unheard
from bot.discord.interactions.reindex import Reindexer, on_own_thread
from bot.errors import sentence
from bot.sources.fetching import Fetcher

log = logging.getLogger(__name__)

LEAST_PAUSE = 5.0
"""Seconds between two looks at the least."""
AGAIN_AFTER = 300.0
"""Seconds after which a round that failed, or a build that could not begin, is tried again."""


class SourceFollower:
    """Follows the sources of one collection."""

    def __init__(self, fetcher: Fetcher, collection: Collection, reindexer: Reindexer) -> None:
        self._fetcher, self._collection, self._reindexer = fetcher, collection, reindexer
        self._is_stale = True
        """Whether the index may lack what was fetched: also by a process before this one."""

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            least = LEAST_PAUSE
            try:
                await self._round()
            except Exception as error:  # noqa: BLE001 - the bot goes on answering
                log.error("the sources could not be followed: %s", sentence(error))
                least = AGAIN_AFTER
            pause = await asyncio.to_thread(self._fetcher.seconds_left)
            await asyncio.sleep(max(least, min(pause, AGAIN_AFTER) if self._is_stale else pause))

    async def _round(self) -> None:
        corpus = await asyncio.to_thread(corpus_of, self._collection)
        if corpus != self._fetcher.root:
            log.warning("%s was built from %s, not from the sources: index again", self._collection.name, corpus)
            return
        # On a thread that the end of the process does not wait for: fetching may end at any instant.
        outcomes = await on_own_thread(lambda: self._fetcher.run(due=True), "fetch")
        self._is_stale |= any(outcome.changed for outcome in outcomes)
        if self._is_stale:
            report = await self._reindexer.run(self._collection, unheard)
            self._is_stale = False
            if not report.unchanged:
                log.info("the index of %s follows its sources", self._collection.name)
