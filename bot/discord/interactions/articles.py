"""`/articles`: owners add articles from files and messages, remove those, and undo the last change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import discord
from discord import app_commands

from bot.answering.collection import Collection
from bot.answering.contributed import Contributed, Contribution, NoSuchArticle
from bot.discord.access import Where
from bot.discord.client import QuothClient
from bot.discord.errors import Refused
from bot.discord.interactions.moderators import guild_of, moderators_group, require_owner
from bot.discord.interactions.reindex import Reindexer, Say, corpus_of
from bot.discord.interactions.suggesting import LONGEST_CHOICE, SUGGESTED, WITHIN
from bot.discord.locales import reply_language
from bot.discord.message_articles import Upload, upload_of, upload_of_message
from bot.discord.outgoing.fitting import fitting
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.proof import Outgoing
from bot.languages.catalogue import ENGLISH, Language, Message
from retrieval.errors import QuothError
from retrieval.records import Warn

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]
T = TypeVar("T")

ONE_OF_BOTH = Message("Please give me either a file or the link of a message.")
ONE_FILE = Message("These articles are a single file, which only whoever runs me can add to.")
NOT_WRITABLE = Message("I may not write to the folder of the articles: whoever runs me has to let me.")
NOT_GIVEN = Message("No article of that name was added from Discord. Whoever runs me can remove others.")
NOTHING_TO_UNDO = Message("There is nothing to undo here.")
NONE_YET = Message("No articles were added from Discord yet. `/articles add` adds one, and `/sources` lists all.")
UNREADABLE = Message("I did not add {file}: it {reason}.")


def add_articles(client: QuothClient, reindexer: Reindexer) -> None:
    """Add the commands to the client's tree, before it connects."""
    group = moderators_group("articles", "Articles that were added from Discord.")
    desk = _Articles(client, reindexer)

    @group.command(name="add", description="Add an article: a file, or a message with its text or its file.")
    @app_commands.describe(file="A text, Markdown, HTML, PDF or JSONL file.", message="The link of a message.")
    async def add(
        interaction: Interaction,
        file: discord.Attachment | None = None,
        message: app_commands.Range[str, 1, 200] | None = None,
    ) -> None:
        await desk.respond(interaction, lambda collection: desk.add(interaction, collection, file, message))

    @group.command(name="list", description="List the articles that were added from Discord.")
    async def list_(interaction: Interaction) -> None:
        await desk.respond(interaction, lambda collection: desk.show(interaction, collection))

    @group.command(name="remove", description="Remove an article that was added from Discord.")
    @app_commands.describe(name="The name of its file.")
    async def remove(interaction: Interaction, name: app_commands.Range[str, 1, 200]) -> None:
        await desk.respond(interaction, lambda collection: desk.remove(interaction, collection, name))

    @remove.autocomplete("name")
    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await desk.suggest(interaction, typed)

    @group.command(
        name="undo", description="Undo the last change of the articles from Discord; once more does it again."
    )
    async def undo(interaction: Interaction) -> None:
        await desk.respond(interaction, lambda collection: desk.undo(interaction, collection))

    client.tree.add_command(group)


class _Articles:
    """Changes the articles of collections, one change of each at a time."""

    def __init__(self, client: QuothClient, reindexer: Reindexer) -> None:
        self._client, self._reindexer = client, reindexer
        self._changing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def respond(self, interaction: Interaction, work: Callable[[Collection], Any]) -> None:
        """Do the work for owners of the collection of the place, one change after the other."""

        async def alone() -> None:
            collection = self._client.desk.corpora.of(Where.of(interaction))
            require_owner(self._client, interaction, collection)
            async with self._changing.setdefault(collection.name, asyncio.Lock()):
                await work(collection)

        await self._client.respond(interaction, alone, private=True, moderates=True)

    async def add(
        self, interaction: Interaction, collection: Collection, file: discord.Attachment | None, message: str | None
    ) -> None:
        """Add what is given, and take it out again where it cannot be read."""
        upload = await self._upload(interaction, file, message)
        contributed = Contributed(await self._corpus(collection))
        added = await _written(lambda: contributed.add(upload.name, upload.data, upload.url))
        log.info("user %d added the article %s to %s", interaction.user.id, added.file, collection.name)
        try:
            warnings = (
                await self._reindexer.build(collection, self._say(interaction), _language(interaction))
            ).warnings
        except Exception:
            await _written(lambda: contributed.take_back(added))
            raise
        about_it = [warn for warn in warnings if warn.path == added.path or warn.path.startswith(f"{added.path}:")]
        if any(warn.skipped and warn.path == added.path for warn in about_it):
            await _written(lambda: contributed.take_back(added))
            raise Refused(UNREADABLE, file=added.file, reason=about_it[0].reason)
        await self._client.say(interaction, added_message(added, about_it, _language(interaction)))

    async def show(self, interaction: Interaction, collection: Collection) -> None:
        """Show what was added."""
        contributed = Contributed(await self._corpus(collection))
        await self._client.say(interaction, list_message(await _written(contributed.all), _language(interaction)))

    async def remove(self, interaction: Interaction, collection: Collection, name: str) -> None:
        """Take an article away."""
        contributed = Contributed(await self._corpus(collection))
        try:
            removed = await _written(lambda: contributed.remove(name))
        except NoSuchArticle:
            raise Refused(NOT_GIVEN) from None
        log.info("user %d removed the article %s from %s", interaction.user.id, removed.file, collection.name)
        await self._rebuilt(interaction, collection, contributed)
        text = _language(interaction).text(
            "Removed {file}. `/articles undo` brings it back.", file=escape(removed.file)
        )
        await self._client.say(interaction, Outgoing(text))

    async def undo(self, interaction: Interaction, collection: Collection) -> None:
        """Undo the last change."""
        contributed = Contributed(await self._corpus(collection))
        try:
            change = await _written(contributed.undo)
        except NoSuchArticle:
            raise Refused(NOTHING_TO_UNDO) from None
        file, language = change.contribution.file, _language(interaction)
        log.info("user %d undid the last change of %s in %s", interaction.user.id, file, collection.name)
        await self._rebuilt(interaction, collection, contributed)
        back = language.text("{file} is back.", file=escape(file))
        gone = language.text("{file} is removed again.", file=escape(file))
        await self._client.say(interaction, Outgoing(back if change.added else gone))

    async def suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Return the names of files that what is typed may mean."""
        try:
            collection = self._client.desk.corpora.of(Where.of(interaction))
            require_owner(self._client, interaction, collection)
            async with asyncio.timeout(WITHIN):
                contributions = await asyncio.to_thread(Contributed(await self._corpus(collection)).all)
        except (TimeoutError, OSError, QuothError, Refused):
            return []
        names = [each.file for each in contributions if typed.casefold() in each.file.casefold()]
        return [app_commands.Choice(name=name[:LONGEST_CHOICE], value=name) for name in names[:SUGGESTED]]

    async def _upload(self, interaction: Interaction, file: discord.Attachment | None, message: str | None) -> Upload:
        if file is not None and message is None:
            return await upload_of(file)
        if message is not None and file is None:
            return await upload_of_message(guild_of(interaction), interaction.user, message)
        raise Refused(ONE_OF_BOTH)

    async def _rebuilt(self, interaction: Interaction, collection: Collection, contributed: Contributed) -> None:
        """Build the index again; where that fails, the articles are as they were."""
        try:
            await self._reindexer.build(collection, self._say(interaction), _language(interaction))
        except Exception:
            await _written(contributed.undo)
            raise

    @staticmethod
    async def _corpus(collection: Collection) -> Path:
        corpus = await asyncio.to_thread(corpus_of, collection)
        if not corpus.is_dir():
            raise Refused(ONE_FILE)
        return corpus

    def _say(self, interaction: Interaction) -> Say:
        return lambda message: self._client.say(interaction, message)


async def _written(change: Callable[[], T]) -> T:
    """Change files on another thread; raises Refused where they cannot be written."""
    try:
        return await asyncio.to_thread(change)
    except OSError as error:
        log.error("the articles from Discord cannot be changed: %s", error)
        raise Refused(NOT_WRITABLE) from error


def added_message(added: Contribution, warnings: list[Warn], language: Language = ENGLISH) -> Outgoing:
    """Return the message about an article that was added, with what its reader warns of."""
    lines = [language.text("Added {file}. `/articles undo` takes it back.", file=escape(added.file))]
    lines += [language.text("-# It {reason}.", reason=escape(warn.reason)) for warn in warnings]
    return _fitting(lines, language)


def list_message(contributions: list[Contribution], language: Language = ENGLISH) -> Outgoing:
    """Return as many of the articles as a message holds, the latest first."""
    if not contributions:
        return Outgoing(language.text(NONE_YET))
    number = len(contributions)
    articles = language.plural("{count} article added from Discord", "{count} articles added from Discord", number)
    lines = [language.text("**{articles}**, the latest first:", articles=articles)]
    for each in contributions:
        link = f", [{language.text('message')}](<{each.url}>)" if each.url else ""
        lines.append(f"- {escape(each.file)}, {each.at[:10]}{link}")
    return _fitting(lines, language)


def _language(interaction: Interaction) -> Language:
    return reply_language(interaction, private=True)


def _fitting(lines: list[str], language: Language) -> Outgoing:
    return Outgoing(fitting(lines, lambda count: language.text("-# and {count} more", count=count)))
