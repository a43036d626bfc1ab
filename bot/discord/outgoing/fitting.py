"""Lists in a message: as many lines as it holds, and how many more there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.discord.outgoing.proof import LONGEST_MESSAGE, length


def fitting(lines: Sequence[str], more: Callable[[int], str]) -> str:
    """Return as many of the lines as a message holds; `more` returns the line that stands for so many left out."""
    if length("\n".join(lines)) <= LONGEST_MESSAGE:
        return "\n".join(lines)
    fitted = list[str]()
    for line in lines:
        if length("\n".join([*fitted, line, more(len(lines) - len(fitted) - 1)])) > LONGEST_MESSAGE:
            break
        fitted.append(line)
    return "\n".join([*fitted, more(len(lines) - len(fitted))])


def with_upgrades(lines: Sequence[str], upgrades: Sequence[str]) -> str:
    """Return the lines, from the first on in their longer forms as far as a message holds them."""
    chosen = list(lines)
    for at, upgrade in enumerate(upgrades):
        longer = [*chosen[:at], upgrade, *chosen[at + 1 :]]
        if length("\n".join(longer)) <= LONGEST_MESSAGE:
            chosen = longer
    return "\n".join(chosen)
