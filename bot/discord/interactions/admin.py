"""The commands about the bot and its articles: `/sources`, `/gaps`, `/reindex`, `/forget-me`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import discord
from discord import app_commands

from bot.chat_log.store import Forgotten, Gap
from bot.discord.access import Where
from bot.discord.client import QuothClient
from bot.discord.interactions.articles_place import forget_contributor
from bot.discord.interactions.build_progress import outcome, progress
from bot.discord.interactions.moderators import require_manager, require_owner
from bot.discord.interactions.reindex import Reindexer
from bot.discord.interactions.search import add_search
from bot.discord.interactions.sources import add_sources
from bot.discord.locales import reply_language
from bot.discord.outgoing.fitting import fitting
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.proof import Outgoing
from bot.formats.visible import short
from bot.languages.catalogue import ENGLISH, Language, Message

Interaction = discord.Interaction[Any]

MOST_GAPS = 100
OWN_WORDS = Message(
    "Where owners made an article of a message of yours, it stays, without naming you as its author: only they can "
    "remove it."
)
NOT_REACHED = Message(
    "I cannot reach all articles right now, so some may still say that you added them: please use this again later."
)
LONGEST_GAP = 200  # characters of a question that is listed


def add_admin_commands(client: QuothClient, reindexer: Reindexer) -> None:
    """Add the commands to the client's tree; before it connects."""
    add_sources(client)
    add_search(client)
    for command in (_gaps(client), _reindex(client, reindexer), _forget(client)):
        client.tree.add_command(command)


def _gaps(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="gaps", description="Questions from this server that the articles did not answer.")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.default_permissions(manage_guild=True)
    async def gaps(interaction: Interaction) -> None:
        async def work() -> None:
            require_manager(interaction)
            gaps = await client.desk.store.gaps(interaction.guild_id, MOST_GAPS)
            await client.say(interaction, gaps_message(gaps, reply_language(interaction, private=True)))

        await client.respond(interaction, work, private=True, moderates=True)

    return gaps


def _reindex(client: QuothClient, reindexer: Reindexer) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="reindex", description="Read the articles again. I keep answering meanwhile.")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.default_permissions(manage_guild=True)
    async def reindex(interaction: Interaction) -> None:
        async def work() -> None:
            collection = client.desk.corpora.of(Where.of(interaction))
            require_owner(client, interaction, collection)
            language = reply_language(interaction, private=True)
            report = await reindexer.run(collection, partial(progress, interaction), language)
            await client.say(interaction, outcome(report, language))

        await client.respond(interaction, work, private=True, moderates=True)

    return reindex


def _forget(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="forget-me", description="Delete what I store about you: questions, votes and your id.")
    async def forget_me(interaction: Interaction) -> None:
        async def work() -> None:
            client.desk.memory.forget_user(interaction.user.id)
            forgotten = await client.desk.store.forget(interaction.user.id)
            articles, has_all = await forget_contributor(client, interaction.user.id)
            language = reply_language(interaction, private=True)
            await client.say(interaction, forgotten_message(forgotten, articles, language, has_all=has_all))

        await client.respond(interaction, work, private=True)

    return forget_me


def gaps_message(gaps: Sequence[Gap], language: Language = ENGLISH) -> Outgoing:
    """List as many questions as fit, each with how often and when it was last asked."""
    if not gaps:
        return Outgoing(language.text("There are no unanswered questions here."))
    head = language.text("**Not answered here**, most asked first:")
    lines = (
        language.text(
            "- {count} × {question} (last on {date})",
            count=gap.count,
            question=escape(short(gap.question, LONGEST_GAP)),
            date=f"{gap.last:%Y-%m-%d}",
        )
        for gap in gaps
    )
    more = language.text("-# and more; whoever runs me can export the full list")
    return Outgoing(fitting([head, *lines], lambda left: more))


def forgotten_message(
    forgotten: Forgotten, articles: int = 0, language: Language = ENGLISH, *, has_all: bool = True
) -> Outgoing:
    """Return the message about what was removed, and what is left to remove in Discord.

    `articles` counts those that the user had added, and that no longer say so; without `has_all` others may.
    """
    named = {
        language.plural("{count} question", "{count} questions", forgotten.questions): forgotten.questions,
        language.plural("{count} vote", "{count} votes", forgotten.votes): forgotten.votes,
        language.plural("{count} unanswered question", "{count} unanswered questions", forgotten.gaps): forgotten.gaps,
    }
    counts = [name for name, count in named.items() if count]
    own_words = language.text(OWN_WORDS)
    rest = [own_words] if has_all else [language.text(NOT_REACHED), own_words]
    if not counts and not articles:
        nothing = language.text("I have nothing stored about you.")
        return Outgoing(" ".join([nothing, *rest]) if has_all else "\n".join(rest))
    erased = [language.text("Forgotten: {counts}.", counts=", ".join(counts))] if counts else []
    nameless = [language.text("Nothing I store names you any more.")] if has_all else []
    left = language.text(
        "Our messages stay in Discord: delete your questions and my answers to them go too. Only a moderator can "
        "remove my answers to commands now."
    )
    stay = language.plural(
        "{count} article that you added stays, without your name.",
        "{count} articles that you added stay, without your name.",
        articles,
    )
    head = " ".join([*erased, *nameless])
    return Outgoing("\n".join([*([head] if head else []), *([stay] if articles else []), *rest, left]))
