"""Messages that ask the bot something, each answered in a reply."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import discord
from discord.ui import View

from bot.answering.collection import Collection
from bot.answering.service import Busy
from bot.chat_log.inbox import WaitingQuestion
from bot.chat_log.notices import Notice
from bot.discord.access import Where
from bot.discord.answering import Desk
from bot.discord.errors import Refused, TooSoon, is_gone
from bot.discord.history import IncomingQuestion
from bot.discord.inbox import Inbox
from bot.discord.locales import guild_language
from bot.discord.memory import RecentIds
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import Carry, Sent, edit, send
from bot.discord.outgoing.typing import typing
from bot.discord.posting import IsCurrent, Post
from bot.discord.question_messages import QuestionMessages
from bot.discord.reception import Reception, Tell
from bot.discord.repetition import may_pass
from bot.discord.triggers import QuestionDetector
from bot.languages.catalogue import Language
from retrieval.errors import QuestionInvalid, QuothError

log = logging.getLogger(__name__)

SHOWN_FOR = 5.0  # seconds, at least, that a notice can be read


class Questions:
    """Tells which new messages ask something, and answers them."""

    def __init__(
        self,
        client: discord.Client,
        desk: Desk,
        inbox: Inbox,
        reception: Reception,
        detector: QuestionDetector,
        messages: QuestionMessages,
    ) -> None:
        self._client, self._desk, self._inbox, self._reception = client, desk, inbox, reception
        self._detector, self._messages = detector, messages
        self._handled = RecentIds()
        """Messages that are handled: a resumed session repeats some."""

    async def handle(self, message: discord.Message) -> None:
        """Answer a message that asks; errors are told in a reply to it."""
        question = self._detector.question(message)
        if message.webhook_id is not None and question:
            self._messages.proxies.note(message, question)
        if question is None or _is_machine(message) or self._handled.has(message.id):
            return
        guild = getattr(message.guild, "id", None)
        waiting = WaitingQuestion(message.id, message.channel.id, guild, message.author.id)
        async with self._messages.lock(message.id):
            with self._reception.at_work():
                await self._inbox.attend(waiting, partial(self._answer, message, question))

    async def handle_edited(self, message: discord.Message, question: str) -> None:
        """Answer an edited message that has no answer yet, in place of what was said to it, if anything was.

        To be called with the message's lock held.
        """
        if _is_machine(message):
            return
        self._handled.add(message.id)
        where = await self._messages.where(message)
        if self._reception.refusal(where):
            return
        while (seconds := self._reception.wait(where.user, where.guild)) > 0:
            await asyncio.sleep(seconds)
        waiting = WaitingQuestion(message.id, message.channel.id, where.guild, where.user)
        with self._reception.at_work():
            await self._inbox.attend(waiting, partial(self._answer_edited, message, question, where), again=True)

    async def _answer_edited(self, message: discord.Message, question: str, where: Where) -> bool:
        if await self._desk.is_answered(message.id):  # another process was faster
            return True
        notice = await self._desk.store.notices.take(message.id)
        former = self._messages.partial(notice, notice.message) if notice else None

        async def post(page: Outgoing, collection: Collection, view: View | None, is_current: IsCurrent) -> Sent:
            if former is not None:
                with suppress(discord.NotFound):  # it may have gone by itself
                    return await edit(former.edit, page, collection, view=view, is_current=is_current)
            return await _reply(message.reply, f"{message.id}+", page, collection, view, is_current)

        async def work() -> None:
            self._reception.check_open()
            if not await self._search(self.incoming(message, question, where), post) and former is not None:
                with suppress(discord.NotFound):
                    await former.delete()

        carry = partial(edit, former.edit) if former else partial(send, message.reply, mention_author=False)
        tell = partial(self._tell, message, carry)
        return await self._reception.attend(work, tell, language=self.language(where.guild), keeps=may_pass)

    def is_missed(self, message: discord.Message) -> bool:
        """Return whether a message that was read again asks something and went unheard."""
        return not _is_machine(message) and message.id not in self._handled and bool(self._detector.question(message))

    async def answer_found(self, message: discord.Message, waiting: WaitingQuestion, late: Exception | None) -> bool:
        """Answer a question that was found again, at no pace, or tell why not; return whether it is done with.

        To be called with the message's lock held.
        """
        self._handled.add(message.id)
        question = self._detector.question(message)
        if not question:
            return True
        where = replace(await self._messages.where(message), guild=waiting.guild)
        if where.guild is not None and self._reception.depends_on_roles(where.guild):
            where = replace(where, roles=await self._messages.roles(where.guild, where.user))
        incoming = self.incoming(message, question, where)
        if self._reception.refusal(where) or (late is not None and incoming.silent_below):
            return True

        async def work() -> None:
            if late is not None:
                raise late
            await self._post(message, question, where)

        with self._reception.at_work():
            language = self.language(where.guild)
            return await self._reception.attend(
                work, self._teller(message), language=language, keeps=self.may_be_answered_later
            )

    @staticmethod
    def may_be_answered_later(error: Exception) -> bool:
        """Return whether a question that was found again is worth another try."""
        return may_pass(error) or isinstance(error, Busy)

    async def _answer(self, message: discord.Message, question: str) -> bool:
        meet = partial(self._meet, message, question)
        language = guild_language(message.guild)
        return await self._reception.attend(meet, self._teller(message), language=language, keeps=may_pass)

    def _teller(self, message: discord.Message) -> Tell:
        return partial(self._tell, message, partial(send, message.reply, mention_author=False, nonce=message.id))

    async def _tell(self, message: discord.Message, carry: Tell, notice: Outgoing) -> Sent:
        """Say something in place of an answer, and remember that it was said."""
        sent = await carry(notice)
        guild = getattr(message.guild, "id", None)
        try:
            await self._desk.store.notices.put(Notice(message.id, message.channel.id, guild, sent.message.id))
        except QuothError as error:
            log.error("what was said to message %d could not be recorded: %s", message.id, error)
        return sent

    async def _meet(self, message: discord.Message, question: str) -> None:
        """Let a question in and answer it; one with no words gets advice."""
        where = await self._messages.where(message)
        refusal = self._reception.refusal(where)
        if await self._desk.is_answered(message.id) or (refusal and where.guild is not None):
            return
        if refusal:  # a direct message is meant for nobody else
            self._reception.check_pace(where)
            raise Refused(refusal)
        self._reception.check_open()
        if not question:
            advice = Outgoing(guild_language(message.guild).text(self._detector.advice(message)))
            await send(message.reply, advice, mention_author=False, nonce=message.id)
            return
        try:
            if not self._detector.is_post(message):
                self._reception.check_pace(where)
        except TooSoon as early:
            await self._tell_to_wait(message, early)
            return
        await self._post(message, question, where)

    async def _tell_to_wait(self, message: discord.Message, early: TooSoon) -> None:
        """Say once to who is too early how long to wait, in a message that goes when that is over."""
        if self._reception.is_told_to_wait(message.author.id):
            return
        gone_after = max(float(early.seconds), SHOWN_FOR)
        tell = partial(send, message.reply, mention_author=False, nonce=message.id, delete_after=gone_after)
        sentence = guild_language(message.guild).text(early.message, **early.values)
        await self._tell(message, tell, Outgoing(escape(sentence)))

    async def _post(self, message: discord.Message, question: str, where: Where) -> None:
        incoming, reply = self.incoming(message, question, where), partial(self._reply, message, question)
        if incoming.silent_below:
            await self._search(incoming, reply)
            return
        async with typing(self._client, message.channel.id):
            await self._search(incoming, reply)

    async def _search(self, incoming: IncomingQuestion, post: Post) -> bool:
        """Answer a question; return whether anything was said. What cannot be asked is told who put it to the bot."""
        try:
            return await self._desk.answer(incoming, post)
        except QuestionInvalid:
            if not incoming.silent_below:
                raise
            return False

    async def _reply(
        self,
        message: discord.Message,
        question: str,
        page: Outgoing,
        collection: Collection,
        view: View | None,
        is_current: IsCurrent,
    ) -> Sent:
        """Reply to a question, or to the message that says it again where it was deleted for that."""
        try:
            return await _reply(message.reply, message.id, page, collection, view, is_current)
        except discord.HTTPException as error:
            proxy = self._messages.proxies.of(message.id, message.channel.id, question) if is_gone(error) else None
            if proxy is None:
                raise
            reference = discord.MessageReference(message_id=proxy, channel_id=message.channel.id)
            send_reply = partial(message.channel.send, reference=reference)
            return await _reply(send_reply, message.id, page, collection, view, is_current)

    def incoming(self, message: discord.Message, question: str, where: Where) -> IncomingQuestion:
        """Return a message's question with how it is to be answered."""
        detector = self._detector
        return IncomingQuestion(
            question,
            where,
            message.id,
            message.reference.message_id if message.reference and detector.is_reply(message) else None,
            silent_below=0.0 if detector.is_prompted(message) else self._reception.silent_below(where),
            is_post=detector.is_post(message),
            is_own=detector.is_own(message),
            language=self.language(where.guild),
        )

    def language(self, guild: int | None) -> Language:
        """Return the language of answers to messages in a server; English in direct messages, which name none."""
        return guild_language(self._client.get_guild(guild) if guild is not None else None)


def _is_machine(message: discord.Message) -> bool:
    return message.author.bot or message.webhook_id is not None


async def _reply(
    carry: Carry,
    nonce: int | str,
    page: Outgoing,
    collection: Collection,
    view: View | None,
    is_current: IsCurrent,
) -> Sent:
    # With the same nonce Discord takes a message only once, however often it is sent.
    options: dict[str, Any] = {"mention_author": False, "suppress_embeds": True, "nonce": nonce}
    if view is not None:
        options["view"] = view
    return await send(carry, page, collection, is_current=is_current, **options)
