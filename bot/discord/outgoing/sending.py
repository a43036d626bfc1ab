"""The one way out: every message is proved here before it is sent or edited."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import discord

from bot.answering.collection import Collection
from bot.discord.errors import apology
from bot.discord.outgoing.markdown import block_quotes
from bot.discord.outgoing.messages import without_context
from bot.discord.outgoing.proof import Outgoing, TextFile, Unproved, prove

log = logging.getLogger(__name__)

T = TypeVar("T")

Carry = Callable[..., Awaitable[Any]]
"""What sends: a channel's `send`, a message's `reply` or `edit`, an interaction's `followup.send`, ..."""

PAUSES = (0.5, 2.0, 5.0)
"""Seconds before a message is tried again; discord.py itself has repeated what it does by then."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message."""

    message: Any
    """What Discord made of it."""
    proved: bool
    """False where an apology was sent in its place."""


class Outdated(Exception):
    """A message with content that must no longer be posted."""

    def __init__(self, message: Any = None) -> None:
        super().__init__()
        self.message = message
        """What Discord made of it, where it was on its way already."""


def _always() -> bool:
    return True


async def send(
    carry: Carry,
    message: Outgoing,
    collection: Collection | None = None,
    *,
    is_current: Callable[[], bool] = _always,
    **options: Any,
) -> Sent:
    """Prove the message against its collection, then send it; on a mismatch an apology is sent and nothing else.

    A message that quotes nothing needs no collection. Before each try `is_current` says whether the message may still
    be sent. Raises Outdated where it may not, and what discord.py raises.
    """
    outgoing, proved = await _proved(message, collection)
    if not proved:
        options.pop("view", None)

    async def attempt() -> Any:
        _check_current(is_current)
        files = {"files": _files(outgoing.files)} if outgoing.files else {}
        return await carry(content=outgoing.content, **files, **options)

    return Sent(await persistently(attempt), proved)


async def edit(
    carry: Carry,
    message: Outgoing,
    collection: Collection | None = None,
    *,
    is_current: Callable[[], bool] = _always,
    **options: Any,
) -> Sent:
    """Replace a message's content, as `send` posts one; its former files and buttons go."""
    outgoing, proved = await _proved(message, collection)
    view = options.pop("view", None) if proved else None

    async def attempt() -> Any:
        _check_current(is_current)
        return await carry(content=outgoing.content, attachments=_files(outgoing.files), **{**options, "view": view})

    return Sent(await persistently(attempt), proved)


async def retract_context(message: Any) -> None:
    """Edit a posted answer so that it repeats no earlier question; its quotes, files and buttons stay."""
    content = without_context(message.content)
    if list(block_quotes(content)) != list(block_quotes(message.content)):
        raise Unproved("without its notes the message would quote something else")
    if content != message.content:
        await message.edit(content=content, allowed_mentions=discord.AllowedMentions.none())


async def persistently(attempt: Callable[[], Awaitable[T]], pauses: Sequence[float] = PAUSES) -> T:
    """Make an attempt, again after each pause if the connection breaks or Discord fails."""
    for pause in pauses:
        try:
            return await attempt()
        except (aiohttp.ClientError, OSError, discord.DiscordServerError) as error:
            log.info("Discord could not be reached (%s), trying again in %.1f s", error, pause)
            await asyncio.sleep(pause)
    return await attempt()


def _check_current(is_current: Callable[[], bool]) -> None:
    if not is_current():
        raise Outdated


async def _proved(message: Outgoing, collection: Collection | None) -> tuple[Outgoing, bool]:
    """Return the message and true, or an apology and false."""
    try:
        await prove(message, collection.slices if collection else _no_source)
    except Unproved as error:
        return Outgoing(apology(error)), False
    return message, True


def _files(files: Sequence[TextFile]) -> list[discord.File]:
    return [discord.File(io.BytesIO(file.data), file.name) for file in files]


async def _no_source(cited: object) -> list[str]:
    raise Unproved(f"there is no collection to compare {cited!r} with")
