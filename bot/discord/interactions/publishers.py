"""The sources that the articles of a place are from, suggested while a filter is typed."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from weakref import WeakKeyDictionary

import discord
from discord import app_commands

from bot.answering.collection import Collection
from bot.discord.access import Where
from bot.discord.client import QuothClient
from bot.discord.interactions.suggesting import LONGEST_CHOICE, SUGGESTED, in_time
from bot.formats.visible import one_line
from retrieval.filters import publisher
from retrieval.index.generation import Generation

_listed: WeakKeyDictionary[Generation, tuple[str, ...]] = WeakKeyDictionary()


async def publishers(collection: Collection) -> tuple[str, ...]:
    """Return the sources of a collection's articles, without their headlines, those of most articles first."""
    generation = await collection.service.run(lambda engine: engine.generation)
    if generation not in _listed:
        _listed[generation] = await asyncio.to_thread(_list, generation)
    return _listed[generation]


async def suggest_publishers(
    client: QuothClient, interaction: discord.Interaction[Any], typed: str
) -> list[app_commands.Choice[str]]:
    """Return the sources that have what is typed, of the articles of the place that it is typed in."""

    async def matching() -> list[str]:
        where = Where.of(interaction)
        client.reception.admit(where)
        words = typed.casefold().split()
        known = await publishers(client.desk.corpora.of(where))
        return [name for name in known if all(word in name.casefold() for word in words)]

    return [app_commands.Choice(name=name, value=name) for name in (await in_time(matching()))[:SUGGESTED]]


def _list(generation: Generation) -> tuple[str, ...]:
    sources = (generation.facts(row).source for row in range(len(generation)))
    counter = Counter(one_line(publisher(source)) for source in sources if source)
    names = sorted(counter, key=lambda name: (-counter[name], name))
    return tuple(name for name in names if 0 < len(name) <= LONGEST_CHOICE)
