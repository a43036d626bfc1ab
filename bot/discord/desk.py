"""A question answered: asked, proved and posted, recorded, remembered. The same for messages and commands."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from discord.ui import View

from bot.discord.buttons import answer_buttons
from bot.discord.collection import Collection
from bot.discord.corpora import Corpora
from bot.discord.gates import Where
from bot.discord.memory import Memory, Place
from bot.discord.messages import answer_pages, quote_pages
from bot.discord.proof import Outgoing
from bot.discord.sending import Sent
from bot.store import PostedAnswer, Store
from retrieval.errors import QuothError
from retrieval.records import Answer, Turn

log = logging.getLogger(__name__)

MORE = 10  # quotes, over all, that "More" goes on to

Post = Callable[[Outgoing, Collection, View | None], Awaitable[Sent]]
"""Sends or edits the one message that carries the answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, where it was asked, and what came before it."""

    text: str
    where: Where
    conversation: Place
    history: tuple[Turn, ...] = ()
    question_message: int | None = None
    """None for a command; the answer then repeats the question."""
    top: int | None = None
    private: bool = False
    """Whether only the asker sees the answer."""


class Desk:
    """Answers questions from the collection of the place that they are asked in."""

    def __init__(self, corpora: Corpora, store: Store, memory: Memory) -> None:
        self.corpora, self.store, self.memory = corpora, store, memory

    async def answer(self, asked: Asked, post: Post, before: PostedAnswer | None = None) -> None:
        """Answer with one message; `before` is the answer that it replaces. Raises what service and Discord raise."""
        collection = self.corpora.of(asked.where)
        answer = await collection.service.ask(asked.text, asked.history, top=asked.top)
        links = await collection.links_of(answer)
        page = answer_pages(answer, links, asked=asked.question_message is None)[0]
        if not answer.answered:
            await self._gap(asked, collection)
        record = _record(asked, answer, collection, page, before)
        number = await self._keep(record)
        view = answer_buttons(number, answered=answer.answered, private=asked.private) if number is not None else None
        try:
            sent = await post(page, collection, view)
        except Exception:
            await (self._keep(before) if before else self._drop(number))
            raise
        if not sent.proved:
            await self._drop(number)
            return
        message = None if asked.private else int(sent.message.id)
        if number is not None and before is None and message is not None:
            await self._keep(replace(record, id=number, message=message))
        turns = (*asked.history, Turn(asked.text, tuple(quote.text for quote in answer.quotes)))
        if before is None or before.message is None:
            self.memory.keep(asked.conversation, turns, asked.where.user, message)
        else:
            self.memory.revise(before.message, turns)

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

    async def history(self, conversation: Place, replied_to: int | None) -> tuple[Turn, ...]:
        """The turns before a question: those up to the answer it replies to, else the conversation's."""
        if replied_to is None:
            return self.memory.turns(conversation)
        turns = self.memory.turns(("answer", replied_to, 0))
        if turns:
            return turns
        posted = await self.store.answer_for_message(replied_to)
        return (*posted.history, Turn(posted.question)) if posted and posted.question else ()

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

    async def _gap(self, asked: Asked, collection: Collection) -> None:
        try:
            await self.store.gap(asked.text, collection.name, asked.where.guild, asked.where.user)
        except QuothError as error:
            log.error("the unanswered question could not be recorded: %s", error)


def _record(
    asked: Asked, answer: Answer, collection: Collection, page: Outgoing, before: PostedAnswer | None
) -> PostedAnswer:
    return PostedAnswer(
        id=before.id if before else None,
        collection=collection.name,
        question=asked.text,
        history=asked.history,
        asker=asked.where.user,
        guild=asked.where.guild,
        channel=asked.where.channel,
        message=before.message if before else None,
        question_message=asked.question_message,
        fingerprint=answer.fingerprint,
        refs=tuple(claim.citation.ref for claim in page.claims),
        answered=answer.answered,
        posted_at=datetime.now(UTC),
    )
