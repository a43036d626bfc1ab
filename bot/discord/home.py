"""The one server that is answered where the settings name none: the first that the bot was invited to."""

from __future__ import annotations

import logging

import discord

from bot.chat_log.state import State
from bot.discord.reception import Reception
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

NAME = "first server"


class Home:
    """Finds the server and remembers it: whoever invites the bot later is not answered there."""

    def __init__(self, client: discord.Client, reception: Reception, state: State) -> None:
        self._client, self._reception, self._state = client, reception, state
        self._kept: int | None = None
        self._guild: int | None = None

    async def load(self) -> None:
        """Take the server of a former run."""
        if self._reception.takes_first_server:
            kept = await self._state.get(NAME)
            if kept:
                self._kept = int(kept)
                self._settle(self._kept)

    def look(self) -> None:
        """Take the server that the bot joined first of those that Discord has listed, unless there is one."""
        if self._guild is not None or not self._reception.takes_first_server:
            return
        joined = [(guild.me.joined_at, guild.id) for guild in self._client.guilds if guild.me and guild.me.joined_at]
        if joined:
            self._settle(min(joined)[1])

    async def keep(self) -> None:
        """Remember the server, once all are listed; one that the bot left while it was away is answered no more."""
        if self._guild is not None and self._client.get_guild(self._guild) is None:
            self._settle(None)
        self.look()
        if self._guild != self._kept:
            try:
                await self._state.put(NAME, str(self._guild or ""))
                self._kept = self._guild
            except QuothError as error:
                log.error("which server the bot was first invited to could not be recorded: %s", error)
        others = [guild.id for guild in self._client.guilds if guild.id != self._guild]
        if others and self._reception.takes_first_server:
            named = "servers below [discord] names none, and not all"
            log.warning("only server %s is answered, not %d others: %s", self._guild, len(others), named)

    async def leave(self, guild: int) -> None:
        """Take another server in the place of one that the bot is no longer in."""
        if guild == self._guild:
            self._settle(None)
            await self.keep()

    def _settle(self, guild: int | None) -> None:
        self._guild = guild
        self._reception.take_server(guild)
