"""Lists that are as long as a message holds."""

from __future__ import annotations

import pytest

from bot.discord.outgoing.fitting import fitting, with_upgrades
from bot.discord.outgoing.proof import LONGEST_MESSAGE, length


def more(count: int) -> str:
    return f"and {count} more"


@pytest.mark.parametrize("lines", [[], ["one"], ["one", "two"], ["x" * 999, "x" * 1000]])
def test_lines_that_fit_are_all_there(lines: list[str]) -> None:
    assert fitting(lines, more) == "\n".join(lines)


@pytest.mark.parametrize("size", range(985, 1005))
def test_lines_are_left_out_whole_and_counted(size: int) -> None:
    lines = ["x" * 999, "y" * size, "z" * 500]
    content = fitting(lines, more)
    assert length(content) <= LONGEST_MESSAGE
    fits = length("\n".join([*lines[:2], more(1)])) <= LONGEST_MESSAGE
    assert content.split("\n") == [*lines[: 1 + fits], more(2 - fits)]


def test_lines_are_counted_as_discord_counts_them() -> None:
    content = fitting(["🦉" * 400] * 3, more)
    assert content == "\n".join(["🦉" * 400, "🦉" * 400, more(1)])
    assert fitting(["🦉" * 1001], more) == more(1)


def test_lines_are_the_longer_ones_as_far_as_they_fit() -> None:
    assert with_upgrades(["a", "b"], ["aa", "bb"]) == "aa\nbb"
    content = with_upgrades(["a"] * 3, ["x" * 990, "y" * 2000, "z" * 990])
    assert content.split("\n") == ["x" * 990, "a", "z" * 990]
