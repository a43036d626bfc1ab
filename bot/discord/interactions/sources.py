"""`/sources`: the articles that answer here, in pages that buttons turn, with titles completed as they are typed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import discord
from discord import ButtonStyle, app_commands
from discord.ui import Button, DynamicItem, View

from bot.answering.collection import Collection
from bot.discord.access import Where
from bot.discord.client import QuothClient
from bot.discord.errors import Refused
from bot.discord.interactions.suggesting import SUGGESTED, in_time
from bot.discord.locales import reply_language
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.messages import masked_link
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Outgoing, length
from bot.discord.outgoing.sending import edit
from bot.formats.visible import one_line, short
from bot.languages.catalogue import ENGLISH, Language, Message
from retrieval.index.generation import Generation

Interaction = discord.Interaction[Any]

A_PAGE = 10
LONGEST_TITLE = 70  # characters of a title or an id; ten of them fit a message, each character escaped
LONGEST_FILTER = 60  # characters; a button's custom id, which carries it, has 100
NO_LIST = Message("I no longer know this list: ask for it again.")

_listed: WeakKeyDictionary[Generation, tuple[Listed, ...]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Listed:
    """An article in the list."""

    article: str
    title: str
    """On one line; the id where the article has none."""
    url: str | None

    def matches(self, words: Sequence[str]) -> bool:
        """Return whether all the words, in lower case, are part of the title or the id."""
        names = f"{self.title} {self.article}".casefold()
        return all(word in names for word in words)


def add_sources(client: QuothClient) -> None:
    """Add `/sources` to the client's commands."""

    @app_commands.command(name="sources", description="List the articles that I answer from.")
    @app_commands.rename(words="filter")
    @app_commands.describe(words="Words of a title; leave it out to see all.")
    async def sources(
        interaction: Interaction, words: app_commands.Range[str, 1, LONGEST_FILTER] | None = None
    ) -> None:
        async def work() -> None:
            page, view = await _page(client, interaction, 0, one_line(words or ""))
            await edit(interaction.edit_original_response, page, view=view)

        await client.respond(interaction, work, private=True)

    @sources.autocomplete("words")
    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        articles = await in_time(admitted_matching(client, interaction, typed))
        titles = dict.fromkeys(article.title[:LONGEST_FILTER] for article in articles)
        return [app_commands.Choice(name=title, value=title) for title in list(titles)[:SUGGESTED]]

    client.tree.add_command(sources)
    client.add_dynamic_items(PageButton)


class PageButton(DynamicItem[Button[View]], template=r"quoth:sources:(?P<page>\d{1,9}):(?P<words>.{0,75})"):
    """Turns to a page; it carries all that it needs, and so survives a restart."""

    def __init__(self, page: int, words: str, label: str = "", *, disabled: bool = False) -> None:
        id_ = f"quoth:sources:{page}:{words}"
        super().__init__(Button(label=label, style=ButtonStyle.secondary, custom_id=id_, disabled=disabled))
        self.page, self.words = page, words

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Any, match: re.Match[str], /) -> PageButton:
        """Return the button that was pressed, whenever it was sent."""
        return cls(int(match["page"]), match["words"])

    async def callback(self, interaction: Interaction) -> None:
        """Show the page in place of the one before."""
        client: QuothClient = interaction.client

        async def work() -> None:
            if not _is_list(interaction, self.custom_id):
                raise Refused(NO_LIST)
            page, view = await _page(client, interaction, self.page, self.words)
            await edit(interaction.edit_original_response, page, view=view)

        await client.respond(interaction, work, private=True, update=True)


def _is_list(interaction: Interaction, pressed: str) -> bool:
    """Return whether the button was pressed below a list that only its reader sees, not sent with another message."""
    message = interaction.message
    if message is None or message.author != interaction.client.user or not message.flags.ephemeral:
        return False
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return any(getattr(part, "custom_id", None) == pressed for row in rows for part in row.children)


async def matching(collection: Collection, words: str) -> list[Listed]:
    """Return the collection's articles whose titles or ids have all these words, by title."""
    generation = await collection.service.run(lambda engine: engine.generation)
    if generation not in _listed:
        _listed[generation] = await asyncio.to_thread(_list, generation)
    folded = words.casefold().split()
    return [article for article in _listed[generation] if article.matches(folded)]


async def admitted_matching(client: QuothClient, interaction: Interaction, words: str) -> list[Listed]:
    """Return those of the place that somebody types in; raises Refused where they are not answered there."""
    where = Where.of(interaction)
    client.reception.admit(where)
    return await matching(client.desk.corpora.of(where), words)


def listing(articles: Sequence[Listed], page: int, words: str, language: Language = ENGLISH) -> Outgoing:
    """Return one page of the list; titles are links as far as the message has room."""
    pages = page_count(articles)
    head = language.plural("**{count} article**", "**{count} articles**", len(articles))
    if words:
        head = language.text("{articles} with “{words}”", articles=head, words=escape(words))
    if pages > 1:
        head = language.text("{articles}, page {page} of {pages}", articles=head, page=page + 1, pages=pages)
    head = language.text("{head}:", head=head) if articles else f"{head}."
    on_page = articles[page * A_PAGE : (page + 1) * A_PAGE]
    lines = [head, *(f"- {_short_title(article)}" for article in on_page)]
    for at, article in enumerate(on_page, start=1):
        linked = [*lines[:at], f"- {masked_link(_short_title(article), article.url)}", *lines[at + 1 :]]
        if length("\n".join(linked)) <= LONGEST_MESSAGE:
            lines = linked
    return Outgoing("\n".join(lines))


def page_count(articles: Sequence[Listed]) -> int:
    """Return how many pages a list has."""
    return max(1, -(-len(articles) // A_PAGE))


async def _page(client: QuothClient, interaction: Interaction, page: int, words: str) -> tuple[Outgoing, View | None]:
    """Return a page and its buttons; the last one where the list has become shorter."""
    articles = await matching(client.desk.corpora.of(Where.of(interaction)), words)
    last = page_count(articles) - 1
    page = min(page, last)
    language = reply_language(interaction, private=True)
    message = listing(articles, page, words, language)
    if not last:
        return message, None
    view = View(timeout=None)
    view.add_item(PageButton(max(0, page - 1), words, language.text("Previous"), disabled=page == 0))
    view.add_item(PageButton(page + 1, words, language.text("Next"), disabled=page == last))
    return message, view


def _list(generation: Generation) -> tuple[Listed, ...]:
    refs = (generation.ref(row) for row in range(len(generation)))
    articles = (Listed(ref.article, one_line(ref.title) or one_line(ref.article), ref.url) for ref in refs)
    return tuple(sorted(articles, key=lambda article: (article.title.casefold(), article.article)))


def _short_title(article: Listed) -> str:
    return escape(short(article.title, LONGEST_TITLE))
