"""The tree that the bot's commands are added to."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from typing import Any

import discord
from discord import app_commands

from bot.chat_log.state import State
from bot.discord.locales import Translator
from bot.discord.repetition import FAILURES, may_pass, pauses, reason
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

IN_SERVERS = app_commands.AppInstallationType(guild=True, user=False)
ANYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)


class Tree(app_commands.CommandTree[Any]):
    """The bot's commands; an error that none of them handles is answered in one place."""

    def __init__(self, client: discord.Client) -> None:
        super().__init__(client, allowed_contexts=ANYWHERE, allowed_installs=IN_SERVERS)

    async def register(self, state: State) -> None:
        """Have Discord list the commands as they are now, unless it does; a failure is logged, and the bot goes on.

        What may pass is tried again.
        """
        await self.set_translator(Translator())
        name, digest = f"commands of {self.client.application_id}", await self._digest()
        try:
            if await state.get(name) == digest:
                return
            if await self._synced():
                await state.put(name, digest)
        except QuothError as error:
            log.error("whether the commands have changed is not known: %s", error)
            await self._synced()

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Answer an error that came from outside a command's own work."""

        async def fail() -> None:
            raise error.original if isinstance(error, app_commands.CommandInvokeError) else error

        if not interaction.response.is_done():
            await interaction.client.respond(interaction, fail, private=True)

    async def _digest(self) -> str:
        assert self.translator is not None
        commands = [await command.get_translated_payload(self, self.translator) for command in self.get_commands()]
        return hashlib.sha256(json.dumps(commands, sort_keys=True).encode()).hexdigest()

    async def _synced(self) -> bool:
        """Register the commands, again until it succeeds or cannot; return whether it did."""
        for pause in pauses():
            try:
                await self.sync()
                return True
            except FAILURES as error:
                if not may_pass(error):
                    log.error("the commands could not be registered, those of before remain: %s", reason(error))
                    return False
                log.warning("the commands could not be registered (%s), trying again in %.0f s", reason(error), pause)
            await asyncio.sleep(pause)
        return False
