"""`/gap` and `/stats`: what moderators do about questions without an answer, and how much is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord import app_commands

from bot.answering.collection import Collection
from bot.chat_log.activity import Figures
from bot.chat_log.store import Gap
from bot.discord.client import QuothClient
from bot.discord.digest_message import not_useful, share_answered, useful
from bot.discord.errors import Refused
from bot.discord.interactions.moderators import moderators_group, require_manager
from bot.discord.interactions.suggesting import LONGEST_CHOICE, SUGGESTED
from bot.discord.locales import reply_language
from bot.discord.outgoing.markdown import escape, unescape
from bot.discord.outgoing.messages import context_message
from bot.discord.outgoing.proof import Outgoing
from bot.formats.visible import short
from bot.languages.catalogue import ENGLISH, Language, Message
from retrieval.citations.permalink import CitedSpan
from retrieval.errors import PermalinkInvalid, QuothError, SourceChanged

Interaction = discord.Interaction[Any]

MOST_GAPS = 500  # among which a question is looked for
LONGEST_QUESTION = 200  # characters of a question that is repeated
LONGEST_PERMALINK = 400
PERIODS = (7, 30)  # days
NO_SUCH_QUESTION = Message("That question is no longer listed: choose one of those that Discord suggests.")
NO_SUCH_PASSAGE = Message(
    "There is no such passage in the articles that this was asked of. Copy the permalink of a quote from them whole, "
    "as ARTICLE@DIGEST#START-END."
)
OUTDATED = Message("That article has changed since. Copy the permalink from its present version.")


def add_gap_commands(client: QuothClient) -> None:
    """Add `/gap` and `/stats` to the client's tree; before it connects."""
    gap = moderators_group("gap", "Settle a question that the articles did not answer.")
    for command in (_dismiss(client), _answer(client)):
        gap.add_command(command)
    client.tree.add_command(gap)
    client.tree.add_command(_stats(client))


def _dismiss(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="dismiss", description="Take a question off the list of what is not answered.")
    @app_commands.describe(question="The question.")
    @app_commands.autocomplete(question=_suggest(client))
    async def dismiss(interaction: Interaction, question: app_commands.Range[str, 1, LONGEST_CHOICE]) -> None:
        async def work() -> None:
            gap = await _settled(client, interaction, question)
            language = reply_language(interaction, private=True)
            await client.say(
                interaction, Outgoing(language.text("Dismissed: {question}", question=_named(gap, language)))
            )

        await client.respond(interaction, work, private=True, moderates=True)

    return dismiss


def _answer(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="answer", description="Point at the passage that answers a question.")
    @app_commands.describe(question="The question.", passage="The permalink of the passage, ARTICLE@DIGEST#START-END.")
    @app_commands.autocomplete(question=_suggest(client))
    async def answer(
        interaction: Interaction,
        question: app_commands.Range[str, 1, LONGEST_CHOICE],
        passage: app_commands.Range[str, 1, LONGEST_PERMALINK],
    ) -> None:
        async def work() -> None:
            require_manager(interaction)
            gap = await _gap(client, interaction, question)
            collection = next((each for each in client.desk.corpora if each.name == gap.collection), None)
            span = await _span(collection, unescape(passage).strip())
            await _settled(client, interaction, question, span.citation.ref)
            language = reply_language(interaction, private=True)
            settled = language.text(
                "Noted, and off the list: {question}\nThis passage answers it:", question=_named(gap, language)
            )
            passage_around = context_message(span, language)
            await client.say(interaction, Outgoing(settled), passage_around, collection=collection)

        await client.respond(interaction, work, private=True, moderates=True)

    return answer


def _stats(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="stats", description="How much is asked in this server, and how much is answered.")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.default_permissions(manage_guild=True)
    async def stats(interaction: Interaction) -> None:
        async def work() -> None:
            require_manager(interaction)
            assert interaction.guild_id is not None
            guild, now, activity = interaction.guild_id, datetime.now(UTC), client.desk.store.activity
            figures = {days: await activity.figures(guild, now - timedelta(days=days), now) for days in PERIODS}
            await client.say(interaction, stats_message(figures, reply_language(interaction, private=True)))

        await client.respond(interaction, work, private=True, moderates=True)

    return stats


def stats_message(figures: Mapping[int, Figures], language: Language = ENGLISH) -> Outgoing:
    """Return the figures of each number of days."""
    lines = [language.text("**Questions in this server**, without private ones:")]
    for days, each in figures.items():
        line = figures_line(each, language)
        lines.append(language.text("- Last {days} days: {figures}", days=days, figures=line))
    return Outgoing("\n".join(lines))


def figures_line(figures: Figures, language: Language) -> str:
    """Return figures as a phrase."""
    if not figures.questions:
        return language.text("no questions")
    return language.text(
        "{questions}; votes: {useful}, {not_useful}",
        questions=share_answered(figures, language),
        useful=useful(figures.useful, language),
        not_useful=not_useful(figures.not_useful, language),
    )


def _suggest(client: QuothClient) -> Callable[..., Any]:
    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            require_manager(interaction)
            gaps = await client.desk.store.gaps(interaction.guild_id, MOST_GAPS)
        except (QuothError, Refused):
            return []
        words = typed.casefold().split()
        fitting = [gap for gap in gaps if all(word in gap.question.casefold() for word in words)]
        return [app_commands.Choice(name=_choice(gap), value=str(gap.id)) for gap in fitting[:SUGGESTED]]

    return suggest


def _choice(gap: Gap) -> str:
    """Return a question as a suggestion, with how often it was asked."""
    return short(f"{gap.count:,} × {gap.question}", LONGEST_CHOICE)


def _named(gap: Gap, language: Language) -> str:
    return language.quoted(escape(short(gap.question, LONGEST_QUESTION)))


async def _gap(client: QuothClient, interaction: Interaction, number: str) -> Gap:
    """Return the question that was chosen, by its number, or typed whole; raises Refused where it is not listed."""
    gaps = await client.desk.store.gaps(interaction.guild_id, -1)
    typed = number.casefold().split()
    chosen = (gap for gap in gaps if str(gap.id) == number or gap.question.casefold().split() == typed)
    gap = next(chosen, None)
    if gap is None:
        raise Refused(NO_SUCH_QUESTION)
    return gap


async def _settled(client: QuothClient, interaction: Interaction, number: str, passage: str | None = None) -> Gap:
    require_manager(interaction)
    gap = await _gap(client, interaction, number)
    assert gap.id is not None
    assert interaction.guild_id is not None
    if not await client.desk.store.settle_gap(gap.id, interaction.guild_id, passage):
        raise Refused(NO_SUCH_QUESTION)
    return gap


async def _span(collection: Collection | None, ref: str) -> CitedSpan:
    """Return what a permalink cites, of articles as they are now; raises Refused."""
    try:
        span = await collection.replay(ref) if collection is not None else None
    except PermalinkInvalid:
        span = None
    except SourceChanged:
        raise Refused(OUTDATED) from None
    if span is None:
        raise Refused(NO_SUCH_PASSAGE)
    if span.state != "current":
        raise Refused(OUTDATED)
    return span
