"""The answer service under every chat: one owner of the engine, asked from asyncio.

Encoding and search run on an executor of one thread, so that the event loop never waits for them. Equal questions in
flight share one answer, answers are cached until the corpus, its calibration or its reader changes, and a bound on what
may wait keeps a flood from being answered minutes late.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from bot.errors import worded
from retrieval import indexes
from retrieval.answering import calibration, tuned_reader
from retrieval.engine import Engine
from retrieval.errors import IndexFault, IndexUnreachable, QuothError
from retrieval.files import identity
from retrieval.index.generation import Generation
from retrieval.index.manifest import Manifest
from retrieval.index_address import is_address
from retrieval.records import Answer, Filter, Turn
from retrieval.stages import begin

log = logging.getLogger(__name__)

T = TypeVar("T")
Key = tuple[str, tuple[Turn, ...], int | None, bool, Filter | None]
Stamp = tuple[Hashable, Hashable, Hashable]
"""Of the pointer to the current generation, and of the calibration and the tuned reader where there is one."""


CLOSING_WITHIN = 1.0  # seconds
LOOKED_EVERY = 3.0
"""Seconds between two looks at which generation of an index on a server is current."""


class Busy(QuothError):
    """More questions wait than are allowed to."""

    def __init__(self, bound: int) -> None:
        self.bound = bound
        super().__init__(f"{bound} questions are waiting already: ask again in a moment.")


class Closing(QuothError):
    """The service is being closed and takes no more questions."""

    def __init__(self) -> None:
        super().__init__("quoth is shutting down: ask again when it is back.")


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Bounds of the service."""

    waiting: int = 64
    """Questions that may wait or be worked on at a time."""
    cached: int = 512
    """Answers kept."""


class AnswerService:
    """Answers questions from the current generation of one index, by its current calibration.

    Use as `async with AnswerService(...) as service`; leaving finishes what is in flight.
    """

    def __init__(self, index: Path, open_engine: Callable[[], Engine], settings: ServiceSettings | None = None) -> None:
        """`open_engine` opens what is current at `index`; it runs on the service's thread."""
        self._index, self._open = index, open_engine
        self._settings = settings or ServiceSettings()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="answers")
        self._flying: dict[Key, asyncio.Task[Answer]] = {}
        self._cache: OrderedDict[Key, Answer] = OrderedDict()
        self._waiting = 0
        self._closing = False
        self._engine: Engine | None = None
        self._opened_at: Stamp | None = None
        self._looked_at = -math.inf
        """When an index on a server was asked last which generation is current."""
        self.on_new_generation: Callable[[Generation, Generation], None] | None = None
        """Called on the service's thread with the generation before and the new one."""

    async def __aenter__(self) -> AnswerService:
        try:
            await self._on_thread(self._current)
        except BaseException:
            self._executor.shutdown(wait=False)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def fingerprint(self) -> str:
        """That of the generation that answers at this moment."""
        return self._engine.fingerprint if self._engine else ""

    @property
    def manifest(self) -> Manifest | None:
        """What the generation that answers at this moment says of itself; None before one is open."""
        return self._engine.generation.manifest if self._engine else None

    @property
    def waiting(self) -> int:
        """Questions that wait or are worked on."""
        return self._waiting

    async def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        top: int | None = None,
        show_weak: bool = False,
        within: Filter | None = None,
    ) -> Answer:
        """Return the engine's answer; raises what the engine raises, Busy or Closing.

        Cancelling one who asks leaves the answer to the others who asked the same.
        """
        key: Key = (" ".join(question.split()), tuple(history), top, show_weak, within)
        task = self._flying.get(key)
        if task is None:
            self._admit()
            task = asyncio.create_task(self._answer(key))
            self._flying[key] = task
            task.add_done_callback(lambda task: self._landed(key, task))
        return await asyncio.shield(task)

    async def run(self, work: Callable[[Engine], T]) -> T:
        """Do other work on the engine, on its thread: `verify`, `show`, lists of articles."""
        self._admit()
        try:
            return await self._on_thread(lambda: work(self._current()))
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Take no more, finish what is in flight, let the thread go; what has not begun within seconds is given up."""
        self._closing = True
        if self._flying:
            await asyncio.wait(set(self._flying.values()), timeout=CLOSING_WITHIN)
        shutdown = partial(self._executor.shutdown, cancel_futures=True)
        await asyncio.get_running_loop().run_in_executor(None, shutdown)

    def _admit(self) -> None:
        if self._closing:
            raise Closing
        if self._waiting >= self._settings.waiting:
            raise Busy(self._settings.waiting)
        self._waiting += 1

    def _landed(self, key: Key, task: asyncio.Task[Answer]) -> None:
        self._waiting -= 1
        del self._flying[key]
        if not task.cancelled():
            task.exception()  # looked at here: whoever asked may have gone

    async def _answer(self, key: Key) -> Answer:
        is_begun = begin("queue")

        def look_up() -> Answer:
            is_begun()
            return self._look_up(key)

        return await self._on_thread(look_up)

    def _look_up(self, key: Key) -> Answer:
        engine = self._current()
        answer = self._cache.get(key)
        if answer is None:
            question, history, top, show_weak, within = key
            answer = self._cache[key] = engine.ask(question, history, top=top, show_weak=show_weak, within=within)
            if len(self._cache) > self._settings.cached:
                self._cache.popitem(last=False)
        self._cache.move_to_end(key)
        return answer

    def _current(self) -> Engine:
        """Return the engine over what is current, opened anew when that changed; on the service's thread only."""
        stamp = self._stamp_on_server() if is_address(self._index) else self._stamp()
        if self._engine is None or (stamp is not None and stamp != self._opened_at):
            self._swap(stamp)
        assert self._engine is not None
        return self._engine

    def _swap(self, stamp: Stamp | None) -> None:
        before = self._engine
        try:
            opened = self._open()
        except Exception as error:
            if before is None:
                raise
            # What answers is whole; a new generation or calibration that cannot be opened must not silence it.
            unforeseen = None if isinstance(error, QuothError) else error
            reason = worded(error)
            log.error("the changed index cannot be opened, the former one answers: %s", reason, exc_info=unforeseen)
            if not isinstance(error, IndexUnreachable):  # which may be opened at the next look, just as it is
                self._opened_at = stamp
            return
        self._engine, self._opened_at = opened, stamp
        self._cache.clear()
        if before is None:
            return
        if before.fingerprint == opened.fingerprint:
            log.info("generation %s is opened anew, for another calibration, reader or build of it", opened.fingerprint)
            return
        log.info("generation %s replaces %s", opened.fingerprint, before.fingerprint)
        if self.on_new_generation is not None:
            self.on_new_generation(before.generation, opened.generation)

    def _stamp(self) -> Stamp | None:
        """Return what changes when another generation, calibration or reader is current; None if unknown."""
        index = self._index
        try:
            if (pointer := indexes.pointer(index)) is None:
                return None
            return pointer, identity(index / calibration.FILE), identity(index / tuned_reader.FILE)
        except OSError:
            return None

    def _stamp_on_server(self) -> Stamp | None:
        """Return as `_stamp`, of an index on a server, which is asked seldom; None in between."""
        if self._engine is not None and time.monotonic() - self._looked_at < LOOKED_EVERY:
            return None
        try:
            return indexes.pointer(self._index), indexes.read_beside(self._index, calibration.FILE), None
        except IndexFault as error:  # whatever is asked of it now says so
            log.warning("%s", worded(error))
            return None
        finally:
            self._looked_at = time.monotonic()

    async def _on_thread(self, work: Callable[[], T]) -> T:
        """Do the work in the context of whoever asked, by which what it logs and measures is told apart."""
        context = copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._executor, context.run, work)
