"""Conversations: what a person asked before, for that person's questions that lean on it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from bot.chat_log.store import key_of
from retrieval.records import Turn

MOST_TURNS = 6
MOST_PLACES = 10_000
MOST_IDS = 10_000
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


class OpenQuestion:
    """A question that is being answered, and what its asker has had forgotten since it came in."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.starts_over = False
        """Whether the conversation was forgotten: the question neither leans on it nor goes on with it."""
        self.is_forgotten = False
        """Whether all that is known of its asker was forgotten, or the channel is gone: its words are not recorded."""
        self._keys: set[str] = set()

    def drop(self, question: str) -> None:
        """Lean no more on an earlier question."""
        self._keys.add(key_of(question))

    def remaining(self, history: tuple[Turn, ...]) -> tuple[Turn, ...]:
        """Return the turns that it may still lean on."""
        if self.starts_over:
            return ()
        return tuple(turn for turn in history if key_of(turn.question) not in self._keys)


class Memory:
    """The last turns of each conversation; kept only while the bot runs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._conversations: OrderedDict[Place, _Conversation] = OrderedDict()
        self._open: set[OpenQuestion] = set()

    @contextmanager
    def answering(self, place: Place) -> Iterator[OpenQuestion]:
        """Note what is forgotten while a question is answered; enter before its history is read."""
        question = OpenQuestion(place)
        self._open.add(question)
        try:
            yield question
        finally:
            self._open.discard(question)

    def turns(self, place: Place) -> tuple[Turn, ...]:
        """Return the earlier turns, oldest first."""
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
        for pending in self._open:
            if (pending.place.user, pending.place.channel) == (user, channel):
                pending.drop(question)
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
        self._forget(lambda place: place.user == user, with_open=True)

    def forget_channels(self, channels: Collection[int]) -> None:
        """Forget all that was asked in channels that are gone."""
        self._forget(lambda place: place.channel in channels, with_open=True)

    def _store(self, place: Place, turns: tuple[Turn, ...]) -> None:
        self._conversations[place] = _Conversation(turns[-MOST_TURNS:], self._clock())
        self._conversations.move_to_end(place)
        while len(self._conversations) > MOST_PLACES:
            self._conversations.popitem(last=False)

    def _forget(self, is_gone: Callable[[Place], bool], *, with_open: bool = False) -> bool:
        """Forget conversations; `with_open` also the words of the questions that are being answered."""
        for pending in self._open:
            if is_gone(pending.place):
                pending.starts_over = True
                pending.is_forgotten |= with_open
        gone = {place: conversation for place, conversation in self._conversations.items() if is_gone(place)}
        for place in gone:
            del self._conversations[place]
        return any(conversation.turns for conversation in gone.values())


class RecentIds:
    """The ids of the last messages that something happened to."""

    def __init__(self) -> None:
        self._ids: OrderedDict[int, None] = OrderedDict()

    def __contains__(self, id_: int) -> bool:
        """Return whether the id was added lately."""
        return id_ in self._ids

    def has(self, id_: int) -> bool:
        """Return whether the id was added lately, and add it."""
        known = id_ in self
        self.add(id_)
        return known

    def add(self, id_: int) -> None:
        """Add an id; the oldest goes where there are too many."""
        self._ids[id_] = None
        if len(self._ids) > MOST_IDS:
            self._ids.popitem(last=False)

    def discard(self, id_: int) -> None:
        """Forget an id."""
        self._ids.pop(id_, None)
