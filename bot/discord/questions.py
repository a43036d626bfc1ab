"""Messages that ask the bot something, each answered in a reply."""

from __future__ import annotations

from functools import partial
from typing import Any

import discord
from discord.ui import View

from bot.answering.collection import Collection
from bot.discord.access import Where
from bot.discord.answering import Desk, IsCurrent
from bot.discord.history import IncomingQuestion
from bot.discord.memory import RecentIds
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import Sent, send
from bot.discord.outgoing.typing import typing
from bot.discord.question_messages import QuestionMessages
from bot.discord.reception import Reception, tell
from bot.discord.triggers import QuestionDetector


class Questions:
    """Tells which new messages ask something, and answers them."""

    def __init__(
        self,
        client: discord.Client,
        desk: Desk,
        reception: Reception,
        detector: QuestionDetector,
        messages: QuestionMessages,
    ) -> None:
        self._client, self._desk, self._reception = client, desk, reception
        self._detector, self._messages = detector, messages
        self._handled = RecentIds()
        """Messages that are handled: a resumed session repeats some."""

    async def handle(self, message: discord.Message) -> None:
        """Answer a message that asks; errors are told in a reply to it."""
        if message.author.bot or message.webhook_id is not None or self._handled.has(message.id):
            return
        question = self._detector.question(message)
        if question is None:
            return
        async with self._messages.lock(message.id):
            with self._reception.at_work():
                try:
                    await self._meet(message, question)
                except Exception as error:  # noqa: BLE001 - answered, and logged where it is not expected
                    await tell(error, partial(send, message.reply, mention_author=False, nonce=message.id))

    async def _meet(self, message: discord.Message, question: str) -> None:
        """Let a question in and answer it; one with no words gets advice."""
        where = await self._messages.where(message)
        if self._reception.refusal(where) or await self._desk.is_answered(message.id):
            return
        self._reception.check_open()
        if not question:
            advice = Outgoing(self._detector.advice(message))
            await send(message.reply, advice, mention_author=False, nonce=message.id)
            return
        self._reception.check_pace(where.user)
        async with typing(self._client, message.channel.id):
            await self._desk.answer(self._incoming(message, question, where), partial(_reply, message))

    def _incoming(self, message: discord.Message, question: str, where: Where) -> IncomingQuestion:
        replied_to = message.reference.message_id if message.reference and self._detector.is_reply(message) else None
        return IncomingQuestion(question, where, message.id, replied_to, is_own=self._detector.is_own(message))


async def _reply(
    message: discord.Message, page: Outgoing, collection: Collection, view: View | None, is_current: IsCurrent
) -> Sent:
    # With the same nonce Discord takes a message only once, however often it is sent.
    options: dict[str, Any] = {"mention_author": False, "suppress_embeds": True, "nonce": message.id}
    if view is not None:
        options["view"] = view
    return await send(message.reply, page, collection, is_current=is_current, **options)
