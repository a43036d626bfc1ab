"""What only the moderators of a server may do, checked again: its settings may show commands to others."""

from __future__ import annotations

from typing import Any

import discord

from bot.discord.errors import Refused

Interaction = discord.Interaction[Any]

MANAGERS_ONLY = "Only members with the Manage Server permission can use this."
NOT_KNOWN = "I do not know this server yet. Please try again in a moment."


def require_manager(interaction: Interaction) -> None:
    """Raise Refused for anyone but those who manage the server."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise Refused(MANAGERS_ONLY)


def guild_of(interaction: Interaction) -> discord.Guild:
    """Return the server with its channels and roles; raises Refused until Discord has listed them."""
    guild: discord.Guild | None = interaction.client.get_guild(interaction.guild_id or 0)
    if guild is None:
        raise Refused(NOT_KNOWN)
    return guild
