"""All attacks, with their number of tries in `make attack` and in the test suite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.attacks import (
    chats,
    commands,
    corpora,
    damage,
    disk,
    documents,
    interrupts,
    kills,
    opens,
    outputs,
    pasting,
    settings,
    texts,
)
from tests.attacks.rows import Run


@dataclass(frozen=True, slots=True)
class Attack:
    """An attack with its two numbers of tries."""

    run: Run
    tries: int
    """Tries in `make attack`."""
    fast: int
    """Tries in a test, within a few seconds."""


ATTACKS: Mapping[str, Attack] = {
    "kills": Attack(kills.run, 1000, 30),
    "disk": Attack(disk.run, 130, 24),
    "settings": Attack(settings.run, 10_000, 300),
    "texts": Attack(texts.run, 100_000, 300),
    "documents": Attack(documents.run, 200, 4),
    "corpora": Attack(corpora.run, 400, 16),
    "bytes": Attack(damage.run, 1500, 50),
    "commands": Attack(commands.run, 250, 10),
    "pasting": Attack(pasting.run, 2000, 80),
    "discord": Attack(chats.run, 200, 6),
    "interrupts": Attack(interrupts.run, 150, 5),
    "opens": Attack(opens.run, 5000, 100),
    "outputs": Attack(outputs.run, 2000, 60),
}
"""Name in the table -> attack."""
