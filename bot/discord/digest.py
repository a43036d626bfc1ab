"""A weekly digest of what was asked in a server, posted where its moderators have it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import discord

from bot.chat_log.digests import DueDigest, PostedDigest
from bot.chat_log.store import PostedAnswer
from bot.discord.answering import Desk
from bot.discord.digest_message import Week, article_of, digest_message, headline, stale_articles
from bot.discord.locales import guild_language
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import edit, send
from bot.discord.reception import Reception
from bot.discord.repetition import FAILURES, may_pass, reason
from bot.discord.server_rules import Servers
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

WEEK = timedelta(days=7)
EVERY = 60.0  # seconds between two looks at what is due
MOST_READ = 100  # messages after the time a digest is due among which it is looked for
MOST_ANSWERS = 50  # that people did not find useful, of which those stay that everybody may read


class Digest:
    """Posts the digests that are due, and keeps each channel's last one free of words that went meanwhile."""

    def __init__(self, client: discord.Client, desk: Desk, servers: Servers, reception: Reception) -> None:
        self._client, self._desk, self._servers, self._reception = client, desk, servers, reception
        self._digests = desk.store.digests
        self._is_current = False
        """Whether the last digests hold no words that went, as far as is known."""

    async def keep_on(self) -> None:
        """Post what is due now and from then on; without end."""
        await self._client.wait_until_ready()
        has_removed = self._desk.store.has_removed
        while True:
            try:
                # Other processes remove words, too, and do not say when.
                if has_removed.is_set() or not self._is_current or not await self._desk.store.claims.is_alone():
                    has_removed.clear()
                    self._is_current = True
                    await self._renew()
                await self._look()
            except QuothError as error:
                log.error("which digests are due is not known: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(has_removed.wait(), EVERY)

    async def _look(self) -> None:
        now = datetime.now(UTC)
        for guild in self._client.guilds:
            for channel in self._wanted(guild):
                if guild.get_channel(channel) is not None:
                    await self._digests.plan(channel, guild.id, now + WEEK)
        for due in await self._digests.due(now):
            guild_known = self._client.get_guild(due.guild)
            if guild_known is not None and not guild_known.unavailable:
                await self._claim(due, guild_known, now)

    async def _claim(self, due: DueDigest, guild: discord.Guild, now: datetime) -> None:
        """Post a digest, unless another process does."""
        async with self._desk.store.claims.holding(f"digest {due.channel}") as is_own:
            if is_own and due in await self._digests.due(now):  # another may have posted it meanwhile
                await self._post(due, guild, now)

    def _wanted(self, guild: discord.Guild) -> frozenset[int]:
        """Return the channels of a server that get digests."""
        wanted = self._servers.of(guild.id).digest_channels
        return wanted if self._reception.serves_guild(guild.id) else frozenset()

    async def _post(self, due: DueDigest, guild: discord.Guild, now: datetime) -> None:
        """Post a digest, and plan the next one; what fails but may pass is left as it is."""
        channel = guild.get_channel(due.channel)
        try:
            if not isinstance(channel, discord.TextChannel):
                await self._digests.move(due.channel, None)
                return
            if due.channel not in self._wanted(guild):
                await self._retire(guild, channel)
                await self._digests.move(due.channel, None)
                return
            message = digest_message(await self._week(due.due, guild, channel), guild_language(guild))
            if message is not None:
                id_ = await self._find(channel, due.due) or await self._send(channel, message, due.due)
                await self._retire(guild, channel, but=id_)
                await self._digests.keep(PostedDigest(due.channel, due.guild, id_, due.due, _hash(message)))
        except FAILURES as error:
            log.warning("the digest could not be posted in channel %d: %s", due.channel, reason(error))
            if may_pass(error):
                return
        weeks = (now - due.due) // WEEK + 1
        await self._digests.move(due.channel, due.due + weeks * WEEK)

    @staticmethod
    async def _send(channel: discord.TextChannel, message: Outgoing, due: datetime) -> int:
        # With the same nonce Discord takes a message only once, however often it is sent.
        nonce = f"digest {due.timestamp():.3f}"
        return int((await send(channel.send, message, suppress_embeds=True, nonce=nonce)).message.id)

    async def _find(self, channel: discord.TextChannel, due: datetime) -> int | None:
        """Return the digest that a bot has posted which was killed before it could keep that it had."""
        try:
            async for message in channel.history(after=due, limit=MOST_READ, oldest_first=True):
                is_answer = message.reference is not None or message.interaction_metadata is not None
                if message.author == self._client.user and not is_answer:
                    return message.id
        except discord.Forbidden:
            log.info("channel %d cannot be read for a former digest", channel.id)
        return None

    async def _renew(self) -> None:
        """Edit the last digests that would read otherwise now that some words are gone."""
        for posted in await self._digests.posted():
            guild = self._client.get_guild(posted.guild)
            channel = guild.get_channel(posted.channel) if guild else None
            if guild is None or not isinstance(channel, discord.TextChannel):
                continue
            week = await self._week(posted.week_end, guild, channel)
            language = guild_language(guild)
            message = digest_message(week, language) or headline(week, language)
            if _hash(message) != posted.content:
                try:
                    await self._replace(posted, message)
                    await self._digests.keep(replace(posted, content=_hash(message)))
                except FAILURES as error:
                    log.warning("the digest in channel %d could not be edited: %s", posted.channel, reason(error))
                    if may_pass(error):
                        self._is_current = False
                    else:
                        await self._digests.drop(posted.channel)

    async def _retire(self, guild: discord.Guild, channel: discord.TextChannel, but: int | None = None) -> None:
        """Leave only figures of a channel's last digest: nobody looks after its words any more."""
        for former in await self._digests.posted():
            if former.channel == channel.id and former.message != but:
                with suppress(discord.NotFound):
                    week = await self._week(former.week_end, guild, channel)
                    await self._replace(former, headline(week, guild_language(guild)))

    async def _replace(self, posted: PostedDigest, message: Outgoing) -> None:
        place = self._client.get_partial_messageable(posted.channel, guild_id=posted.guild)
        await edit(place.get_partial_message(posted.message).edit, message)

    async def _week(self, end: datetime, guild: discord.Guild, channel: discord.TextChannel) -> Week:
        activity, since = self._desk.store.activity, end - WEEK
        audience = _Audience(guild, channel)
        marked = await activity.marked(guild.id)
        rated = await activity.not_useful(guild.id, since, end, MOST_ANSWERS)
        return Week(
            end,
            await activity.figures(guild.id, since, end),
            [answer for answer in await activity.unanswered(guild.id, since, end) if audience.may_read(answer)],
            [(answer, votes) for answer, votes in rated if audience.may_read(answer)],
            stale_articles(marked, f"{since:%Y-%m-%d}", f"{end:%Y-%m-%d}", await self._titles(marked)),
        )

    async def _titles(self, answers: Iterable[PostedAnswer]) -> dict[tuple[str, str], tuple[str, str | None]]:
        """Return titles and addresses of the articles of which something became, as far as they are still there."""
        collections = {collection.name: collection for collection in self._desk.corpora}
        articles = {(answer.collection, article_of(mark.ref)) for answer in answers for mark in answer.marks}
        titles: dict[tuple[str, str], tuple[str, str | None]] = {}
        for name, article in articles:
            if name in collections:
                generation = await collections[name].service.run(lambda engine: engine.generation)
                row = generation.row_of(article)
                if row is not None:
                    ref = generation.ref(row)
                    titles[name, article] = (ref.title or article, ref.url)
        return titles


class _Audience:
    """Who reads a channel: of other channels, they are told only what they can read there, too."""

    def __init__(self, guild: discord.Guild, channel: discord.TextChannel) -> None:
        self._guild, self._channel = guild, channel
        self._readers = [role for role in guild.roles if channel.permissions_for(role).view_channel]
        self._known: dict[int, bool] = {}

    def may_read(self, answer: PostedAnswer) -> bool:
        """Return whether everybody who reads the channel can read where an answer stands."""
        if answer.channel not in self._known:
            self._known[answer.channel] = self._reads(answer.channel, answer.parent)
        return self._known[answer.channel]

    def _reads(self, id_: int, parent: int | None) -> bool:
        channel = self._guild.get_channel(id_ if parent is None else parent)
        if channel is None:
            return False
        if parent is not None and not isinstance(channel, discord.ForumChannel):
            thread = self._guild.get_thread(id_)
            if thread is None or thread.is_private():  # of an archived one it is not known
                return False
        return channel == self._channel or all(channel.permissions_for(role).view_channel for role in self._readers)


def _hash(message: Outgoing) -> str:
    return hashlib.sha256(message.content.encode()).hexdigest()
