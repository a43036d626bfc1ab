"""Whatever instant a build dies at, the index answers; and readers never see a build."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

from retrieval.index.generation import Generation
from tests.retrieval.forks import QUESTION, Forker, counted, write_week
from tests.toy import build_toy, open_toy

RANDOM_KILLS = 30
BUILDS = 12
STEPS_APART = 10  # accesses to a file from one planned kill to the next


def answered(index: Path) -> int:
    """Check the current generation whole, and ask it."""
    assert list(Generation.current(index).verify())
    return counted([quote.text for quote in open_toy(index).ask(QUESTION).quotes])


class Killings:
    """An index that builds die on, week after week."""

    def __init__(self, folder: Path) -> None:
        self.corpus, self.index = folder / "corpus", folder / "index"
        self.week = 100
        write_week(self.corpus, self.week)
        build_toy(self.corpus, self.index)
        self.kept = self.swapped = self.ended = 0

    def once(self, forker: Forker, *, step: int = 0, after: float | None = None) -> bool:
        """Kill one build; returns whether it was still running."""
        self.week += 1
        write_week(self.corpus, self.week)
        pointer = (self.index / "CURRENT").read_bytes()
        pid = forker.start(do="build", corpus=str(self.corpus), index=str(self.index), step=step)
        if after is not None:
            time.sleep(after)  # no waiting for something: the instant of the kill
            os.kill(pid, signal.SIGKILL)
        killed = forker.end()[0] == signal.SIGKILL
        swapped = (self.index / "CURRENT").read_bytes() != pointer
        assert answered(self.index) == self.week - (not swapped)
        self.kept += killed and not swapped
        self.swapped += killed and swapped
        self.ended += not killed
        if killed:
            self.week += 1
            write_week(self.corpus, self.week)
            build_toy(self.corpus, self.index)
            assert answered(self.index) == self.week
        names = sorted(path.name for path in self.index.iterdir())
        assert names == ["CURRENT", "builder", "generations", "lock"]
        assert len(list((self.index / "generations").iterdir())) == 2
        return killed


def test_a_build_killed_at_random_instants(tmp_path: Path) -> None:
    drawn, killed = random.Random(9), 0
    with Forker() as forker:
        killings = Killings(tmp_path)
        began = time.monotonic()
        assert not killings.once(forker)
        whole = time.monotonic() - began
        while killed < RANDOM_KILLS:
            if killings.once(forker, after=whole * (killed + drawn.random()) / RANDOM_KILLS):
                killed += 1
            else:
                whole *= 0.95  # the build was over: it takes less time than was thought
    assert killings.kept > 0


def test_a_build_killed_before_each_write(tmp_path: Path) -> None:
    drawn, step = random.Random(4), 1
    with Forker() as forker:
        killings = Killings(tmp_path)
        while killings.once(forker, step=step):
            step += drawn.randint(1, 2 * STEPS_APART - 1)
    assert killings.kept + killings.swapped >= 20
    assert killings.kept > 0
    assert killings.swapped > 0, "some died between the swap and the end"


def test_readers_never_see_a_build(tmp_path: Path) -> None:
    corpus, index, stop = tmp_path / "corpus", tmp_path / "index", tmp_path / "stop"
    write_week(corpus, 100)
    build_toy(corpus, index)
    with Forker() as first, Forker() as second:
        for forker in (first, second):
            forker.start(do="read", index=str(index), stop=str(stop))
        for week in range(101, 101 + BUILDS):
            write_week(corpus, week)
            build_toy(corpus, index)
        stop.touch()
        for forker in (first, second):
            _, heard = forker.end()
            weeks = [counted(texts) for _, texts in heard]
            assert weeks == sorted(weeks)
            assert len({fingerprint for fingerprint, _ in heard}) == len(set(weeks)) == len(weeks)
            assert weeks[-1] == 100 + BUILDS
