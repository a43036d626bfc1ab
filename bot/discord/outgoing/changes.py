"""What became of cited words, as a message."""

from __future__ import annotations

from dataclasses import replace

from bot.discord.outgoing.components import date
from bot.discord.outgoing.messages import FRAMED, citation_line, quoted_whole
from bot.discord.outgoing.proof import Claim, Outgoing
from bot.languages.catalogue import ENGLISH, Language, Message
from retrieval.citations.changes import Change

STANDS = Message("The same words still stand in the article:")
INSTEAD = Message("As of {date}, the article says instead:")
GONE = Message("As of {date}, nothing in the article says that.")


def change_message(change: Change, language: Language = ENGLISH) -> Outgoing:
    """Return what an article says instead of words that were cited, or that they still stand."""
    seen = date(change.seen)
    if change.citation is None or change.new is None:
        return Outgoing(language.text(GONE, date=seen))
    below = citation_line(change.citation, {})
    quote = quoted_whole(change.new, Claim(change.citation), below, "now.txt", FRAMED, language)
    head = language.text(STANDS) if change.stands else language.text(INSTEAD, date=seen)
    return replace(quote, content=f"{head}\n{quote.content}")
