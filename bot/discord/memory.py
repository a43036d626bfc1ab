"""Conversations: what was asked before, for questions that lean on it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from retrieval.records import Turn

Place = tuple[str, int, int]
"""("thread", thread, 0), ("user", user, channel), or ("answer", the bot's message, 0)."""

MOST_TURNS = 6
MOST_PLACES = 10_000
FORGOTTEN_AFTER = 30 * 60.0  # seconds


@dataclass(frozen=True, slots=True)
class _Kept:
    turns: tuple[Turn, ...]
    askers: frozenset[int]
    owner: Place
    at: float


class Memory:
    """The last turns of each conversation; kept only while the bot runs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Place, _Kept] = OrderedDict()

    def turns(self, place: Place) -> tuple[Turn, ...]:
        """The earlier turns, oldest first."""
        kept = self._kept.get(place)
        if kept is None or self._clock() - kept.at > FORGOTTEN_AFTER:
            return ()
        return kept.turns

    def keep(self, place: Place, turns: tuple[Turn, ...], asker: int, answer: int | None = None) -> None:
        """Keep the turns of a conversation, and also under the message that carries the last answer."""
        before = self._kept.get(place)
        askers = before.askers if before and self._clock() - before.at <= FORGOTTEN_AFTER else frozenset()
        kept = _Kept(turns[-MOST_TURNS:], askers | {asker}, place, self._clock())
        for key in (place, *([("answer", answer, 0)] if answer is not None else [])):
            self._kept[key] = kept
            self._kept.move_to_end(key)
        while len(self._kept) > MOST_PLACES:
            self._kept.popitem(last=False)

    def revise(self, answer: int, turns: tuple[Turn, ...]) -> None:
        """Put other turns in place of those up to an answer, after its question was edited."""
        before = self._kept.get(("answer", answer, 0))
        if before is None:
            return
        for key in (("answer", answer, 0), before.owner):
            if key in self._kept and self._kept[key].turns == before.turns:
                self._kept[key] = replace(self._kept[key], turns=turns[-MOST_TURNS:])

    def forget(self, place: Place) -> bool:
        """Forget a conversation; whether there was one."""
        return self._drop(lambda kept: kept.owner == place)

    def forget_user(self, user: int) -> None:
        """Forget every conversation that this user asked in."""
        self._drop(lambda kept: user in kept.askers)

    def _drop(self, found: Callable[[_Kept], bool]) -> bool:
        gone = [key for key, kept in self._kept.items() if found(kept)]
        for key in gone:
            del self._kept[key]
        return bool(gone)
