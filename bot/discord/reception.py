"""Who is let in, what is in flight, and how errors are told: the same for messages and commands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import discord

from bot.answering.service import Closing
from bot.discord.access import Allowed, Cooldown, Where
from bot.discord.errors import Refused, TooSoon, is_gone, reply_to
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import Sent
from bot.discord.repetition import may_pass, reason
from bot.discord.server_rules import Servers
from bot.languages.catalogue import ENGLISH, Language, Message
from bot.monitoring.monitor import Monitor

log = logging.getLogger(__name__)

PRESSES = 1 / 3  # of the time between two questions is that between two presses of buttons
LONGEST_SENTENCE = 900  # characters of an error's sentence

ONE_BUTTON = Message("One button at a time, please: press again in {seconds} s.")

Channel = discord.abc.GuildChannel | discord.Thread
Tell = Callable[[Outgoing], Awaitable[Sent]]


@dataclass(frozen=True, slots=True)
class Rules:
    """Who is answered, where and how often."""

    allowed: Allowed = field(default_factory=Allowed)
    answer_within: float = 15.0
    """Minutes after which a question that waited is told to be too late."""
    owners: frozenset[int] = frozenset()
    """Users who may have the articles read again; the application's owner where there are none."""
    takes_first_server: bool = False
    """Whether the first server that the bot was invited to is answered beside those that are allowed."""
    retention_days: float = 180.0
    """Days after which what was asked and answered is removed."""
    largest_article: int = 2
    """Megabytes of a file that is added as an article."""
    shards: int | None = None
    """Connections that all processes have together; None is as many as Discord wants."""
    shard_ids: tuple[int, ...] | None = None
    """Those of this process; None means all."""


class Reception:
    """Lets questions in while the bot is open."""

    def __init__(self, rules: Rules, servers: Servers, monitor: Monitor | None = None) -> None:
        self._rules, self._servers, self._allowed = rules, servers, rules.allowed
        self._monitor = monitor or Monitor()
        self._cooldown, self._presses = Cooldown(), Cooldown()
        self._working: set[asyncio.Task[Any]] = set()
        self.closing = False
        """Whether nobody is let in any more."""

    def admit(self, where: Where, *, moderates: bool = False) -> None:
        """Raise Closing or Refused where nothing is to be answered; moderators are in every channel of a server."""
        self.check_open()
        refusal = self._allowed.refusal(where) if moderates else self.refusal(where)
        if refusal:
            raise Refused(refusal)

    def refusal(self, where: Where) -> str | None:
        """Return why this place or person is not answered; None where it is."""
        refusal = self._allowed.refusal(where)
        return refusal if refusal or where.guild is None else self._servers.of(where.guild).refusal(where)

    def serves_guild(self, guild: int) -> bool:
        """Return whether anybody is answered in a server."""
        return self._allowed.refusal(Where(0, 0, guild)) is None

    @property
    def takes_first_server(self) -> bool:
        """Whether the first server that the bot was invited to is answered, and others are not."""
        return self._rules.takes_first_server

    def take_server(self, guild: int | None) -> None:
        """Answer in this server beside those that are allowed."""
        named = self._rules.allowed.servers or frozenset()
        self._allowed = replace(self._rules.allowed, servers=named | ({guild} if guild is not None else set()))

    def silent_below(self, where: Where) -> float:
        """Return the confidence below which a question there draws no answer, unless it was put to the bot."""
        return self._servers.of(where.guild).silent_below

    def depends_on_roles(self, guild: int | None) -> bool:
        """Return whether only members with certain roles are answered in a server."""
        return guild is not None and bool(self._servers.of(guild).roles)

    def check_open(self) -> None:
        """Raise Closing when the bot is about to leave."""
        if self.closing:
            raise Closing

    def wait(self, user: int, guild: int | None) -> float:
        """Return the seconds until the user may ask; 0 means now, and counts as a question."""
        return self._cooldown.wait(user, self._servers.of(guild).cooldown)

    def check_pace(self, where: Where) -> None:
        """Raise TooSoon where the user asked a moment ago; counts as a question."""
        wait = self.wait(where.user, where.guild)
        if wait > 0:
            raise TooSoon(wait)

    def is_told_to_wait(self, user: int) -> bool:
        """Return whether a user was told already to wait; counts as told."""
        return self._cooldown.is_told(user)

    def check_presses(self, where: Where) -> None:
        """Raise Refused where the user pressed a button a moment ago; counts as a press."""
        wait = self._presses.wait(where.user, PRESSES * self._servers.of(where.guild).cooldown)
        if wait > 0:
            raise Refused(ONE_BUTTON, seconds=max(1, round(wait)))

    def is_late(self, id_: int) -> bool:
        """Return whether a message or interaction is too old for an answer."""
        age = datetime.now(UTC) - discord.utils.snowflake_time(id_)
        return age.total_seconds() > 60 * self._rules.answer_within

    def serves(self, guild: int, channel: Channel) -> bool:
        """Return whether anybody is answered in a channel."""
        parent = getattr(channel, "parent_id", None)
        anybody = Where(0, channel.id, guild, parent, self._servers.of(guild).roles)
        return self.refusal(anybody) is None

    async def attend(
        self,
        work: Callable[[], Awaitable[None]],
        carry: Tell,
        *,
        language: Language,
        keeps: Callable[[Exception], bool] = lambda error: False,
    ) -> bool:
        """Do the work, and tell what goes wrong, also that the bot is leaving; return whether it is done with.

        It is not where `keeps` says of an error that the work may succeed later, nor where an error may be told later.
        """
        try:
            await work()
        except asyncio.CancelledError:
            if not self.closing:
                raise
            return await tell(Closing(), carry, language)
        except Exception as error:  # noqa: BLE001 - answered, and logged where it is not expected
            return False if keeps(error) else await tell(error, carry, language)
        return True

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Have the bot finish what the current task does within, which is one request, before it leaves."""
        task = asyncio.current_task()
        assert task is not None
        if task in self._working:
            yield
            return
        self._working.add(task)
        try:
            with self._monitor.request():
                yield
        finally:
            self._working.discard(task)

    async def close(self, patience: float, farewell: float) -> None:
        """Let nobody in any more, and finish what is in flight.

        Who still waits after `patience` seconds is told, as far as that takes no longer than `farewell` seconds.
        """
        self.closing = True
        for seconds in (patience, farewell):
            if self._working:
                await asyncio.wait(set(self._working), timeout=seconds)
            for task in self._working:
                task.cancel()


async def tell(error: Exception, carry: Tell, language: Language = ENGLISH) -> bool:
    """Report what went wrong, if anybody can read it; return false where that may succeed later."""
    sentence = reply_to(error, language)
    if sentence is None:
        return True
    try:
        await carry(Outgoing(escape(sentence[:LONGEST_SENTENCE])))
    except Exception as second:
        if may_pass(second):
            log.warning("an error could not be told: %s", reason(second))
            return False
        if not is_gone(second):
            log.exception("an error could not be told")
    return True
