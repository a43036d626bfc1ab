"""The buttons of an answer. Each carries the answer's number in the store, and so survives a restart."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import discord
from discord import ButtonStyle
from discord.ui import Button, DynamicItem, Item, View

from bot.answering.collection import Collection
from bot.chat_log.store import PostedAnswer
from bot.discord.access import Where
from bot.discord.answering import is_blank
from bot.discord.client import QuothClient
from bot.discord.errors import UNKNOWN_MESSAGE, Refused
from bot.discord.interactions.solved import solve
from bot.discord.locales import reply_language
from bot.discord.outgoing.details import Details, details_messages
from bot.discord.outgoing.messages import context_message
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import ComponentsRefused
from bot.discord.outgoing.views import Buttons
from bot.languages.catalogue import ENGLISH, Language, Message
from bot.monitoring.monitor import note_vote
from retrieval.citations.permalink import CitedSpan
from retrieval.errors import TextInvalid
from retrieval.records import Citation

TEMPLATE = (
    r"quoth:(?P<verb>context|more|details|raw|useful|useless|solved|remove):(?P<answer>\d{1,18})"
    r"(?::(?P<quote>[1-9]\d?))?"
)
"""Buttons of a quote end in its number; "raw" is that of messages from before there were details."""
GONE = Message("I no longer know this answer.")
FORGOTTEN = Message("I no longer keep the question behind this answer, so I cannot look for more quotes.")
REWORDED = Message("The question was edited, and I am about to answer it anew.")
ELSEWHERE = Message("This answer came from articles that I no longer use here.")
NOT_YOURS = Message("Only the person who asked or a moderator (Manage Messages) can remove this answer.")
NO_MORE = Message("There are no more quotes.")
MOST_PAGES = 5

LOOKS: dict[str, tuple[Message, ButtonStyle, int]] = {
    "context": (Message("Context"), ButtonStyle.secondary, 0),
    "more": (Message("More"), ButtonStyle.secondary, 0),
    "details": (Message("Details"), ButtonStyle.secondary, 0),
    "useful": (Message("Useful"), ButtonStyle.success, 1),
    "useless": (Message("Not useful"), ButtonStyle.secondary, 1),
    "solved": (Message("Solved"), ButtonStyle.success, 1),
    "remove": (Message("Remove"), ButtonStyle.danger, 1),
}
"""Verb -> label, style and row."""


class AnswerButtons(Buttons):
    """The buttons of an answer, of which each quote has its own for context where the message has room beside it."""

    def __init__(self, number: int, verbs: Iterable[str], language: Language) -> None:
        super().__init__(timeout=None)
        self.number, self.language = number, language
        for verb in verbs:
            self.add_item(AnswerButton(verb, number, language=language))

    def beside(self, number: int) -> AnswerButton:
        """Return the button that shows the context of a quote."""
        return AnswerButton("context", self.number, number, self.language)

    def below(self) -> list[Item[Any]]:
        """Return the buttons that concern the whole answer."""
        return [item for item in self.children if not (isinstance(item, AnswerButton) and item.verb == "context")]


def answer_buttons(
    number: int, *, answered: bool, hidden: bool, more: bool, post: bool = False, language: Language = ENGLISH
) -> AnswerButtons:
    """Return the buttons of an answer.

    One without quotes has none for quotes, one that only its asker sees no Remove, one whose question is not kept no
    More, and only one to a post in a help forum has Solved.
    """
    left_out = {verb for verb, leave in (("remove", hidden), ("more", not more), ("solved", not post)) if leave}
    verbs = (verb for verb, (_, _, row) in LOOKS.items() if (answered or row == 1) and verb not in left_out)
    return AnswerButtons(number, verbs, language)


class AnswerButton(DynamicItem[Button[View]], template=TEMPLATE):
    """A button of an answer, or of one of its quotes."""

    def __init__(self, verb: str, number: int, quote: int | None = None, language: Language = ENGLISH) -> None:
        label, style, row = LOOKS.get(verb, LOOKS["details"])
        id_ = f"quoth:{verb}:{number}" + (f":{quote}" if quote is not None else "")
        super().__init__(Button(label=language.text(label), style=style, row=row, custom_id=id_))
        self.verb, self.number, self.quote = verb, number, quote

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: Any, match: re.Match[str], /
    ) -> AnswerButton:
        """Return the button that was pressed, whenever it was sent."""
        return cls(match["verb"], int(match["answer"]), int(match["quote"]) if match["quote"] else None)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Act, and answer only the person who pressed it."""
        client: QuothClient = interaction.client
        press = partial(_press, client, interaction, self)
        await client.respond(interaction, press, private=True, is_press=self.verb != "remove")


async def _press(client: QuothClient, interaction: discord.Interaction[Any], button: AnswerButton) -> None:
    verb, number = button.verb, button.number
    async with client.desk.posting(number):
        posted = await client.desk.store.answer(number)
    if posted is None or not stands_below(interaction, posted):
        raise Refused(GONE)
    collection, language = client.desk.corpora.of(Where.of(interaction)), reply_language(interaction, private=True)
    if collection.name != posted.collection:
        raise Refused(ELSEWHERE)
    if verb in ("useful", "useless"):
        await client.desk.store.vote(number, interaction.user.id, verb == "useful")
        note_vote(is_useful=verb == "useful")
        thanks = language.text("Thank you, your vote counts. To change it, press the other button.")
        await client.say(interaction, Outgoing(thanks))
    elif verb == "solved":
        await solve(client, interaction, posted)
    elif verb == "remove":
        await _remove(client, interaction, posted)
    else:
        await _show(client, interaction, partial(_pages, client, posted, collection, button, language), collection)


async def _show(
    client: QuothClient,
    interaction: discord.Interaction[Any],
    lay_out: Callable[[], Awaitable[list[Outgoing]]],
    collection: Collection,
) -> None:
    """Answer with pages, plain ones where those in components are refused."""
    try:
        await client.say(interaction, *(await lay_out())[:MOST_PAGES], collection=collection)
    except ComponentsRefused:
        client.desk.layouts.refuse(Where.of(interaction).channel)
        await client.say(interaction, *(await lay_out())[:MOST_PAGES], collection=collection)


def stands_below(interaction: discord.Interaction[Any], posted: PostedAnswer) -> bool:
    """Return whether the button was pressed below this very answer: a client may send any number with any message."""
    message = interaction.message
    if message is None or message.author != interaction.client.user:
        return False
    if (Where.of(interaction).guild, interaction.channel_id) != (posted.guild, posted.channel):
        return False
    if posted.message is None:  # Discord shows it to its asker only, and keeps no message that could be named
        return message.flags.ephemeral and interaction.user.id == posted.asker
    return message.id == posted.message


async def _pages(
    client: QuothClient, posted: PostedAnswer, collection: Collection, button: AnswerButton, language: Language
) -> list[Outgoing]:
    if button.verb == "more":
        if is_blank(posted):
            raise Refused(REWORDED)
        if not posted.question:
            raise Refused(FORGOTTEN)
        return await client.desk.more(posted, collection, language) or [Outgoing(language.text(NO_MORE))]
    if not posted.refs:
        raise Refused(REWORDED)
    refs = posted.refs if button.quote is None else posted.refs[button.quote - 1 : button.quote]
    spans = [await collection.replay(ref) for ref in refs]
    if not spans:  # the answer has fewer quotes since its question was edited
        raise Refused(GONE)
    if button.verb != "context":
        quotes = [Details(span, await _elsewhere(collection, span)) for span in spans]
        places = [place for quote in quotes for place in (quote.span.citation, *quote.also)]
        links = await collection.links(places)
        return details_messages(quotes, links, language, fingerprint=posted.fingerprint)
    paragraphs: dict[tuple[str, int], CitedSpan] = {}
    for span in spans:
        paragraphs.setdefault((span.article.sha256, span.citation.start - len(span.before)), span)
    return [context_message(span, language) for span in paragraphs.values()]


async def _elsewhere(collection: Collection, span: CitedSpan) -> tuple[Citation, ...]:
    """Return the places in other articles that print the words of a quote, one in each."""
    try:
        match = await collection.verify(span.text)
    except TextInvalid:
        return ()
    places = match.citations if match.verdict in ("verbatim", "gaps") else ()
    others = {place.article: place for place in places if place.article != span.citation.article}
    return tuple(others.values())


async def _remove(client: QuothClient, interaction: discord.Interaction[Any], posted: PostedAnswer) -> None:
    moderates = interaction.guild_id is not None and interaction.permissions.manage_messages
    if interaction.user.id != posted.asker and not moderates:
        raise Refused(NOT_YOURS)
    await client.desk.remove(posted)
    if interaction.message is not None:
        try:
            await interaction.message.delete()
        except discord.NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
    await client.say(interaction, Outgoing(reply_language(interaction, private=True).text("Removed.")))
