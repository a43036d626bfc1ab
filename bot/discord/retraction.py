"""Questions that were deleted, edited or forgotten go from the answers to later questions that repeat their words."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial

import aiohttp
import discord

from bot.chat_log.store import PostedAnswer
from bot.discord.answering import Desk
from bot.discord.archived import reopening
from bot.discord.errors import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE
from bot.discord.gateway import SteadyClient
from bot.discord.outgoing.proof import Unproved
from bot.discord.outgoing.sending import retract_context
from bot.discord.repetition import may_pass
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

LOOK_EVERY = 60.0
"""Seconds between two looks: some could not be edited yet, and other processes forget questions, too."""


class Retraction:
    """Edits the messages that the store calls stale, until the client is closed.

    The store keeps them over a restart, until each is edited or is known to be gone. Those that the bot may not read or
    edit are tried again after a restart.
    """

    def __init__(self, client: SteadyClient, desk: Desk) -> None:
        self._client, self._desk, self._store = client, desk, desk.store
        self.task: asyncio.Task[None] | None = None
        """What edits the messages; None before `start`."""
        self._refused: set[int] = set()
        """Numbers of answers in messages that the bot may not read or edit."""

    def start(self) -> None:
        """Edit messages from now on, those that became stale while the bot was away first; once logged in."""
        self.task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop; an edit that is under way is given up, and made after the next start."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._store.has_stale.clear()
            try:
                await self._retract_all()
            except QuothError as error:
                log.error("which answers repeat forgotten questions is not known: %s", error)
            except Exception:
                if self._client.is_closed():
                    return
                log.exception("answers that repeat forgotten questions could not be edited")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._store.has_stale.wait(), LOOK_EVERY)

    async def _retract_all(self) -> None:
        """Edit what is stale."""
        for answer in await self._store.stale_answers():
            if self._client.hears(answer.guild) and answer.id not in self._refused:
                await self._retract(answer)

    async def _retract(self, answer: PostedAnswer) -> None:
        """Edit one message, unless that has to wait."""
        assert answer.id is not None
        assert answer.message is not None
        async with self._desk.posting(answer.id):
            try:
                channel = self._client.get_partial_messageable(answer.channel, guild_id=answer.guild)
                message = await channel.fetch_message(answer.message)
                await reopening(self._client, answer.channel, partial(retract_context, message))
            except (discord.HTTPException, aiohttp.ClientError, OSError, Unproved) as error:
                log.info("the answer in message %s could not be edited: %s", answer.message, error)
                if getattr(error, "code", None) not in (UNKNOWN_CHANNEL, UNKNOWN_MESSAGE):
                    if not may_pass(error):
                        self._refused.add(answer.id)
                    return
            await self._store.mark_fresh(answer.id)
