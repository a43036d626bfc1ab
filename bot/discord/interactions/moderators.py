"""What only the moderators of a server may do, checked again: its settings may show commands to others."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.answering.collection import Collection
from bot.discord.client import QuothClient
from bot.discord.errors import Refused
from bot.languages.catalogue import Message

Interaction = discord.Interaction[Any]

OWNERS_ONLY = Message("Only the owners of these articles can change them, or have them read again.")
MANAGERS_ONLY = Message("Only members with the Manage Server permission can use this.")
NOT_KNOWN = Message("I do not know this server yet. Please try again in a moment.")


def moderators_group(name: str, description: str) -> app_commands.Group:
    """Return a group of commands that are for the moderators of servers, and nowhere else."""
    return app_commands.Group(
        name=name,
        description=description,
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
    )


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


def require_owner(client: QuothClient, interaction: Interaction, collection: Collection) -> None:
    """Raise Refused for all but the collection's owners: others' servers may be answered from it, too."""
    guild = interaction.guild_id
    is_own = guild is not None and client.desk.corpora.is_own(guild, collection)
    if interaction.user.id in (client.rules.owners or _owners(client.application)):
        return
    if not (is_own and interaction.permissions.manage_guild):
        raise Refused(OWNERS_ONLY)


def _owners(application: discord.AppInfo | None) -> frozenset[int]:
    """Return the application's owner, or the members of the team that owns it."""
    if application is None:
        return frozenset()
    return frozenset(user.id for user in (application.team.members if application.team else [application.owner]))
