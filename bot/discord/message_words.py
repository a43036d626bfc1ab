"""What a message says: its own text, that of a message it forwards, or that of an embed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import discord

from bot.discord.outgoing.views import message_texts


def words_of(message: discord.Message) -> str:
    """Return a message's own text, else that of the message that it forwards, else its embeds'; "" if none has any."""
    return _first_with_words(("\n".join(message_texts(message)), forwarded(message), _embedded(message.embeds)))


def forwarded(message: discord.Message) -> str:
    """Return the text of the message that a message forwards; "" where it forwards none."""
    snapshots = message.message_snapshots
    return _first_with_words(text for each in snapshots for text in (each.content, _embedded(each.embeds)))


def _embedded(embeds: Sequence[discord.Embed]) -> str:
    """Return what an embed says that a program wrote, not the preview of a link: rather a question than a title."""
    texts = [text for embed in embeds if embed.type == "rich" for text in _texts(embed)]
    return _first_with_words([*(text for text in texts if "?" in text), *texts])


def _texts(embed: discord.Embed) -> Iterator[str]:
    yield embed.description or ""
    yield embed.title or ""
    yield from (field.value or "" for field in embed.fields)


def _first_with_words(texts: Iterable[str]) -> str:
    return next((text for text in texts if any(map(str.isalnum, text))), "")
