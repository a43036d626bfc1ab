"""Random histories of a Discord server: nobody reads what another asked, nor what is private, deleted or forgotten."""

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
from tests.attacks.rows import Row, Tell, Try, expect, silent, tally
from tests.attacks.surroundings import temporary
from tests.bot.discord.conftest import staged
from tests.toy import build_toy, write_corpus

ACTIONS = 14  # of a history


def run(tries: int, seed: int, tell: Tell = silent) -> Row:
    """Play so many histories."""
    logging.getLogger("discord").setLevel(logging.CRITICAL)
    with temporary() as home:
        index = home / "index"
        build_toy(write_corpus(home / "articles"), index)
        return tally("discord", _tries(home, index, tries, random.Random(seed)), tell)


def _tries(home: Path, index: Path, count: int, drawn: random.Random) -> Iterator[Try]:
    for number in range(count):
        place = home / str(number)
        place.mkdir()
        yield partial(_play, place, index, random.Random(drawn.random()))


def _play(place: Path, index: Path, drawn: random.Random) -> None:
    words = asyncio.run(_perform(place, index, drawn))
    _check_exports(place, index, words)


async def _perform(place: Path, index: Path, drawn: random.Random) -> list[Word]:
    async with staged(index, place)() as scene:
        history = History(scene, drawn)
        await history.begin()
        for _ in range(ACTIONS):
            await history.act()
        await history.end()
        return history.words


def _check_exports(place: Path, index: Path, words: list[Word]) -> None:
    """Raise Lost where a file that a manager writes holds what is not everybody's."""
    settings, notices = Settings(index=IndexSettings(index)), io.StringIO()
    with redirect_stderr(notices):
        export(ExportOptions(place / "chat.db", place / "export.jsonl"), settings)
        logged = [asked.question for asked in logged_questions(place / "chat.db", settings)]
    for where, text in (
        ("feedback export", (place / "export.jsonl").read_text("utf-8")),
        ("reach", json.dumps(logged)),
    ):
        for word in words:
            expect(word.is_public or word.text not in text, f"`{where}` writes {word}")
