"""Questions in hand: kept in the store from the moment they are seen until they are done with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.chat_log.inbox import WaitingQuestion
from bot.chat_log.store import Store
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

OVERWRITTEN_WITHIN = 1.0  # seconds


class Inbox:
    """Has one task at a time work on a question. A store that fails keeps no answer from who asked."""

    def __init__(self, store: Store) -> None:
        self._store, self._kept = store, store.inbox
        self._overwriting: asyncio.Task[None] | None = None
        self._in_hand: set[int] = set()
        self.has_left = asyncio.Event()
        """Set whenever questions may wait that nobody works on."""

    async def attend(
        self, waiting: WaitingQuestion, work: Callable[[], Awaitable[bool]], *, again: bool = False
    ) -> bool:
        """Do the work on a question, which waits until that returns true; return whether it is done with.

        One that is worked on already, also by another process, is left to whoever does; and so is one that another is
        done with, unless it is asked `again` in other words.
        """
        if waiting.id in self._in_hand:
            return True
        self._in_hand.add(waiting.id)
        try:
            if not await self._claim(waiting, again=again):
                return True
            is_done = await work()
            if is_done:
                await self._remove(waiting)
            else:
                self.has_left.set()
        finally:
            self._in_hand.discard(waiting.id)
        return is_done

    async def _claim(self, waiting: WaitingQuestion, *, again: bool) -> bool:
        try:
            return await self._kept.claim(waiting, again=again)
        except QuothError as error:
            log.error("a question would not be found again after a restart: %s", error)
            return True

    async def _remove(self, waiting: WaitingQuestion) -> None:
        await _attempt(self._kept.finish(waiting.id))
        if waiting.command is not None and (self._overwriting is None or self._overwriting.done()):
            self._overwriting = asyncio.create_task(self._overwrite())

    async def _overwrite(self) -> None:
        """Have the words of commands overwritten: not for each alone, which takes a while."""
        await asyncio.sleep(OVERWRITTEN_WITHIN)
        await _attempt(self._store.overwrite())

    async def add(self, waiting: WaitingQuestion) -> None:
        """Have a question worked on that nobody has seen yet."""
        await _attempt(self._kept.add(waiting))
        self.has_left.set()

    async def waiting(self) -> tuple[WaitingQuestion, ...]:
        """Return the questions that wait, oldest first; raises StoreUnusable."""
        return await self._kept.waiting()


async def _attempt(work: Awaitable[None]) -> None:
    try:
        await work
    except QuothError as error:
        log.error("a question would not be found again after a restart: %s", error)
