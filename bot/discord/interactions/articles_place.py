"""The articles that were added from Discord, of one place or of all: who may change them, and work with their files."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import discord

from bot.answering.collection import Collection, check_there, corpus_of
from bot.answering.contributed import ChangedByHand, Contributed
from bot.answering.contribution_record import Contribution, RecordDamaged
from bot.discord.access import Where
from bot.discord.client import QuothClient
from bot.discord.errors import Refused
from bot.discord.interactions.moderators import require_owner
from bot.discord.outgoing.markdown import escape
from bot.languages.catalogue import Message
from retrieval.errors import CorpusError, IndexFault

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]
T = TypeVar("T")

ONE_FILE = Message("These articles are a single file, which only whoever runs me can add to.")
CHANGED_BY_HAND = Message("{file} was changed by hand: only whoever runs me can remove it.")
NOT_WRITABLE = Message("I may not write to the folder of the articles: whoever runs me has to let me.")
DAMAGED = Message("My record of the articles from Discord is damaged: whoever runs me has to repair it.")


async def owned_place(client: QuothClient, interaction: Interaction) -> tuple[Collection, Path]:
    """Return the collection of a place, and its folder; raises Refused for all but its owners."""
    collection = client.desk.corpora.of(Where.of(interaction))
    require_owner(client, interaction, collection)
    corpus = await asyncio.to_thread(corpus_of, collection)
    if corpus.is_file():
        raise Refused(ONE_FILE)
    return collection, corpus


async def owned_articles(client: QuothClient, interaction: Interaction) -> list[Contribution]:
    """Return the articles that were added to the collection of a place; raises Refused for all but its owners."""
    _, corpus = await owned_place(client, interaction)
    return await on_disk(Contributed(corpus).all)


async def forget_contributor(client: QuothClient, user: int) -> tuple[int, bool]:
    """Remove a user from the records of all collections; return how many articles they had added, and if none is left.

    There may be a record left where a collection's folder cannot be reached.
    """
    corpora, has_all = set[Path](), True
    for collection in client.desk.corpora:
        try:
            corpus = await asyncio.to_thread(corpus_of, collection)
            await asyncio.to_thread(check_there, corpus, collection.index)
            corpora.add(corpus)
        except (IndexFault, CorpusError) as error:
            log.error("who added articles to %s is not known: %s", collection.name, error)
            has_all = False
    records = [Contributed(corpus) for corpus in corpora if corpus.is_dir()]
    return sum([await on_disk(partial(record.forget, user)) for record in records]), has_all


async def on_disk(work: Callable[[], T]) -> T:
    """Do work with files on another thread; raises Refused for those that are the operator's or cannot be used."""
    try:
        return await asyncio.to_thread(work)
    except RecordDamaged as error:
        log.error("%s", error)
        raise Refused(DAMAGED) from error
    except ChangedByHand as changed:
        raise Refused(CHANGED_BY_HAND, file=escape(changed.file)) from changed
    except OSError as error:
        log.error("the articles from Discord cannot be changed: %s", error)
        raise Refused(NOT_WRITABLE) from error
