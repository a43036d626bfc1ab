"""Name all sorts of files for quoth to write: what is somebody's own stays as it is, and no article is added."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from typer.testing import CliRunner

from bot.chat_log.store import Store
from bot.main import app
from bot.output_files import QUOTE_PAGE, REPORT_PAGE, RUN
from retrieval.articles.corpus import ENDINGS
from retrieval.index.generation import Generation
from tests.attacks.rows import Progress, Row, Try, expect, silent, tally
from tests.attacks.surroundings import listing, temporary
from tests.toy import SPEC, ToyEncoder, build_toy, write_corpus

STATUSES = frozenset({0, 2})
BEGINNINGS = (b"", b"\n", b" ", b"\xef\xbb\xbf", *(output.begins for output in (QUOTE_PAGE, REPORT_PAGE, RUN)))
"""Of the files that lie about."""
OWN = b"This is all I have.\n"
FOLDERS = ("", "", "articles", "articles/letters", "index", "index/generations", "gold", "mine", "new")
NAMES = (
    "notes.txt", "page.html", "run.json", "run.txt", "qrels.txt", "gold.jsonl", "queries.jsonl", "chat.db",
    "chat.db-wal", "quoth.toml", "bridge.md", "mayor.md", "CURRENT", "lock", "new.html", "new.HTM", "new.pdf", ".new",
    "é.md", "a\nb.txt", "\udcff.txt", "link", "link/bridge.md", "..", ".",
)  # fmt: skip
OPTIONS = (
    ("show", "{ref}", "--html"), ("show", "{ref}", "--html"), ("show", "{ref}", "--html"),
    ("eval", "gold.jsonl", "--html"), ("eval", "gold.jsonl", "--json"), ("eval", "gold.jsonl", "--trec"),
    ("feedback", "export", "--out"), ("store", "backup"),
)  # fmt: skip


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Name `tries` files."""
    with temporary() as home:
        return tally("outputs", _tries(_Site(home), tries, random.Random(seed)), progress)


def _tries(site: _Site, count: int, rng: random.Random) -> Iterator[Try]:
    for _ in range(count):
        yield partial(site.write, random.Random(rng.random()))


class _Site:
    """A folder with a corpus, its index, a gold set, settings, a database and files of the user's own."""

    def __init__(self, home: Path) -> None:
        self._whole, self._home = home / "whole", home / "home"
        spec = replace(SPEC, name="/nowhere/toy")  # so that no hub is asked for it
        build_toy(write_corpus(self._home / "articles"), self._home / "index", ToyEncoder(spec))
        gold = json.dumps({"id": "1", "question": "Who paid?", "answerable": False, "gold": []}) + "\n"
        for file in (self._home / "gold.jsonl", self._home / "gold" / "queries.jsonl"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(gold, "utf-8")
        asyncio.run(Store.open(self._home / "chat.db").close())
        settings = '[corpus]\npath = "articles"\n[index]\npath = "index"\n[discord]\nstore = "chat.db"\n'

        (self._home / "quoth.toml").write_text(settings, "utf-8")
        generation = Generation.current(self._home / "index")
        self._ref = generation.cite(0, 0, 1, 1).ref.replace("#0-1", f"#{generation.article(0).body}-200")
        shutil.copytree(self._home, self._whole)

    def write(self, rng: random.Random) -> None:
        """Run a command that writes a file."""
        shutil.rmtree(self._home)
        shutil.copytree(self._whole, self._home)
        for _ in range(3):
            self._leave(rng)
        arguments = [word.replace("{ref}", self._ref) for word in rng.choice(OPTIONS)]
        target = os.path.join(rng.choice(FOLDERS), rng.choice(NAMES))
        before, here = listing(self._home), Path.cwd()
        os.chdir(self._home)
        try:
            ran = CliRunner().invoke(app, [*arguments, target, "--config", "quoth.toml"], prog_name="quoth")
        finally:
            os.chdir(here)
        ending = f"{ran.exit_code} {ran.stderr[-300:]!r} by quoth {arguments} {target!r}"
        expect(ran.exit_code in STATUSES, ending)
        self._check(before, listing(self._home), arguments, ending)

    def _leave(self, rng: random.Random) -> None:
        """Leave a file, or a link to one, of the user's own."""
        place = self._home / rng.choice(FOLDERS) / rng.choice(NAMES)
        if os.path.lexists(place) or place.parent.is_symlink():
            return
        with suppress(OSError):  # a file lies where a folder would
            place.parent.mkdir(parents=True, exist_ok=True)
            if rng.random() < 0.4:
                place.symlink_to(self._home / rng.choice(FOLDERS) / rng.choice(NAMES))
            else:
                place.write_bytes(rng.choice(BEGINNINGS) + OWN)

    def _check(
        self, before: dict[str, bytes | str], after: dict[str, bytes | str], arguments: list[str], ending: str
    ) -> None:
        """Raise Lost if anything is gone, changed though no page of the same command, or added as an article."""
        database = str(self._home / "chat.db")  # SQLite writes its own notes into it, and into its log, as it reads
        begins = QUOTE_PAGE.begins if arguments[0] == "show" else b"SQLite format 3\0"
        log = f"{database}-wal" if arguments[0] in ("feedback", "store") else ""
        for path, content in before.items():
            if path == log:
                continue
            is_own = path == database if arguments[0] == "feedback" else arguments[0] == "show"
            may_change = is_own and not self._is_read(path)
            both = [each.startswith(begins) for each in (content, after.get(path)) if isinstance(each, bytes)]
            kept = after.get(path) == content or (may_change and both == [True, True])
            expect(kept, f"{path} was changed: {ending}")
        for path in after.keys() - before.keys():
            expect(not self._is_read(path), f"{path} was added: {ending}")

    def _is_read(self, path: str) -> bool:
        inside = {folder: Path(path).is_relative_to(self._home / folder) for folder in ("articles", "index")}
        return inside["index"] or (inside["articles"] and Path(path).suffix.lower() in ENDINGS)
