"""Signs of life of this process, by which others that share its database know what is being worked on."""

from __future__ import annotations

import asyncio
import logging

from bot.chat_log.claims import Claims
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

EVERY = 5.0  # seconds


class Presence:
    """Says that this process lives, until it leaves."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims

    async def keep_on(self) -> None:
        """Say so now, and every few seconds from then on, without end."""
        is_known = True
        while True:
            try:
                await self._claims.renew()
                is_known = True
            except QuothError as error:
                if is_known:  # a database may be away for hours
                    log.error("others do not know that this bot runs, and may answer what it answers: %s", error)
                is_known = False
            await asyncio.sleep(EVERY)

    async def end(self) -> None:
        """Leave what was not finished to others."""
        try:
            await self._claims.leave()
        except QuothError as error:
            log.error("what was not finished waits a while: %s", error)
