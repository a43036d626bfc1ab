"""The Discord messages behind questions and their answers: found, located, and taken one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar
from weakref import WeakValueDictionary

import discord

from bot.chat_log.inbox import WaitingQuestion
from bot.chat_log.notices import Notice
from bot.chat_log.store import PostedAnswer
from bot.discord.access import Where
from bot.discord.archived import reopening
from bot.discord.proxies import Proxies

T = TypeVar("T")


class QuestionMessages:
    """Asks Discord about messages, since the client remembers none."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self.proxies = Proxies()
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def lock(self, id_: int) -> asyncio.Lock:
        """Return the lock that keeps a question's answer, edit and deletion in order."""
        return self._locks.setdefault(id_, asyncio.Lock())

    def partial(self, posted: PostedAnswer | Notice, id_: int) -> discord.PartialMessage:
        """Return a message in the channel of an answer, without asking Discord for its contents."""
        return self._client.get_partial_messageable(posted.channel, guild_id=posted.guild).get_partial_message(id_)

    async def reopening(self, channel: int, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work on a message, whose thread is opened for that where it is archived."""
        return await reopening(self._client, channel, work)

    async def fetch(self, posted: PostedAnswer, id_: int) -> discord.Message:
        """Fetch a message in the channel of an answer; raises what Discord raises."""
        return await self.partial(posted, id_).fetch()

    async def fetch_whole(self, place: PostedAnswer | WaitingQuestion, id_: int) -> discord.Message:
        """Fetch a message with its channel, of which it knows only the id: a thread's title may be the question."""
        channel = self._client.get_partial_messageable(place.channel, guild_id=place.guild)
        message = await channel.fetch_message(id_)
        message.channel = await self._client.fetch_channel(message.channel.id)  # type: ignore[assignment]
        return message

    async def where(self, message: discord.Message) -> Where:
        """Return where a message was written, and by whom."""
        where = Where.of(message)
        if where.guild is not None and isinstance(message.channel, discord.PartialMessageable):
            # A thread that is not known yet: the channel it belongs to decides what it may be answered from.
            channel = await self._client.fetch_channel(message.channel.id)
            where = replace(where, parent=getattr(channel, "parent_id", None))
        return where

    async def roles(self, guild: int, user: int) -> frozenset[int]:
        """Fetch a member's roles, which a fetched message lacks; raises what Discord raises."""
        member = await self._client.http.get_member(guild, user)
        return frozenset((guild, *map(int, member["roles"])))
