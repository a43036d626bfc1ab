"""The one way out: every message is proved here before it is sent or edited."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import aiohttp
import discord
from discord.ui import View

from bot.answering.collection import Collection
from bot.discord.errors import apology, is_gone
from bot.discord.outgoing.markdown import block_quotes
from bot.discord.outgoing.messages import without_context
from bot.discord.outgoing.proof import Outgoing, Part, TextFile, Unproved, prove
from bot.discord.outgoing.views import Rewrite, laid_out, message_texts, rewritten, view_texts
from bot.discord.repetition import may_pass
from retrieval.stages import measured

log = logging.getLogger(__name__)

T = TypeVar("T")

Carry = Callable[..., Awaitable[Any]]
"""What sends: a channel's `send`, a message's `reply` or `edit`, an interaction's `followup.send`, ..."""

PAUSES = (0.5, 2.0, 5.0)
"""Seconds before a message is tried again; discord.py itself has repeated what it does by then."""
BAD_REQUEST = 400


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


class ComponentsRefused(Exception):
    """A message in parts that Discord, or what stands in for it, does not take: it may take a plain one."""


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
    be sent. Raises Outdated where it may not, ComponentsRefused, and what discord.py raises.
    """
    outgoing, proved = await _proved(message, collection)
    view = options.pop("view", None)
    view = view if proved else None  # an apology has no buttons

    async def attempt() -> Any:
        _check_current(is_current)
        files = {"files": _files(outgoing.files)} if outgoing.files else {}
        return await carry(**_content(outgoing, view, replaces=False), **files, **options)

    return Sent(await _carried(attempt, outgoing), proved)


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
    view = options.pop("view", None)
    view = view if proved else None  # an apology has no buttons

    async def attempt(outgoing: Outgoing = outgoing) -> Any:
        _check_current(is_current)
        content = _content(outgoing, view, replaces=True)
        return await carry(attachments=_files(outgoing.files), **{**options, **content})

    try:
        return Sent(await _carried(attempt, outgoing), proved)
    except discord.HTTPException as error:
        if outgoing.parts or not _is_refusal(error):
            raise
    # A message that is laid out in components stays so.
    files = tuple(Part(f"{file.name}:", file=file.name) for file in outgoing.files)
    in_parts = replace(outgoing, content="", parts=(Part(outgoing.content), *files))
    with measured("send"):
        return Sent(await persistently(partial(attempt, in_parts)), proved)


async def retract_context(message: discord.Message) -> None:
    """Edit a posted answer so that it repeats no earlier question; its quotes, files and buttons stay."""
    await rewrite(message, lambda number, text: text if number else without_context(text))


async def rewrite(message: discord.Message, rewrite_text: Rewrite) -> None:
    """Edit the texts of a posted message, of which none quotes anything else then; raises Unproved otherwise.

    A message that is not laid out in parts has one text, of number 0.
    """
    if message.flags.components_v2:
        layout = rewritten(message, rewrite_text)
        texts = view_texts(layout) if layout else message_texts(message)
        options: dict[str, Any] = {"view": layout}
    else:
        texts = [rewrite_text(0, message.content)]
        options = {"content": texts[0]}
    if _quoted(texts) != _quoted(message_texts(message)):
        raise Unproved("the message would quote something else")
    if texts != message_texts(message):
        await message.edit(**options, allowed_mentions=discord.AllowedMentions.none())


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


def _content(outgoing: Outgoing, view: View | None, *, replaces: bool) -> dict[str, Any]:
    """Return how discord.py takes a message with its buttons; raises Unproved unless it would send its very texts."""
    if not outgoing.parts:
        return {"content": outgoing.content, **({"view": view} if view is not None or replaces else {})}
    layout = laid_out(outgoing.parts, view)
    if tuple(view_texts(layout)) != outgoing.texts:
        raise Unproved("the components have other texts than the message")
    return {"view": layout, **({"content": None} if replaces else {})}


async def _carried(attempt: Callable[[], Awaitable[Any]], outgoing: Outgoing) -> Any:
    try:
        with measured("send"):
            return await persistently(attempt)
    except discord.HTTPException as error:
        if outgoing.parts and _is_refusal(error):
            raise ComponentsRefused from error
        raise


def _is_refusal(error: discord.HTTPException) -> bool:
    """Return whether Discord does not take a message as it is, and no other reason is known."""
    return error.status == BAD_REQUEST and not is_gone(error) and not may_pass(error)


def _quoted(texts: Sequence[str]) -> list[str]:
    return [quote for text in texts for quote in block_quotes(text)]


async def _proved(message: Outgoing, collection: Collection | None) -> tuple[Outgoing, bool]:
    """Return the message and true, or an apology and false."""
    try:
        with measured("prove"):
            await prove(message, collection.slices if collection else _no_source)
    except Unproved as error:
        return Outgoing(apology(error)), False
    return message, True


def _files(files: Sequence[TextFile]) -> list[discord.File]:
    return [discord.File(io.BytesIO(file.data), file.name) for file in files]


async def _no_source(cited: object) -> list[str]:
    raise Unproved(f"there is no collection to compare {cited!r} with")
