"""Conversations and cool-downs, by a clock that the test turns."""

from __future__ import annotations

from dataclasses import replace

from bot.discord.access import Cooldown
from bot.discord.memory import FORGOTTEN_AFTER, MOST_PLACES, MOST_TURNS, Memory, Place
from retrieval.records import Turn


class Clock:
    """Stands still until it is turned."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


ANN, BEN = Place(1, 5), Place(2, 5)


def asked(*questions: str) -> tuple[Turn, ...]:
    """Turns without quotes."""
    return tuple(map(Turn, questions))


def test_a_conversation_is_one_person_s_in_one_channel_and_forgotten_in_time() -> None:
    clock = Clock()
    memory = Memory(clock)
    turns = asked(*map(str, range(MOST_TURNS + 2)))
    memory.keep(ANN, turns[:-1], turns[-1])
    assert memory.turns(ANN) == turns[2:]
    assert memory.turns(BEN) == memory.turns(Place(1, 6)) == ()
    clock.now += FORGOTTEN_AFTER
    assert memory.turns(ANN)
    clock.now += 1
    assert memory.turns(ANN) == ()


def test_what_is_private_is_known_to_the_private_conversation_of_its_asker_only() -> None:
    memory, private = Memory(), replace(ANN, private=True)
    memory.keep(ANN, (), Turn("a"))
    memory.keep(private, memory.turns(private), Turn("secret"))
    memory.keep(ANN, memory.turns(ANN), Turn("b"))
    assert memory.turns(ANN) == asked("a", "b")
    assert memory.turns(private) == asked("a", "secret", "b")
    assert memory.turns(replace(BEN, private=True)) == memory.turns(replace(private, channel=6)) == ()


def test_a_question_that_is_gone_is_dropped_wherever_it_was_turned_to() -> None:
    memory, private = Memory(), replace(ANN, private=True)
    for place in (ANN, BEN):
        memory.keep(place, asked("a"), Turn("Why  now?"))
    memory.keep(ANN, memory.turns(ANN), Turn("c"))
    memory.drop(1, 5, "why NOW?")
    assert memory.turns(ANN) == asked("a", "c")
    assert memory.turns(private) == asked("c")
    assert memory.turns(BEN) == asked("a", "Why  now?")


def test_people_and_channels_are_forgotten() -> None:
    memory = Memory()
    assert not memory.forget(1, 5)
    for place in (ANN, replace(ANN, channel=6, private=True), BEN, replace(BEN, channel=7)):
        memory.keep(place, (), Turn("a"))
    assert memory.forget(1, 5)
    assert not memory.forget(1, 5)
    assert memory.turns(replace(ANN, private=True)) == ()
    memory.forget_user(1)
    assert memory.turns(replace(ANN, channel=6, private=True)) == ()
    memory.forget_channels([7, 8])
    assert (memory.turns(BEN), memory.turns(replace(BEN, channel=7))) == (asked("a"), ())


def test_only_so_many_conversations_are_kept() -> None:
    memory = Memory()
    for user in range(MOST_PLACES // 2 + 1):
        memory.keep(Place(user, 1), (), Turn("a"))
    assert memory.turns(Place(0, 1)) == ()
    assert memory.turns(Place(MOST_PLACES // 2, 1))


def test_a_cool_down_ends() -> None:
    clock = Clock()
    cooldown = Cooldown(clock)
    assert [cooldown.wait(1, 3.0), cooldown.wait(1, 3.0), cooldown.wait(2, 3.0)] == [0, 3, 0]
    clock.now += 2
    assert cooldown.wait(1, 3.0) == 1
    clock.now += 1
    assert cooldown.wait(1, 3.0) == 0
