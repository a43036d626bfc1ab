"""Which messages ask the bot something, and what."""

from __future__ import annotations

import re
from typing import Any

import discord

from bot.discord.message_words import forwarded, words_of
from bot.discord.server_rules import Servers
from bot.discord.small_talk import is_small_talk
from bot.discord.wording import namer, question_in
from bot.languages.catalogue import Message

HELP = Message("Ask me a question, and I answer with quotes from the articles: mention me with it, or use `/ask`.")
CANNOT_READ = Message(
    "I can't read messages here unless they mention me: mention me with your question, or use `/ask`."
)
CANNOT_READ_IT = Message(
    "I can't read the question in that message. Choose *Apps › Find a quote* on it, or write the question yourself."
)
_POINTING = re.compile(
    r"\W*(?:(?:(?:can|could|would) you )?(?:please |pls )?(?:answer|help with|take) (?:this|that|it)"
    r"|(?:any )?ideas?|this|that|answer|help)?\W*",
    re.IGNORECASE,
)
"""What a reply says that points at the message it replies to."""
_QUESTION = re.compile(
    r"\?\s*$|^\W*(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can|could|will"
    r"|would|should)\b",
    re.IGNORECASE,
)
_WITHDRAWN = re.compile(r"\W*(?:never ?mind|nvm|forget (?:it|that)|ignore (?:this|that|me))\W*", re.IGNORECASE)
LONGEST_POST = 1000  # characters of a post that are searched for
_WRITTEN = (discord.MessageType.default, discord.MessageType.reply)


class QuestionDetector:
    """Decides which messages ask the bot something, and reads the question."""

    def __init__(self, me: discord.ClientUser, servers: Servers, *, reads_all: bool) -> None:
        """`reads_all` says whether Discord shows messages that do not mention the bot."""
        self._me, self._servers, self._reads_all = me, servers, reads_all
        self._mention = re.compile(rf"<@!?{me.id}>")
        self._advised: set[int] = set()

    def question(self, message: discord.Message) -> str | None:
        """Return the question that a message asks: "" where it asks nothing, None where it is not for the bot."""
        if message.type not in _WRITTEN:
            return None
        question, is_own = self._read(message)
        if self.is_post(message):
            return _post_in_words(message.channel, question if is_own else "")
        if self.is_prompted(message):
            is_thanks = not question and self.is_reply(message) and self._text(message)
            return None if is_thanks else question
        if not self._servers.ask_channels & {message.channel.id, getattr(message.channel, "parent_id", None)}:
            return None
        if not self._reads_all:
            return self._unreadable(message.channel.id)
        return question if _QUESTION.search(question) and not is_small_talk(question) else None

    def is_prompted(self, message: discord.Message) -> bool:
        """Return whether a message is meant for the bot, and not for whoever reads an ask channel."""
        return self._is_direct(message) or self._is_named(message) or self.is_reply(message)

    def is_post(self, message: discord.Message) -> bool:
        """Return whether a message is the first of a post in a help forum: the two have the same id."""
        thread = message.channel
        if not isinstance(thread, discord.Thread) or thread.id != message.id:
            return False
        return thread.parent_id in self._servers.help_forums

    def edited_question(self, message: discord.Message) -> str | None:
        """Return the question of an edited message, as `question` does; "" where it takes its question back."""
        question = self.question(message)
        return "" if question and _WITHDRAWN.fullmatch(question) else question

    def is_own(self, message: discord.Message) -> bool:
        """Return whether the question is its writer's own words, and not another message's or a thread's title."""
        return self.is_post(message) or self._read(message)[1]

    def is_reply(self, message: discord.Message) -> bool:
        """Return whether it replies to the bot, in words that the bot may read."""
        replied = message.reference.resolved if message.reference else None
        return isinstance(replied, discord.Message) and replied.author.id == self._me.id and bool(message.content)

    def advice(self, message: discord.Message) -> Message:
        """Return what is said to a message that asks nothing."""
        if self._pointed_at(message) is not None:
            return CANNOT_READ_IT
        return HELP if self._is_direct(message) or self._is_named(message) or message.content else CANNOT_READ

    def _read(self, message: discord.Message) -> tuple[str, bool]:
        """Return the question that a message asks in whatever way, and whether in its writer's own words.

        Words that were written by another, or in a message that may be deleted by itself, do not count as own.
        """
        own = question_in(self._text(message), namer(message.mentions, message.guild))
        pointed_at = self._pointed_at(message)
        if own and (pointed_at is None or not _POINTING.fullmatch(own)):
            return own, True
        others = [(words_of(pointed_at), pointed_at.mentions)] if pointed_at else [(forwarded(message), [])]
        borrowed = "".join(question_in(words, namer(users, message.guild)) for words, users in others)
        if borrowed:
            return borrowed, False
        channel = message.channel
        if not own and pointed_at is None and self._is_named(message) and isinstance(channel, discord.Thread):
            return question_in(channel.name), channel.owner_id == message.author.id
        return ("" if pointed_at is not None else own), True

    def _pointed_at(self, message: discord.Message) -> discord.Message | None:
        """Return another person's message, to which a reply calls the bot."""
        replied = message.reference.resolved if message.reference else None
        if not isinstance(replied, discord.Message) or replied.author.id == self._me.id:
            return None
        return replied if self._is_named(message) else None

    def _text(self, message: discord.Message) -> str:
        """Return what a message says beside the bot's name."""
        return self._mention.sub(" ", message.content).strip()

    def _is_named(self, message: discord.Message) -> bool:
        return any(user.id == self._me.id for user in message.mentions)

    @staticmethod
    def _is_direct(message: discord.Message) -> bool:
        return message.guild is None and getattr(message.channel, "guild_id", None) is None

    def _unreadable(self, channel: int) -> str | None:
        """Return "" the first time in a channel, so that advice is given once, and None from then on."""
        if channel in self._advised:
            return None
        self._advised.add(channel)
        return ""


def _post_in_words(thread: Any, body: str) -> str:
    """Return the question of a post: its title and its text, of which the end is left out where it is too long."""
    title = question_in(thread.name) or str(thread.name).strip()
    repeats = body.casefold().startswith(title.casefold())
    return (body if repeats else f"{title}\n{body}")[:LONGEST_POST].strip()
