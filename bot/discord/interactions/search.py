"""`/search`: ranked passages without a judgement, whole and proved, on pages that buttons turn."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import discord
from discord import ButtonStyle, app_commands
from discord.ui import Button, DynamicItem, View

from bot.answering.collection import Collection
from bot.answering.links import Links, links_of
from bot.discord.access import Where
from bot.discord.client import QuothClient
from bot.discord.errors import Refused
from bot.discord.interactions.ask import LONGEST_DATE, named_filter
from bot.discord.interactions.filter_values import LISTED, filter_values, suggest_values
from bot.discord.interactions.paging import NO_LIST, is_list
from bot.discord.interactions.suggesting import LONGEST_CHOICE
from bot.discord.locales import reply_language
from bot.discord.outgoing.components import quote_layout
from bot.discord.outgoing.markdown import as_shown, escape
from bot.discord.outgoing.messages import SMALL, quote_pages
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import ComponentsRefused, edit
from bot.formats.answer_text import filter_line, searched_for
from bot.formats.visible import one_line
from bot.languages.catalogue import Language, Message
from retrieval.engine import Engine
from retrieval.filters import filter_of
from retrieval.records import Filter, Quote, SearchResult

Interaction = discord.Interaction[Any]

A_PAGE = 4  # passages, as far as a message has room
LONGEST_WORDS = 50  # characters; a button's custom id, which carries them, has 100
DIGEST = 4  # letters, of 64, that stand for a source, a folder or a tag in a button
PICK = {
    "source": Message("Please pick a source from the list."),
    "path": Message("Please pick a folder from the list."),
    "tag": Message("Please pick a tag from the list."),
    "language": Message("Please pick a language from the list."),
}
NO_MORE = Message("There are no more passages.")


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for, and under which filter."""

    words: str
    within: Filter | None

    @property
    def carried(self) -> str:
        """What a button carries of the filter: the date, and the digests of the other criteria."""
        criteria = (self.within or Filter()).criteria
        return ":".join([criteria.get("since", ""), *(_digest(criteria.get(option)) for option in LISTED)])


def add_search(client: QuothClient) -> None:
    """Add `/search` to the client's commands."""

    @app_commands.command(name="search", description="Look yourself: what in the articles comes nearest to some words.")
    @app_commands.describe(
        words="What to search for.",
        source="Only articles from this source.",
        since="Only articles published since: 2023, 2023-06-30 or 30 June 2023.",
        path="Only articles in this folder.",
        tag="Only articles with this tag.",
        language="Only articles in this language, such as en.",
    )
    async def search(
        interaction: Interaction,
        words: app_commands.Range[str, 1, LONGEST_WORDS],
        source: app_commands.Range[str, 1, LONGEST_CHOICE] | None = None,
        since: app_commands.Range[str, 1, LONGEST_DATE] | None = None,
        path: app_commands.Range[str, 1, LONGEST_CHOICE] | None = None,
        tag: app_commands.Range[str, 1, LONGEST_CHOICE] | None = None,
        language: app_commands.Range[str, 1, LONGEST_CHOICE] | None = None,
    ) -> None:
        async def work() -> None:
            collection = client.desk.corpora.of(Where.of(interaction))
            typed = {"source": source, "path": path, "tag": tag, "language": language}
            named = {option: await _named(collection, option, text) for option, text in typed.items()}
            within = await named_filter(since=since, **named)
            await _show(client, interaction, Search(one_line(words)[:LONGEST_WORDS], within), 0)

        await client.respond(interaction, work, private=True, pace=True)

    suggest_values(client, search)
    client.tree.add_command(search)
    client.add_dynamic_items(SearchButton)


class SearchButton(
    DynamicItem[Button[View]],
    template=r"quoth:search:(?P<skip>\d{1,3}):(?P<carried>[\d-]{0,10}(?::[\w-]{0,4}){4}):(?P<words>.{1,50})",
):
    """Turns to a page; it carries all that it needs, and so survives a restart."""

    def __init__(self, skip: int, carried: str, words: str, label: str = "", *, disabled: bool = False) -> None:
        id_ = f"quoth:search:{skip}:{carried}:{words}"
        super().__init__(Button(label=label, style=ButtonStyle.secondary, custom_id=id_, disabled=disabled))
        self.skip, self.words = skip, words
        self.since, *self.digests = carried.split(":")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Any, match: re.Match[str], /) -> SearchButton:
        """Return the button that was pressed, whenever it was sent."""
        return cls(int(match["skip"]), match["carried"], match["words"])

    async def callback(self, interaction: Interaction) -> None:
        """Show the page in place of the one before."""
        client: QuothClient = interaction.client

        async def work() -> None:
            if not is_list(interaction, self.custom_id):
                raise Refused(NO_LIST)
            collection = client.desk.corpora.of(Where.of(interaction))
            listed = zip(LISTED, self.digests, strict=True)
            named = {option: await _value(collection, option, digest) for option, digest in listed if digest}
            within = filter_of(since=self.since or None, **named)
            await _show(client, interaction, Search(self.words, within), self.skip)

        await client.respond(interaction, work, private=True, update=True)


async def _value(collection: Collection, option: str, digest: str) -> str:
    """Return the value of a filter whose digest a button carries; raises Refused where it is gone."""
    for value in await filter_values(collection, option):
        if _digest(value) == digest:
            return value
    raise Refused(NO_LIST)


async def _show(client: QuothClient, interaction: Interaction, search: Search, skip: int) -> None:
    """Show the passages after the first `skip` that one message has room for, with buttons to those around them."""
    where, language = Where.of(interaction), reply_language(interaction, private=True)
    collection = client.desk.corpora.of(where)

    def find(engine: Engine) -> tuple[SearchResult, Links]:
        result = engine.search(search.words, skip=skip, count=A_PAGE, within=search.within)
        return result, links_of(engine, [passage.citation for passage in result.passages])

    result, links = await collection.service.run(find)
    layouts = client.desk.layouts
    if layouts.has_components(where.channel):
        try:
            await _post(interaction, collection, search, result, partial(quote_layout, links=links), language)
            return
        except ComponentsRefused:
            layouts.refuse(where.channel)
    await _post(interaction, collection, search, result, partial(quote_pages, links=links), language)


async def _post(
    interaction: Interaction,
    collection: Collection,
    search: Search,
    result: SearchResult,
    lay_out: Callable[..., list[Outgoing]],
    language: Language,
) -> None:
    quotes = [Quote(passage.text, passage.citation, passage.score) for passage in result.passages]
    pages = lay_out(quotes, first=result.skipped + 1, head=_head(result, language), language=language)
    page = pages[0] if pages else Outgoing(language.text(NO_MORE))
    view = _buttons(search, result, len(page.claims), language)
    await edit(interaction.edit_original_response, page, collection, view=view)


def _head(result: SearchResult, language: Language) -> str:
    head = language.plural(
        "**{count} passage** near to “{words}”, best first:",
        "**{count} passages** near to “{words}”, best first:",
        result.total,
        words=escape(result.words),
    )
    notes = (searched_for(result.words, as_shown(result.searched), language), filter_line(result.filtered, language))
    return "\n".join([*(SMALL + escape(note) for note in notes if note), head])


def _buttons(search: Search, result: SearchResult, shown: int, language: Language) -> View | None:
    """Return buttons to the passages before and after; None where all are shown."""
    after = result.skipped + shown
    if not result.skipped and after >= result.total:
        return None
    view = View(timeout=None)
    before = max(0, result.skipped - A_PAGE)
    previous, following = language.text("Previous"), language.text("Next")
    view.add_item(SearchButton(before, search.carried, search.words, previous, disabled=not result.skipped))
    view.add_item(SearchButton(after, search.carried, search.words, following, disabled=after >= result.total))
    return view


async def _named(collection: Collection, option: str, typed: str | None) -> str | None:
    """Return the value of a filter that is meant by what is typed; raises Refused where that is none, or several."""
    if typed is None:
        return None
    known, folded = await filter_values(collection, option), typed.casefold()
    exact = [name for name in known if name.casefold() == folded]
    names = exact or [name for name in known if folded in name.casefold()]
    if len(names) != 1:
        raise Refused(PICK[option])
    return names[0]


def _digest(value: str | None) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest())[:DIGEST].decode() if value else ""
