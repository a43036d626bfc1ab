"""The one place that turns errors into what is said in Discord."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any

import discord

from bot.answering.service import Busy, Closing
from bot.chat_log.database import StoreUnusable
from retrieval.errors import (
    CorpusError,
    IndexFault,
    IndexLocked,
    ModelError,
    PermalinkInvalid,
    QuestionInvalid,
    QuestionTooLong,
    SourceChanged,
    TextInvalid,
)

log = logging.getLogger(__name__)

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = 10003, 10008, 10015, 10062
MISSING_ACCESS, CANNOT_WRITE_TO_USER, MISSING_PERMISSIONS, ARCHIVED = 50001, 50007, 50013, 50083
INVALID_FORM, TOKEN_EXPIRED, ACKNOWLEDGED = 50035, 50027, 40060
GONE = frozenset({
    UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, MISSING_ACCESS, CANNOT_WRITE_TO_USER,
    MISSING_PERMISSIONS, ARCHIVED, TOKEN_EXPIRED,
})  # fmt: skip
"""Discord's codes for a place that is gone, or that the bot may not write to: nobody is there to be told."""


WENT_WRONG = "Sorry, something went wrong on my side."


class Refused(Exception):
    """A wish that is not granted; the message says why."""


Said = Callable[[Any], str]

SAID: tuple[tuple[type[Exception], Said], ...] = (
    (Refused, str),
    (Busy, lambda error: "Many questions are waiting right now. Please ask again in a moment."),
    (Closing, lambda error: "I am being restarted. Please ask again in a minute."),
    (
        QuestionTooLong,
        lambda error: (
            f"The question has {error.length:,} characters, and {error.longest:,} are allowed: ask something shorter."
        ),
    ),
    (QuestionInvalid, lambda error: "The question has no word in it: ask with words."),
    (TextInvalid, lambda error: "The text to verify has no word in it: give the words of a quote."),
    (SourceChanged, lambda error: "The article changed since it was quoted, and the version quoted is no longer kept."),
    (PermalinkInvalid, lambda error: "The article that was quoted is no longer there."),
)
"""What is said of each kind of mistake, the first that fits. Of the sentence that an error carries nothing is said:
it is for whoever runs the bot, and may name files and settings."""

FAULTS: tuple[tuple[type[Exception], str], ...] = (
    (CorpusError, "The articles cannot be read."),
    (IndexLocked, "The articles are being read by another program at this moment: try again later."),
    (IndexFault, "What I find quotes by cannot be used or written."),
    (ModelError, "What I understand questions by cannot be used."),
    (StoreUnusable, "What I remember of my answers cannot be used."),
)
"""What is said of each kind of fault, with a reference; of any other that something went wrong."""


def said_of(error: Exception) -> str | None:
    """What the user is told; None where nobody can be. What is not the user's mistake goes to the log."""
    if is_gone(error):
        log.info("nobody is there to be answered: %s", error)
        return None
    for kind, say in SAID:
        if isinstance(error, kind):
            return say(error)
    return apology(error)


def apology(error: Exception) -> str:
    """A line that names nothing but a reference, under which the log has the rest."""
    reference = secrets.token_hex(4)
    log.error("reference %s: %s", reference, error, exc_info=error)
    what = next((sentence for kind, sentence in FAULTS if isinstance(error, kind)), WENT_WRONG)
    return f"{what} (reference {reference})"


def is_gone(error: Exception) -> bool:
    """Whether the place to answer in is gone or closed to the bot."""
    if not isinstance(error, discord.HTTPException):
        return False
    # A reply to a message that was deleted is refused as an invalid form.
    return error.code in GONE or (error.code == INVALID_FORM and "message_reference" in error.text)
