"""The Discord client: how questions, their edits and their ends are met, and interactions acknowledged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import aiohttp
import discord
from discord.ui import View

from bot.answering.collection import Collection
from bot.answering.service import Busy
from bot.chat_log.store import PostedAnswer
from bot.discord.access import Where
from bot.discord.answering import Desk, IsCurrent, is_blank
from bot.discord.command_tree import Tree
from bot.discord.errors import ACKNOWLEDGED, Refused, is_gone
from bot.discord.gateway import find_gateway
from bot.discord.history import IncomingQuestion
from bot.discord.memory import RecentIds
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import Sent, edit, persistently, send
from bot.discord.outgoing.typing import typing
from bot.discord.reception import Reception, Rules, tell
from bot.discord.reconciliation import DAYS, MOST_ANSWERS, reconcile
from bot.discord.triggers import QuestionDetector
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

AT_ONCE, TRIED_FOR = (0.0, 0.2), 0.7  # seconds; Discord waits three for an acknowledgement
BUSY_FOR = 5.0  # seconds until an edited question is tried again


class QuothClient(discord.Client):
    """quoth's own client."""

    def __init__(self, desk: Desk, rules: Rules | None = None) -> None:
        self.desk, self.rules = desk, rules or Rules()
        super().__init__(
            intents=_intents(self.rules),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self.tree = Tree(self)
        self.reception = Reception(self.rules)
        self._detector: QuestionDetector | None = None
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._reconciling: asyncio.Task[Any] | None = None
        self._postponed: dict[int, asyncio.Task[None]] = {}
        """By question message: edits that came too soon to be answered."""
        self._seen = RecentIds()
        """Messages that are handled: a resumed session repeats some."""

    async def setup_hook(self) -> None:
        """Logged in, not yet connected."""
        if self.rules.ask_channels and not _may_read(self.application):
            log.warning("ask channels need the message content intent, which is not enabled for this application")
            self._connection._intents.message_content = False
        assert self.user is not None
        self._detector = QuestionDetector(self.user, self.rules.ask_channels, reads_all=self.intents.message_content)
        await find_gateway(self)
        await self.tree.sync()

    async def finish(self, patience: float = 30.0) -> None:
        """Take no more, finish what is in flight, then leave."""
        await self.reception.close(patience)
        for task in (self._reconciling, *self._postponed.values()):
            if task is not None:
                task.cancel()
        await self.close()

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log what an event handler did not expect; the bot goes on."""
        log.exception("the event %s could not be handled", event_method)

    @property
    def detector(self) -> QuestionDetector:
        """What decides which messages are questions; once logged in."""
        assert self._detector is not None
        return self._detector

    @property
    def closing(self) -> bool:
        """Whether the bot is about to leave, and answers nothing new."""
        return self.reception.closing

    async def on_connect(self) -> None:
        """A new session: act on what was deleted or edited before it began."""
        self._reconciling = asyncio.current_task()
        try:
            answers = await self.desk.store.recent_questions(datetime.now(UTC) - timedelta(days=DAYS), MOST_ANSWERS)
        except QuothError as error:
            log.error("what was deleted while the bot was away is not known: %s", error)
            return
        await self._reconcile(answers)

    # Messages

    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that asks."""
        if message.author.bot or message.webhook_id is not None or self._is_known(message.id):
            return
        question = self.detector.question(message)
        if question is None:
            return
        async with self._lock(message.id), self._told_in(message):
            where = await self._where(message)
            if self.rules.allowed.refusal(where) or await self.desk.is_answered(message.id):
                return
            self.reception.check_open()
            if not question:
                await send(
                    message.reply, Outgoing(self.detector.advice(message)), mention_author=False, nonce=message.id
                )
                return
            self.reception.check_pace(where.user)
            async with typing(self, message.channel.id):
                replied = (
                    message.reference.message_id if message.reference and self.detector.is_reply(message) else None
                )
                own = self.detector.is_own(message)
                incoming = IncomingQuestion(question, where, message.id, replied, is_own=own)
                await self.desk.answer(incoming, partial(_reply, message))

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Answer an edited question anew, in the message that answered it."""
        await self._edited(payload.message)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Forget a question that was deleted, or a command's with the answer that repeated it."""
        await self._deleted(payload.message_id)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """As for one message."""
        for message in payload.message_ids:
            await self._deleted(message)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Forget what was asked in a channel that is gone, and in its threads."""
        await self.desk.remove_channel(channel.id)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """As for a channel."""
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
    ) -> None:
        """Acknowledge an interaction at once, do the work, and turn its errors into a reply.

        `pace` counts the interaction as a question of its user.
        """
        with self.reception.at_work():
            try:
                refused = self._refusal(interaction, pace)
                await _acknowledge(interaction, private=private or refused is not None)
                if refused is not None:
                    raise refused
                await work()
            except Exception as error:  # noqa: BLE001 - answered, and logged where it is not expected
                await tell(error, partial(edit, interaction.edit_original_response))

    async def say(
        self, interaction: discord.Interaction[Any], *pages: Outgoing, collection: Collection | None = None
    ) -> None:
        """Answer an interaction that was acknowledged privately, with one message a page."""
        await edit(interaction.edit_original_response, pages[0], collection)
        for page in pages[1:]:
            await send(interaction.followup.send, page, collection, ephemeral=True, suppress_embeds=True, wait=True)

    # Parts of the above

    def _refusal(self, interaction: discord.Interaction[Any], pace: bool) -> Exception | None:
        try:
            where = Where.of(interaction)
            self.reception.admit(where)
            if pace:
                self.reception.check_pace(where.user)
        except Exception as error:  # noqa: BLE001 - answered once the interaction is acknowledged
            return error
        return None

    async def _reconcile(self, answers: Iterable[PostedAnswer]) -> None:
        await reconcile(
            answers,
            lambda posted, id_: self._message_of(posted, id_).fetch(),
            self._deleted,
            self._edited_meanwhile,
        )

    async def _answer_anew(
        self,
        message: discord.Message,
        question: str,
        where: Where,
        posted: PostedAnswer,
        answer: discord.PartialMessage,
    ) -> None:
        left = await self.desk.blank(posted)
        self.reception.admit(where)
        incoming = IncomingQuestion(question, where, message.id, is_own=self.detector.is_own(message))

        async def post(page: Outgoing, collection: Collection, view: View | None, is_current: IsCurrent) -> Sent:
            return await edit(answer.edit, page, collection, view=view, is_current=is_current)

        await self.desk.answer(incoming, post, left)

    async def _edited(self, message: discord.Message) -> None:
        async with self._lock(message.id):
            posted = await self.desk.store.answer_for_question(message.id)
            if posted is None or not await self._is_reworded(message, posted):
                return
            where = await self._where(message)
            seconds = 0.0 if self.rules.allowed.refusal(where) else self.reception.wait(where.user)
            if seconds > 0:
                await self.desk.blank(posted)
                self._postpone(posted, where.user, seconds)
            else:
                await self._replace_answer(message, where, posted)

    async def _edited_meanwhile(self, posted: PostedAnswer) -> None:
        """Act on what a message says now, of whose edits nothing was heard, or not in time; at no pace."""
        assert posted.question_message is not None
        async with self._lock(posted.question_message):
            current = await self.desk.store.answer_for_question(posted.question_message)
            if current is None:
                return
            message = await self._message_of(current, posted.question_message).fetch()
            # It knows no more of its channel than the id; a thread's title may be the question.
            message.channel = await self.fetch_channel(message.channel.id)  # type: ignore[assignment]
            if await self._is_reworded(message, current):
                where = replace(await self._where(message), guild=current.guild)
                if self.rules.allowed.roles and where.guild is not None:
                    where = replace(where, roles=await self._roles(where.guild, where.user))
                await self._replace_answer(message, where, current)

    async def _is_reworded(self, message: discord.Message, posted: PostedAnswer) -> bool:
        """Return whether an edited message asks something else; an answer whose question is gone is withdrawn."""
        if posted.message is None:
            return False
        question, own = self.detector.question(message), self.detector.is_own(message)
        if question:
            return posted.asker is not None and (question if own else "") != posted.question
        if message.edited_at is not None:  # it was no pin or preview that changed the message
            await self._withdraw(posted)
        return False

    async def _replace_answer(self, message: discord.Message, where: Where, posted: PostedAnswer) -> None:
        question = self.detector.question(message)
        assert question
        assert posted.message is not None
        answer = self._message_of(posted, posted.message)
        with self.reception.at_work():
            try:
                await self._answer_anew(message, question, where, posted, answer)
            except Busy:
                self._postpone(posted, where.user, BUSY_FOR)
            except Exception as error:  # noqa: BLE001 - answered, and logged where it is not expected
                if not (isinstance(error, Refused) and is_blank(posted)):  # else it says so already
                    async with self.desk.posting(posted.id):
                        await tell(error, partial(edit, answer.edit))

    def _postpone(self, posted: PostedAnswer, user: int, seconds: float) -> None:
        """Answer an edited question later; until then the former answer stands."""
        id_ = posted.question_message
        if id_ is None or id_ in self._postponed or self.closing:
            return

        async def answer_later() -> None:
            await asyncio.sleep(seconds)
            while (left := self.reception.wait(user)) > 0:
                await asyncio.sleep(left)
            del self._postponed[id_]
            if not self.closing:
                await self._reconcile([posted])

        self._postponed[id_] = asyncio.create_task(answer_later())

    async def _roles(self, guild: int, user: int) -> frozenset[int]:
        """A member's roles: what a fetched message does not tell. Raises what Discord raises."""
        member = await self.http.get_member(guild, user)
        return frozenset((guild, *map(int, member["roles"])))

    async def _deleted(self, message: int) -> None:
        self.desk.deleted.add(message)
        async with self._lock(message):
            posted = await self.desk.store.answer_for_question(message)
            if posted is not None:
                await self._withdraw(posted)
                return
            posted = await self.desk.store.answer_for_message(message)
            if posted is not None and posted.question_message is None:
                await self.desk.remove(posted)

    async def _withdraw(self, posted: PostedAnswer) -> None:
        """Forget a question that is no longer there, then remove its answer."""
        await self.desk.remove(posted)
        if posted.message is None:
            return
        try:
            await self._message_of(posted, posted.message).delete()
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            if not is_gone(error):
                log.error("the answer in message %s could not be removed: %s", posted.message, error)

    def _message_of(self, posted: PostedAnswer, message: int) -> discord.PartialMessage:
        return self.get_partial_messageable(posted.channel, guild_id=posted.guild).get_partial_message(message)

    async def _where(self, message: discord.Message) -> Where:
        where = Where.of(message)
        if where.guild is not None and isinstance(message.channel, discord.PartialMessageable):
            # A thread that is not known yet: the channel it belongs to decides what it may be answered from.
            channel = await self.fetch_channel(message.channel.id)
            where = replace(where, parent=getattr(channel, "parent_id", None))
        return where

    @asynccontextmanager
    async def _told_in(self, message: discord.Message) -> AsyncIterator[None]:
        """Errors of the work within are told in a reply to the message."""
        with self.reception.at_work():
            try:
                yield
            except Exception as error:  # noqa: BLE001 - answered, and logged where it is not expected
                await tell(error, partial(send, message.reply, mention_author=False, nonce=message.id))

    def _lock(self, message: int) -> asyncio.Lock:
        """What keeps a question's answer, edit and deletion in order."""
        return self._locks.setdefault(message, asyncio.Lock())

    def _is_known(self, message: int) -> bool:
        known = message in self._seen
        self._seen.add(message)
        return known


async def _reply(
    message: discord.Message, page: Outgoing, collection: Collection, view: View | None, is_current: IsCurrent
) -> Sent:
    # With the same nonce Discord takes a message only once, however often it is sent.
    options: dict[str, Any] = {"mention_author": False, "suppress_embeds": True, "nonce": message.id}
    if view is not None:
        options["view"] = view
    return await send(message.reply, page, collection, is_current=is_current, **options)


async def _acknowledge(interaction: discord.Interaction[Any], *, private: bool) -> None:
    async def attempt() -> None:
        try:
            # discord.py itself waits a second and more before it repeats what failed.
            async with asyncio.timeout(TRIED_FOR):
                await interaction.response.defer(ephemeral=private, thinking=True)
        except discord.HTTPException as error:
            if error.code != ACKNOWLEDGED:
                raise

    await persistently(attempt, AT_ONCE)


def _intents(rules: Rules) -> discord.Intents:
    """What the bot has to hear of, and nothing else; nothing privileged but where every message is to be read."""
    intents = discord.Intents.none()
    intents.guilds = intents.guild_messages = intents.dm_messages = True
    intents.message_content = bool(rules.ask_channels)
    return intents


def _may_read(application: discord.AppInfo | None) -> bool:
    flags = application.flags if application else discord.ApplicationFlags()
    return flags.gateway_message_content or flags.gateway_message_content_limited
