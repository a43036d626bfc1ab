"""The state of the bot, for those who watch it."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime

from bot.answering.collection import Collection
from bot.discord.client import QuothClient
from bot.monitoring.vitals import BotState, ConnectionState, IndexState
from retrieval.errors import QuothError

WRITE_WITHIN = 2.0  # seconds
CHECKED = "last check"
"""The name under which the store keeps when it was last found writable."""


class ClientVitals:
    """Tells the state of a client, and of what it answers with."""

    def __init__(self, client: QuothClient) -> None:
        self._client = client

    def state(self) -> BotState:
        """Return the state at this moment."""
        client, corpora = self._client, self._client.desk.corpora
        return BotState(
            connections=tuple(
                ConnectionState(number, not shard.is_closed(), _finite(shard.latency))
                for number, shard in sorted(client.shards.items())
            ),
            indexes=tuple(index for collection in corpora if (index := _index(collection)) is not None),
            waiting=sum(collection.service.waiting for collection in corpora),
            is_ready=client.is_ready(),
            is_closing=client.closing,
        )

    async def store_fault(self) -> str | None:
        """Write to the database; return what is wrong, None where nothing is."""
        try:
            async with asyncio.timeout(WRITE_WITHIN):
                await self._client.desk.store.state.put(CHECKED, datetime.now(UTC).isoformat())
        except TimeoutError:
            return f"the database has not been writable for {WRITE_WITHIN:g} s"
        except QuothError as error:
            return str(error)
        return None


def _index(collection: Collection) -> IndexState | None:
    manifest = collection.service.manifest
    if manifest is None:
        return None
    return IndexState(collection.name, collection.service.fingerprint, datetime.fromisoformat(manifest.created))


def _finite(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) else None
