"""The settings of a server as messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import discord

from bot.chat_log.server_settings import SettingChange
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Outgoing, length
from bot.discord.routing import DEFAULT
from bot.discord.server_rules import Servers, Source, parsed
from bot.formats.numbers import count

MOST_NAMED = 25  # channels or roles that are named for one setting
HEAD = "**Settings of this server**"
NOTE = (
    "-# “set here”: by somebody who manages this server, see `/config log`. “fixed”: by whoever runs me; it cannot be "
    "changed here. All else is the default."
)
SOURCES: Mapping[Source, str] = {"fixed": " · fixed", "server": " · set here", "default": ""}
NO_CHANGES = "Nobody has changed a setting here."
GONE_ARTICLES = "articles that are no longer here"


class Title(NamedTuple):
    """How a setting is called."""

    name: str
    about: str = ""
    """What it is for, as the rest of its name."""
    empty: str = "none"
    """What is said where a list names nothing."""


TITLES: Mapping[str, Title] = {
    "channels": Title("Channels", " where members may ask", "all"),
    "roles": Title("Roles", " whose members may ask", "all"),
    "ask_channels": Title("Ask channels", ", where I answer questions without a mention"),
    "silent_below": Title("Silence", " in ask channels and help forums"),
    "help_forums": Title("Help forums", ", whose new posts I answer if I am confident"),
    "solved_tag": Title("Solved tag", " of posts in help forums"),
    "cooldown": Title("Cool-down", " between two questions of a member"),
    "digest_channels": Title("Digest channel", " for a weekly summary"),
    "collections": Title("Articles", " of single channels", "the same everywhere"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A server, and what is needed to name things in it."""

    guild: discord.Guild
    labels: Mapping[int, str]
    """What the articles are called that its channels may share, by the place that has them."""

    def value(self, name: str, value: Any) -> str:
        """Return a setting's value to read; what no longer exists is said to be gone."""
        if name == "solved_tag":
            return escape(value)
        if name == "cooldown":
            return f"{value:g} s"
        if name == "silent_below":
            return f"below a confidence of {value:g}" if value else "never"
        if name == "roles":
            return self._listed(name, value, self.guild.get_role, "role")
        if name == "collections":
            return self._collections(value)
        return self._listed(name, value, self.guild.get_channel, "channel")

    def _listed(self, name: str, ids: Iterable[int], get: Callable[[int], Any], kind: str) -> str:
        known = [thing.mention for thing in map(get, sorted(ids)) if thing is not None]
        gone = sum(get(id_) is None for id_ in ids)
        parts = [*known[:MOST_NAMED], *([f"{len(known) - MOST_NAMED} more"] if len(known) > MOST_NAMED else [])]
        if gone:
            parts.append(f"{count(gone, f'deleted {kind}')}")
        return ", ".join(parts) or TITLES[name].empty

    def _collections(self, places: Mapping[int, int]) -> str:
        pairs = [(self.guild.get_channel(channel), source) for channel, source in sorted(places.items())]
        parts = [f"{channel.mention} from {self._label(source)}" for channel, source in pairs if channel is not None]
        gone = sum(channel is None for channel, _ in pairs)
        left = len(parts) - MOST_NAMED
        parts = [*parts[:MOST_NAMED], *([f"{left} more"] if left > 0 else [])]
        if gone:
            parts.append(count(gone, "deleted channel"))
        return ", ".join(parts) or TITLES["collections"].empty

    def _label(self, place: int) -> str:
        return f"“{escape(self.labels[place])}”" if place in self.labels else GONE_ARTICLES

    def own(self, name: str, value: Any, source: Source) -> Any:
        """Return a fixed list without what belongs to other servers."""
        if source != "fixed" or not isinstance(value, frozenset):
            return value
        get = self.guild.get_role if name == "roles" else self.guild.get_channel
        return frozenset(id_ for id_ in value if get(id_) is not None)


def settings_messages(place: Place, servers: Servers) -> list[Outgoing]:
    """List every setting with where its value comes from."""
    return _messages([HEAD, *(setting_line(place, servers, name) for name in TITLES), NOTE])


def setting_line(place: Place, servers: Servers, name: str) -> str:
    """Return a setting with its value and where that comes from."""
    title, source = TITLES[name], servers.source(place.guild.id, name)
    value = getattr(servers.of(place.guild.id), name)
    own = place.own(name, value, source)
    text = place.value(name, own) if own or not value else "only in other servers"
    return f"- **{title.name}**{title.about}: {text}{SOURCES[source]}"


def changes_messages(place: Place, changes: Sequence[SettingChange]) -> list[Outgoing]:
    """List changes with who made them, and when."""
    if not changes:
        return [Outgoing(NO_CHANGES)]
    return _messages(["**Last changes**, newest first:", *(_change_line(place, change) for change in changes)])


def _change_line(place: Place, change: SettingChange) -> str:
    title = TITLES.get(change.name)
    who = f"<@{change.user}>" if change.user is not None else "somebody whom I was asked to forget"
    before, after = (_logged_value(place, change.name, value) for value in (change.before, change.after))
    name = title.name if title else escape(change.name)
    return f"- <t:{change.at.timestamp():.0f}:f> {who}: **{name}** {before} → {after}"


def _logged_value(place: Place, name: str, stored: str | None) -> str:
    if stored is None:
        return "the default"
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
