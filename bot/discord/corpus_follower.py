"""Past answers follow the corpus: where a source changed or went, the message that quotes it says so."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Coroutine, Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

import aiohttp
import discord

from bot.answering.collection import Collection
from bot.chat_log.store import Mark, PostedAnswer
from bot.discord.answering import Desk
from bot.discord.archived import reopening
from bot.discord.errors import ARCHIVED, is_gone
from bot.discord.gateway import SteadyClient
from bot.discord.locales import guild_language
from bot.discord.outgoing.markdown import escape, unescape
from bot.discord.outgoing.messages import ALSO_IN, AND_IN_MORE, CONFIDENCE, SMALL
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Unproved, length
from bot.discord.outgoing.sending import rewrite
from bot.errors import worded
from bot.formats.visible import one_line
from bot.languages.catalogue import ENGLISH, Language, Message, leads, translations
from retrieval import indexes
from retrieval.citations.permalink import parse
from retrieval.citations.survival import standing
from retrieval.errors import IndexFault, PermalinkInvalid, QuothError
from retrieval.fingerprint import Fingerprint
from retrieval.index.generation import Generation

log = logging.getLogger(__name__)

STATES = {"changed": Message("source changed on {date}"), "withdrawn": Message("withdrawn on {date}")}
MOST_BEFORE = 8
"""Replaced generations in which cited words are looked up; each that is open takes memory and files."""
LONGEST_ID = 60  # characters of an article's id in a note
_DAY = "2000-01-01"
_LESS = ((CONFIDENCE,), (ALSO_IN, AND_IN_MORE))
"""Lines that make room for the notes, in this order, where a message is full."""


@dataclass(frozen=True, slots=True)
class FollowSettings:
    """Bounds of what is followed."""

    days: float = 30.0
    """Age of the oldest answer that is followed."""
    answers: int = 500
    """Answers of a collection that are followed, the newest."""
    at_a_time: int = 2
    """Messages that are edited at a time; how fast is up to Discord, whose rate limits discord.py keeps."""
    notice_every: float = 60.0
    """Seconds between looks for a new generation, where nobody asks."""
    again_after: float = 600.0
    """Seconds after which messages are tried again that could not be edited for now."""


class CorpusFollower:
    """Edits the bot's recent answers after each new generation.

    Messages that are gone or may not be edited are remembered and left alone from then on; those that could not be
    edited for another reason, such as a locked thread, are tried again later.
    """

    def __init__(self, client: SteadyClient, desk: Desk, settings: FollowSettings | None = None) -> None:
        self._client, self._desk, self._store = client, desk, desk.store
        self._settings = settings or FollowSettings()
        self._turn = asyncio.Semaphore(self._settings.at_a_time)
        self._following: dict[str, asyncio.Lock] = {}
        self._pending: dict[str, tuple[Generation, tuple[Generation, ...]]] = {}
        """By collection: the newest generation that nothing follows yet, and those that it and its forerunners replace.
        Indexes may be built faster than Discord takes edits."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._left: set[str] = set()
        """Collections of which messages could not be edited for now."""
        self._closed = False

    def watch(self, collection: Collection) -> None:
        """Follow this collection from now on, and what happened to it while the bot was away; on the event loop."""
        loop = asyncio.get_running_loop()

        def hand_over(old: Generation, new: Generation) -> None:
            # On the service's thread, which must not wait; a loop that is closed has nothing left to follow.
            if not loop.is_closed():  # in a context of its own: it is no part of the question that noticed
                work = partial(self._follow_soon, collection, new, old)
                loop.call_soon_threadsafe(work, context=Context())

        collection.service.on_new_generation = hand_over
        self._start(self._catch_up(collection))
        self._start(self._look(collection))

    def _follow_soon(self, collection: Collection, new: Generation, old: Generation) -> None:
        """Follow a new generation, in place of an earlier one that still waits its turn."""
        is_waiting = collection.name in self._pending
        before = self._pending[collection.name][1] if is_waiting else ()
        self._pending[collection.name] = new, (*before, old)[-MOST_BEFORE:]
        if not is_waiting:
            self._start(self._follow_pending(collection))

    async def _follow_pending(self, collection: Collection) -> None:
        async with self._turn_of(collection):
            now, before = self._pending.pop(collection.name)
            await self._follow(collection, now, before)

    async def close(self) -> None:
        """Stop; an edit that is under way is given up."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def follow(self, collection: Collection, now: Generation, before: Sequence[Generation]) -> None:
        """Bring the collection's recent answers up to date with a generation."""
        async with self._turn_of(collection):
            await self._follow(collection, now, before)

    async def _follow(self, collection: Collection, now: Generation, before: Sequence[Generation]) -> None:
        """Follow a generation, unless another process does: then look later whether it has."""
        async with self._store.claims.holding(f"follow {collection.name} {self._client.shard_ids or ''}") as is_own:
            if is_own:
                await self._mark_answers(collection, now, before)
            else:
                self._left.add(collection.name)

    async def _mark_answers(self, collection: Collection, now: Generation, before: Sequence[Generation]) -> None:
        answers = [answer for answer in await self._recent(collection) if self._client.hears(answer.guild)]
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        judged = await asyncio.to_thread(lambda: [marks_of(answer, now, before, today) for answer in answers])
        news = [(answer, marks) for answer, marks in zip(answers, judged, strict=True) if marks != answer.marks]
        if news:
            log.info("%d of %d recent answers have sources that changed", len(news), len(answers))
        await asyncio.gather(*(self._tell(answer, marks) for answer, marks in news))

    def _turn_of(self, collection: Collection) -> asyncio.Lock:
        return self._following.setdefault(collection.name, asyncio.Lock())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        if self._closed:
            work.close()
            return
        task = asyncio.create_task(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _catch_up(self, collection: Collection) -> None:
        """Follow what the index became meanwhile; where the store or the index fails, it is left for later."""
        self._left.discard(collection.name)
        try:
            await self._follow_current(collection)
        except QuothError:
            self._left.add(collection.name)
            raise

    async def _follow_current(self, collection: Collection) -> None:
        now = await collection.service.run(lambda engine: engine.generation)
        built = {Fingerprint.parse(answer.fingerprint).index for answer in await self._recent(collection)}
        if built <= {now.manifest.fingerprint}:
            return
        before = await asyncio.to_thread(_former, collection)
        await self.follow(collection, now, before)

    async def _recent(self, collection: Collection) -> tuple[PostedAnswer, ...]:
        since = datetime.now(UTC) - timedelta(days=self._settings.days)
        return await self._store.recent_answers(since, self._settings.answers, collection.name, skip_damaged=True)

    async def _look(self, collection: Collection) -> None:
        """Have the service look for a new generation now and then: it does so by itself only when it is asked."""
        loop = asyncio.get_running_loop()
        last_try = loop.time()
        while True:
            await asyncio.sleep(self._settings.notice_every)
            try:
                if collection.name in self._left and loop.time() - last_try >= self._settings.again_after:
                    last_try = loop.time()
                    await self._catch_up(collection)
                await collection.service.run(lambda engine: None)
            except QuothError as error:
                log.debug("no look for a new generation: %s", worded(error))

    async def _tell(self, answer: PostedAnswer, marks: tuple[Mark, ...]) -> None:
        assert answer.id is not None
        # Held from the check to the mark: else an answer that replaces this one could be overwritten by the old text.
        async with self._turn, self._desk.posting(answer.id):
            current = await self._store.answer(answer.id)
            if current is None or current.refs != answer.refs:
                return  # removed, or answered anew meanwhile
            try:
                if _visible_marks(marks) != _visible_marks(current.marks):
                    await self._edit(current, marks)
            except (discord.HTTPException, aiohttp.ClientError, OSError, Unproved) as error:
                if isinstance(error, Unproved) or (is_gone(error) and getattr(error, "code", None) != ARCHIVED):
                    await self._store.mark_unreachable(answer.id)
                else:
                    self._left.add(answer.collection)
                log.info("the answer in message %s could not be marked: %s", answer.message, error)
                return
            await self._store.mark_changed(answer.id, marks)

    async def _edit(self, answer: PostedAnswer, marks: Iterable[Mark]) -> None:
        assert answer.message is not None
        channel = self._client.get_partial_messageable(answer.channel, guild_id=answer.guild)
        message = await channel.fetch_message(answer.message)
        numbers = {ref: number for number, ref in enumerate(answer.refs, start=1)}
        visible_marks = _visible_marks(marks)
        guild = self._client.get_guild(answer.guild) if answer.guild is not None else None
        language = guild_language(guild)

        def note(number: int, text: str) -> str:
            if not message.flags.components_v2:
                return noted(text, marks, language)
            return noted_part(
                text, [mark for mark in visible_marks if number and numbers.get(mark.ref) == number], language
            )

        await reopening(self._client, answer.channel, lambda: rewrite(message, note))


def marks_of(answer: PostedAnswer, now: Generation, before: Sequence[Generation], today: str) -> tuple[Mark, ...]:
    """Return what became of the sources of an answer; a mark that stays right keeps its date."""
    known = {mark.ref: mark for mark in answer.marks}
    marks = (_mark(ref, known.get(ref), now, before, today) for ref in answer.refs)
    return tuple(mark for mark in marks if mark is not None)


def noted(content: str, marks: Iterable[Mark], language: Language = ENGLISH) -> str:
    """Return a message's text with a note below each citation whose source changed or went, and no older notes.

    Where the message is full, its confidence and then the other articles with the same line make room; raises Unproved
    where that is not enough.
    """
    lines = [line for line in content.split("\n") if not _is_note(line)]
    for mark in _visible_marks(marks):
        note = _note(mark, language)
        at = _citation(lines, mark.ref)
        if at is None:
            lines.append(f"{note}: {escape(one_line(parse(mark.ref).article)[:LONGEST_ID])}")
        else:
            lines.insert(at + 1, note)
    for less in _LESS:
        if length("\n".join(lines)) > LONGEST_MESSAGE:
            beginnings = tuple(SMALL + lead for message in less for lead in leads(message))
            lines = [line for line in lines if not line.startswith(beginnings)]
    text = "\n".join(lines).strip()
    if length(text) > LONGEST_MESSAGE:
        raise Unproved(f"the text has {length(text)} characters with its notes")
    return text


def noted_part(text: str, marks: Iterable[Mark], language: Language = ENGLISH) -> str:
    """Return a text of a message in parts with notes on the source of the quote that it shows, and no older ones."""
    lines = [line for line in text.split("\n") if not _is_note(line)]
    return "\n".join([*lines, *(_note(mark, language) for mark in marks)])


def _note(mark: Mark, language: Language) -> str:
    return f"{SMALL}**{language.text(STATES[mark.state], date=mark.on)}**"


def _is_note(line: str) -> bool:
    """Return whether a line is a note on a source, in whatever language."""
    return _notes().fullmatch(line) is not None


@cache
def _notes() -> re.Pattern[str]:
    forms = [re.escape(form.format(date=_DAY)) for state in STATES.values() for form in translations(state)]
    dated = "|".join(form.replace(re.escape(_DAY), r"\d{4}-\d\d-\d\d") for form in forms)
    return re.compile(rf"-# \*\*(?:{dated})\*\*(?:: .*)?")


def _citation(lines: Sequence[str], ref: str) -> int | None:
    """Return the line below a quote that cites it."""
    ending = f" · {ref}"
    small = (at for at, line in enumerate(lines) if line.startswith("-# ") and unescape(line).endswith(ending))
    return next(small, None)


def _visible_marks(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    return tuple(mark for mark in marks if mark.state != "moved")


def _mark(ref: str, known: Mark | None, now: Generation, before: Sequence[Generation], today: str) -> Mark | None:
    try:
        became = standing((known.now if known else None) or ref, now, before)
    except PermalinkInvalid:
        return None
    if became.state == "stands":
        if became.ref == ref:
            return None
        return known if known and known.now == became.ref else Mark(ref, "moved", today, became.ref)
    return known if known and known.state == became.state else Mark(ref, became.state, today)


def _former(collection: Collection) -> list[Generation]:
    """Return the former generations that are kept and can be read."""

    def skip(error: IndexFault) -> None:
        log.warning("a former generation cannot be used: %s", worded(error))

    return list(indexes.former(collection.index, skip))


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("past answers could not follow the corpus")
