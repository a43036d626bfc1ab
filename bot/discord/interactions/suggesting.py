"""Choices that Discord suggests while an option is typed: few, short, and in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from bot.discord.errors import Refused
from retrieval.errors import QuothError

T = TypeVar("T")

SUGGESTED = 25  # choices that Discord shows
WITHIN = 2.0  # seconds, of the three that Discord waits
LONGEST_CHOICE = 100  # characters of a choice's name, and of its value


async def in_time(search: Awaitable[list[T]]) -> list[T]:
    """Return what a search finds; nothing where it takes too long, is refused or fails."""
    try:
        async with asyncio.timeout(WITHIN):
            return await search
    except (TimeoutError, QuothError, Refused):
        return []
