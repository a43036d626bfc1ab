"""The Discord client: it connects, hears events and interactions, and hands each to the part that handles it."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import discord

from bot.answering.collection import Collection
from bot.chat_log.inbox import WaitingQuestion
from bot.discord.access import Where
from bot.discord.acknowledgement import acknowledge
from bot.discord.answering import Desk
from bot.discord.command_tree import Tree
from bot.discord.deletions import Deletions
from bot.discord.digest import Digest
from bot.discord.edits import Edits
from bot.discord.gateway import SteadyClient, find_gateway
from bot.discord.greeting import Greeting
from bot.discord.heard import Heard
from bot.discord.home import Home
from bot.discord.housekeeping import Housekeeping
from bot.discord.inbox import Inbox
from bot.discord.late_replies import answer
from bot.discord.locales import reply_language
from bot.discord.memory import RecentIds
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import edit, send
from bot.discord.presence import Presence
from bot.discord.question_messages import QuestionMessages
from bot.discord.questions import Questions
from bot.discord.reception import Reception, Rules
from bot.discord.reconciliation import DAYS, MOST_ANSWERS
from bot.discord.recovery import Recovery
from bot.discord.repetition import may_pass
from bot.discord.server_rules import Servers
from bot.discord.triggers import QuestionDetector
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

PATIENCE, FAREWELL, LEAVING = 3.5, 1.5, 1.0
"""Seconds, when the bot ends, for answers in flight, for telling who still waits, and for closing the connections: the
whole fits the ten that `docker stop` grants."""
GUILDS_WITHIN = 0.5  # seconds after which a new session lists no more servers


class QuothClient(SteadyClient):
    """quoth's own client."""

    def __init__(self, desk: Desk, servers: Servers, rules: Rules) -> None:
        self.desk, self.servers, self.rules = desk, servers, rules
        super().__init__(
            intents=_intents(),
            shard_count=rules.shards,
            shard_ids=rules.shard_ids,  # type: ignore[arg-type]  # None means all
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=GUILDS_WITHIN,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self.tree = Tree(self)
        self.reception = Reception(rules, servers, desk.monitor)
        self._interactions = RecentIds()
        """Those that are handled: a resumed session repeats some."""
        self.shared = RecentIds()
        """Private answers that were posted for all to see."""
        self._messages = QuestionMessages(self)
        self._deletions = Deletions(desk, self._messages)
        self._questions: Questions | None = None
        self._edits: Edits | None = None
        self.inbox = Inbox(desk.store)
        self._heard = Heard(desk.store.state)
        self._home = Home(self, self.reception, desk.store.state)
        self._greeting = Greeting(self, self.reception, desk.store.state)
        self._presence = Presence(desk.store.claims)
        self._recovery: Recovery | None = None
        self._housekeeping = Housekeeping(self, desk, self.rules.retention_days)
        self._digest = Digest(self, desk, servers, self.reception)
        self._was_ready = set[int]()
        """Connections that have had a session."""
        self._tasks: set[asyncio.Task[Any]] = set()
        """What runs beside the events, for as long as the client does."""

    async def setup_hook(self) -> None:
        """Set up, before connecting, what depends on who the bot is and what it may read."""
        if not may_read(self.application):
            self._connection._intents.message_content = False
            if self.servers.ask_channels | self.servers.help_forums:
                needed = "ask channels and help forums need the message content intent"
                log.warning("%s, which is not enabled for this application", needed)
        assert self.user is not None
        detector = QuestionDetector(self.user, self.servers, reads_all=self.intents.message_content)
        desk, reception, messages = self.desk, self.reception, self._messages
        self._questions = Questions(self, desk, self.inbox, reception, detector, messages)
        self._edits = Edits(desk, reception, detector, messages, self._deletions, self._questions, self.inbox)
        self._recovery = Recovery(self, desk, self.inbox, self._questions, self._edits, messages, reception)
        await find_gateway(self)
        count = self.shard_count or 1
        await self._heard.load(self.shard_ids or range(count), count)
        await self._home.load()
        await self._greeting.load()
        for work in (
            self.tree.register(desk.store.state),
            self._heard.keep_on(),
            self._presence.keep_on(),
            self._recovery.keep_on(),
            self._housekeeping.keep_on(),
            self._digest.keep_on(),
        ):
            self._tasks.add(asyncio.create_task(work))

    async def finish(self) -> None:
        """Take no more, finish what is in flight or tell who waits, then leave: within seconds."""
        await self.reception.close(PATIENCE, FAREWELL)
        await self._heard.keep()
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVING):  # a connection that is dead does not say good-bye
                await self.close()
        await self._presence.end()

    async def close(self) -> None:
        """Leave, and begin nothing more."""
        for task in self._tasks:
            task.cancel()
        if self._edits is not None:
            self._edits.cancel()
        await super().close()

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log what an event handler did not expect; the bot goes on."""
        log.exception("the event %s could not be handled", event_method)
        self.desk.monitor.failed(sys.exc_info()[1])

    @property
    def closing(self) -> bool:
        """Whether the bot is about to leave, and answers nothing new."""
        return self.reception.closing

    async def on_connect(self) -> None:
        """Act on what was deleted or edited before this session began."""
        self._end_with_client()
        try:
            answers = await self.desk.store.recent_questions(datetime.now(UTC) - timedelta(days=DAYS), MOST_ANSWERS)
        except QuothError as error:
            log.error("what was deleted while the bot was away is not known: %s", error)
            return
        assert self._edits is not None
        await self._edits.reconcile(answer for answer in answers if self.hears(answer.guild))

    async def on_ready(self) -> None:
        """Settle which server is answered, and forget those that the bot is no longer in."""
        self._end_with_client()
        await self._home.keep()
        await self._greeting.forget_left()
        await self._housekeeping.forget_left_servers()

    async def on_shard_connect(self, shard: int) -> None:
        """Find out what was asked on a connection between two sessions, once its servers are known."""
        since = self._heard.begin(shard)
        self._end_with_client()
        await self.wait_for("shard_ready", check=lambda ready: ready == shard)
        self._home.look()
        assert self._recovery is not None
        await self._recovery.catch_up(shard, since)

    async def on_shard_ready(self, shard: int) -> None:
        """Count a new session in place of one that was lost."""
        if shard in self._was_ready:
            self.desk.monitor.reconnected(is_resumed=False)
        self._was_ready.add(shard)

    async def on_shard_resumed(self, shard: int) -> None:
        """Count a session that goes on."""
        self.desk.monitor.reconnected(is_resumed=True)

    def _end_with_client(self) -> None:
        """Have the current task cancelled when the client is closed."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Messages

    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that asks."""
        assert self._questions is not None
        self._home.look()
        self._heard.note(message.guild.shard_id if message.guild else 0, message.id)
        await self._questions.handle(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Answer an edited question anew, in the message that answered it."""
        assert self._edits is not None
        await self._edits.handle(payload.message)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Forget a question that was deleted, or a command's with the answer that repeated it."""
        await self._deletions.handle(payload.message_id)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Forget each question, as for one message."""
        for message in payload.message_ids:
            await self._deletions.handle(message)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Forget what was asked in a channel that is gone, and in its threads."""
        await self.desk.remove_channel(channel.id)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Forget what was asked in a thread that is gone."""
        await self.desk.remove_channel(payload.thread_id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget what was asked in a server that the bot left, or that is gone."""
        await self._home.leave(guild.id)
        self.servers.forget(guild.id)
        await self._greeting.forget(guild.id)
        await self.desk.remove_guild(guild.id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Settle whether a server that the bot was invited to is the first, and greet it."""
        await self._home.keep()
        await self._greeting.greet(guild)

    # Interactions

    async def respond(
        self,
        interaction: discord.Interaction[Any],
        work: Callable[[], Awaitable[None]],
        *,
        private: bool,
        pace: bool = False,
        is_press: bool = False,
        moderates: bool = False,
        update: bool = False,
        waiting: WaitingQuestion | None = None,
    ) -> None:
        """Acknowledge an interaction at once, do the work, and turn its errors into a reply; once for each.

        `pace` counts the interaction as a question of its user, `is_press` as a press of a button; `update` is for one
        that changes its own message. `moderates` is for what a server's moderators do, in whatever channel.
        What is `waiting` is answered after a restart if need be.
        """
        if self._interactions.has(interaction.id):
            return
        with self.reception.at_work():
            refused = self._refusal(interaction, pace=pace, is_press=is_press, moderates=moderates)
            is_private = private or refused is not None
            claimed = waiting if refused is None else None  # what is refused is not claimed
            acknowledging = asyncio.create_task(acknowledge(interaction, private=is_private, update=update))
            acknowledging.add_done_callback(_observe_outcome)  # where another process answers, nobody awaits it

            async def acknowledged_work() -> None:
                is_first = await acknowledging
                if not is_first and claimed is None:
                    return  # another process answers
                if refused is not None:
                    raise refused
                await work()

            language = reply_language(interaction, private=is_private)
            carry = _reply(interaction, private=is_private, update=update)
            if claimed is None:
                await self.reception.attend(acknowledged_work, carry, language=language)
            else:
                attend = partial(self.reception.attend, acknowledged_work, carry, language=language, keeps=may_pass)
                await self.inbox.attend(claimed, attend)

    async def say(
        self, interaction: discord.Interaction[Any], *pages: Outgoing, collection: Collection | None = None
    ) -> None:
        """Answer an interaction that was acknowledged privately, with one message a page."""
        await answer(interaction, pages[0], collection)
        for page in pages[1:]:
            await send(interaction.followup.send, page, collection, ephemeral=True, suppress_embeds=True, wait=True)

    def _refusal(
        self, interaction: discord.Interaction[Any], *, pace: bool, is_press: bool, moderates: bool
    ) -> Exception | None:
        self._home.look()
        try:
            where = Where.of(interaction)
            self.reception.admit(where, moderates=moderates)
            if pace:
                self.reception.check_pace(where)
            if is_press:
                self.reception.check_presses(where)
        except Exception as error:  # noqa: BLE001 - answered once the interaction is acknowledged
            return error
        return None


def _observe_outcome(task: asyncio.Task[bool]) -> None:
    if not task.cancelled():
        task.exception()


def _reply(interaction: discord.Interaction[Any], *, private: bool, update: bool) -> Callable[..., Awaitable[Any]]:
    """Return what sends the reply to an interaction that was acknowledged."""
    if update:
        return partial(send, interaction.followup.send, ephemeral=True)
    return partial(answer, interaction) if private else partial(edit, interaction.edit_original_response)


def _intents() -> discord.Intents:
    """Return the intents for what the bot has to hear of, and for what all messages say if it may be told.

    A server may name an ask channel at any time, and intents hold for a whole session.
    """
    intents = discord.Intents.none()
    intents.guilds = intents.guild_messages = intents.dm_messages = intents.message_content = True
    return intents


def may_read(application: discord.AppInfo | None) -> bool:
    """Return whether the application has the message content intent."""
    flags = application.flags if application else discord.ApplicationFlags()
    return flags.gateway_message_content or flags.gateway_message_content_limited
