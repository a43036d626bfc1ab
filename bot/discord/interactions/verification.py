"""`/verify` and *Verify quote*: whether a text stands in the articles, and in the one it is said to be from."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.discord.access import Where
from bot.discord.client import QuothClient
from bot.discord.interactions.ask import menu
from bot.discord.interactions.sources import admitted_matching
from bot.discord.interactions.suggesting import LONGEST_CHOICE, SUGGESTED, in_time
from bot.discord.locales import reply_language
from bot.discord.message_words import words_of
from bot.discord.outgoing.markdown import block_quotes
from bot.discord.outgoing.messages import match_message

Interaction = discord.Interaction[Any]

MOST_VERIFIED = 3  # block quotes of one message that are looked up
LONGEST_VERIFIED = 4000


def add_verification(client: QuothClient) -> None:
    """Add the command and the menu to the client's tree, before it connects."""
    for command in (_verify(client), _verify_menu(client)):
        client.tree.add_command(command)


def _verify(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="verify", description="Check whether a text appears word for word in the articles.")
    @app_commands.describe(text="The text to look up.", source="The article that it is said to be from.")
    async def verify(
        interaction: Interaction,
        text: app_commands.Range[str, 1, LONGEST_VERIFIED],
        source: app_commands.Range[str, 1, LONGEST_VERIFIED] | None = None,
    ) -> None:
        quotes = list(block_quotes(text))
        await _look_up(client, interaction, quotes if len(quotes) > 1 else [text], source)

    @verify.autocomplete("source")
    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        articles = await in_time(admitted_matching(client, interaction, typed))
        fitting = [article for article in articles if len(article.article) <= LONGEST_CHOICE]
        return [
            app_commands.Choice(name=article.title[:LONGEST_CHOICE], value=article.article)
            for article in fitting[:SUGGESTED]
        ]

    return verify


def _verify_menu(client: QuothClient) -> app_commands.ContextMenu:
    async def verify(interaction: Interaction, message: discord.Message) -> None:
        words = words_of(message)
        await _look_up(client, interaction, list(block_quotes(words)) or [words])

    return menu("Verify quote", verify)


async def _look_up(client: QuothClient, interaction: Interaction, texts: list[str], source: str | None = None) -> None:
    async def work() -> None:
        collection = client.desk.corpora.of(Where.of(interaction))
        language, pages = reply_language(interaction, private=True), []
        for text in texts[:MOST_VERIFIED]:
            match = await collection.verify(text[:LONGEST_VERIFIED], source)
            pages.append(match_message(match, await collection.links(match.citations), language))
        await client.say(interaction, *pages, collection=collection)

    await client.respond(interaction, work, private=True, pace=True)
