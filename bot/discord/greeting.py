"""The few words that the bot says once in a server that it was invited to."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import discord

from bot.chat_log.state import State
from bot.discord.gateway import SteadyClient
from bot.discord.locales import guild_language
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import send
from bot.discord.reception import Reception
from bot.discord.repetition import FAILURES, reason
from bot.languages.catalogue import ENGLISH, Language, Message
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

NAME = "greeted"
HELLO = Message(
    "Hello! Ask me a question, and I answer with quotes from the articles that I know, word for word and with their "
    "sources, or say that they have no answer. Mention me with it ({mention} When …?), or use `/ask`. `/help` says "
    "what else I can do, and `/sources` lists the articles."
)


class Greeting:
    """Greets a server in its system channel, or else its owner; whom it greeted is kept until the bot leaves."""

    def __init__(self, client: SteadyClient, reception: Reception, state: State) -> None:
        self._client, self._reception, self._state = client, reception, state
        self._greeted: set[int] = set()

    async def load(self) -> None:
        """Take which servers former runs have greeted."""
        try:
            self._greeted = set(_parsed(await self._state.get(NAME)))
        except QuothError as error:
            log.error("which servers were greeted is not known: %s", error)

    async def greet(self, guild: discord.Guild) -> None:
        """Say what the bot does, once, in a server where it answers somewhere."""
        serves = any(self._reception.serves(guild.id, channel) for channel in guild.text_channels)
        if guild.id in self._greeted or not serves or self._client.user is None:
            return
        if not await self._keep(guild.id):
            return  # another process has greeted it
        message = greeting(self._client.user.name, guild_language(guild))
        try:
            channel = self._open_channel(guild)
            if channel is not None:
                await send(channel.send, message, nonce=guild.id)
            elif guild.owner_id is not None:
                conversation = await self._client.create_dm(discord.Object(guild.owner_id))
                await send(conversation.send, message, nonce=guild.id)
        except FAILURES as error:
            log.info("server %d could not be greeted: %s", guild.id, reason(error))

    async def forget(self, guild: int) -> None:
        """Greet a server anew that the bot is invited to again."""
        if guild in self._greeted:
            self._greeted.discard(guild)
            await self._change(lambda greeted: greeted - {guild})

    async def forget_left(self) -> None:
        """Forget the servers that the bot is no longer in, once all that this process hears are listed."""
        for guild in self._greeted - {guild.id for guild in self._client.guilds}:
            if self._client.hears(guild):
                await self.forget(guild)

    def _open_channel(self, guild: discord.Guild) -> discord.TextChannel | None:
        """Return the system channel, where the bot may write and answers."""
        channel = guild.system_channel
        if channel is None or not self._reception.serves(guild.id, channel):
            return None
        allowed = channel.permissions_for(guild.me)
        return channel if allowed.view_channel and allowed.send_messages else None

    async def _keep(self, guild: int) -> bool:
        """Keep that a server was greeted; return false where another process has kept that already."""
        self._greeted.add(guild)
        return guild not in await self._change(lambda greeted: greeted | {guild})

    async def _change(self, change: Callable[[frozenset[int]], frozenset[int]]) -> frozenset[int]:
        """Change which servers are kept as greeted; return those that were before, as far as is known."""
        try:
            former = await self._state.change(NAME, lambda stored: json.dumps(sorted(change(_parsed(stored)))))
        except QuothError as error:
            log.error("which servers were greeted could not be recorded: %s", error)
            return frozenset()
        return _parsed(former)


def _parsed(stored: str | None) -> frozenset[int]:
    """Return the servers that are kept; none where that is damaged."""
    try:
        return frozenset(map(int, json.loads(stored or "[]")))
    except (ValueError, TypeError):
        return frozenset()


def greeting(name: str, language: Language = ENGLISH) -> Outgoing:
    """Return the words."""
    return Outgoing(language.text(HELLO, mention=escape(f"@{name}")))
