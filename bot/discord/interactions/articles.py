"""`/articles`: owners add articles from files and messages, list and remove those, and undo the last change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

from bot.answering.collection import Collection, check_there
from bot.answering.contributed import Contributed, NoSuchArticle
from bot.answering.contribution_record import Change
from bot.answering.examination import collision, collision_in, examine, is_indexed, same_as
from bot.discord.client import QuothClient
from bot.discord.errors import Refused
from bot.discord.interactions import articles_texts as texts
from bot.discord.interactions.articles_list import PageButton, page_of
from bot.discord.interactions.articles_place import on_disk, owned_articles, owned_place
from bot.discord.interactions.articles_texts import Accepted
from bot.discord.interactions.build_progress import progress, report
from bot.discord.interactions.moderators import guild_of, moderators_group
from bot.discord.interactions.paging import show_page
from bot.discord.interactions.reindex import Reindexer
from bot.discord.interactions.suggesting import LONGEST_CHOICE, SUGGESTED, in_time
from bot.discord.locales import reply_language
from bot.discord.message_articles import Collected, collect, collect_message
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import send
from bot.languages.catalogue import Language, Message
from retrieval import indexes
from retrieval.records import Warn
from retrieval.settings import MetadataSettings

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]

ONE_OF_BOTH = Message("Please give me either a file or the link of a message.")
NOT_ADDED = Message("I'm reading the articles again just now, so nothing was added: please try again in a few minutes.")
NOT_CHANGED = Message(
    "I'm reading the articles again just now, so nothing was changed: please try again in a few minutes."
)
NOT_GIVEN = Message("No article of that name was added from Discord. Whoever runs me can remove others.")
READING = Message("Reading what you gave me")
NOTHING_TO_UNDO = Message("There is nothing to undo here.")


def add_articles(client: QuothClient, reindexer: Reindexer, fields: MetadataSettings) -> None:
    """Add the commands to the client's tree, before it connects; `fields` are those that the reindexer builds with."""
    group = moderators_group("articles", "Articles that were added from Discord.")
    desk = _Articles(client, reindexer, fields)

    @group.command(name="add", description="Add articles: a file, or a message with its text and its files.")
    @app_commands.describe(file="A file with text, such as .txt, .md, .html or .pdf.", message="The link of a message.")
    async def add(
        interaction: Interaction,
        file: discord.Attachment | None = None,
        message: app_commands.Range[str, 1, 200] | None = None,
    ) -> None:
        await desk.respond(interaction, lambda work: desk.add(work, file, message), NOT_ADDED)

    @group.command(name="list", description="List the articles that were added from Discord.")
    async def list_(interaction: Interaction) -> None:
        await desk.respond(interaction, desk.show, None)

    @group.command(name="remove", description="Remove an article that was added from Discord.")
    @app_commands.describe(name="The name of its file.")
    async def remove(interaction: Interaction, name: app_commands.Range[str, 1, 200]) -> None:
        await desk.respond(interaction, lambda work: desk.remove(work, name))

    @remove.autocomplete("name")
    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        names = [each.file for each in await in_time(owned_articles(client, interaction))]
        matching = [name for name in names if typed.casefold() in name.casefold()]
        return [app_commands.Choice(name=name[:LONGEST_CHOICE], value=name) for name in matching[:SUGGESTED]]

    @group.command(
        name="undo", description="Undo the last change of the articles from Discord; once more does it again."
    )
    async def undo(interaction: Interaction) -> None:
        await desk.respond(interaction, desk.undo)

    client.tree.add_command(group)
    client.add_dynamic_items(PageButton)


@dataclass(frozen=True, slots=True)
class _Work:
    """A command that is carried out."""

    interaction: Interaction
    collection: Collection
    corpus: Path
    interrupted: Change | None
    """A former change that was taken back, since it was never finished."""

    @property
    def contributed(self) -> Contributed:
        return Contributed(self.corpus)

    @property
    def language(self) -> Language:
        return reply_language(self.interaction, private=True)


class _Articles:
    """Changes the articles of collections, one change of each at a time."""

    def __init__(self, client: QuothClient, reindexer: Reindexer, fields: MetadataSettings) -> None:
        self._client, self._reindexer, self._fields = client, reindexer, fields

    async def respond(
        self,
        interaction: Interaction,
        carry_out: Callable[[_Work], Awaitable[None]],
        refusal: Message | None = NOT_CHANGED,
    ) -> None:
        """Carry out a command of an owner, alone in its corpus, and after what was interrupted there.

        It is refused while the corpus is read again; what has no `refusal` changes nothing, and waits for nobody.
        """

        async def alone() -> None:
            collection, corpus = await owned_place(self._client, interaction)
            if refusal is None and self._reindexer.is_busy(corpus):
                await carry_out(_Work(interaction, collection, corpus, None))
                return
            if refusal is not None and self._reindexer.reads_again(corpus):
                raise Refused(refusal)
            language = reply_language(interaction, private=True)
            async with self._reindexer.turn(corpus, partial(progress, interaction), language) as interrupted:
                work = _Work(interaction, collection, corpus, interrupted)
                if interrupted is not None:
                    await self._build(work)
                    await on_disk(work.contributed.mark_built)
                await asyncio.to_thread(check_there, corpus, collection.index)
                await carry_out(work)

        await self._client.respond(interaction, alone, private=True, moderates=True)

    async def add(self, work: _Work, file: discord.Attachment | None, message: str | None) -> None:
        """Add what is given and can be quoted, and say what is not."""
        if (file is None) == (message is None):
            raise Refused(ONE_OF_BOTH)
        await report(partial(progress, work.interaction), f"{work.language.text(READING)}…")
        collected = await self._collected(work.interaction, file, message)
        accepted, refusals = await on_disk(lambda: _examined(work, collected, self._fields))
        refusals = [*collected.refusals, *refusals]
        if accepted:
            staged = [each.contribution for each in accepted]
            await self._change(work, lambda: work.contributed.add(staged), accepted)
        else:
            await on_disk(work.contributed.settle)
        await self._client.say(work.interaction, texts.added_message(accepted, refusals, work.language))

    async def show(self, work: _Work) -> None:
        """Show what was added, and say so where a change was interrupted."""
        await show_page(work.interaction, await page_of(self._client, work.interaction, 0))
        if work.interrupted is not None:
            text = Outgoing(texts.interrupted_text(work.interrupted, work.language))
            await send(work.interaction.followup.send, text, ephemeral=True, suppress_embeds=True, wait=True)

    async def remove(self, work: _Work, name: str) -> None:
        """Take an article away."""
        try:
            change = await self._change(work, lambda: work.contributed.remove(name))
        except NoSuchArticle:
            raise Refused(NOT_GIVEN) from None
        await self._client.say(work.interaction, Outgoing(texts.removed_text(change, work.language)))

    async def undo(self, work: _Work) -> None:
        """Undo the last change; that is one that was interrupted, where there was such."""
        if work.interrupted is not None:
            text = texts.interrupted_text(work.interrupted, work.language)
            await self._client.say(work.interaction, Outgoing(text))
            return
        try:
            back = await on_disk(lambda: _examined_again(work, self._fields))
            change = await self._change(work, work.contributed.undo, back)
        except NoSuchArticle:
            raise Refused(NOTHING_TO_UNDO) from None
        await self._client.say(work.interaction, Outgoing(texts.undone_text(change, work.language)))

    async def _collected(
        self, interaction: Interaction, file: discord.Attachment | None, link: str | None
    ) -> Collected:
        most = self._client.rules.largest_article
        if file is not None:
            return await collect(file, most=most)
        return await collect_message(guild_of(interaction), interaction.user, link or "", most=most)

    async def _change(self, work: _Work, begin: Callable[[], Change], accepted: Sequence[Accepted] = ()) -> Change:
        """Begin a change, build the index with it, and confirm it; where any of that fails, all is as it was before.

        Where the bot ends meanwhile, the change stays pending: only then does the next start know that the index may
        have it.
        """
        is_built = False
        try:
            change = await on_disk(begin)
            warnings = await self._build(work)
            is_built = True
            await on_disk(lambda: _check_indexed(work.collection, accepted, warnings))
            await on_disk(lambda: work.contributed.confirm(change))
        except Exception:
            await on_disk(work.contributed.settle)
            await self._without_it(work, is_built=is_built)
            raise
        did, files = "added" if change.added else "removed", [each.path for each in change.contributions]
        log.info("user %d %s the articles %s of %s", work.interaction.user.id, did, files, work.collection.name)
        return change

    async def _without_it(self, work: _Work, *, is_built: bool) -> None:
        """Have the index as it was before a change that is taken back; where that fails, the next command does it."""
        try:
            if is_built:
                await self._build(work)
            await on_disk(work.contributed.mark_built)
        except Exception:
            log.exception("the index of %s has what was taken back, until it is built again", work.collection.name)

    async def _build(self, work: _Work) -> Sequence[Warn]:
        say = partial(progress, work.interaction)
        return (await self._reindexer.build(work.collection, say, work.language)).warnings


def _examined(work: _Work, collected: Collected, fields: MetadataSettings) -> tuple[list[Accepted], list[Refused]]:
    """Return which files can be articles, and why the others cannot."""
    index, accepted, refusals = indexes.current(work.collection.index), list[Accepted](), list[Refused]()
    for contribution in work.contributed.stage(collected.uploads, work.interaction.user.id):
        same = {each.contribution.sha256: each.examined.path for each in accepted}.get(contribution.sha256)
        if path := same or same_as(contribution.sha256, work.corpus, index):
            refusals.append(texts.is_same(path))
            continue
        examined = examine(work.contributed.hidden(contribution), contribution.path, work.corpus, fields)
        clash = collision(examined, work.corpus, index, [each.examined for each in accepted])
        if not examined.quotable:
            refusals.append(texts.unreadable(contribution, examined.reason))
        elif clash is not None:
            refusals.append(texts.collides(contribution, clash))
        else:
            accepted.append(Accepted(contribution, examined))
    return accepted, refusals


def _examined_again(work: _Work, fields: MetadataSettings) -> list[Accepted]:
    """Return what undoing would bring back; raises Refused where somebody else's article has an id of it by now."""
    index, change = indexes.current(work.collection.index), work.contributed.undoing()
    accepted = []
    for contribution in change.contributions if change.added else ():
        examined = examine(work.contributed.hidden(contribution), contribution.path, work.corpus, fields)
        if (clash := collision(examined, work.corpus, index)) is not None:
            raise texts.collides(contribution, clash)
        accepted.append(Accepted(contribution, examined))
    return accepted


def _check_indexed(collection: Collection, accepted: Sequence[Accepted], warnings: Sequence[Warn]) -> None:
    """Raise Refused unless the articles are in the index that was built, and no other article lost its id to them."""
    if not accepted:
        return
    index = indexes.current(collection.index)
    for each in accepted:
        if (clash := collision_in(index, each.examined, warnings)) is not None:
            raise texts.collides(each.contribution, clash)
        if not is_indexed(each.examined, index):
            raise texts.unreadable(each.contribution, texts.NOT_INDEXED)
