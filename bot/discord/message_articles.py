"""What somebody gives the articles from Discord: a file, or a message with its text or its file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import discord

from bot.answering.contributed import safe_name
from bot.discord.errors import Refused
from bot.discord.message_words import words_of
from bot.formats.visible import short
from bot.languages.catalogue import Message

MOST_BYTES = 8 * 2**20
LONGEST_TITLE = 80  # characters
NO_READER = Message("I can read files that end in .txt, .md, .markdown, .mdx, .html, .htm, .pdf or .jsonl.")
TOO_LARGE = Message("That file is too large: I take at most 8 MB.")
NO_LINK = Message("That is no link to a message of this server. Choose “Copy Message Link” on one.")
NO_MESSAGE = Message("I cannot see that message, or you cannot.")
NO_WORDS = Message("I cannot read any words in that message. Give me its text as a file instead.")
GONE = Message("Discord does not give me that file any more.")

_LINK = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/channels/(\d{1,20})/(\d{1,20})/(\d{1,20})/?")


@dataclass(frozen=True, slots=True)
class Upload:
    """An article to be."""

    name: str
    """A file's name as somebody chose it."""
    data: bytes
    url: str = ""
    """Of the message that it is, or that carried it."""


async def upload_of(file: discord.Attachment, url: str = "") -> Upload:
    """Return a file; one that is too large, or that no reader knows, is not fetched. Raises Refused."""
    try:
        safe_name(file.filename)
    except ValueError:
        raise Refused(NO_READER) from None
    if file.size > MOST_BYTES:
        raise Refused(TOO_LARGE)
    try:
        data = await file.read()
    except discord.NotFound:
        raise Refused(GONE) from None
    if len(data) > MOST_BYTES:
        raise Refused(TOO_LARGE)
    return Upload(file.filename, data, url)


async def upload_of_message(guild: discord.Guild, user: discord.User | discord.Member, link: str) -> Upload:
    """Return what a message of this server says, or else its file; raises Refused where the user cannot see it."""
    matched = _LINK.fullmatch(link.strip().strip("<>"))
    if matched is None or int(matched[1]) != guild.id:
        raise Refused(NO_LINK)
    channel = guild.get_channel_or_thread(int(matched[2]))
    if not isinstance(channel, discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread):
        raise Refused(NO_MESSAGE)
    if not _may_read(channel, user):
        raise Refused(NO_MESSAGE)
    try:
        message = await channel.fetch_message(int(matched[3]))
    except (discord.NotFound, discord.Forbidden):
        raise Refused(NO_MESSAGE) from None
    words = words_of(message)
    if words:
        name = f"{message.created_at:%Y-%m-%d}-{channel.name}-{message.author.name}.md"
        return Upload(name, _written(message, channel.name, words).encode(), message.jump_url)
    if len(message.attachments) != 1:
        raise Refused(NO_WORDS)
    return await upload_of(message.attachments[0], message.jump_url)


def _may_read(channel: discord.abc.GuildChannel | discord.Thread, user: discord.User | discord.Member) -> bool:
    """Return whether a member sees a channel's former messages; of a private thread that is not known."""
    if not isinstance(user, discord.Member):
        return False
    permissions = channel.permissions_for(user)
    is_hidden = isinstance(channel, discord.Thread) and channel.is_private() and not permissions.manage_threads
    return permissions.view_channel and permissions.read_message_history and not is_hidden


def _written(message: discord.Message, channel: str, words: str) -> str:
    """Return a message as an article in Markdown: its text as it is, below what it is."""
    facts = {
        "title": short(words.strip().split("\n")[0], LONGEST_TITLE),
        "source": f"{message.author.display_name} in #{channel}",
        "url": message.jump_url,
        "published": f"{message.created_at:%Y-%m-%d}",
    }
    head = "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in facts.items())
    return f"---\n{head}---\n\n{words}\n"
