"""What was deleted or edited while the bot was away: a new session with Discord hears nothing of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable

import aiohttp
import discord

from bot.chat_log.store import PostedAnswer
from bot.discord.errors import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

DAYS, MOST_ANSWERS = 30.0, 500
"""Age and number of the answers that are looked at, the newest."""

Fetch = Callable[[PostedAnswer, int], Awaitable[discord.Message]]


async def reconcile(
    answers: Iterable[PostedAnswer],
    fetch: Fetch,
    on_delete: Callable[[int], Awaitable[None]],
    on_edit: Callable[[PostedAnswer], Awaitable[None]],
) -> None:
    """Look at the message behind each question, and act on what became of it; returns when the connection breaks."""
    for posted in answers:
        id_ = posted.question_message or posted.message
        if id_ is None:
            continue
        try:
            message = await fetch(posted, id_)
            if message.edited_at is not None and id_ == posted.question_message:
                await on_edit(posted)
        except discord.NotFound as error:
            if error.code in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL):
                await on_delete(id_)
        except discord.HTTPException as error:
            log.info("it is not known whether message %s is still there: %s", id_, error)
        except QuothError as error:
            log.error("what became of message %s could not be followed: %s", id_, error)
        except (aiohttp.ClientError, OSError) as error:
            log.warning("what was deleted while the bot was away is not known: %s", error)
            return
