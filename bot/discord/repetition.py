"""How long to wait before what failed is tried again, and which failures may pass."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import aiohttp
import discord
from discord.backoff import ExponentialBackoff

LONGEST = 60.0  # seconds
TOO_MANY_REQUESTS = 429
LATER = frozenset({30046})
"""Discord's codes for what may be done, but not now: older messages are edited only so often."""
FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError, asyncio.TimeoutError)
"""What a request to Discord may raise."""


class CappedBackoff(ExponentialBackoff[bool]):
    """discord.py's pauses between connections, which grow to 17 minutes, kept below a minute."""

    def delay(self) -> float:
        """Return the seconds to wait."""
        return min(super().delay(), LONGEST)


def pauses(first: float = 1.0) -> Iterator[float]:
    """Yield seconds that double up to a minute, without end."""
    pause = first
    while True:
        yield pause
        pause = min(2 * pause, LONGEST)


def may_pass(error: BaseException) -> bool:
    """Return whether a request that failed may succeed in a while."""
    if isinstance(error, discord.HTTPException):
        return error.status >= 500 or error.status == TOO_MANY_REQUESTS or error.code in LATER
    return isinstance(error, aiohttp.ClientError | ConnectionError | TimeoutError)


def reason(error: BaseException) -> str:
    """Return why a request failed, in a few words of Discord's own; without the pages that its proxies send."""
    if isinstance(error, discord.HTTPException):
        text = "" if error.text.lstrip().startswith("<") else f": {error.text}" if error.text else ""
        return f"{error.status} {getattr(error.response, 'reason', '') or ''}{text}".strip()
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{error.status} {error.message}".strip()
    return str(error) or type(error).__name__
