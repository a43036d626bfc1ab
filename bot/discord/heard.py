"""How far the bot has heard: the newest message of each connection, from which a later session looks for more."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime

import discord

from bot.chat_log.state import State
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

NAME = "heard"
KEPT_EVERY = 5.0  # seconds


class Heard:
    """Ids of the newest messages, which rise with time; kept in the store now and then."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._newest: dict[int, int] = {}
        self._kept: dict[int, int] = {}

    async def load(self, shards: int) -> None:
        """Take what a former run heard over as many connections; with another number, the newest counts for each."""
        try:
            kept = json.loads(await self._state.get(NAME) or "{}")
            newest = {int(shard): int(id_) for shard, id_ in kept.items()}
        except (QuothError, ValueError, TypeError, AttributeError) as error:
            log.error("what was asked while the bot was away is not known: %s", error)
            return
        if newest and set(newest) != set(range(shards)):
            newest = dict.fromkeys(range(shards), max(newest.values()))
        self._newest = newest

    def note(self, shard: int, id_: int) -> None:
        """Note a message that was heard."""
        self._newest[shard] = max(id_, self._newest.get(shard, 0))

    def begin(self, shard: int) -> int:
        """Return up to where a connection heard before; a first one has nothing to look for."""
        return self._newest.setdefault(shard, discord.utils.time_snowflake(datetime.now(UTC)))

    async def keep(self) -> None:
        """Keep what was heard for a later run."""
        if self._newest == self._kept:
            return
        newest = dict(self._newest)
        try:
            await self._state.put(NAME, json.dumps(newest))
            self._kept = newest
        except QuothError as error:
            log.error("how far the bot has heard could not be recorded: %s", error)

    async def keep_on(self) -> None:
        """Keep it now and then, without end."""
        while True:
            await asyncio.sleep(KEPT_EVERY)
            await self.keep()
