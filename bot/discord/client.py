"""The Discord client: it connects, hears events and interactions, and hands each to the part that handles it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import discord

from bot.answering.collection import Collection
from bot.discord.access import Where
from bot.discord.acknowledgement import acknowledge
from bot.discord.answering import Desk
from bot.discord.command_tree import Tree
from bot.discord.deletions import Deletions
from bot.discord.edits import Edits
from bot.discord.gateway import SteadyClient, find_gateway
from bot.discord.memory import RecentIds
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import edit, send
from bot.discord.question_messages import QuestionMessages
from bot.discord.questions import Questions
from bot.discord.reception import Reception, Rules, tell
from bot.discord.reconciliation import DAYS, MOST_ANSWERS
from bot.discord.triggers import QuestionDetector
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

GUILDS_WITHIN = 0.5  # seconds after which a new session lists no more servers


class QuothClient(SteadyClient):
    """quoth's own client."""

    def __init__(self, desk: Desk, rules: Rules | None = None) -> None:
        self.desk, self.rules = desk, rules or Rules()
        super().__init__(
            intents=_intents(self.rules),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=GUILDS_WITHIN,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self.tree = Tree(self)
        self.reception = Reception(self.rules)
        self._interactions = RecentIds()
        """Those that are handled: a resumed session repeats some."""
        self._messages = QuestionMessages(self)
        self._deletions = Deletions(desk, self._messages)
        self._questions: Questions | None = None
        self._edits: Edits | None = None
        self._reconciling: asyncio.Task[Any] | None = None
        self._registering: asyncio.Task[None] | None = None

    async def setup_hook(self) -> None:
        """Set up, before connecting, what depends on who the bot is and what it may read."""
        if self.rules.ask_channels and not _may_read(self.application):
            log.warning("ask channels need the message content intent, which is not enabled for this application")
            self._connection._intents.message_content = False
        assert self.user is not None
        detector = QuestionDetector(self.user, self.rules.ask_channels, reads_all=self.intents.message_content)
        self._questions = Questions(self, self.desk, self.reception, detector, self._messages)
        self._edits = Edits(self.desk, self.reception, detector, self._messages, self._deletions)
        await find_gateway(self)
        self._registering = asyncio.create_task(self.tree.register(self.desk.store.state))

    async def finish(self, patience: float = 30.0) -> None:
        """Take no more, finish what is in flight, then leave."""
        await self.reception.close(patience)
        await self.close()

    async def close(self) -> None:
        """Leave, and begin nothing more."""
        for task in (self._reconciling, self._registering):
            if task is not None:
                task.cancel()
        if self._edits is not None:
            self._edits.cancel()
        await super().close()

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log what an event handler did not expect; the bot goes on."""
        log.exception("the event %s could not be handled", event_method)

    @property
    def closing(self) -> bool:
        """Whether the bot is about to leave, and answers nothing new."""
        return self.reception.closing

    async def on_connect(self) -> None:
        """Act on what was deleted or edited before this session began."""
        self._reconciling = asyncio.current_task()
        try:
            answers = await self.desk.store.recent_questions(datetime.now(UTC) - timedelta(days=DAYS), MOST_ANSWERS)
        except QuothError as error:
            log.error("what was deleted while the bot was away is not known: %s", error)
            return
        assert self._edits is not None
        await self._edits.reconcile(answers)

    # Messages

    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that asks."""
        assert self._questions is not None
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
        await self.desk.remove_guild(guild.id)

    # Interactions

    async def respond(
        self,
        interaction: discord.Interaction[Any],
        work: Callable[[], Awaitable[None]],
        *,
        private: bool,
        pace: bool = False,
        update: bool = False,
    ) -> None:
        """Acknowledge an interaction at once, do the work, and turn its errors into a reply; once for each.

        `pace` counts the interaction as a question of its user; `update` is for one that changes its own message.
        """
        if self._interactions.has(interaction.id):
            return
        with self.reception.at_work():
            try:
                refused = self._refusal(interaction, pace)
                await acknowledge(interaction, private=private or refused is not None, update=update)
                if refused is not None:
                    raise refused
                await work()
            except Exception as error:  # noqa: BLE001 - answered, and logged where it is not expected
                failed = partial(send, interaction.followup.send, ephemeral=True)
                await tell(error, failed if update else partial(edit, interaction.edit_original_response))

    async def say(
        self, interaction: discord.Interaction[Any], *pages: Outgoing, collection: Collection | None = None
    ) -> None:
        """Answer an interaction that was acknowledged privately, with one message a page."""
        await edit(interaction.edit_original_response, pages[0], collection)
        for page in pages[1:]:
            await send(interaction.followup.send, page, collection, ephemeral=True, suppress_embeds=True, wait=True)

    def _refusal(self, interaction: discord.Interaction[Any], pace: bool) -> Exception | None:
        try:
            where = Where.of(interaction)
            self.reception.admit(where)
            if pace:
                self.reception.check_pace(where.user)
        except Exception as error:  # noqa: BLE001 - answered once the interaction is acknowledged
            return error
        return None


def _intents(rules: Rules) -> discord.Intents:
    """Return the intents for what the bot has to hear of: none is privileged unless it is to read every message."""
    intents = discord.Intents.none()
    intents.guilds = intents.guild_messages = intents.dm_messages = True
    intents.message_content = bool(rules.ask_channels)
    return intents


def _may_read(application: discord.AppInfo | None) -> bool:
    flags = application.flags if application else discord.ApplicationFlags()
    return flags.gateway_message_content or flags.gateway_message_content_limited
