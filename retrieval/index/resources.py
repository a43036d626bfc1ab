"""What a build may take of the machine, and what it will need."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import DiskTooSmall
from retrieval.platforms import memory_in_use

MEMORY = 2_000_000_000
"""Bytes of memory that a build may take, unless that is set."""
OF_A_PROCESS = 250_000_000
"""Bytes that a process takes which reads and splits articles, with the one that converts documents for it."""
LONG = 60.0
"""Seconds from which on a build announces what it needs."""
SURE = 5.0
"""Seconds of encoding after which it is known how fast it goes."""
_CHARACTERS_A_TOKEN = 4.0
"""English prose has 4.5 with its punctuation, and articles about software, with their code and headings, 3.5."""
_WRITTEN_OF_READ = 1.3
"""Bytes that a generation has besides what is encoded, its words foremost, for each byte that was kept as it was read.
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a build may take."""

    memory: int = MEMORY
    """Bytes of memory."""
    processes: int = 0
    """Processes that read and split articles; 0 takes one for each processor, as far as the memory goes."""

    @property
    def readers(self) -> int:
        """How many processes read and split articles."""
        return self.processes or max(1, min(os.cpu_count() or 1, self.memory // OF_A_PROCESS))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the rest of a build needs."""

    passages: int
    """Those to encode."""
    seconds: float
    disk: int
    """Bytes, with those of what was read and encoded so far."""
    memory: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class GoesOn:
    """A build goes on from one that was ended, or from what is whole of a damaged index."""

    passages: int
    """Those that are encoded already."""


@dataclass(frozen=True, slots=True)
class MakesAgain:
    """A build makes a damaged index again."""

    fault: str
    """Which file, and what of it."""


Announcement = Estimate | GoesOn | MakesAgain
Announce = Callable[[Announcement], None]


@dataclass(frozen=True, slots=True)
class Needs:
    """What the rest of a build writes, as far as that is known before it encodes."""

    passages: int
    """Those to encode."""
    characters: int
    """Of these."""
    dimension: int
    taken_over: int
    """Bytes of what is taken over."""
    read: int
    """Bytes of what was read of the corpus, which are kept until the end."""
    kept: int = 0
    """Bytes of what an ended build has encoded, which are kept until the end."""

    @property
    def disk(self) -> int:
        """Bytes that are still to be written: what is encoded is there twice until it is published."""
        vectors = self.passages * 4 * self.dimension
        bits = int(self.characters / _CHARACTERS_A_TOKEN) * self.dimension // 8
        return 2 * (vectors + bits) + self.kept + self.taken_over + int(_WRITTEN_OF_READ * self.read)

    @property
    def disk_at_most(self) -> int:
        """Bytes that lie beside the generation before just before it is published."""
        return self.disk + self.kept + self.read


class Announcer:
    """Called with the passages encoded and the seconds that took; announces once what is needed, if that is long."""

    def __init__(self, needs: Needs, limits: Limits, announce: Announce) -> None:
        self._needs, self._limits, self._announce = needs, limits, announce
        self._first: tuple[int, float] | None = None
        """What it was called with first: before that, workers were started."""
        self._is_over = False

    def __call__(self, count: int, seconds: float) -> None:
        """Note how fast it goes."""
        if self._first is None:
            self._first = count, seconds
        encoded, since = count - self._first[0], seconds - self._first[1]
        if self._is_over or not encoded or since < SURE:
            return
        self._is_over = True
        left = since / encoded * (self._needs.passages - count)
        if left > LONG:
            self._announce(Estimate(self._needs.passages - count, left, self._needs.disk_at_most, self._memory()))

    def _memory(self) -> int:
        """Return the bytes of memory that this process will have come to by the end."""
        return min((memory_in_use() or 0) + self._limits.memory // 2, self._limits.memory)


def check_disk(index: Path, needed: int) -> None:
    """Raise DiskTooSmall where the disk of an index has less room than is needed."""
    try:
        free = shutil.disk_usage(index).free
    except OSError:
        return
    if free < needed:
        raise DiskTooSmall(index, needed, free)
