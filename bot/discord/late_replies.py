"""Private replies to commands that took longer than Discord takes edits of them, fifteen minutes: sent directly."""

from __future__ import annotations

import logging
from typing import Any

import discord

from bot.answering.collection import Collection
from bot.discord.errors import CANNOT_WRITE_TO_USER, TOKEN_EXPIRED, is_gone
from bot.discord.locales import reply_language
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Outgoing, length
from bot.discord.outgoing.sending import edit, send
from bot.languages.catalogue import Message

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]

ABOUT = Message("-# The outcome of a command of yours in {channel}, which took long:")
ENDED = Message(
    "{user}, the command of yours that took so long has ended. I may not message you: `/articles list` and `/about` "
    "show the outcome."
)


async def answer(interaction: Interaction, message: Outgoing, collection: Collection | None = None) -> None:
    """Answer an interaction that was acknowledged privately, however long ago that was; raises what discord.py does."""
    try:
        await edit(interaction.edit_original_response, message, collection)
    except discord.HTTPException as error:
        if error.code != TOKEN_EXPIRED:
            raise
        await _send(interaction, message, collection)


async def _send(interaction: Interaction, message: Outgoing, collection: Collection | None) -> None:
    """Send a reply to the user alone; where they take no messages, say no more in the channel than that it ended."""
    try:
        await send(interaction.user.send, _headed(interaction, message), collection, suppress_embeds=True)
    except discord.HTTPException as error:
        if error.code != CANNOT_WRITE_TO_USER:
            raise
        await _announce(interaction)


def _headed(interaction: Interaction, message: Outgoing) -> Outgoing:
    """Return a message below a line that says what it answers, where it has room for that."""
    about = reply_language(interaction, private=True).text(ABOUT, channel=f"<#{interaction.channel_id}>")
    content = f"{about}\n{message.content}"
    if message.parts or length(content) > LONGEST_MESSAGE:
        return message
    return Outgoing(content, message.claims, message.files)


async def _announce(interaction: Interaction) -> None:
    """Say to a user, where they used a command, that it has ended; nobody is pinged."""
    if not isinstance(interaction.channel, discord.abc.Messageable):
        return
    text = reply_language(interaction, private=False).text(ENDED, user=interaction.user.mention)
    try:
        await send(interaction.channel.send, Outgoing(text))
    except discord.HTTPException as error:
        if not is_gone(error):
            raise
        log.info("nobody is there to be told that a command has ended: %s", error)
