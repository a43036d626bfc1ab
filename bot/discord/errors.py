"""The one place that turns errors into replies in Discord."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import discord

from bot import request_id
from bot.answering.collection import CorpusLost
from bot.answering.service import Busy, Closing
from bot.answering.verification import SourceUnknown
from bot.chat_log.database import StoreUnusable
from bot.errors import worded
from bot.languages.catalogue import ENGLISH, Language, Message
from bot.monitoring.monitor import note_fault, note_refusal
from retrieval.errors import (
    CorpusEmpty,
    CorpusError,
    CorpusNotFound,
    FilterEmpty,
    FilterInvalid,
    IndexFault,
    IndexLocked,
    IndexUnreachable,
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


NOT_THERE = Message(
    "I find none of my articles where they were, so I keep answering from what I read before. Whoever runs me should "
    "look at their folder."
)
WENT_WRONG = Message("Sorry, something went wrong on my side.")


class Refused(Exception):
    """A request that is refused; the message says why."""

    def __init__(self, message: str, **values: object) -> None:
        """`values` stand for the placeholders of the message, which is told in its reader's language."""
        self.message, self.values = message, values
        super().__init__(ENGLISH.text(message, **values))


class TooSoon(Refused):
    """A question, or a press of a button, so many seconds too early."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, round(seconds))
        super().__init__(Message("One question at a time, please: ask again in {seconds} s."), seconds=self.seconds)


Reply = Callable[[Any, Language], str]


def _always(message: Message) -> Reply:
    return lambda error, language: language.text(message)


def _too_long(error: QuestionTooLong, language: Language) -> str:
    return language.text(
        "Your question has {length} characters; the limit is {longest}. Please shorten it.",
        length=error.length,
        longest=error.longest,
    )


def _unknown_source(error: SourceUnknown, language: Language) -> str:
    if not error.articles:
        return language.text("I have no article with that title, id or permalink. Please pick one from the list.")
    return language.text(
        "{count} articles of mine could be meant by that source. Please pick one from the list.",
        count=error.articles,
    )


REPLIES: tuple[tuple[type[Exception], Reply], ...] = (
    (Refused, lambda error, language: language.text(error.message, **error.values)),
    (Busy, _always(Message("Many questions are waiting right now. Please ask again in a moment."))),
    (Closing, _always(Message("I am being restarted. Please ask again in a minute."))),
    (QuestionTooLong, _too_long),
    (QuestionInvalid, _always(Message("Your question has no words in it. Please ask in words."))),
    (TextInvalid, _always(Message("That text has no words in it. Please give the quote to verify."))),
    (SourceUnknown, _unknown_source),
    (
        FilterEmpty,
        _always(Message("None of my articles fits that filter. Please pick from the lists, or an earlier date.")),
    ),
    (
        FilterInvalid,
        _always(Message("I cannot read that date. Please write it as 2023, 2023-06, 2023-06-30 or 30 June 2023.")),
    ),
    (
        SourceChanged,
        _always(Message("The article has changed since it was quoted, and I no longer have that version.")),
    ),
    (PermalinkInvalid, _always(Message("The article that was quoted is no longer there."))),
)
"""The reply to each kind of mistake; the first that fits is taken. It never repeats the error's own sentence, which is
for whoever runs the bot and may name files and settings."""

FAULTS: tuple[tuple[type[Exception], Message], ...] = (
    (CorpusNotFound, NOT_THERE),
    (CorpusLost, NOT_THERE),
    (CorpusEmpty, Message("No article would be left that I can quote, so I keep answering from those that I have.")),
    (CorpusError, Message("The articles cannot be read.")),
    (IndexLocked, Message("The articles are being read again right now. Please try again later.")),
    (
        IndexUnreachable,
        Message("My articles are on a server that does not answer right now. Please ask again in a few minutes."),
    ),
    (IndexFault, Message("I cannot search the articles right now.")),
    (ModelError, Message("I cannot search the articles right now.")),
    (StoreUnusable, Message("My record of past answers cannot be used.")),
)
"""The reply to each kind of fault, with a reference; for any other it is WENT_WRONG."""


def reply_to(error: Exception, language: Language = ENGLISH) -> str | None:
    """Return the reply to an error; None where nobody can read it. What is not the user's mistake is logged."""
    if is_gone(error):
        log.info("nobody is there to be answered: %s", error)
        return None
    for kind, reply in REPLIES:
        if isinstance(error, kind):
            note_refusal(error)
            return reply(error, language)
    return apology(error, language)


def apology(error: Exception, language: Language = ENGLISH) -> str:
    """Return a line that names nothing but a reference, the request's id in short, under which the log has the rest."""
    reference = (request_id.current() or request_id.new())[: request_id.SHORT]
    note_fault(error)
    log.error("reference %s: %s", reference, worded(error), exc_info=error)
    what = next((sentence for kind, sentence in FAULTS if isinstance(error, kind)), WENT_WRONG)
    return language.text("{what} (reference {reference})", what=language.text(what), reference=reference)


def is_gone(error: Exception) -> bool:
    """Return whether the place to answer in is gone or closed to the bot."""
    if not isinstance(error, discord.HTTPException):
        return False
    # A reply to a message that was deleted is refused as an invalid form.
    return error.code in GONE or (error.code == INVALID_FORM and "message_reference" in error.text)
