"""Kill builds at any instant: the index answers as before or after, and the user's own files are untouched."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from retrieval.errors import IndexNotFound
from retrieval.index import folder as folders
from retrieval.index.generation import Generation
from tests.attacks.builds import wait_for_build
from tests.attacks.rows import Progress, Row, Try, expect, silent, tally
from tests.attacks.surroundings import listing, temporary
from tests.retrieval.forks import Forker
from tests.toy import build_toy, open_toy, write_corpus

QUESTIONS = (
    "How many herons were counted this week?",
    "Who closed the bridge in 2016?",
    "What did Jonna Lind measure?",
)
AN_INDEX = 40  # tries with each index
FRESH = 0.2  # share of the kills that hit the first build of an index
STEPS = 540  # accesses to files and syncs of a build, about

Answers = tuple[tuple[str, str], ...]
"""(permalink, text) of each quote."""


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Kill `tries` builds."""
    with temporary() as home, Forker() as forker:
        return tally("kills", _tries(home, forker, tries, random.Random(seed)), progress)


def _tries(home: Path, forker: Forker, count: int, rng: random.Random) -> Iterator[Try]:
    corpus_of_user: _Site | None = None
    for number in range(count):
        if number % AN_INDEX == 0 or corpus_of_user is None:
            corpus_of_user = _Site(home / str(number), forker, rng)
        yield partial(corpus_of_user.kill_first if rng.random() < FRESH else corpus_of_user.kill_next)


def answers(index: Path) -> Answers:
    """Verify the current generation, and return its answers; raise the errors that a reader would get."""
    for _ in Generation.current(index).verify():
        pass
    engine = open_toy(index)
    quotes = [quote for question in QUESTIONS for quote in engine.ask(question).quotes]
    for quote in quotes:
        row = engine.generation.row_of(quote.citation.article)
        expect(row is not None, f"{quote.citation.ref} cites an article that is not there")
        text = engine.generation.article(row or 0).text
        expect(text[quote.citation.start : quote.citation.end] == quote.text, f"{quote.citation.ref} is no slice")
    return tuple((quote.citation.ref, quote.text) for quote in quotes)


class Planted:
    """The user's own files and folders in an index folder and beside it."""

    def __init__(self, index: Path, beside: Path) -> None:
        self._link = index / "building-link"
        self._note = index / "building-notes.txt"
        self._elsewhere = beside / "elsewhere"
        self._folders = (
            self._elsewhere,
            index / "building-site",
            index / "generations" / "2024-notes",
            index / "generations" / "20240101",
            beside / "building-house",
        )
        self.names = {path.name for path in (self._link, self._note, *self._folders)}
        self._plant()
        self._before = self._listing()

    def check(self) -> None:
        """Raise Lost if any of them changed, after restoring them."""
        now = self._listing()
        changed = sorted(path for path in self._before | now if self._before.get(path) != now.get(path))
        if changed:
            self._plant()
        expect(not changed, f"of the user's own things there went {', '.join(changed)}")

    def _plant(self) -> None:
        for folder in self._folders:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "letter.txt").write_text("Dear Ann, this is all I have.", "utf-8")
        self._note.write_text("mine", "utf-8")
        if not self._link.is_symlink():
            self._link.symlink_to(self._elsewhere, target_is_directory=True)

    def _listing(self) -> dict[str, bytes | str]:
        listed = listing(self._link, self._note, *self._folders)
        return {path.removeprefix(f"{self._elsewhere.parent}/"): what for path, what in listed.items()}


def debris(index: Path, clean: set[str], own: set[str]) -> list[str]:
    """Return names in an index folder that belong neither to the index nor to the user."""
    generations = {generation.name for generation in folders.generations(index)}
    top = {path.name for path in index.iterdir()} - clean - own
    return sorted(top | {path.name for path in (index / "generations").iterdir()} - generations - own)


class _Site:
    """A corpus that changes, and its index, whose builds are killed."""

    def __init__(self, home: Path, forker: Forker, rng: random.Random) -> None:
        home.mkdir()
        self._home, self._forker, self._rng = home, forker, rng
        self._corpus, self._index = write_corpus(home / "corpus"), home / "index"
        self._change()
        began = time.monotonic()
        build_toy(self._corpus, self._index)
        build_toy(self._corpus, self._index)
        self._takes = time.monotonic() - began
        self._clean = {path.name for path in self._index.iterdir()}
        self._planted = Planted(self._index, home)
        self._first = 0

    def kill_next(self) -> None:
        """Kill a build of an existing index."""
        before = answers(self._index)
        self._change()
        self._kill(self._index)
        between = answers(self._index)
        self._planted.check()
        after = self._completed(self._index, self._planted.names)
        expect(between in (before, after), f"a killed build left answers of neither state: {between}")
        self._planted.check()

    def kill_first(self) -> None:
        """Kill the first build of an index."""
        self._first += 1
        index = self._home / f"first-{self._first}"
        self._kill(index)
        try:
            between = answers(index)
        except IndexNotFound:
            between = None
        after = self._completed(index, set())
        expect(between in (None, after), f"a killed first build left other answers: {between}")
        self._planted.check()

    def _completed(self, index: Path, own: set[str]) -> Answers:
        build_toy(self._corpus, index)
        after = answers(index)
        left = debris(index, self._clean, own)
        expect(not left, f"the build after a killed one left {', '.join(left)}")
        return after

    def _change(self) -> None:
        """Change one article, and add or remove another."""
        rng = self._rng
        (self._corpus / "herons.txt").write_text(f"We counted {rng.randrange(10**6)} herons this week.\n", "utf-8")
        other = self._corpus / f"other-{rng.randrange(4)}.txt"
        if other.exists():
            other.unlink()
        else:
            other.write_text("".join(f"Gust {n} had {rng.random():.6f} knots. " for n in range(60)) + "\n", "utf-8")

    def _kill(self, index: Path) -> None:
        """Kill a build before one of its file accesses, or at a random instant."""
        task = {"do": "build", "corpus": str(self._corpus), "index": str(index)}
        if self._rng.random() < 0.5:
            self._forker.start(**task, step=self._rng.randrange(1, STEPS))
        else:
            pid = self._forker.start(**task, step=0)
            time.sleep(self._rng.random() * self._takes)  # not synchronisation: the random instant of the kill
            os.kill(pid, signal.SIGKILL)
        end = wait_for_build(self._forker)
        expect(end.how in ("built", "killed"), f"a build that was to be killed ended in {end.text}")
