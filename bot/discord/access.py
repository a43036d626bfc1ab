"""Who may ask where, and how often."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import discord

from bot.languages.catalogue import Message

MOST_USERS = 10_000
NOT_HERE = Message("I don't answer questions here.")
NOT_DIRECT = Message("I don't answer direct messages. Please ask me in a server.")
NOT_YOU = Message("Here I only answer members with certain roles.")


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a question, and who asks."""

    user: int
    channel: int
    guild: int | None = None
    parent: int | None = None
    """The channel that a thread belongs to."""
    roles: frozenset[int] = frozenset()

    @classmethod
    def of(cls, place: discord.Message | discord.Interaction) -> Where:
        """Return where a message or an interaction comes from."""
        author = place.author if isinstance(place, discord.Message) else place.user
        channel = place.channel
        if isinstance(place, discord.Interaction) and not place.is_guild_integration():
            # The user has the bot, not the server: nobody else there is answered, and its roles mean nothing.
            return cls(author.id, channel.id if channel is not None else 0)
        return cls(
            user=author.id,
            channel=channel.id if channel is not None else 0,
            guild=place.guild.id if place.guild else getattr(place, "guild_id", None),
            parent=getattr(channel, "parent_id", None),
            roles=frozenset(role.id for role in getattr(author, "roles", ())),
        )

    @property
    def channels(self) -> tuple[int, ...]:
        """The channel, and the one it belongs to."""
        return (self.channel,) if self.parent is None else (self.channel, self.parent)


@dataclass(frozen=True, slots=True)
class Allowed:
    """The servers that are answered at all; what else holds there is a matter of their own rules."""

    servers: frozenset[int] | None = None
    """Ids of servers, or of channels in them; None allows all."""
    direct: bool = True
    """Whether direct messages are answered."""

    def refusal(self, where: Where) -> str | None:
        """Return why this place is not answered; None where it is."""
        if where.guild is None:
            return None if self.direct else NOT_DIRECT
        if self.servers is not None and self.servers.isdisjoint((where.guild, *where.channels)):
            return NOT_HERE
        return None


class Cooldown:
    """At most one question a user in so many seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: OrderedDict[int, float] = OrderedDict()
        self._told: dict[int, float] = {}

    def wait(self, user: int, seconds: float) -> float:
        """Return the seconds until the user may ask, so many after the last time; 0 means now, and counts as asked."""
        now = self._clock()
        left = self._last.get(user, -seconds) + seconds - now
        if left > 0:
            return left
        self._last[user] = now
        self._last.move_to_end(user)
        if len(self._last) > MOST_USERS:
            self._told.pop(self._last.popitem(last=False)[0], None)
        return 0.0

    def is_told(self, user: int) -> bool:
        """Return whether a user who has to wait was told so since the last question; counts as told."""
        last = self._last.get(user, 0.0)
        known = self._told.get(user) == last
        self._told[user] = last
        return known
