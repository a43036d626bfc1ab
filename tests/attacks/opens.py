"""Open and ask while builds publish and prune: no errors, and no answer from two generations."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

from tests.attacks.rows import Progress, Row, Try, expect, silent, tally
from tests.attacks.surroundings import temporary
from tests.retrieval.forks import FIRST_WEEK, QUESTION, Forker, counted, write_week
from tests.toy import build_toy, open_toy


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Open an index `tries` times while one process builds and another reads, timed by the system's scheduler."""
    with temporary() as home, Forker() as builder, Forker() as reader:
        corpus, index, stop = home / "corpus", home / "index", home / "stop"
        write_week(corpus, FIRST_WEEK)
        build_toy(corpus, index)
        reader.start(do="read", index=str(index), stop=str(stop))
        builder.start(do="builds", corpus=str(corpus), index=str(index), stop=str(stop))
        try:
            return tally("opens", _tries(index, stop, tries, builder, reader), progress)
        finally:
            stop.touch()


def _tries(index: Path, stop: Path, count: int, builder: Forker, reader: Forker) -> Iterator[Try]:
    opening = _Opening(index)
    yield from repeat(opening.once, count - 1)

    def end() -> None:
        stop.touch()
        _, last = builder.end()
        _, heard = reader.end()
        weeks = [counted(texts) for _, texts in heard]
        expect(weeks == sorted(weeks), f"a reader heard of the weeks {weeks}")
        opening.once()
        expect(opening.week == last, f"the last build was of week {last}, and week {opening.week} answers")

    yield end


class _Opening:
    """Opens an index repeatedly."""

    def __init__(self, index: Path) -> None:
        self._index, self.week = index, FIRST_WEEK

    def once(self) -> None:
        """Open and ask; raise Lost if the answer is from an earlier week than the last one."""
        quotes = open_toy(self._index).ask(QUESTION).quotes
        week = counted([quote.text for quote in quotes])
        expect(week >= self.week, f"week {week} answers after week {self.week}")
        self.week = week
