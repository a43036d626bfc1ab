"""`/sources`: the articles that answer here, in pages that buttons turn, with titles completed as they are typed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import discord
from discord import app_commands
from discord.ui import Button, DynamicItem, View

from bot.answering.collection import Collection
from bot.discord.access import Where
from bot.discord.client import QuothClient
from bot.discord.interactions.paging import A_PAGE, Page, page_buttons, page_count, show_page, turn_page, turning
from bot.discord.interactions.suggesting import SUGGESTED, in_time
from bot.discord.locales import reply_language
from bot.discord.outgoing.fitting import with_upgrades
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.messages import masked_link
from bot.discord.outgoing.proof import Outgoing
from bot.formats.visible import one_line, short
from bot.languages.catalogue import ENGLISH, Language
from retrieval.index.generation import Generation

Interaction = discord.Interaction[Any]

LONGEST_TITLE = 70  # characters of a title or an id; ten of them fit a message, each character escaped
LONGEST_FILTER = 60  # characters; a button's custom id, which carries it, has 100

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
            await show_page(interaction, await _page(client, interaction, 0, one_line(words or "")))

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
        super().__init__(turning(f"quoth:sources:{page}:{words}", label, disabled=disabled))
        self.page, self.words = page, words

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Any, match: re.Match[str], /) -> PageButton:
        """Return the button that was pressed, whenever it was sent."""
        return cls(int(match["page"]), match["words"])

    async def callback(self, interaction: Interaction) -> None:
        """Show the page in place of the one before."""
        await turn_page(
            interaction, self.custom_id, lambda: _page(interaction.client, interaction, self.page, self.words)
        )


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
    pages = page_count(len(articles))
    head = language.plural("**{count} article**", "**{count} articles**", len(articles))
    if words:
        head = language.text("{articles} with “{words}”", articles=head, words=escape(words))
    if pages > 1:
        head = language.text("{articles}, page {page} of {pages}", articles=head, page=page + 1, pages=pages)
    head = language.text("{head}:", head=head) if articles else f"{head}."
    on_page = articles[page * A_PAGE : (page + 1) * A_PAGE]
    plain = [f"- {_short_title(article)}" for article in on_page]
    linked = [f"- {masked_link(_short_title(article), article.url)}" for article in on_page]
    return Outgoing(with_upgrades([head, *plain], [head, *linked]))


async def _page(client: QuothClient, interaction: Interaction, page: int, words: str) -> Page:
    """Return a page and its buttons; the last one where the list has become shorter."""
    articles = await matching(client.desk.corpora.of(Where.of(interaction)), words)
    pages = page_count(len(articles))
    page = min(page, pages - 1)
    language = reply_language(interaction, private=True)

    def button(to: int, label: str, disabled: bool) -> PageButton:
        return PageButton(to, words, label, disabled=disabled)

    return listing(articles, page, words, language), page_buttons(page, pages, button, language)


def _list(generation: Generation) -> tuple[Listed, ...]:
    refs = (generation.ref(row) for row in range(len(generation)))
    articles = (Listed(ref.article, one_line(ref.title) or one_line(ref.article), ref.url) for ref in refs)
    return tuple(sorted(articles, key=lambda article: (article.title.casefold(), article.article)))


def _short_title(article: Listed) -> str:
    return escape(short(article.title, LONGEST_TITLE))
