"""What somebody gives the articles from Discord: a file, or a message with its text and its files."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import discord

from bot.answering.contributed import Upload
from bot.answering.file_names import safe_name
from bot.discord.errors import Refused
from bot.discord.message_words import words_of
from bot.discord.outgoing.markdown import escape
from bot.discord.wording import Namer, namer, with_names
from bot.formats.visible import one_line, short
from bot.languages.catalogue import Message
from retrieval.readable import readable

MEGABYTE = 2**20
MARKDOWN = "message.md"
"""A name that is read as messages are written."""
LONGEST_TITLE = 80  # characters
LONGEST_NAME = 80  # characters of a file's name that is repeated
NO_READER = Message(
    "I did not add {file}: I do not read files of that kind. Give me one with text, such as .txt, .md, .html or .pdf."
)
TOO_LARGE = Message("I did not add {file}: it is too large, I take at most {most} MB.")
GONE = Message("I did not add {file}: Discord does not give it to me any more.")
NO_LINK = Message("That is no link to a message of this server. Choose “Copy Message Link” on one.")
NO_MESSAGE = Message("I cannot see that message, or you cannot.")
NO_WORDS = Message("I cannot read any words in that message. Give me its text as a file instead.")
OWN_MESSAGE = Message("That is my own message: add the article that it quotes instead.")
SPOILERS = Message("That message hides something as a spoiler, which I would quote openly: give me its text as a file.")

_LINK = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/channels/(\d{1,20})/(\d{1,20})/(\d{1,20})/?")
_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_FENCE = re.compile(r"\s*```[\w+#-]*\s*")
_LAID_OUT = re.compile(r"^(?:\s*(?:>{1,3}|#{1,3}|-#|[-*+]|\d{1,2}[.)])\s+)+")
"""What makes a line a quote, a heading, subtext or an item of a list."""
_SPOILER = re.compile(r"(?<!\\)\|\|.+?\|\|", re.DOTALL)
_NO_CHARACTERS = {0xFFFE: None, 0xFFFF: None}
"""What YAML cannot hold, of what `one_line` leaves as it is."""

Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


@dataclass(frozen=True, slots=True)
class Collected:
    """What is to be articles."""

    uploads: tuple[Upload, ...] = ()
    refusals: tuple[Refused, ...] = ()
    """About the files that are left out."""


async def collect(*files: discord.Attachment, most: int, url: str = "") -> Collected:
    """Return files; of those that have more megabytes than `most`, or that no reader knows, nothing is fetched."""
    uploads, refusals = list[Upload](), list[Refused]()
    for file in files:
        try:
            uploads.append(await _upload_of(file, most, url))
        except Refused as refused:
            refusals.append(refused)
    return Collected(tuple(uploads), tuple(refusals))


async def collect_message(
    guild: discord.Guild, user: discord.User | discord.Member, link: str, *, most: int
) -> Collected:
    """Return what a message of this server says, and its files; raises Refused where the user cannot see it."""
    matched = _LINK.fullmatch(link.strip().strip("<>"))
    if matched is None or int(matched[1]) != guild.id:
        raise Refused(NO_LINK)
    channel = await _channel(guild, user, int(matched[2]))
    try:
        message = await channel.fetch_message(int(matched[3]))
    except (discord.NotFound, discord.Forbidden):
        raise Refused(NO_MESSAGE) from None
    if message.author.id == guild.me.id:
        raise Refused(OWN_MESSAGE)
    forwarded = [file for snapshot in message.message_snapshots for file in snapshot.attachments]
    attachments, words = [*message.attachments, *forwarded], words_of(message)
    if any(file.is_spoiler() for file in attachments) or _hides_words(words):
        raise Refused(SPOILERS)
    collected = await collect(*attachments, most=most, url=message.jump_url)
    words = with_names(words, _namer(message, guild, user))
    if not words and collected == Collected():
        raise Refused(NO_WORDS)
    text = (_text_of(message, channel.name, words),) if words else ()
    return Collected((*text, *collected.uploads), collected.refusals)


def _namer(message: discord.Message, guild: discord.Guild, user: discord.User | discord.Member) -> Namer:
    """Return what knows the names that a message shows to a member, without those of channels hidden from them."""
    known = namer(message.mentions, guild)

    def name_of(mention: str) -> str:
        if mention.startswith("<#"):
            channel = guild.get_channel_or_thread(int(mention[2:-1]))
            is_private = isinstance(channel, discord.Thread) and channel.is_private()
            if channel is None or is_private or not _permissions(channel, user).view_channel:
                return ""
        return one_line(known(mention))

    return name_of


def _hides_words(words: str) -> bool:
    """Return whether a text has a spoiler; bars within code are none."""
    return _SPOILER.search(_CODE.sub("code", words)) is not None


async def _upload_of(file: discord.Attachment, most: int, url: str) -> Upload:
    name = escape(short(file.filename, LONGEST_NAME))
    try:
        safe_name(file.filename)
    except ValueError:
        raise Refused(NO_READER, file=name) from None
    if file.size > most * MEGABYTE:
        raise Refused(TOO_LARGE, file=name, most=most)
    try:
        data = await file.read()
    except (discord.NotFound, discord.Forbidden):
        raise Refused(GONE, file=name) from None
    if len(data) > most * MEGABYTE:
        raise Refused(TOO_LARGE, file=name, most=most)
    return Upload(file.filename, data, url)


async def _channel(guild: discord.Guild, user: discord.User | discord.Member, id_: int) -> Channel:
    """Return the channel or thread whose former messages a member sees; raises Refused for any other."""
    channel = guild.get_channel_or_thread(id_)
    try:
        channel = channel or await guild.fetch_channel(id_)  # a thread that is archived is not listed
    except (discord.NotFound, discord.Forbidden, discord.InvalidData):
        raise Refused(NO_MESSAGE) from None
    if not isinstance(channel, Channel) or not await _may_read(channel, user):
        raise Refused(NO_MESSAGE)
    return channel


def _permissions(
    channel: discord.abc.GuildChannel | discord.Thread, user: discord.User | discord.Member
) -> discord.Permissions:
    if not isinstance(user, discord.Member):
        return discord.Permissions.none()
    try:
        return channel.permissions_for(user)
    except discord.ClientException:  # a thread of a channel that the bot does not see
        return discord.Permissions.none()


async def _may_read(channel: Channel, user: discord.User | discord.Member) -> bool:
    permissions = _permissions(channel, user)
    if not (permissions.view_channel and permissions.read_message_history):
        return False
    if not isinstance(channel, discord.Thread) or not channel.is_private() or permissions.manage_threads:
        return True
    try:
        await channel.fetch_member(user.id)
    except (discord.NotFound, discord.Forbidden):
        return False
    return True


def _text_of(message: discord.Message, channel: str, words: str) -> Upload:
    """Return a message as an article in Markdown: its text as it is, below what it is.

    Who wrote it is not copied, and so need not be forgotten: the message itself says it, for as long as it is there.
    """
    facts = {
        "title": _title_of(words),
        "source": one_line(f"#{channel}"),
        "url": message.jump_url,
        "published": f"{message.created_at:%Y-%m-%d}",
    }
    front = "".join(
        f"{name}: {json.dumps(fact.translate(_NO_CHARACTERS), ensure_ascii=False)}\n" for name, fact in facts.items()
    )
    name = f"{message.created_at:%Y-%m-%d}-{channel}.md"
    return Upload(name, f"---\n{front}---\n\n{words}\n".encode("utf-8", "replace"), message.jump_url)


def _title_of(words: str) -> str:
    """Return the first words of a message as they are seen, without marks and rules."""
    lines = [line.strip("`") for line in words.split("\n") if not _FENCE.fullmatch(line)]
    seen = (readable(_LAID_OUT.sub("", line), MARKDOWN) for line in lines)
    return short(next((line for line in seen if any(map(str.isalnum, line))), words), LONGEST_TITLE)
