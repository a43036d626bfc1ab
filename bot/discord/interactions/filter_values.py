"""What the articles of a place can be filtered by, suggested while a filter is typed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any
from weakref import WeakKeyDictionary

import discord
from discord import app_commands

from bot.answering.collection import Collection
from bot.discord.access import Where
from bot.discord.client import QuothClient
from bot.discord.interactions.suggesting import LONGEST_CHOICE, SUGGESTED, in_time
from bot.formats.visible import one_line
from retrieval.filters import ArticleFacts, publisher
from retrieval.index.generation import Generation

Interaction = discord.Interaction[Any]
Command = app_commands.Command[Any, ..., Any]

LISTED = ("source", "path", "tag", "language")
"""The options whose values are listed."""
_known: WeakKeyDictionary[Generation, Mapping[str, tuple[str, ...]]] = WeakKeyDictionary()


async def filter_values(collection: Collection, option: str) -> tuple[str, ...]:
    """Return what a collection's articles can be filtered by, those of most articles first.

    They are the sources without their headlines, the folders, the tags or the languages.
    """
    generation = await collection.service.run(lambda engine: engine.generation)
    if generation not in _known:
        _known[generation] = await asyncio.to_thread(_list, generation)
    return _known[generation][option]


def suggest_values(client: QuothClient, command: Command) -> None:
    """Have the values of a command's filters suggested, of the articles of the place that they are typed in."""
    for option in LISTED:
        _suggest(client, command, option)


def _suggest(client: QuothClient, command: Command, option: str) -> None:
    @command.autocomplete(option)
    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        async def matching() -> list[str]:
            where = Where.of(interaction)
            client.reception.admit(where)
            words = typed.casefold().split()
            known = await filter_values(client.desk.corpora.of(where), option)
            return [value for value in known if all(word in value.casefold() for word in words)]

        return [app_commands.Choice(name=value, value=value) for value in (await in_time(matching()))[:SUGGESTED]]


def _list(generation: Generation) -> Mapping[str, tuple[str, ...]]:
    counters = {option: Counter[str]() for option in LISTED}
    for row in range(len(generation)):
        facts = generation.facts(row)
        for option in LISTED:
            counters[option].update({one_line(value) for value in _values(facts, option) if value})
    return {option: tuple(_ordered(counter)) for option, counter in counters.items()}


def _values(facts: ArticleFacts, option: str) -> Iterable[str]:
    """Return what an article can be filtered by."""
    if option == "source":
        return [publisher(facts.source or "")]
    if option == "path":
        return [folder.as_posix() for folder in PurePosixPath(facts.path or "").parents if folder.name]
    return facts.tags if option == "tag" else [facts.language]


def _ordered(counter: Counter[str]) -> list[str]:
    values = sorted(counter, key=lambda value: (-counter[value], value))
    return [value for value in values if 0 < len(value) <= LONGEST_CHOICE]
