"""Interactions acknowledged in time: Discord waits three seconds."""

from __future__ import annotations

import asyncio
from typing import Any

import discord

from bot.discord.errors import ACKNOWLEDGED
from bot.discord.outgoing.sending import persistently

AT_ONCE, TRIED_FOR = (0.0, 0.2), 0.7  # seconds


async def acknowledge(interaction: discord.Interaction[Any], *, private: bool) -> None:
    """Acknowledge a command to Discord before its answer; a failed attempt is repeated at once."""

    async def attempt() -> None:
        try:
            # discord.py itself waits a second and more before it repeats what failed.
            async with asyncio.timeout(TRIED_FOR):
                await interaction.response.defer(ephemeral=private, thinking=True)
        except discord.HTTPException as error:
            if error.code != ACKNOWLEDGED:
                raise

    await persistently(attempt, AT_ONCE)
