"""Fill the disk at any write: a build succeeds or fails with a clear error, and the index still answers."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from retrieval.errors import IndexNotFound
from retrieval.index.generation import Generation
from tests.attacks.builds import wait_for_build
from tests.attacks.kills import Answers, answers, debris
from tests.attacks.rows import Progress, Row, Try, expect, silent, tally
from tests.attacks.surroundings import temporary
from tests.retrieval.forks import Forker
from tests.toy import build_toy, write_corpus

PAGE = 4096
ROOMY = 256 * 2**20
FRESH = 0.15  # share of the tries that fill the disk under the first build of an index


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Fill the disk `tries` times: half by a limit on file sizes, half by a small file system."""
    with temporary() as home, Forker() as forker, _small_disk(home, progress) as disk:
        return tally("disk", _tries(_Site(home, forker), disk, tries, random.Random(seed)), progress)


def _tries(site: _Site, disk: Path | None, count: int, rng: random.Random) -> Iterator[Try]:
    edges = site.edges()
    for number in range(count):
        fresh = rng.random() < FRESH
        if disk is None or number % 2:
            # First every edge of every file: the limit cuts the file in its middle or within its last bytes.
            limit = edges[number // 2 % len(edges)] if number // 2 < len(edges) else rng.randrange(1, edges[0])
            yield partial(site.limit, limit, fresh)
        else:
            share = (number + 0.5) / count
            yield partial(site.fill, disk, share, fresh)


class _Site:
    """A corpus that changes, and its index without room on the disk."""

    def __init__(self, home: Path, forker: Forker) -> None:
        self._home, self._forker, self._changes = home, forker, 0
        self._corpus, self._index = write_corpus(home / "corpus"), home / "index"
        self._change()
        build_toy(self._corpus, self._index)
        self._clean = {path.name for path in self._index.iterdir()}

    def edges(self) -> list[int]:
        """Return the sizes at which some file of an index is cut short, the largest first."""
        sizes = {file.stat().st_size for file in Generation.current(self._index).folder.rglob("*") if file.is_file()}
        cuts = {edge for size in sizes for edge in (size - 1, size - size % PAGE, size // 2, size - 100)}
        return sorted({1, *(cut for cut in cuts if cut > 0)}, reverse=True)

    def limit(self, largest: int, fresh: bool) -> None:
        """Build with a limit on each file's size, in bytes."""
        self._try(self._empty() if fresh else self._index, f"with files of at most {largest} bytes", largest)

    def fill(self, disk: Path, share: float, fresh: bool) -> None:
        """Build on a file system with room for a share of what a build writes."""
        index = disk / "index"
        _resize(disk, ROOMY)
        if fresh:
            shutil.rmtree(index, ignore_errors=True)
        elif not index.exists():
            build_toy(self._corpus, index)
        needs = sum(-(-file.stat().st_size // PAGE) + 1 for file in self._index.rglob("*") if file.is_file()) * PAGE
        used = shutil.disk_usage(disk).used
        _resize(disk, used + round(share * needs / PAGE) * PAGE)
        self._try(index, f"with room for {share:.0%} of a build", 0, lambda: _resize(disk, ROOMY))

    def _try(self, index: Path, when: str, largest: int, room: Try = lambda: None) -> None:
        before = self._answers(index)
        self._change()
        self._forker.start(do="build", corpus=str(self._corpus), index=str(index), step=0, largest=largest)
        end = wait_for_build(self._forker)
        between = self._answers(index)
        room()
        build_toy(self._corpus, index)
        after = answers(index)
        expect(end.how in ("built", "refused"), f"a build {when} ended in {end.text}")
        allowed = (after,) if end.how == "built" else (before, after)
        expect(between in allowed, f"after a build {when}, which ended with {end}, the answers are {between}")
        left = debris(index, self._clean, set())
        expect(not left, f"the build after one {when} left {', '.join(left)}")

    def _answers(self, index: Path) -> Answers | None:
        try:
            return answers(index)
        except IndexNotFound:
            return None

    def _empty(self) -> Path:
        index = self._home / "fresh"
        shutil.rmtree(index, ignore_errors=True)
        return index

    def _change(self) -> None:
        self._changes += 1
        # With many short articles the vectors' file is the largest, so that a limit can cut it alone.
        gusts = ({"_id": f"g{n}", "text": f"Gust {n} of storm {self._changes} had {n % 50} knots."} for n in range(150))
        (self._corpus / "gusts.jsonl").write_text("".join(json.dumps(gust) + "\n" for gust in gusts), "utf-8")
        herons = f"We counted {self._changes} herons this week.\n"
        (self._corpus / "herons.txt").write_text(herons, "utf-8")


@contextmanager
def _small_disk(home: Path, progress: Progress) -> Iterator[Path | None]:
    """Mount a file system whose size can be set; yield None, and report it, if mounting is not allowed."""
    disk = home / "disk"
    disk.mkdir()
    mounted = sys.platform == "linux" and _mount("-t", "tmpfs", "-o", f"size={ROOMY}", "tmpfs", str(disk))
    if not mounted:
        progress("disk: cannot mount a file system here, so all tries limit file sizes instead")
    try:
        yield disk if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(disk)], check=False, capture_output=True)


def _resize(disk: Path, size: int) -> None:
    expect(_mount("-o", f"remount,size={size}", str(disk)), f"the file system could not be given {size} bytes")


def _mount(*arguments: str) -> bool:
    try:
        return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode == 0
    except OSError:
        return False
