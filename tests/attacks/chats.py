"""Play random histories of a Discord server: nobody may read what is private, deleted or forgotten."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import random
from collections.abc import Iterator
from contextlib import redirect_stderr
from functools import partial
from pathlib import Path

from bot.cli.feedback import ExportOptions
from bot.cli.feedback import run as export
from bot.evaluation.chat_questions import logged_questions
from bot.settings import IndexSettings, Settings
from tests.attacks.histories import History, Word
from tests.attacks.rows import Progress, Row, Try, expect, silent, tally
from tests.attacks.surroundings import temporary
from tests.bot.discord.conftest import staged
from tests.toy import build_toy, write_corpus

ACTIONS = 14  # of a history


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Play `tries` histories."""
    logging.getLogger("discord").setLevel(logging.CRITICAL)
    with temporary() as home:
        index = home / "index"
        build_toy(write_corpus(home / "articles"), index)
        return tally("discord", _tries(home, index, tries, random.Random(seed)), progress)


def _tries(home: Path, index: Path, count: int, rng: random.Random) -> Iterator[Try]:
    for number in range(count):
        place = home / str(number)
        place.mkdir()
        yield partial(_play, place, index, random.Random(rng.random()))


def _play(place: Path, index: Path, rng: random.Random) -> None:
    words = asyncio.run(_perform(place, index, rng))
    _check_exports(place, index, words)


async def _perform(place: Path, index: Path, rng: random.Random) -> list[Word]:
    async with staged(index, place)() as scene:
        history = History(scene, rng)
        await history.begin()
        for _ in range(ACTIONS):
            await history.act()
        await history.end()
        return history.words


def _check_exports(place: Path, index: Path, words: list[Word]) -> None:
    """Raise Lost if a file that a manager exports holds a question that is not public."""
    settings, notices = Settings(index=IndexSettings(index)), io.StringIO()
    with redirect_stderr(notices):
        export(ExportOptions(place / "chat.db", place / "export.jsonl"), settings)
        logged = [logged_question.question for logged_question in logged_questions(place / "chat.db", settings)]
    for where, text in (
        ("feedback export", (place / "export.jsonl").read_text("utf-8")),
        ("reach", json.dumps(logged)),
    ):
        for word in words:
            expect(word.is_public or word.text not in text, f"`{where}` writes {word}")
