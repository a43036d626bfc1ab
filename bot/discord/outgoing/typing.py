"""The sign that an answer is on its way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import discord

from bot.discord.repetition import FAILURES

log = logging.getLogger(__name__)

EVERY = 8.0  # seconds; Discord shows the sign for ten


@asynccontextmanager
async def typing(client: discord.Client, channel: int) -> AsyncIterator[None]:
    """Show it for as long as the work within takes. Nothing waits for it, and whether it works is of no account."""
    task = asyncio.create_task(_keep_on(client, channel))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_on(client: discord.Client, channel: int) -> None:
    while True:
        try:
            await client.http.send_typing(channel)
        except FAILURES as error:
            log.debug("it could not be shown: %s", error)
        await asyncio.sleep(EVERY)
