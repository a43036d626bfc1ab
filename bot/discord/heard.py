"""How far the bot has heard: the newest message of each connection, from which a later session looks for more."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial

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
        self._count = 1

    async def load(self, shards: Iterable[int], count: int) -> None:
        """Take what former runs heard over these connections of so many; if there were more, the newest for each."""
        self._count = count
        try:
            stored = _parsed(await self._state.get(NAME))
        except (QuothError, ValueError, TypeError, AttributeError) as error:
            log.error("what was asked while the bot was away is not known: %s", error)
            return
        if stored:
            known = stored if max(stored) < count else {}
            self._newest = {shard: known.get(shard, max(stored.values())) for shard in shards}

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
            await self._state.change(NAME, partial(_with, newest, self._count))
            self._kept = newest
        except QuothError as error:
            log.error("how far the bot has heard could not be recorded: %s", error)

    async def keep_on(self) -> None:
        """Keep it now and then, without end."""
        while True:
            await asyncio.sleep(KEPT_EVERY)
            await self.keep()


def _parsed(stored: str | None) -> dict[int, int]:
    """Return what is kept by connection; raises what damage makes it raise."""
    return {int(shard): int(id_) for shard, id_ in json.loads(stored or "{}").items()}


def _with(newest: Mapping[int, int], count: int, stored: str | None) -> str:
    """Return what is to be kept, also for connections of other processes."""
    try:
        others = {shard: id_ for shard, id_ in _parsed(stored).items() if shard < count}
    except (ValueError, TypeError, AttributeError):
        others = {}
    return json.dumps({**others, **{shard: max(id_, others.get(shard, 0)) for shard, id_ in newest.items()}})
