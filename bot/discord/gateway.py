"""discord.py pointed at an API's address, and made to outlive events that it cannot read."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import discord
import discord.client
import discord.shard
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket, WebSocketClosure
from discord.http import Route

from bot.discord.repetition import TOO_MANY_REQUESTS, CappedBackoff, reason
from retrieval.errors import InputInvalid, QuothError

log = logging.getLogger(__name__)

FIRST_TRIES = (1.0, 2.0, 4.0, 8.0)
"""Seconds after each try of the first connection: discord.py itself only repeats later ones."""
FIRST_WITHIN = 50.0  # seconds for all of them; discord.py gives up after 60

# What discord.py itself acts on: they end or renew the connection.
_ITS_OWN = (ReconnectWebSocket, WebSocketClosure, discord.DiscordException, aiohttp.ClientError, OSError)


class DiscordUnreachable(QuothError):
    """Discord's API cannot be reached."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"Discord cannot be reached at {address} ({why}): check the address and the network.")


class DiscordRefuses(QuothError):
    """Discord can be reached, and does not let the bot in."""

    def __init__(self, address: str, answer: str, remedy: str) -> None:
        super().__init__(f"Discord at {address} answers {answer}: {remedy}.")


CLOSED_FOR = {
    4008: ("the bot sent too much", "wait a minute, and start it again"),
    4010: ("the shard is unknown", "check shards and shard_ids below [discord]"),
    4011: ("the bot is in too many servers for its connections", "set shards below [discord] to 0, or to more"),
    4012: ("the API's version is out of use", "update quoth"),
    4013: ("the intents are unknown", "update quoth"),
}
"""Discord's codes for a connection that it ends for good: why, and what helps."""


def obstacle(error: BaseException, address: str) -> QuothError:
    """Return what keeps the bot from being let in, in one sentence that blames the network only for its own faults."""
    cause = error.__cause__ if isinstance(error, discord.GatewayNotFound) and error.__cause__ else error
    if isinstance(cause, discord.ConnectionClosed):
        why, remedy = CLOSED_FOR.get(cause.code, (cause.reason or "without a reason", "start it again in a while"))
        return DiscordRefuses(address, f"with the close code {cause.code} ({why})", remedy)
    status = getattr(cause, "status", None)
    if isinstance(status, int):
        passing = status >= 500 or status == TOO_MANY_REQUESTS
        remedy = "try again later, its faults are on discordstatus.com" if passing else "check the address and the bot"
        return DiscordRefuses(address, reason(cause), remedy)
    return DiscordUnreachable(address, reason(cause))


class SteadyClient(discord.AutoShardedClient):
    """A client with as many connections as Discord wants; it gives up where the first cannot be opened."""

    _launching: asyncio.Task[None] | None = None
    _obstacle: Exception | None = None

    def hears(self, guild: int | None) -> bool:
        """Return whether a server is one of this process', or all are; direct messages come with the first shard."""
        return self.shard_ids is None or ((guild or 0) >> 22) % (self.shard_count or 1) in self.shard_ids

    async def launch_shards(self) -> None:
        """Open the connections; raises what `give_up` is told, where discord.py itself would try for ever."""
        self._launching = asyncio.create_task(super().launch_shards())
        try:
            await self._launching
        except asyncio.CancelledError:
            raise self._obstacle or ConnectionAbortedError("the client was closed") from None

    def give_up(self, obstacle: Exception) -> None:
        """Open no more connections."""
        self._obstacle = obstacle
        if self._launching is not None:
            self._launching.cancel()

    async def close(self) -> None:
        """Close all connections, and open no more."""
        if self._launching is not None:
            self._launching.cancel()
        await super().close()


class SteadySocket(DiscordWebSocket):
    """A gateway connection that logs an event it cannot read and goes on with the next."""

    @classmethod
    async def from_client(cls, client: discord.Client, **params: Any) -> SteadySocket:
        """Connect; the first connection is tried more than once, then the client gives up."""
        if not (params.get("initial") and isinstance(client, SteadyClient)):
            return await super().from_client(client, **params)
        why: Exception = TimeoutError("no answer")
        try:
            async with asyncio.timeout(FIRST_WITHIN):
                for pause in FIRST_TRIES:
                    try:
                        return await super().from_client(client, **params)
                    except (OSError, aiohttp.ClientError) as error:
                        why = error
                        log.warning("the gateway cannot be used (%s), trying again in %.0f s", reason(error), pause)
                    await asyncio.sleep(pause)
        except TimeoutError:
            pass
        client.give_up(obstacle(why, str(cls.DEFAULT_GATEWAY)))
        never: asyncio.Future[SteadySocket] = asyncio.get_running_loop().create_future()
        return await never  # cancelled with the launch

    async def received_message(self, msg: Any, /) -> None:
        """Act on one message of the gateway."""
        try:
            await super().received_message(msg)
        except _ITS_OWN:
            raise
        except Exception as error:
            if isinstance(msg, bytes) and type(error).__module__ in ("zlib", "zstd", "zstandard.backend_c"):
                # The stream is broken from here on; a resumed session repeats what was lost.
                raise ReconnectWebSocket(self.shard_id) from error
            log.exception("a gateway event could not be read and is skipped")


def point_at(api_url: str) -> None:
    """Have every discord.py client of this process use this API. The gateway's address follows with `find_gateway`.

    Raises InputInvalid for what is no plain address; it is not repeated, since a password may be in it.
    """
    if not _is_plain(api_url):
        remedy = "write it as https://discord.com/api/v10, without a name, a password or a query"
        raise InputInvalid("The setting discord.api_url", "is no address of an API", remedy)
    Route.BASE = api_url.rstrip("/")
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # the bot does not speak
    for module in (discord.client, discord.shard):
        vars(module).update(DiscordWebSocket=SteadySocket, ExponentialBackoff=CappedBackoff)


def _is_plain(address: str) -> bool:
    """Return whether an address has a scheme, a host that can be looked up and a path, and nothing else."""
    try:
        parts = urlsplit(address)
        (parts.hostname or "").encode("idna")
        _ = parts.port
    except ValueError:
        return False
    is_whole = parts.scheme in ("http", "https") and bool(parts.hostname)
    return is_whole and not (parts.query or parts.fragment or "@" in parts.netloc)


async def find_gateway(client: SteadyClient) -> None:
    """Take the gateway's address from the API, and how many connections it wants, unless the settings say."""
    count, url, _ = await client.http.get_bot_gateway()
    client.shard_count = client.shard_count or count
    SteadySocket.DEFAULT_GATEWAY = yarl.URL(url)
