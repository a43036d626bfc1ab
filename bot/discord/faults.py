"""The one place that turns errors into what is said in Discord."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

import discord

from bot.service import Busy, Closing
from retrieval.errors import IndexFault, InputInvalid, PermalinkInvalid, QuestionInvalid, SettingInvalid, SourceChanged

log = logging.getLogger(__name__)

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = 10003, 10008, 10015, 10062
MISSING_ACCESS, CANNOT_WRITE_TO_USER, MISSING_PERMISSIONS, ARCHIVED = 50001, 50007, 50013, 50083
INVALID_FORM, TOKEN_EXPIRED, ACKNOWLEDGED = 50035, 50027, 40060
GONE = frozenset({
    UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, MISSING_ACCESS, CANNOT_WRITE_TO_USER,
    MISSING_PERMISSIONS, ARCHIVED, TOKEN_EXPIRED,
})  # fmt: skip
"""Discord's codes for a place that is gone, or that the bot may not write to: nobody is there to be told."""


class Refused(Exception):
    """A wish that is not granted; the message says why."""


Said = Callable[[Exception], str]

SAID: tuple[tuple[type[Exception], Said], ...] = (
    (Refused, str),
    (Busy, lambda error: "Many questions are waiting right now. Please ask again in a moment."),
    (Closing, lambda error: "I am being restarted. Please ask again in a minute."),
    (QuestionInvalid, str),
    (SourceChanged, str),
    (PermalinkInvalid, str),
    (InputInvalid, str),
)
"""What is said of each kind of error, the first that fits; of any other a neutral line with a reference."""


def said_of(error: Exception) -> str | None:
    """What the user is told; None where nobody can be. What is not expected goes to the log."""
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
    kind = "fault" if isinstance(error, IndexFault | SettingInvalid) else "unexpected error"
    log.error("reference %s: %s", reference, kind, exc_info=error)
    return f"Sorry, something went wrong on my side. (reference {reference})"


def is_gone(error: Exception) -> bool:
    """Whether the place to answer in is gone or closed to the bot."""
    if not isinstance(error, discord.HTTPException):
        return False
    # A reply to a message that was deleted is refused as an invalid form.
    return error.code in GONE or (error.code == INVALID_FORM and "message_reference" in error.text)
