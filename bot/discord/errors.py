"""The one place that turns errors into replies in Discord."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any

import discord

from bot.answering.service import Busy, Closing
from bot.answering.verification import SourceUnknown
from bot.chat_log.database import StoreUnusable
from bot.errors import worded
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

UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = (
    10003,
    10004,
    10008,
    10015,
    10062,
)
MISSING_ACCESS, CANNOT_WRITE_TO_USER, MISSING_PERMISSIONS, ARCHIVED = 50001, 50007, 50013, 50083
INVALID_FORM, TOKEN_EXPIRED, ACKNOWLEDGED = 50035, 50027, 40060
GONE = frozenset({
    UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, MISSING_ACCESS, CANNOT_WRITE_TO_USER,
    MISSING_PERMISSIONS, ARCHIVED, TOKEN_EXPIRED,
})  # fmt: skip
"""Discord's codes for a place that is gone, or that the bot may not write to: nobody is there to be told."""


WENT_WRONG = "Sorry, something went wrong on my side."


class Refused(Exception):
    """A request that is refused; the message says why."""


class TooSoon(Refused):
    """A question, or a press of a button, so many seconds too early."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, round(seconds))
        super().__init__(f"One question at a time, please: ask again in {self.seconds} s.")


Reply = Callable[[Any], str]

REPLIES: tuple[tuple[type[Exception], Reply], ...] = (
    (Refused, str),
    (Busy, lambda error: "Many questions are waiting right now. Please ask again in a moment."),
    (Closing, lambda error: "I am being restarted. Please ask again in a minute."),
    (
        QuestionTooLong,
        lambda error: (
            f"Your question has {error.length:,} characters; the limit is {error.longest:,}. Please shorten it."
        ),
    ),
    (QuestionInvalid, lambda error: "Your question has no words in it. Please ask in words."),
    (TextInvalid, lambda error: "That text has no words in it. Please give the quote to verify."),
    (
        SourceUnknown,
        lambda error: (
            f"{error.articles:,} articles of mine could be meant by that source. Please pick one from the list."
            if error.articles
            else "I have no article with that title, id or permalink. Please pick one from the list."
        ),
    ),
    (SourceChanged, lambda error: "The article has changed since it was quoted, and I no longer have that version."),
    (PermalinkInvalid, lambda error: "The article that was quoted is no longer there."),
)
"""The reply to each kind of mistake; the first that fits is taken. It never repeats the error's own sentence, which is
for whoever runs the bot and may name files and settings."""

FAULTS: tuple[tuple[type[Exception], str], ...] = (
    (CorpusError, "The articles cannot be read."),
    (IndexLocked, "The articles are being read again right now. Please try again later."),
    (IndexFault, "I cannot search the articles right now."),
    (ModelError, "I cannot search the articles right now."),
    (StoreUnusable, "My record of past answers cannot be used."),
)
"""The reply to each kind of fault, with a reference; for any other it is WENT_WRONG."""


def reply_to(error: Exception) -> str | None:
    """Return the reply to an error; None where nobody can read it. What is not the user's mistake is logged."""
    if is_gone(error):
        log.info("nobody is there to be answered: %s", error)
        return None
    for kind, reply in REPLIES:
        if isinstance(error, kind):
            return reply(error)
    return apology(error)


def apology(error: Exception) -> str:
    """Return a line that names nothing but a reference, under which the log has the rest."""
    reference = secrets.token_hex(4)
    log.error("reference %s: %s", reference, worded(error), exc_info=error)
    what = next((sentence for kind, sentence in FAULTS if isinstance(error, kind)), WENT_WRONG)
    return f"{what} (reference {reference})"


def is_gone(error: Exception) -> bool:
    """Return whether the place to answer in is gone or closed to the bot."""
    if not isinstance(error, discord.HTTPException):
        return False
    # A reply to a message that was deleted is refused as an invalid form.
    return error.code in GONE or (error.code == INVALID_FORM and "message_reference" in error.text)
