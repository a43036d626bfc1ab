"""Who is let in, what is in flight, and how errors are told: the same for messages and commands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.answering.service import Closing
from bot.discord.access import Allowed, Cooldown, Where
from bot.discord.errors import Refused, is_gone, reply_to
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import Sent

log = logging.getLogger(__name__)

LONGEST_SENTENCE = 900  # characters of an error's sentence

Tell = Callable[[Outgoing], Awaitable[Sent]]


@dataclass(frozen=True, slots=True)
class Rules:
    """Who is answered, where and how often."""

    allowed: Allowed = field(default_factory=Allowed)
    ask_channels: frozenset[int] = frozenset()
    """Channels in which every question is answered; needs the message content intent."""
    cooldown: float = 0.0
    """Seconds between two questions of one user."""


class Reception:
    """Lets questions in while the bot is open."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._cooldown = Cooldown(rules.cooldown)
        self._working: set[asyncio.Task[Any]] = set()
        self.closing = False
        """Whether nobody is let in any more."""

    def admit(self, where: Where) -> None:
        """Raise Closing or Refused where nothing is to be answered."""
        self.check_open()
        refusal = self.refusal(where)
        if refusal:
            raise Refused(refusal)

    def refusal(self, where: Where) -> str | None:
        """Return why this place or person is not answered; None where it is."""
        return self._rules.allowed.refusal(where)

    @property
    def depends_on_roles(self) -> bool:
        """Whether only members with certain roles are answered."""
        return bool(self._rules.allowed.roles)

    def check_open(self) -> None:
        """Raise Closing when the bot is about to leave."""
        if self.closing:
            raise Closing

    def wait(self, user: int) -> float:
        """Return the seconds until the user may ask; 0 means now, and counts as a question."""
        return self._cooldown.wait(user)

    def check_pace(self, user: int) -> None:
        """Raise Refused where the user asked a moment ago; counts as a question."""
        wait = self.wait(user)
        if wait > 0:
            raise Refused(f"One question at a time, please: ask again in {max(1, round(wait))} s.")

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Have the bot finish what the current task does within before it leaves."""
        task = asyncio.current_task()
        assert task is not None
        outermost = task not in self._working
        self._working.add(task)
        try:
            yield
        finally:
            if outermost:
                self._working.discard(task)

    async def close(self, patience: float) -> None:
        """Let nobody in any more; returns when all is finished that is in flight, or after so many seconds."""
        self.closing = True
        if self._working:
            await asyncio.wait(set(self._working), timeout=patience)


async def tell(error: Exception, carry: Tell) -> None:
    """Report what went wrong, if anybody can read it."""
    sentence = reply_to(error)
    if sentence is None:
        return
    try:
        await carry(Outgoing(escape(sentence[:LONGEST_SENTENCE])))
    except Exception as second:
        if not is_gone(second):
            log.exception("an error could not be told")
