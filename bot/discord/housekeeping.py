"""What the bot keeps no longer than it should: old answers, and all of servers that it has left."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from bot.discord.answering import Desk
from bot.discord.errors import MISSING_ACCESS, UNKNOWN_GUILD
from bot.discord.gateway import SteadyClient
from bot.discord.repetition import FAILURES, reason
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

EVERY = 24 * 3600.0  # seconds


class Housekeeping:
    """Removes what is kept for too long."""

    def __init__(self, client: SteadyClient, desk: Desk, retention_days: float) -> None:
        self._client, self._desk, self._retention_days = client, desk, retention_days

    async def keep_on(self) -> None:
        """Remove what has become too old, now and every day; without end."""
        while True:
            try:
                removed = await self._desk.store.prune(datetime.now(UTC) - timedelta(days=self._retention_days))
            except QuothError as error:
                log.error("what is too old could not be removed: %s", error)
            else:
                if removed:
                    log.info("%d answers and unanswered questions were older than they are kept", removed)
            await asyncio.sleep(EVERY)

    async def forget_left_servers(self) -> None:
        """Remove what is kept of servers that the bot was thrown out of while it was away."""
        try:
            for guild in await self._desk.store.guilds():
                if not self._client.hears(guild) or self._client.get_guild(guild) is not None:
                    continue
                if await self._is_left(guild):
                    await self._desk.remove_guild(guild)
        except QuothError as error:
            log.error("what is kept of servers that were left could not be removed: %s", error)

    async def _is_left(self, guild: int) -> bool:
        """Return whether the bot is a member no more, as Discord says itself."""
        try:
            await self._client.fetch_guild(guild, with_counts=False)
        except FAILURES as error:
            if getattr(error, "code", None) in (UNKNOWN_GUILD, MISSING_ACCESS):
                return True
            log.info("whether the bot is still in server %d is not known: %s", guild, reason(error))
        return False
