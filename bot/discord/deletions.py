"""Questions that were deleted, and answers that are withdrawn with them."""

from __future__ import annotations

import logging

import aiohttp
import discord

from bot.chat_log.notices import Notice
from bot.chat_log.store import PostedAnswer
from bot.discord.answering import Desk
from bot.discord.errors import is_gone
from bot.discord.question_messages import QuestionMessages

log = logging.getLogger(__name__)


class Deletions:
    """Forgets what was deleted."""

    def __init__(self, desk: Desk, messages: QuestionMessages) -> None:
        self._desk, self._messages = desk, messages

    async def handle(self, id_: int) -> None:
        """Forget a question whose message was deleted, or a command's with the answer that repeated it."""
        self._desk.deleted.add(id_)
        async with self._messages.lock(id_):
            await self.remove_notice(id_)
            posted = await self._desk.store.answer_for_question(id_)
            if posted is not None:
                proxy = self._messages.proxies.of(id_, posted.channel, posted.question)
                if proxy is not None and posted.id is not None:
                    await self._desk.store.rebind(posted.id, proxy)
                else:
                    await self.withdraw(posted)
                return
            posted = await self._desk.store.answer_for_message(id_)
            if posted is not None and posted.question_message is None:
                await self._desk.remove(posted)

    async def remove_notice(self, id_: int) -> None:
        """Remove what was said to a message in place of an answer."""
        notice = await self._desk.store.notices.take(id_)
        if notice is not None:
            await self.delete(notice, notice.message)

    async def withdraw(self, posted: PostedAnswer) -> None:
        """Forget a question that is no longer there, then remove its answer."""
        await self._desk.remove(posted)
        if posted.message is not None:
            await self.delete(posted, posted.message)

    async def delete(self, place: PostedAnswer | Notice, id_: int) -> None:
        """Delete a message of the bot's in the channel of an answer, if it is there."""
        try:
            await self._messages.partial(place, id_).delete()
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            if not is_gone(error):
                log.error("message %s could not be removed: %s", id_, error)
