"""The commands and message menus that anyone may use."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
from discord import app_commands
from discord.ui import View

from bot.answering.collection import Collection
from bot.answering.filters import filter_named
from bot.chat_log.inbox import Command, WaitingQuestion
from bot.discord.access import Where
from bot.discord.client import QuothClient
from bot.discord.history import IncomingQuestion
from bot.discord.interactions.filter_values import suggest_values
from bot.discord.interactions.suggesting import LONGEST_CHOICE
from bot.discord.locales import reply_language
from bot.discord.message_words import words_of
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import Sent, edit
from bot.discord.posting import IsCurrent
from bot.discord.wording import namer, question_in
from bot.languages.catalogue import Message
from retrieval.records import Filter

LONGEST_DATE = 40  # characters
Interaction = discord.Interaction[Any]

FORGOTTEN = Message("Forgotten. Your next question stands alone.")
NOTHING = Message("There was nothing to forget.")


def add_ask_commands(client: QuothClient) -> None:
    """Add the commands to the client's tree, before it connects."""
    for command in (_ask(client), _new(client), _find(client)):
        client.tree.add_command(command)


def _ask(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(
        name="ask", description="Ask a question; I answer with quotes from the articles, or say they have no answer."
    )
    @app_commands.describe(
        question="Your question.",
        private="Show the answer only to you.",
        top="Maximum number of quotes, 1 to 10.",
        source="Only articles from this source.",
        since="Only articles published since: 2023, 2023-06-30 or 30 June 2023.",
        path="Only articles in this folder.",
        tag="Only articles with this tag.",
        language="Only articles in this language, such as en.",
    )
    async def ask(
        interaction: Interaction,
        question: app_commands.Range[str, 1, 1000],
        private: bool = False,
        top: app_commands.Range[int, 1, 10] | None = None,
        source: app_commands.Range[str, 1, LONGEST_CHOICE] | None = None,
        since: app_commands.Range[str, 1, LONGEST_DATE] | None = None,
        path: app_commands.Range[str, 1, LONGEST_CHOICE] | None = None,
        tag: app_commands.Range[str, 1, LONGEST_CHOICE] | None = None,
        language: app_commands.Range[str, 1, LONGEST_CHOICE] | None = None,
    ) -> None:
        where, words = Where.of(interaction), question_in(question, namer((), interaction.guild))
        reply = reply_language(interaction, private=private)
        within = await named_filter(source=source, since=since, path=path, tag=tag, language=language)
        incoming = IncomingQuestion(words, where, top=top, hidden=private, language=reply, within=within)
        await _answer(client, interaction, incoming)

    suggest_values(client, ask)
    return ask


def _new(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="new", description="Start over: I forget our conversation in this channel.")
    async def new(interaction: Interaction) -> None:
        async def work() -> None:
            existed = await client.desk.start_over(Where.of(interaction))
            sentence = FORGOTTEN if existed else NOTHING
            await client.say(interaction, Outgoing(reply_language(interaction, private=True).text(sentence)))

        await client.respond(interaction, work, private=True)

    return new


def _find(client: QuothClient) -> app_commands.ContextMenu:
    async def find(interaction: Interaction, message: discord.Message) -> None:
        where = Where.of(interaction)
        words = question_in(words_of(message), namer(message.mentions, interaction.guild))
        # Whoever wrote it may delete it, and is told of no search.
        language = reply_language(interaction, private=True)
        incoming = IncomingQuestion(words, where, hidden=True, is_own=False, language=language)
        await _answer(client, interaction, incoming)

    return menu("Find a quote", find)


async def named_filter(**values: str | None) -> Filter | None:
    """Return the filter that a command's options name, None without any; raises FilterInvalid.

    What reads dates of any form takes a while to load, so that is done beside the event loop.
    """
    return await asyncio.to_thread(filter_named, **values)


def menu(name: str, callback: Any) -> app_commands.ContextMenu:
    """Return a menu that users may also install for themselves: only they see what it answers."""
    menu = app_commands.ContextMenu(name=name, callback=callback)
    menu.allowed_installs = app_commands.AppInstallationType(guild=True, user=True)
    menu.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
    return menu


async def _answer(client: QuothClient, interaction: Interaction, question: IncomingQuestion) -> None:
    async def post(page: Outgoing, collection: Collection, view: View | None, is_current: IsCurrent) -> Sent:
        return await edit(interaction.edit_original_response, page, collection, view=view, is_current=is_current)

    async def work() -> None:
        await client.desk.answer(question, post)

    waiting = _waiting(interaction, question)
    await client.respond(interaction, work, private=question.hidden, pace=True, waiting=waiting)


def _waiting(interaction: Interaction, question: IncomingQuestion) -> WaitingQuestion:
    """Return what is kept of a command's question until it is answered: words only where they are the asker's own."""
    where, words = question.where, question.text if question.is_own else ""
    language = question.language.tag
    command = Command(interaction.token, words, question.top, question.hidden, where.parent, language, question.within)
    return WaitingQuestion(interaction.id, where.channel, where.guild, where.user, command)
