"""Conversations and cool-downs, by a clock that the test turns."""

from __future__ import annotations

from bot.discord.gates import Cooldown
from bot.discord.memory import FORGOTTEN_AFTER, MOST_PLACES, MOST_TURNS, Memory
from retrieval.records import Turn


class Clock:
    """Stands still until it is turned."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_conversation_is_kept_by_place_and_answer_and_forgotten_in_time() -> None:
    clock = Clock()
    memory = Memory(clock)
    turns = tuple(Turn(str(number)) for number in range(MOST_TURNS + 2))
    memory.keep(("user", 1, 2), turns, 1, 99)
    assert memory.turns(("user", 1, 2)) == memory.turns(("answer", 99, 0)) == turns[2:]
    assert memory.turns(("user", 1, 3)) == ()
    clock.now += FORGOTTEN_AFTER
    assert memory.turns(("user", 1, 2))
    clock.now += 1
    assert memory.turns(("user", 1, 2)) == memory.turns(("answer", 99, 0)) == ()


def test_forgetting_takes_the_answers_along() -> None:
    memory = Memory()
    memory.keep(("thread", 5, 0), (Turn("a"),), 1, 98)
    memory.keep(("thread", 5, 0), (Turn("a"), Turn("b")), 2, 99)
    memory.keep(("thread", 6, 0), (Turn("c"),), 2, 100)
    assert memory.forget(("thread", 5, 0))
    assert not memory.forget(("thread", 5, 0))
    assert memory.turns(("answer", 98, 0)) == memory.turns(("answer", 99, 0)) == ()
    memory.forget_user(1)
    assert memory.turns(("thread", 6, 0))
    memory.forget_user(2)
    assert memory.turns(("thread", 6, 0)) == memory.turns(("answer", 100, 0)) == ()


def test_an_edited_question_is_revised_where_it_was_the_last() -> None:
    memory = Memory()
    first, second, edited = (Turn("a"),), (Turn("a"), Turn("b")), (Turn("A"),)
    memory.keep(("user", 1, 2), first, 1, 98)
    memory.revise(98, edited)
    assert memory.turns(("user", 1, 2)) == memory.turns(("answer", 98, 0)) == edited
    memory.keep(("user", 1, 2), second, 1, 99)
    memory.revise(98, first)
    memory.revise(97, first)
    assert memory.turns(("user", 1, 2)) == second
    assert memory.turns(("answer", 98, 0)) == first


def test_only_so_many_conversations_are_kept() -> None:
    memory = Memory()
    for user in range(MOST_PLACES + 1):
        memory.keep(("user", user, 1), (Turn("a"),), user)
    assert memory.turns(("user", 0, 1)) == ()
    assert memory.turns(("user", MOST_PLACES, 1))


def test_a_cool_down_ends() -> None:
    clock = Clock()
    cooldown = Cooldown(3.0, clock)
    assert [cooldown.wait(1), cooldown.wait(1), cooldown.wait(2)] == [0, 3, 0]
    clock.now += 2
    assert cooldown.wait(1) == 1
    clock.now += 1
    assert cooldown.wait(1) == 0
