"""Posts in help forums that are solved: tagged and closed by who asked, or by a moderator."""

from __future__ import annotations

from typing import Any

import discord

from bot.chat_log.store import PostedAnswer
from bot.discord.client import QuothClient
from bot.discord.errors import Refused
from bot.discord.locales import reply_language
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.proof import Outgoing
from bot.languages.catalogue import Message

Interaction = discord.Interaction[Any]

MOST_TAGS = 5  # that Discord lets a post have
NOT_YOURS = Message("Only the person who asked or a moderator (Manage Threads) can mark this as solved.")
CLOSED = Message("This post is closed already.")
NOT_A_POST = Message("Only posts in forums can be marked as solved.")
MAY_NOT = Message("I may not close posts here. A moderator can, or can give me the permission Manage Threads.")


async def solve(client: QuothClient, interaction: Interaction, posted: PostedAnswer) -> None:
    """Give the post that an answer stands in the forum's tag for solved ones, if there is one, and close it."""
    thread = await client.fetch_channel(posted.channel)
    if not isinstance(thread, discord.Thread) or not isinstance(thread.parent, discord.ForumChannel):
        raise Refused(NOT_A_POST)
    moderates = interaction.permissions.manage_threads or interaction.permissions.manage_messages
    if interaction.user.id not in (posted.asker, thread.owner_id) and not moderates:
        raise Refused(NOT_YOURS)
    if thread.archived:
        raise Refused(CLOSED)
    name = client.servers.of(posted.guild).solved_tag
    tag = next((tag for tag in thread.parent.available_tags if tag.name.casefold() == name.casefold()), None)
    tags = [other for other in thread.applied_tags if other != tag]
    if tag is not None:
        tags = [*tags[: MOST_TAGS - 1], tag]
    try:
        reason = f"solved, says the user {interaction.user.id}"
        applied = [other.id for other in tags]
        await client.http.edit_channel(thread.id, archived=True, applied_tags=applied, reason=reason)
    except discord.Forbidden:
        raise Refused(MAY_NOT) from None
    language = reply_language(interaction, private=True)
    marked = language.text("Closed as solved. Whoever writes here opens it again.")
    if tag is not None:
        name = escape(tag.name)
        marked = language.text("Marked as “{tag}” and closed. Whoever writes here opens it again.", tag=name)
    await client.say(interaction, Outgoing(marked))
