"""The tree that the bot's commands are added to."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

IN_SERVERS = app_commands.AppInstallationType(guild=True, user=False)
ANYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)


class Tree(app_commands.CommandTree[Any]):
    """The bot's commands; an error that none of them handles is answered in one place."""

    def __init__(self, client: discord.Client) -> None:
        super().__init__(client, allowed_contexts=ANYWHERE, allowed_installs=IN_SERVERS)

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Answer an error that came from outside a command's own work."""

        async def fail() -> None:
            raise error.original if isinstance(error, app_commands.CommandInvokeError) else error

        if not interaction.response.is_done():
            await interaction.client.respond(interaction, fail, private=True)
