"""Edited questions, answered anew in the message that answered them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial

import discord
from discord.ui import View

from bot.answering.collection import Collection
from bot.answering.service import Busy
from bot.chat_log.inbox import WaitingQuestion
from bot.chat_log.store import PostedAnswer
from bot.discord.access import Where
from bot.discord.answering import Desk, is_blank
from bot.discord.deletions import Deletions
from bot.discord.errors import Refused
from bot.discord.inbox import Inbox
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import Sent, edit
from bot.discord.posting import IsCurrent
from bot.discord.question_messages import QuestionMessages
from bot.discord.questions import Questions
from bot.discord.reception import Reception, tell
from bot.discord.reconciliation import reconcile
from bot.discord.triggers import QuestionDetector

Work = Callable[[discord.Message, PostedAnswer], Awaitable[bool]]
"""What answers an edited question that has an answer; it returns whether the edit is done with."""

BUSY_FOR = 5.0  # seconds until an edited question is tried again


class Edits:
    """Follows the wording of answered questions."""

    def __init__(
        self,
        desk: Desk,
        reception: Reception,
        detector: QuestionDetector,
        messages: QuestionMessages,
        deletions: Deletions,
        questions: Questions,
        inbox: Inbox,
    ) -> None:
        self._desk, self._reception, self._detector, self._inbox = desk, reception, detector, inbox
        self._messages, self._deletions, self._questions = messages, deletions, questions
        self._postponed: dict[int, asyncio.Task[None]] = {}
        """By question message: edits that came too soon to be answered."""

    async def handle(self, message: discord.Message) -> None:
        """Answer an edited question anew, or later where that is too soon."""
        async with self._messages.lock(message.id):
            posted = await self._desk.store.answer_for_question(message.id)
            if posted is None:
                await self._meet(message)
                return
            if posted.is_passed_over:
                await self._reconsider(message, posted)
                return
            await self._attend(message, posted, self._answer_in_time)

    async def answer_found(self, message: discord.Message, posted: PostedAnswer) -> bool:
        """Answer an edit that was in hand when a process ended, at no pace; return whether it is done with.

        To be called with the question in hand and the message's lock held.
        """
        if posted.is_passed_over or not await self._is_reworded(message, posted):
            return True
        with self._reception.at_work():
            return await self._answer_unheard(message, posted)

    async def _attend(self, message: discord.Message, posted: PostedAnswer, work: Work) -> None:
        """Do the work on a question that was reworded, unless another process does, or has done so meanwhile."""
        if not await self._is_reworded(message, posted):
            return

        async def attended() -> bool:
            current = await self._desk.store.answer_for_question(message.id)
            if current is None or not await self._is_reworded(message, current):
                return True
            return await work(message, current)

        waiting = WaitingQuestion(message.id, posted.channel, posted.guild, message.author.id)
        with self._reception.at_work():
            await self._inbox.attend(waiting, attended, again=True)

    async def _answer_in_time(self, message: discord.Message, posted: PostedAnswer) -> bool:
        where = await self._messages.where(message)
        seconds = 0.0 if self._reception.refusal(where) else self._reception.wait(where.user, where.guild)
        if seconds > 0:
            await self._desk.blank(posted)
            self._postpone(posted, where.user, seconds)
            return True
        return await self._replace_answer(message, where, posted)

    async def _answer_unheard(self, message: discord.Message, posted: PostedAnswer) -> bool:
        where = replace(await self._messages.where(message), guild=posted.guild)
        if where.guild is not None and self._reception.depends_on_roles(where.guild):
            where = replace(where, roles=await self._messages.roles(where.guild, where.user))
        return await self._replace_answer(message, where, posted)

    async def _meet(self, message: discord.Message) -> None:
        """Answer an edited message that has no answer: it asked nothing before, or was refused."""
        question = self._detector.edited_question(message)
        if message.edited_at is None or self._reception.is_late(message.id):
            return
        if question:
            await self._questions.handle_edited(message, question)
        else:
            await self._deletions.remove_notice(message.id)

    async def _reconsider(self, message: discord.Message, posted: PostedAnswer) -> None:
        """Answer an edited message whose former wording drew no answer."""
        question = self._detector.edited_question(message) if self._detector.is_own(message) else ""
        if message.edited_at is not None and question != posted.question:
            await self._desk.remove(posted)
            await self._meet(message)

    async def reconcile(self, answers: Iterable[PostedAnswer]) -> None:
        """Act on what became of the questions of these answers, whose edits or deletions went unheard."""
        await reconcile(answers, self._messages.fetch, self._deletions.handle, self._handle_unheard)

    def cancel(self) -> None:
        """Leave the postponed edits to the bot's next start."""
        for task in self._postponed.values():
            task.cancel()

    async def _handle_unheard(self, posted: PostedAnswer) -> None:
        """Act on what a message says now, whose edits went unheard, or were heard too soon; at no pace."""
        assert posted.question_message is not None
        async with self._messages.lock(posted.question_message):
            current = await self._desk.store.answer_for_question(posted.question_message)
            if current is None:
                return
            message = await self._messages.fetch_whole(current, posted.question_message)
            if current.is_passed_over:
                await self._reconsider(message, current)
            else:
                await self._attend(message, current, self._answer_unheard)

    async def _is_reworded(self, message: discord.Message, posted: PostedAnswer) -> bool:
        """Return whether an edited message asks something else; an answer whose question is gone is withdrawn."""
        if posted.message is None:
            return False
        question, own = self._detector.edited_question(message), self._detector.is_own(message)
        if question:
            return posted.asker is not None and (question if own else "") != posted.question
        if message.edited_at is not None:  # it was no pin or preview that changed the message
            await self._deletions.withdraw(posted)
        return False

    async def _replace_answer(self, message: discord.Message, where: Where, posted: PostedAnswer) -> bool:
        """Answer an edited question in place of its answer; return false where another process may still do so."""
        assert posted.message is not None
        answer = self._messages.partial(posted, posted.message)
        try:
            await self._answer_anew(message, where, posted, answer)
        except Busy:
            self._postpone(posted, where.user, BUSY_FOR)
        except asyncio.CancelledError:
            if not self._reception.closing:
                raise
            return False
        except Exception as error:  # noqa: BLE001 - answered, and logged where it is not expected
            if not (isinstance(error, Refused) and is_blank(posted)):  # else it says so already
                async with self._desk.posting(posted.id):
                    await tell(error, partial(edit, answer.edit), self._questions.language(posted.guild))
        return True

    async def _answer_anew(
        self, message: discord.Message, where: Where, posted: PostedAnswer, answer: discord.PartialMessage
    ) -> None:
        question = self._detector.question(message)
        assert question
        blanked = await self._desk.blank(posted)
        self._reception.admit(where)
        incoming = self._questions.incoming(message, question, where)

        async def post(page: Outgoing, collection: Collection, view: View | None, is_current: IsCurrent) -> Sent:
            replace_it = partial(edit, answer.edit, page, collection, view=view, is_current=is_current)
            return await self._messages.reopening(answer.channel.id, replace_it)

        if not await self._desk.answer(incoming, post, blanked):
            await self._deletions.delete(blanked, answer.id)

    def _postpone(self, posted: PostedAnswer, user: int, seconds: float) -> None:
        """Answer an edited question later; until then the former answer stands."""
        id_ = posted.question_message
        if id_ is None or id_ in self._postponed or self._reception.closing:
            return

        async def answer_later() -> None:
            await asyncio.sleep(seconds)
            while (seconds_left := self._reception.wait(user, posted.guild)) > 0:
                await asyncio.sleep(seconds_left)
            del self._postponed[id_]
            if not self._reception.closing:
                await self.reconcile([posted])

        self._postponed[id_] = asyncio.create_task(answer_later())
