"""The settings of a server as messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import discord

from bot.chat_log.server_settings import SettingChange
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Outgoing, length
from bot.discord.routing import DEFAULT
from bot.discord.server_rules import Servers, Source, parsed
from bot.languages.catalogue import ENGLISH, Language, Message

MOST_NAMED = 25  # channels or roles that are named for one setting
HEAD = Message("**Settings of this server**")
NOTE = Message(
    "-# “set here”: by somebody who manages this server, see `/config log`. “fixed”: by whoever runs me; it cannot be "
    "changed here. All else is the default."
)
SOURCES: Mapping[Source, Message] = {"fixed": Message("fixed"), "server": Message("set here")}
"""What is said of where a setting comes from that is not the default."""
NO_CHANGES = Message("Nobody has changed a setting here.")
GONE_ARTICLES = Message("articles that are no longer here")


class Title(NamedTuple):
    """How a setting is called."""

    name: Message
    about: Message
    """Its name, bold, and what it is for."""
    empty: Message = Message("none")
    """What is said where a list names nothing."""


TITLES: Mapping[str, Title] = {
    "channels": Title(Message("Channels"), Message("**Channels** where members may ask"), Message("all")),
    "roles": Title(Message("Roles"), Message("**Roles** whose members may ask"), Message("all")),
    "ask_channels": Title(
        Message("Ask channels"), Message("**Ask channels**, where I answer questions without a mention")
    ),
    "silent_below": Title(Message("Silence"), Message("**Silence** in ask channels and help forums")),
    "help_forums": Title(
        Message("Help forums"), Message("**Help forums**, whose new posts I answer if I am confident")
    ),
    "solved_tag": Title(Message("Solved tag"), Message("**Solved tag** of posts in help forums")),
    "cooldown": Title(Message("Cool-down"), Message("**Cool-down** between two questions of a member")),
    "digest_channels": Title(
        Message("Digest channel"), Message("**Digest channel** for a weekly summary"), Message("no channel")
    ),
    "collections": Title(
        Message("Articles"), Message("**Articles** of single channels"), Message("the same everywhere")
    ),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A server, and what is needed to name things in it."""

    guild: discord.Guild
    labels: Mapping[int, str]
    """What the articles are called that its channels may share, by the place that has them."""
    language: Language = ENGLISH
    """Of who reads of it."""

    def value(self, name: str, value: Any) -> str:
        """Return a setting's value to read; what no longer exists is said to be gone."""
        if name == "solved_tag":
            return escape(value)
        if name == "cooldown":
            return f"{self.language.figure(f'{value:g}')} s"
        if name == "silent_below":
            sureness = self.language.figure(f"{value:g}")
            below = self.language.text("below a confidence of {confidence}", confidence=sureness)
            return below if value else self.language.text("never")
        if name == "collections":
            return self._collections(value)
        things = [self.getter(name)(id_) for id_ in sorted(value)]
        gone = sum(thing is None for thing in things)
        if name == "roles":
            deleted = self.language.plural("{count} deleted role", "{count} deleted roles", gone)
        else:
            deleted = self.language.plural("{count} deleted channel", "{count} deleted channels", gone)
        parts = self._first([thing.mention for thing in things if thing is not None])
        return ", ".join([*parts, *([deleted] if gone else [])]) or self.language.text(TITLES[name].empty)

    def getter(self, name: str) -> Callable[[int], Any]:
        """Return what finds the roles or channels that a setting names."""
        return self.guild.get_role if name == "roles" else self.guild.get_channel

    def _collections(self, places: Mapping[int, int]) -> str:
        pairs = [(self.guild.get_channel(channel), source) for channel, source in sorted(places.items())]
        gone = sum(channel is None for channel, _ in pairs)
        deleted = self.language.plural("{count} deleted channel", "{count} deleted channels", gone)
        parts = self._first(
            [
                self.language.text("{channel} from {articles}", channel=channel.mention, articles=self._label(source))
                for channel, source in pairs
                if channel is not None
            ]
        )
        return ", ".join([*parts, *([deleted] if gone else [])]) or self.language.text(TITLES["collections"].empty)

    def _first(self, parts: Sequence[str]) -> list[str]:
        """Return as many parts as are named, and how many more there are."""
        left = len(parts) - MOST_NAMED
        return [*parts[:MOST_NAMED], *([self.language.text("{count} more", count=left)] if left > 0 else [])]

    def _label(self, place: int) -> str:
        label = self.labels.get(place)
        return self.language.quoted(escape(label)) if label is not None else self.language.text(GONE_ARTICLES)

    def own(self, name: str, value: Any, source: Source) -> Any:
        """Return a fixed list without what belongs to other servers."""
        if source != "fixed" or not isinstance(value, frozenset):
            return value
        return frozenset(id_ for id_ in value if self.getter(name)(id_) is not None)


def settings_messages(place: Place, servers: Servers) -> list[Outgoing]:
    """List every setting with where its value comes from."""
    head, note = map(place.language.text, (HEAD, NOTE))
    return _messages([head, *(setting_line(place, servers, name) for name in TITLES), note])


def setting_line(place: Place, servers: Servers, name: str) -> str:
    """Return a setting with its value and where that comes from."""
    text, source = place.language.text, servers.source(place.guild.id, name)
    value = getattr(servers.of(place.guild.id), name)
    own = place.own(name, value, source)
    shown = place.value(name, own) if own or not value else text("only in other servers")
    line = text("- {setting}: {value}", setting=text(TITLES[name].about), value=shown)
    return f"{line} · {text(SOURCES[source])}" if source in SOURCES else line


def changes_messages(place: Place, changes: Sequence[SettingChange]) -> list[Outgoing]:
    """List changes with who made them, and when."""
    if not changes:
        return [Outgoing(place.language.text(NO_CHANGES))]
    head = place.language.text("**Last changes**, newest first:")
    return _messages([head, *(_change_line(place, change) for change in changes)])


def _change_line(place: Place, change: SettingChange) -> str:
    title, text = TITLES.get(change.name), place.language.text
    who = f"<@{change.user}>" if change.user is not None else text("somebody whom I was asked to forget")
    before, after = (_logged_value(place, change.name, value) for value in (change.before, change.after))
    name = text(title.name) if title else escape(change.name)
    return f"- <t:{change.at.timestamp():.0f}:f> {who}: **{name}** {before} → {after}"


def _logged_value(place: Place, name: str, stored: str | None) -> str:
    if stored is None:
        return place.language.text("the default")
    try:
        return place.value(name, parsed(name, stored))
    except (ValueError, TypeError, KeyError, AttributeError):
        return "?"


def share_labels(names: Mapping[int, str]) -> Mapping[int, str]:
    """Return names of which no two are the same, by place; the default articles keep theirs."""
    taken: dict[str, int] = {}
    labels = {}
    for place, name in sorted(names.items(), key=lambda item: (item[0] != DEFAULT, item[0])):
        taken[name] = taken.get(name, 0) + 1
        labels[place] = name if taken[name] == 1 else f"{name} ({taken[name]})"
    return labels


def _messages(lines: Sequence[str]) -> list[Outgoing]:
    """Return the lines on as few messages as hold them."""
    pages: list[str] = []
    for line in lines:
        joined = f"{pages[-1]}\n{line}" if pages else line
        if pages and length(joined) <= LONGEST_MESSAGE:
            pages[-1] = joined
        else:
            pages.append(line)
    return [Outgoing(page) for page in pages]
