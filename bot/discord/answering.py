"""A question answered: asked, proved and posted, recorded, remembered. The same for messages and commands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

from discord.ui import View

from bot.answering.collection import Collection
from bot.chat_log.store import AnswerRemoved, PostedAnswer, Store
from bot.discord.access import Where
from bot.discord.history import Histories, IncomingQuestion
from bot.discord.memory import Memory, OpenQuestion, RecentIds
from bot.discord.outgoing.components import answer_layout, quote_layout
from bot.discord.outgoing.layouts import Layouts
from bot.discord.outgoing.messages import answer_pages, quote_pages, without_notes
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import ComponentsRefused, Outdated, Sent, edit, retract_context
from bot.discord.posting import Buttons, IsCurrent, Post
from bot.discord.routing import Corpora
from bot.languages.catalogue import ENGLISH, Language
from bot.monitoring.monitor import Monitor, note_outcome
from retrieval.errors import PermalinkInvalid, QuothError, SourceChanged
from retrieval.records import Answer, Turn

log = logging.getLogger(__name__)

OVERTAKEN = (SourceChanged, PermalinkInvalid)
"""What is raised where new indexes came between a search and the proof of what it found, and no longer have it."""
MOST_SEARCHES = 5  # for a question, where its answers are overtaken
MORE = 10  # quotes, over all, that "More" goes on to


@dataclass(frozen=True, slots=True)
class _Draft:
    """An answer laid out, with the turns that it was found in the light of."""

    answer: Answer
    history: tuple[Turn, ...]
    page: Outgoing


class Desk:
    """Answers questions from the collection of the place that they are asked in."""

    def __init__(
        self,
        corpora: Corpora,
        store: Store,
        memory: Memory,
        buttons: Buttons,
        layouts: Layouts | None = None,
        monitor: Monitor | None = None,
    ) -> None:
        self.corpora, self.store, self.memory = corpora, store, memory
        self.monitor = monitor or Monitor()
        self.layouts = layouts or Layouts()
        self.deleted = RecentIds()
        """Messages that were deleted; the store may not know yet what they carried."""
        self._histories = Histories(corpora, store, memory)
        self._buttons = buttons
        self._posting: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def answer(self, incoming: IncomingQuestion, post: Post, before: PostedAnswer | None = None) -> bool:
        """Answer with one message; `before` is the answer that it replaces. Raises what service and Discord raise.

        Return false where it is passed over in silence, and only recorded. What is forgotten meanwhile is neither told
        nor recorded: the question is then searched again without it.
        """
        with self.monitor.question():
            return await self._answer(incoming, post, before)

    async def _answer(self, incoming: IncomingQuestion, post: Post, before: PostedAnswer | None) -> bool:
        with self.memory.answering(incoming.place) as question, suppress(AnswerRemoved):
            edited = await self._still_there(before) if before else None
            history = self._histories.of_edited(incoming, edited) if edited else await self._histories.of(incoming)
            number = edited.id if edited else None
            searches_left = MOST_SEARCHES
            while True:
                searches_left -= 1
                draft = await self._draft(incoming, question, history)
                async with AsyncExitStack() as held_locks:
                    if number is not None:
                        await held_locks.enter_async_context(self.posting(number))
                    record = _record(incoming, draft, question, self.corpora.of(incoming.where), edited)
                    is_new = number is None
                    number = await self._keep(replace(record, id=number), is_gap=_is_gap(record))
                    if incoming.passes_over(draft.answer):
                        note_outcome("silent")
                        return False
                    if is_new:
                        await held_locks.enter_async_context(self.posting(number))
                    try:
                        await self._post(incoming, draft, question, replace(record, id=number), post)
                        return True
                    except ComponentsRefused:
                        self.layouts.refuse(incoming.where.channel)
                        history = draft.history
                    except Outdated as outdated:
                        history = draft.history
                        post = _editing(outdated.message) if outdated.message is not None else post
                    except Exception as error:
                        if isinstance(error, OVERTAKEN) and searches_left > 0:
                            history = draft.history
                            continue
                        await (self._blank(number) if edited else self._drop(number))
                        raise
        return True

    async def _still_there(self, before: PostedAnswer) -> PostedAnswer:
        """Return the answer as it is now; raises AnswerRemoved if it is gone, or its asker was forgotten."""
        posted = await self.store.answer(before.id) if before.id is not None else None
        if posted is None or posted.asker is None:
            raise AnswerRemoved
        return posted

    async def _draft(self, incoming: IncomingQuestion, question: OpenQuestion, history: tuple[Turn, ...]) -> _Draft:
        """Search, and search again as long as something that was leant on is forgotten meanwhile."""
        collection = self.corpora.of(incoming.where)
        while True:
            history = question.remaining(history)
            service, within = collection.service, incoming.within
            answer = await service.ask(incoming.text, history, top=incoming.top, show_weak=True, within=within)
            links = await collection.links_of(answer)
            if question.remaining(history) == history:
                repeat = incoming.question_message is None
                lay_out = answer_layout if self.layouts.has_components(incoming.where.channel) else answer_pages
                notes = {"repeat_question": repeat, "has_more": incoming.is_own}
                page = lay_out(answer, links, **notes, language=incoming.language)[0]
                answer = answer if answer.answered else replace(answer, quotes=())
                if incoming.shared is None:
                    return _Draft(answer, history, page)
                return _Draft(answer, (), without_notes(page))  # what else was asked in private stays there

    async def _post(
        self, incoming: IncomingQuestion, draft: _Draft, question: OpenQuestion, record: PostedAnswer, post: Post
    ) -> None:
        """Post the answer, and keep what became of it."""
        number, answered = record.id, draft.answer.answered
        page, view = draft.page, None
        if number is None:  # nobody could find the message again when a question that it repeats is deleted
            page = without_notes(page)
        else:
            kind = {"hidden": incoming.hidden, "more": incoming.is_own, "post": incoming.is_post}
            view = self._buttons(number, answered=answered, **kind, language=incoming.language)

        def is_current() -> bool:
            return question.remaining(draft.history) == draft.history

        sent = await post(page, self.corpora.of(incoming.where), view, is_current)
        if not sent.proved:
            note_outcome("failed")
            await self._drop(number)
            return
        note_outcome("answered" if answered else "abstained")
        if not incoming.hidden:
            log.info("message %s carries the answer", sent.message.id)
        if not is_current():  # Discord may take its time
            raise Outdated(sent.message)
        # What the store does not know would be remembered although its message is deleted or edited.
        if number is not None and not question.starts_over:
            self._remember(incoming, draft, is_edited=record.message is not None)
        if number is not None and record.message is None and not incoming.hidden:
            await self._sent(replace(record, message=int(sent.message.id)), number, sent.message)

    def _remember(self, incoming: IncomingQuestion, draft: _Draft, *, is_edited: bool) -> None:
        """Keep the question for those that lean on it; of what another person wrote only what was found."""
        quotes = tuple(quote.text for quote in draft.answer.quotes)
        turn = Turn(incoming.text if incoming.is_own else "", quotes)
        # What an edited question leant on may have been left behind since.
        goes_on = is_edited or not incoming.is_own
        history = self.memory.turns(incoming.place) if goes_on else draft.history
        if turn != Turn(""):
            self.memory.keep(incoming.place, history, turn)

    async def _sent(self, record: PostedAnswer, number: int, message: Any) -> None:
        """Keep which message carries an answer; a command's may be deleted already."""
        assert record.message is not None
        try:
            await self.store.mark_sent(number, record.message)
        except QuothError as error:
            log.error("it could not be recorded which message carries an answer: %s", error)
            await retract_context(message)
        if record.question_message is None and record.message in self.deleted:
            await self.remove(record)

    def posting(self, number: int | None) -> asyncio.Lock:
        """Return the lock to hold while an answer is recorded and posted, and while its message is changed."""
        return asyncio.Lock() if number is None else self._posting.setdefault(number, asyncio.Lock())

    async def blank(self, posted: PostedAnswer) -> PostedAnswer:
        """Forget the wording of an answered question that was edited; return what is left of the answer."""
        if is_blank(posted) or posted.id is None:
            return posted
        self._forget_turn(posted)
        async with self.posting(posted.id):
            await self.store.blank_answer(posted.id)
        return replace(posted, question="", refs=(), answered=False)

    async def start_over(self, where: Where) -> bool:
        """Have a person's next question in a channel stand alone; return whether any was asked before."""
        existed = self.memory.forget(where.user, where.channel)
        return await self.store.start_over(where.user, where.channel) or existed

    async def remove(self, posted: PostedAnswer) -> None:
        """Forget an answer and its question."""
        self._forget_turn(posted)
        if posted.id is not None:
            await self.store.remove_answer(posted.id)

    async def remove_channel(self, channel: int) -> None:
        """Forget the questions of a channel and its threads."""
        self.memory.forget_channels(await self.store.remove_channel(channel) | {channel})

    async def remove_guild(self, guild: int) -> None:
        """Forget the questions of a server."""
        self.memory.forget_channels(await self.store.remove_guild(guild))

    def _forget_turn(self, posted: PostedAnswer) -> None:
        if posted.asker is not None and posted.question:
            self.memory.drop(posted.asker, posted.channel, posted.question)

    async def is_answered(self, question_message: int) -> bool:
        """Return whether a message has its answer, or was passed over, as far as is known."""
        try:
            posted = await self.store.answer_for_question(question_message)
            return posted is not None and (posted.message is not None or posted.is_passed_over)
        except QuothError as error:
            log.error("it is not known whether this was answered: %s", error)
            return False

    async def more(self, posted: PostedAnswer, collection: Collection, language: Language = ENGLISH) -> list[Outgoing]:
        """Return messages with the quotes that follow those of an answer."""
        lay_out = quote_layout if self.layouts.has_components(posted.channel) else quote_pages
        service, within = collection.service, posted.within
        answer = await service.ask(posted.question, posted.history, top=MORE, within=within)
        left = [quote for quote in answer.quotes if quote.citation.ref not in posted.refs]
        return lay_out(left, await collection.links_of(answer), len(posted.refs) + 1, language=language)

    # A store that fails must not keep an answer from who asked: it is then posted without buttons.

    async def _keep(self, record: PostedAnswer, *, is_gap: bool) -> int | None:
        try:
            return await self.store.record_answer(record, is_gap=is_gap)
        except QuothError as error:
            log.error("the answer could not be recorded: %s", error)
            return None

    async def _blank(self, number: int | None) -> None:
        if number is not None:
            await _attempt(self.store.blank_answer(number))

    async def _drop(self, number: int | None) -> None:
        if number is not None:
            await _attempt(self.store.remove_answer(number))


async def _attempt(removal: Awaitable[bool]) -> None:
    try:
        await removal
    except QuothError as error:
        log.error("the answer could not be removed from the store: %s", error)


def _editing(message: Any) -> Post:
    """Return a `Post` that replaces the content of a message."""

    async def post(page: Outgoing, collection: Collection, view: View | None, is_current: IsCurrent) -> Sent:
        return await edit(message.edit, page, collection, view=view, is_current=is_current)

    return post


def is_blank(posted: PostedAnswer) -> bool:
    """Return whether an answer's question was edited and has no answer since."""
    return not (posted.question or posted.refs)


def _is_gap(record: PostedAnswer) -> bool:
    # Under a filter, the articles that were left out may well answer.
    return bool(record.question) and not (record.answered or record.private or record.within)


def _record(
    incoming: IncomingQuestion,
    draft: _Draft,
    question: OpenQuestion,
    collection: Collection,
    before: PostedAnswer | None,
) -> PostedAnswer:
    is_silent = incoming.passes_over(draft.answer)
    return PostedAnswer(
        id=None,
        collection=collection.name,
        question=incoming.text if incoming.is_own and not question.is_forgotten else "",
        history=draft.history,
        asker=None if question.is_forgotten else incoming.where.user,
        guild=incoming.where.guild,
        channel=incoming.where.channel,
        message=before.message if before and not is_silent else None,
        question_message=incoming.question_message,
        fingerprint=draft.answer.fingerprint,
        refs=() if is_silent else tuple(claim.citation.ref for claim in draft.page.claims),
        answered=draft.answer.answered and not is_silent,
        posted_at=datetime.now(UTC),
        private=incoming.place.private,
        parent=incoming.where.parent,
        is_closed=question.starts_over,
        within=incoming.within,
    )
