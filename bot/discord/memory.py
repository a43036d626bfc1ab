"""Conversations: what a person asked before, for that person's questions that lean on it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from bot.chat_log.store import key_of
from retrieval.records import Turn

MOST_TURNS = 6
MOST_PLACES = 10_000
FORGOTTEN_AFTER = 30 * 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Place:
    """Where one person talks with the bot: nobody else's questions are leaned on."""

    user: int
    channel: int
    private: bool = False
    """Whether nobody else reads the answers. Only such a conversation knows of questions that nobody else reads."""


@dataclass(frozen=True, slots=True)
class _Conversation:
    turns: tuple[Turn, ...]
    at: float


class Memory:
    """The last turns of each conversation; kept only while the bot runs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._conversations: OrderedDict[Place, _Conversation] = OrderedDict()

    def turns(self, place: Place) -> tuple[Turn, ...]:
        """The earlier turns, oldest first."""
        conversation = self._conversations.get(place)
        if conversation is None or self._clock() - conversation.at > FORGOTTEN_AFTER:
            return ()
        return conversation.turns

    def keep(self, place: Place, history: tuple[Turn, ...], turn: Turn) -> None:
        """Keep a turn behind those that it followed; the person's private conversation hears of it, too."""
        private = replace(place, private=True)
        if private != place:
            self._store(private, (*self.turns(private), turn))
        self._store(place, (*history, turn))

    def drop(self, user: int, channel: int, question: str) -> None:
        """Forget one question of a person, which was deleted or edited."""
        for place in (Place(user, channel), Place(user, channel, private=True)):
            if place in self._conversations:
                conversation = self._conversations[place]
                left = tuple(turn for turn in conversation.turns if key_of(turn.question) != key_of(question))
                self._conversations[place] = replace(conversation, turns=left)

    def forget(self, user: int, channel: int) -> bool:
        """Forget what a person asked in a channel; whether there was anything."""
        return self._forget(lambda place: (place.user, place.channel) == (user, channel))

    def forget_user(self, user: int) -> None:
        """Forget all that a person asked."""
        self._forget(lambda place: place.user == user)

    def forget_channels(self, channels: Collection[int]) -> None:
        """Forget all that was asked in channels that are gone."""
        self._forget(lambda place: place.channel in channels)

    def _store(self, place: Place, turns: tuple[Turn, ...]) -> None:
        self._conversations[place] = _Conversation(turns[-MOST_TURNS:], self._clock())
        self._conversations.move_to_end(place)
        while len(self._conversations) > MOST_PLACES:
            self._conversations.popitem(last=False)

    def _forget(self, is_gone: Callable[[Place], bool]) -> bool:
        gone = {place: conversation for place, conversation in self._conversations.items() if is_gone(place)}
        for place in gone:
            del self._conversations[place]
        return any(conversation.turns for conversation in gone.values())
