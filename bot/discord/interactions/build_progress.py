"""How far a build is, and what it did, as its owners are told."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord

from bot.discord.errors import is_gone
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import edit
from bot.formats.visible import short
from bot.languages.catalogue import Language, Message
from bot.terminal.progress import STAGES
from retrieval.index.build import Report

log = logging.getLogger(__name__)

Say = Callable[[Outgoing], Awaitable[None]]

EDIT_EVERY = 2.0  # seconds; Discord allows five edits of a message in five
TELLING_FOR = 14 * 60.0  # seconds; a command's answer can be edited for fifteen minutes
MOST_NAMED, LONGEST_PATH = 5, 60  # files that are named as skipped; characters of each
ESTIMATED_AFTER = 5.0  # seconds of a stage; what it will take is a guess before
STARTING = Message("Starting")
LONG = Message(
    "This is taking longer than Discord lets a command run. It continues in the background, and I'll send you a "
    "message when it is done."
)


async def unheard(message: Outgoing) -> None:
    """Report to nobody."""


class Latest:
    """How far the build is; written by its thread, read by the event loop."""

    def __init__(self, language: Language, clock: Callable[[], float] = time.monotonic) -> None:
        self._language, self._clock = language, clock
        self._stage, self._began = "", 0.0
        self._progress = (0, 0)

    def __call__(self, stage: str, count: int, total: int) -> None:
        """Note that so much of a stage is done."""
        if stage != self._stage:
            self._stage, self._began = stage, self._clock()
        self._progress = (count, total)

    def __str__(self) -> str:
        count, total = self._progress
        name = self._language.text(STAGES.get(self._stage, STARTING))
        if total <= 1:
            return f"{name}…"
        amount = self._language.text("{stage}: {count} of {total}", stage=name, count=count, total=total)
        minutes = self._minutes_left(count, total)
        if minutes <= 1:
            return f"{amount}…"
        long = self._language.plural(
            "{progress}, about {count} minute left. I'll tell you when it is done",
            "{progress}, about {count} minutes left. I'll tell you when it is done",
            minutes,
            progress=amount,
        )
        return f"{long}…"

    def _minutes_left(self, count: int, total: int) -> int:
        """Return how long the stage will take at its pace so far; 0 where that is not known."""
        seconds = self._clock() - self._began
        return math.ceil((total - count) * seconds / count / 60) if count and seconds >= ESTIMATED_AFTER else 0


async def tell(building: asyncio.Future[Report], latest: Latest, say: Say, long: str) -> None:
    """Report progress now and then until the build is done; a report that fails does not end it."""
    began, last = time.monotonic(), ""
    while not building.done():
        sentence = str(latest) if time.monotonic() - began < TELLING_FOR else long
        if sentence != last:
            if not await report(say, sentence):
                await asyncio.wait({building})
            last = sentence
        await asyncio.wait({building}, timeout=EDIT_EVERY)


async def report(say: Say, sentence: str) -> bool:
    """Report what is going on, if anybody can read it; return false where nobody can any more."""
    try:
        await say(Outgoing(sentence))
    except Exception as error:
        log.info("what is going on could not be reported", exc_info=True)
        return not is_gone(error)
    return True


async def progress(interaction: discord.Interaction[Any], message: Outgoing) -> None:
    """Report to whoever used a command, as long as Discord takes edits of its answer; raises what discord.py does."""
    await edit(interaction.edit_original_response, message)


def outcome(report: Report, language: Language) -> Outgoing:
    """Return the message about what a build did."""
    counts = report.manifest.counts
    holds = ", ".join(
        [
            language.plural("{count} article", "{count} articles", counts.articles),
            language.plural("{count} passage", "{count} passages", counts.passages),
            language.plural("{count} sentence", "{count} sentences", counts.sentences),
        ]
    )
    if report.unchanged:
        return Outgoing(language.text("Nothing to do: the articles are as they were, {contents}.", contents=holds))
    encoded = language.plural("{count} passage encoded", "{count} passages encoded", report.encoded)
    dropped = language.plural("{count} article dropped", "{count} articles dropped", report.dropped)
    done = language.text(
        "Done in {seconds} s: {contents}; {encoded}, {reused}, {dropped}. Fingerprint {fingerprint}.",
        seconds=language.figure(f"{report.seconds:.1f}"),
        contents=holds,
        encoded=encoded,
        reused=language.plural("{count} reused", "{count} reused", report.reused),
        dropped=dropped,
        fingerprint=report.manifest.fingerprint,
    )
    skipped = [warn.path for warn in report.warnings if warn.skipped and not warn.unread]
    return Outgoing(f"{done} {_left_out(skipped, language)}" if skipped else done)


def _left_out(paths: Sequence[str], language: Language) -> str:
    """Return which files, or lines of files, were left out."""
    named, left = [escape(short(path, LONGEST_PATH)) for path in paths[:MOST_NAMED]], len(paths) - MOST_NAMED
    names = ", ".join([*named, *([language.text("{count} more", count=left)] if left > 0 else [])])
    return language.plural(
        "{count} file or line was skipped: {names}.",
        "{count} files or lines were skipped: {names}.",
        len(paths),
        names=names,
    )
