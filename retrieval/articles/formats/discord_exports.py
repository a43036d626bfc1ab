"""DiscordChatExporter's JSON -> articles: a thread is one, other channels are one a day; each message has its link."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from retrieval.articles.formats.drafts import Draft, UnknownFormatError, UnreadableError, text_of
from retrieval.articles.formats.markdown_text import markdown_html
from retrieval.articles.ids import without_meaning
from retrieval.articles.structure import LABEL

_WRITTEN = frozenset({"Default", "Reply", "ThreadStarterMessage", "0", "19", "21"})
"""Types of messages that people write; the others say who joined, what was pinned, and the like."""
_THREAD = re.compile(r"Thread|Forum|^1[0-2]$")
_EMOJI = re.compile(r"<a?(:\w{1,64}:)\d{1,20}>")
_TIME = re.compile(r"<t:(-?\d{1,12})(?::[tTdDfFR])?>")
_COMMAND = re.compile(r"<(/[\w -]{1,80}):\d{1,20}>")
_ID = re.compile(r"\d{1,20}")
_SPOILER = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)
_LONGEST_REPLY = 150
"""Characters of what a message replies to that stand above it."""


def read_export(data: bytes) -> Iterator[Draft]:
    """Read a channel's or a thread's export, without bots' messages and those that Discord writes."""
    try:
        export = json.loads(text_of(data))
    except ValueError:
        raise UnknownFormatError from None
    if not isinstance(export, dict) or not {"guild", "channel", "messages"} <= export.keys():
        raise UnknownFormatError
    channel, guild, messages = export["channel"], export["guild"], export["messages"]
    if not (isinstance(channel, dict) and isinstance(guild, dict) and isinstance(messages, list)):
        raise UnreadableError("is no export of a Discord channel")
    messages = [message for message in messages if isinstance(message, dict)]
    written = [message for message in messages if _is_written(message)]
    by_id = {message.get("id"): message for message in messages}
    address = _address(guild, channel)
    name = _text(channel.get("name")) or "channel"
    if _THREAD.search(str(channel.get("type", ""))):
        yield _draft(name, "", (guild, channel), written, by_id, address)
        return
    for day, group in groupby(written, key=lambda message: _text(message.get("timestamp"))[:10]):
        yield _draft(f"#{name}, {day}", f"{name} {day}", (guild, channel), list(group), by_id, address)


def _is_written(message: Mapping[str, Any]) -> bool:
    author = message.get("author")
    is_bot = isinstance(author, dict) and author.get("isBot") is True
    return str(message.get("type")) in _WRITTEN and not is_bot


def _address(guild: Mapping[str, Any], channel: Mapping[str, Any]) -> str:
    """Return where a channel's messages are, "" where the export does not say; direct messages are `@me`."""
    ids = ["@me" if guild.get("id") == "0" else str(guild.get("id")), str(channel.get("id"))]
    is_known = all(part == "@me" or _ID.fullmatch(part) for part in ids)
    return "https://discord.com/channels/" + "/".join(ids) if is_known else ""


def _draft(
    title: str,
    name: str,
    place: tuple[Mapping[str, Any], Mapping[str, Any]],
    messages: Sequence[Mapping[str, Any]],
    by_id: Mapping[object, Mapping[str, Any]],
    address: str,
) -> Draft:
    guild, channel = place
    category = _text(channel.get("category"))
    draft = Draft(
        {
            "title": title,
            "source": ", ".join(
                filter(None, (_text(guild.get("name")), f"#{category}" if not name and category else ""))
            ),
            "published": _text(messages[0].get("timestamp"))[:10] if messages else None,
            "url": address or None,
        },
        name=without_meaning(name),
    )
    for message in messages:
        _add_message(draft, message, by_id, address)
    return draft


def _add_message(
    draft: Draft, message: Mapping[str, Any], by_id: Mapping[object, Mapping[str, Any]], address: str
) -> None:
    """Add a message below its author, its time and what it replies to; one without words is left out."""
    contents = [_as_shown(message), *_embedded(message)]
    if not any(map(str.strip, contents)):
        return
    id_ = str(message.get("id", ""))
    draft.place("", f"{address}/{id_}" if address and _ID.fullmatch(id_) else None)
    time = _text(message.get("timestamp"))[:16].replace("T", " ")
    draft.heading(", ".join(filter(None, (_author(message), time))), 6)
    reference = message.get("reference")
    if isinstance(reference, dict) and (original := by_id.get(reference.get("messageId"))):
        draft.heading(f"In reply to {_author(original)}: {_shortened(_as_shown(original))}", LABEL)
    for content in contents:
        draft.html(markdown_html(content, tags=False))


def _author(message: Mapping[str, Any]) -> str:
    author = message.get("author")
    names = (author.get("nickname"), author.get("name")) if isinstance(author, dict) else ()
    return next((_text(name) for name in names if _text(name)), "")


def _as_shown(message: Mapping[str, Any]) -> str:
    """Return a message's Markdown with its mentions, emoji and times as Discord shows them: as words."""
    content = _text(message.get("content"))
    mentions = message.get("mentions")
    for user in mentions if isinstance(mentions, list) else ():
        if isinstance(user, dict) and _ID.fullmatch(str(user.get("id"))):
            name = _text(user.get("nickname")) or _text(user.get("name"))
            for mention in (f"<@{user['id']}>", f"<@!{user['id']}>"):
                content = content.replace(mention, f"@{name}")
    content = _COMMAND.sub(r"\1", _EMOJI.sub(r"\1", content))
    return _SPOILER.sub(r"\1", _TIME.sub(_moment, content))


def _moment(time: re.Match[str]) -> str:
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(int(time[1]), UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return time[0]


def _embedded(message: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of what a person embeds: forwarded messages. The previews of links are other pages' words."""
    forwarded = message.get("forwardedMessage")
    if isinstance(forwarded, dict):
        yield _as_shown(forwarded)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_REPLY else f"{line[:_LONGEST_REPLY].rsplit(' ', 1)[0]} …"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
