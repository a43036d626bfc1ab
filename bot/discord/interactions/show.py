"""`/show`: a quote in its paragraph, by its permalink; those of recent answers are suggested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord import app_commands

from bot.chat_log.store import PostedAnswer
from bot.discord.access import Where
from bot.discord.client import QuothClient
from bot.discord.errors import Refused
from bot.discord.interactions.suggesting import LONGEST_CHOICE, SUGGESTED, in_time
from bot.discord.locales import reply_language
from bot.discord.outgoing.changes import change_message
from bot.discord.outgoing.markdown import unescape
from bot.discord.outgoing.messages import context_message
from bot.formats.visible import short
from bot.languages.catalogue import Message
from retrieval.citations.permalink import parse
from retrieval.errors import PermalinkInvalid
from retrieval.index.generation import Generation

Interaction = discord.Interaction[Any]

NO_PERMALINK = Message(
    "That is no permalink, such as article@0123456789ab#10-20. Please pick a recent one from the list."
)
RECENT, MOST_RECENT = timedelta(days=30), 200  # age and number of the answers whose quotes are suggested
LONGEST_TITLE = 40


def add_show(client: QuothClient) -> None:
    """Add the command to the client's tree, before it connects."""

    @app_commands.command(name="show", description="Show a quote in its paragraph, by its permalink.")
    @app_commands.describe(permalink="The permalink of a citation; those of recent answers are suggested.")
    async def show(interaction: Interaction, permalink: app_commands.Range[str, 1, 1000]) -> None:
        async def work() -> None:
            collection = client.desk.corpora.of(Where.of(interaction))
            ref, language = permalink_in(permalink), reply_language(interaction, private=True)
            span, change = await collection.replay_with_change(ref)
            pages = [context_message(span, language)]
            if change:
                pages.append(change_message(change, language))
            await client.say(interaction, *pages, collection=collection)

        await client.respond(interaction, work, private=True, pace=True)

    @show.autocomplete("permalink")
    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        named = await in_time(_recent(client, Where.of(interaction)))
        words = typed.casefold().split()
        fitting = [(name, ref) for name, ref in named if all(word in f"{name} {ref}".casefold() for word in words)]
        return [app_commands.Choice(name=name, value=ref) for name, ref in fitting[:SUGGESTED]]

    client.tree.add_command(show)


def permalink_in(text: str) -> str:
    """Return the permalink that was typed, or copied with marks around it or backslashes; raises Refused."""
    bare = text.strip().strip("`<>").strip()
    for ref in (text, bare, unescape(bare)):
        try:
            parse(ref)
        except PermalinkInvalid:
            continue
        return ref
    raise Refused(NO_PERMALINK)


async def _recent(client: QuothClient, where: Where) -> list[tuple[str, str]]:
    """Return the names and permalinks of quotes of recent answers; raises Refused where somebody is not answered."""
    client.reception.admit(where)
    collection, since = client.desk.corpora.of(where), datetime.now(UTC) - RECENT
    answers = await client.desk.store.recent_answers(since, MOST_RECENT, collection.name, skip_damaged=True)
    refs = list(dict.fromkeys(_refs(answers, where)))
    return await collection.service.run(lambda engine: list(_named(engine.generation, refs)))


def _refs(answers: Iterable[PostedAnswer], where: Where) -> Iterator[str]:
    """Yield the permalinks of answers that a person could read: those of the channel, and their own."""
    for posted in answers:
        if posted.asker == where.user or (posted.channel == where.channel and not posted.private):
            yield from (ref for ref in posted.refs if len(ref) <= LONGEST_CHOICE)


def _named(generation: Generation, refs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield permalinks of the current articles with what people know them by: the title and the first words."""
    for ref in refs:
        place = parse(ref)
        row = generation.cited(place.article, place.digest)
        if row is None:
            continue
        article = generation.article(row)
        title = short(article.title, LONGEST_TITLE) or short(article.id, LONGEST_TITLE)
        yield short(f"{title}: {article.text[place.start : place.end]}", LONGEST_CHOICE), ref
