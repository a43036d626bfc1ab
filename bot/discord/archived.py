"""Messages in threads that are archived: nothing there can be edited until the thread is opened again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import discord

from bot.discord.errors import ARCHIVED
from bot.discord.repetition import FAILURES

T = TypeVar("T")


async def reopening(client: discord.Client, channel: int, work: Callable[[], Awaitable[T]]) -> T:
    """Do the work on a message; where its thread is archived, open it for that and archive it again.

    Raises what the work raises, also where the thread is locked.
    """
    try:
        return await work()
    except discord.HTTPException as error:
        if error.code != ARCHIVED:
            raise
        archived = error
    try:
        await client.http.edit_channel(channel, archived=False)
    except discord.Forbidden:
        raise archived from None
    try:
        return await work()
    finally:
        with suppress(*FAILURES):
            await client.http.edit_channel(channel, archived=True)
