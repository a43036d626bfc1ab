"""A question answered: asked, proved and posted, recorded, remembered. The same for messages and commands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol
from weakref import WeakValueDictionary

from discord.ui import View

from bot.answering.collection import Collection
from bot.chat_log.store import PostedAnswer, Store
from bot.discord.access import Where
from bot.discord.memory import MOST_TURNS, Memory, Place
from bot.discord.outgoing.messages import answer_pages, quote_pages
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import Sent
from bot.discord.routing import Corpora
from retrieval.errors import PermalinkInvalid, QuothError, SourceChanged
from retrieval.records import Answer, Turn

log = logging.getLogger(__name__)

MORE = 10  # quotes, over all, that "More" goes on to

Post = Callable[[Outgoing, Collection, View | None], Awaitable[Sent]]
"""Sends or edits the one message that carries the answer."""


class Buttons(Protocol):
    """Makes the buttons below the answer that has this number in the store."""

    def __call__(self, number: int, *, answered: bool, hidden: bool) -> View:
        """Return the view that carries them."""


@dataclass(frozen=True, slots=True)
class IncomingQuestion:
    """A question, where it was asked, and what came before it."""

    text: str
    where: Where
    history: tuple[Turn, ...] = ()
    question_message: int | None = None
    """None for a command; the answer then repeats the question."""
    top: int | None = None
    hidden: bool = False
    """Whether Discord shows the answer to nobody but the asker."""

    @property
    def place(self) -> Place:
        """The conversation that it belongs to."""
        return place_of(self.where, hidden=self.hidden)


def place_of(where: Where, *, hidden: bool = False) -> Place:
    """The conversation of a person in a channel; a direct message is private to its writer."""
    return Place(where.user, where.channel, hidden or where.guild is None)


class Desk:
    """Answers questions from the collection of the place that they are asked in."""

    def __init__(self, corpora: Corpora, store: Store, memory: Memory, buttons: Buttons) -> None:
        self.corpora, self.store, self.memory = corpora, store, memory
        self._buttons = buttons
        self._posting: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def answer(self, incoming: IncomingQuestion, post: Post, before: PostedAnswer | None = None) -> None:
        """Answer with one message; `before` is the answer that it replaces. Raises what service and Discord raise."""
        collection = self.corpora.of(incoming.where)
        answer = await collection.service.ask(incoming.text, incoming.history, top=incoming.top)
        links = await collection.links_of(answer)
        page = answer_pages(answer, links, repeat_question=incoming.question_message is None)[0]
        record = _record(incoming, answer, collection, page, before)
        number = await self._keep(record)
        if number is not None and not answer.answered and not record.private:
            await self._gap(record, number)
        view = self._buttons(number, answered=answer.answered, hidden=incoming.hidden) if number is not None else None
        async with self.posting(number):
            try:
                sent = await post(page, collection, view)
            except Exception:
                await (self._keep(before) if before else self._drop(number))
                raise
            if not sent.proved:
                await self._drop(number)
                return
            turn = Turn(incoming.text, tuple(quote.text for quote in answer.quotes))
            self.memory.keep(incoming.place, incoming.history, turn)
            if number is not None and before is None and not incoming.hidden:
                await self._keep(replace(record, id=number, message=int(sent.message.id)))

    def posting(self, number: int | None) -> asyncio.Lock:
        """What is held from the time that an answer has its number until its message is known."""
        return asyncio.Lock() if number is None else self._posting.setdefault(number, asyncio.Lock())

    async def blank(self, posted: PostedAnswer) -> PostedAnswer:
        """Forget the wording of an answered question, which was edited; what is left of the answer."""
        if is_blank(posted):
            return posted
        self._forget_turn(posted)
        left = replace(posted, question="", refs=(), answered=False)
        await self.store.record_answer(left)
        return left

    async def remove(self, posted: PostedAnswer) -> None:
        """Forget an answer and its question."""
        self._forget_turn(posted)
        if posted.id is not None:
            await self.store.remove_answer(posted.id)

    async def remove_channel(self, channel: int) -> None:
        """Forget what was asked in a channel and its threads."""
        self.memory.forget_channels(await self.store.remove_channel(channel) | {channel})

    async def remove_guild(self, guild: int) -> None:
        """Forget what was asked in a server."""
        self.memory.forget_channels(await self.store.remove_guild(guild))

    def _forget_turn(self, posted: PostedAnswer) -> None:
        if posted.asker is not None and posted.question:
            self.memory.drop(posted.asker, posted.channel, posted.question)

    async def is_answered(self, question_message: int) -> bool:
        """Whether a message was answered before, as far as is known."""
        try:
            return await self.store.answer_for_question(question_message) is not None
        except QuothError as error:
            log.error("it is not known whether this was answered: %s", error)
            return False

    async def more(self, posted: PostedAnswer, collection: Collection) -> list[Outgoing]:
        """Messages with the quotes that follow those of an answer."""
        answer = await collection.service.ask(posted.question, posted.history, top=MORE)
        left = [quote for quote in answer.quotes if quote.citation.ref not in posted.refs]
        return quote_pages(left, await collection.links_of(answer), len(posted.refs) + 1)

    async def history(self, where: Where, replied_to: int | None) -> tuple[Turn, ...]:
        """The turns before a question: those up to the answer it replies to, else its asker's own.

        Of an answer to somebody else only the quotes count: what that person asked is nobody else's business.
        """
        place = place_of(where)
        if replied_to is None:
            return self.memory.turns(place)
        posted = await self._posted_as(replied_to)
        if posted is None:
            return ()
        quotes = await self._quotes(posted, self.corpora.of(where))
        if posted.asker == place.user and posted.question and _may_tell(posted, place):
            return (*posted.history, Turn(posted.question, quotes))[-MOST_TURNS:]
        return (Turn("", quotes),) if quotes else ()

    def history_of(self, posted: PostedAnswer, where: Where) -> tuple[Turn, ...]:
        """The turns before a question that was edited."""
        return posted.history if _may_tell(posted, place_of(where)) else ()

    async def _posted_as(self, message: int) -> PostedAnswer | None:
        try:
            return await self.store.answer_for_message(message)
        except QuothError as error:
            log.error("it is not known what this replies to: %s", error)
            return None

    async def _quotes(self, posted: PostedAnswer, collection: Collection) -> tuple[str, ...]:
        """What an answer quotes, as far as this collection has it still."""
        texts = []
        for ref in posted.refs if posted.collection == collection.name else ():
            try:
                texts.append((await collection.replay(ref)).text)
            except (PermalinkInvalid, SourceChanged):
                continue
        return tuple(texts)

    # A store that fails must not keep an answer from who asked: it is then posted without buttons.

    async def _keep(self, record: PostedAnswer) -> int | None:
        try:
            return await self.store.record_answer(record)
        except QuothError as error:
            log.error("the answer could not be recorded: %s", error)
            return None

    async def _drop(self, number: int | None) -> None:
        if number is None:
            return
        try:
            await self.store.remove_answer(number)
        except QuothError as error:
            log.error("the answer could not be removed from the store: %s", error)

    async def _gap(self, record: PostedAnswer, number: int) -> None:
        try:
            await self.store.gap(record.question, record.collection, record.guild, record.asker, number)
        except QuothError as error:
            log.error("the unanswered question could not be recorded: %s", error)


def is_blank(posted: PostedAnswer) -> bool:
    """Whether an answer's question was edited and has no answer since."""
    return not (posted.question or posted.refs)


def _may_tell(posted: PostedAnswer, place: Place) -> bool:
    """Whether what stood before a question may be told in a conversation."""
    return place.private or not posted.private


def _record(
    incoming: IncomingQuestion, answer: Answer, collection: Collection, page: Outgoing, before: PostedAnswer | None
) -> PostedAnswer:
    return PostedAnswer(
        id=before.id if before else None,
        collection=collection.name,
        question=incoming.text,
        history=incoming.history,
        asker=incoming.where.user,
        guild=incoming.where.guild,
        channel=incoming.where.channel,
        message=before.message if before else None,
        question_message=incoming.question_message,
        fingerprint=answer.fingerprint,
        refs=tuple(claim.citation.ref for claim in page.claims),
        answered=answer.answered,
        posted_at=datetime.now(UTC),
        private=incoming.place.private,
        parent=incoming.where.parent,
    )
