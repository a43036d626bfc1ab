"""What holds in each server: what the operator has fixed, what its moderators have set, and the defaults."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from bot.chat_log.server_settings import ServerSettings
from bot.discord.access import NOT_HERE, NOT_YOU, Where
from bot.discord.errors import Refused
from bot.languages.catalogue import Message

log = logging.getLogger(__name__)

FIXED = Message("Whoever runs me has fixed this setting, so it cannot be changed here.")
LONGEST_COOLDOWN = 3600.0  # seconds
LONGEST_TAG = 20  # characters; Discord's own limit
Source = Literal["fixed", "server", "default"]


@dataclass(frozen=True, slots=True)
class ServerRules:
    """What holds in one server. Ids of channels, forums and roles are Discord's."""

    channels: frozenset[int] = frozenset()
    """Where members are answered, threads included; none means everywhere."""
    roles: frozenset[int] = frozenset()
    """Whose members are answered; none means everybody."""
    ask_channels: frozenset[int] = frozenset()
    """Where every question is answered, without a mention; needs the message content intent."""
    silent_below: float = 0.0
    """The confidence below which a question that was not put to the bot draws no answer."""
    help_forums: frozenset[int] = frozenset()
    """Whose posts are questions; needs the message content intent."""
    solved_tag: str = "Solved"
    """The name of the tag that a solved post gets, where its forum has one."""
    cooldown: float = 0.0
    """Seconds between two questions of one user."""
    digest_channels: frozenset[int] = frozenset()
    """Where a summary is posted every week."""
    collections: Mapping[int, int] = field(default_factory=dict)
    """For a channel the place that it shares its articles with: the server, another channel of it, or 0 for the
    default ones."""

    def refusal(self, where: Where) -> str | None:
        """Return why this channel or member is not answered; None where it is."""
        if self.channels and self.channels.isdisjoint(where.channels):
            return NOT_HERE
        return NOT_YOU if self.roles and self.roles.isdisjoint(where.roles) else None


class Servers:
    """The rules of all servers. Every method that is awaited may raise StoreUnusable."""

    def __init__(self, defaults: ServerRules, fixed: frozenset[str], kept: ServerSettings) -> None:
        """`fixed` names the rules that hold as they are by default, whatever moderators have set."""
        self.defaults, self._fixed, self._kept = defaults, fixed, kept
        self._own: dict[int, dict[str, Any]] = {}
        self._rules: dict[int, ServerRules] = {}
        self.ask_channels, self.help_forums = defaults.ask_channels, defaults.help_forums
        """Those of all servers."""

    async def load(self) -> None:
        """Take what was set before; what is damaged is logged, and the default holds."""
        for guild, values in (await self._kept.all()).items():
            for name, stored in values.items():
                try:
                    self._own.setdefault(guild, {})[name] = parsed(name, stored)
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    log.error("the setting %s of server %d is damaged: %s", name, guild, error)
            self._settle(guild)

    def of(self, guild: int | None) -> ServerRules:
        """Return what holds in a server; in direct messages it is the defaults."""
        return self.defaults if guild is None else self._rules.get(guild, self.defaults)

    def source(self, guild: int, name: str) -> Source:
        """Return who a rule of a server comes from."""
        if name in self._fixed:
            return "fixed"
        return "server" if name in self._own.get(guild, {}) else "default"

    async def change(self, guild: int, name: str, value: object, user: int) -> bool:
        """Set a rule, or take the default again where the value is None; return whether it was another before.

        Raises Refused for a rule that is fixed.
        """
        if name in self._fixed:
            raise Refused(FIXED)
        changed = await self._kept.put(guild, name, None if value is None else _json(value), user)
        own = self._own.setdefault(guild, {})
        if value is None:
            own.pop(name, None)
        else:
            own[name] = value
        self._settle(guild)
        return changed

    def forget(self, guild: int) -> None:
        """Forget what a server has set; the store forgets it with the server."""
        self._own.pop(guild, None)
        self._rules.pop(guild, None)
        self._unite()

    def _settle(self, guild: int) -> None:
        own = {name: value for name, value in self._own.get(guild, {}).items() if name not in self._fixed}
        self._rules[guild] = replace(self.defaults, **own)
        self._unite()

    def _unite(self) -> None:
        rules = [self.defaults, *self._rules.values()]
        self.ask_channels = frozenset().union(*(each.ask_channels for each in rules))
        self.help_forums = frozenset().union(*(each.help_forums for each in rules))


def parsed(name: str, stored: str) -> Any:
    """Return a stored value; raises ValueError, TypeError, KeyError or AttributeError where it is damaged."""
    return _READERS[name](json.loads(stored))


def fixed_by(rules: ServerRules, standard: ServerRules) -> frozenset[str]:
    """Return the names of the rules that an operator has made other than they come: those are fixed."""
    before = asdict(standard)
    return frozenset(name for name, value in asdict(rules).items() if value != before[name])


def _json(value: object) -> str:
    plain = sorted(value) if isinstance(value, frozenset) else value
    return json.dumps(plain, sort_keys=True)


def _ids(value: Any) -> frozenset[int]:
    return frozenset(map(_id, value))


def _id(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no id")
    return value


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not (math.isfinite(seconds) and 0 <= seconds <= LONGEST_COOLDOWN):
        raise ValueError(f"{value!r} is no cool-down")
    return seconds


def _confidence(value: Any) -> float:
    confidence = float(value)
    if not 0 <= confidence <= 1:
        raise ValueError(f"{value!r} is no confidence")
    return confidence


def _tag(value: Any) -> str:
    if not (isinstance(value, str) and 0 < len(value) <= LONGEST_TAG):
        raise ValueError(f"{value!r} is no tag")
    return value


def _places(value: Any) -> Mapping[int, int]:
    return {int(channel): _id(place) for channel, place in value.items()}


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "channels": _ids,
    "roles": _ids,
    "ask_channels": _ids,
    "silent_below": _confidence,
    "help_forums": _ids,
    "solved_tag": _tag,
    "cooldown": _seconds,
    "digest_channels": _ids,
    "collections": _places,
}
"""What reads the stored value of each rule."""
