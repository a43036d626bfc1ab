"""Which language a message is in: its reader's own, or that of the server for what all may read."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from bot.languages.catalogue import ENGLISH, Language

Interaction = discord.Interaction[Any]

_NAMES = frozenset({Location.command_name, Location.group_name, Location.parameter_name})


def guild_language(guild: discord.Guild | None) -> Language:
    """Return the language of what all members read: only community servers have chosen theirs."""
    chosen = guild is not None and "COMMUNITY" in guild.features
    return Language.of(guild.preferred_locale) if guild is not None and chosen else ENGLISH


def reply_language(interaction: Interaction, *, private: bool) -> Language:
    """Return the language of the reply to an interaction: its user's own, unless others read it in a server."""
    if private or interaction.guild_id is None:
        return Language.of(interaction.locale)
    return guild_language(interaction.guild)


class Translator(app_commands.Translator):
    """Gives Discord the names and descriptions of the commands in every language that there is a catalogue of."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """Return the translation; None where there is none."""
        language, english = Language.of(locale), string.message
        # What menus are called is no word to be typed, and may have capitals and spaces.
        is_name = context.location in _NAMES and not isinstance(context.data, app_commands.ContextMenu)
        return (language.names if is_name else language.texts).get(english)
