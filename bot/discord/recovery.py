"""Questions that were asked while nobody listened, or whose answer got lost: found again, and answered once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any

import discord
from discord.ui import View

from bot.answering.collection import Collection
from bot.chat_log.inbox import Command, WaitingQuestion
from bot.discord.access import Where
from bot.discord.answering import Desk
from bot.discord.edits import Edits
from bot.discord.errors import Refused, is_gone
from bot.discord.gateway import SteadyClient
from bot.discord.history import IncomingQuestion
from bot.discord.inbox import Inbox
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import Sent, edit
from bot.discord.posting import IsCurrent
from bot.discord.question_messages import QuestionMessages
from bot.discord.questions import Questions
from bot.discord.reception import Reception
from bot.discord.repetition import FAILURES, may_pass, pauses, reason
from bot.languages.catalogue import Language, Message
from retrieval.errors import QuothError

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(hours=24)
MOST_CHANNELS, MOST_DIRECT, MOST_MESSAGES = 200, 50, 300
"""Bounds of what a new session reads: channels of servers, conversations, and the first messages of each."""
LOOK_EVERY = 5.0  # seconds between two looks at what others have left
REPLY_WITHIN = 100  # messages after a question among which its answer is looked for
AT_A_TIME = 8
TOO_LATE = Message(
    "I was away when you asked this, and only came back now. If you still want to know, please ask again."
)
NOT_KEPT = Message("I was restarted before I could answer this. Please ask again.")

Channel = discord.TextChannel | discord.VoiceChannel | discord.Thread
Place = Channel | discord.PartialMessageable


class Recovery:
    """Looks after the inbox: what is left in it, and what belongs into it."""

    def __init__(
        self,
        client: SteadyClient,
        desk: Desk,
        inbox: Inbox,
        questions: Questions,
        edits: Edits,
        messages: QuestionMessages,
        reception: Reception,
    ) -> None:
        self._client, self._desk, self._inbox = client, desk, inbox
        self._questions, self._edits, self._messages, self._reception = questions, edits, messages, reception

    async def keep_on(self) -> None:
        """Answer what is left in the inbox, also by other processes, and what fails again later; without end."""
        while True:
            with suppress(TimeoutError):  # what a process leaves that is killed, nobody tells
                await asyncio.wait_for(self._inbox.has_left.wait(), LOOK_EVERY)
            for pause in pauses():
                self._inbox.has_left.clear()
                if await self._answer_all():
                    break
                await asyncio.sleep(pause)

    async def catch_up(self, shard: int, since: int) -> None:
        """Find the questions of the channels of one connection that came after a message was heard there."""
        since = max(since, discord.utils.time_snowflake(datetime.now(UTC) - LOOK_BACK))
        try:
            for place in [*self._channels(shard, since), *(await self._conversations() if shard == 0 else ())]:
                await self._find(await self._read(place, since))
        except QuothError as error:
            log.error("what was asked while the bot was away is not known: %s", error)
        self._inbox.has_left.set()

    def _channels(self, shard: int, since: int) -> list[Place]:
        """Return the channels with something new that the bot answers in, the latest first."""
        found: list[tuple[int, Place]] = []
        for guild in self._client.guilds:
            of_guild: tuple[Sequence[Channel], ...] = (guild.text_channels, guild.voice_channels, guild.threads)
            for channel in chain.from_iterable(of_guild if guild.shard_id == shard else ()):
                last = channel.last_message_id or 0
                if last > since and self._reception.serves(guild.id, channel):
                    found.append((last, channel))
        found.sort(key=itemgetter(0), reverse=True)
        return [channel for _, channel in found[:MOST_CHANNELS]]

    async def _conversations(self) -> list[Place]:
        """Return the direct messages that the bot knows of."""
        channels = await self._desk.store.direct_channels(MOST_DIRECT)
        return [self._client.get_partial_messageable(channel) for channel in channels]

    async def _read(self, place: Place, since: int) -> list[discord.Message]:
        for pause in pauses():
            try:
                after = discord.Object(since)
                return [message async for message in place.history(after=after, limit=MOST_MESSAGES)]
            except FAILURES as error:
                log.info("channel %d could not be read again: %s", place.id, reason(error))
                if not may_pass(error):
                    break
            await asyncio.sleep(pause)
        return []

    async def _find(self, messages: Sequence[discord.Message]) -> None:
        """Put the questions among messages into the inbox that have no reply."""
        replied = set(map(self._replied_to, messages))
        for message in messages:
            if message.id in replied or not self._questions.is_missed(message):
                continue
            if not await self._desk.is_answered(message.id):
                guild = message.guild.id if message.guild else None
                await self._inbox.add(WaitingQuestion(message.id, message.channel.id, guild, message.author.id))

    async def _answer_all(self) -> bool:
        """Answer what waits; return whether nothing is left to be tried again."""
        turn = asyncio.Semaphore(AT_A_TIME)

        async def answer(waiting: WaitingQuestion) -> bool:
            async with turn, self._messages.lock(waiting.id):
                return await self._inbox.attend(waiting, partial(self._answer, waiting))

        try:
            waiting = [each for each in await self._inbox.waiting() if self._client.hears(each.guild)]
        except QuothError as error:
            log.error("which questions still wait is not known: %s", error)
            return False
        return all(await asyncio.gather(*map(answer, waiting)))

    async def _answer(self, waiting: WaitingQuestion) -> bool:
        try:
            command = waiting.command
            return await (self._answer_message(waiting) if command is None else self._answer_command(waiting, command))
        except FAILURES as error:
            if not (may_pass(error) or is_gone(error)):
                log.error("a question that waits could not be answered: %s", reason(error))
            return not may_pass(error)
        except QuothError as error:
            log.error("a question that waits could not be answered: %s", error)
            return False

    async def _answer_message(self, waiting: WaitingQuestion) -> bool:
        message = await self._messages.fetch_whole(waiting, waiting.id)
        posted = await self._desk.store.answer_for_question(waiting.id)
        async for later in message.channel.history(after=message, limit=REPLY_WITHIN):
            if self._replied_to(later) == message.id:
                if posted is not None and posted.id is not None and posted.message is None:
                    await self._desk.store.mark_sent(posted.id, later.id)
                return posted is None or await self._edits.answer_found(message, posted)
        if posted is not None and posted.message is None:  # it never left
            await self._desk.remove(posted)
        late = Refused(TOO_LATE) if self._reception.is_late(waiting.id) else None
        return await self._questions.answer_found(message, waiting, late)

    async def _answer_command(self, waiting: WaitingQuestion, command: Command) -> bool:
        interaction = _interaction(self._client, waiting, command)
        # Once the token has aged, or where Discord had not heard of the answer to come, nobody waits any more.
        original = await interaction.followup.fetch_message("@original")  # type: ignore[arg-type]
        if not original.flags.loading:
            return True

        async def post(page: Outgoing, collection: Collection, view: View | None, is_current: IsCurrent) -> Sent:
            return await edit(interaction.edit_original_response, page, collection, view=view, is_current=is_current)

        language = Language.of(command.language)

        async def work() -> None:
            if self._reception.is_late(waiting.id):
                raise Refused(TOO_LATE)
            if not command.question:
                raise Refused(NOT_KEPT)
            where = Where(waiting.user, waiting.channel, waiting.guild, command.parent)
            incoming = IncomingQuestion(
                command.question,
                where,
                top=command.top,
                hidden=command.hidden,
                language=language,
                within=command.within,
            )
            await self._desk.answer(incoming, post)

        with self._reception.at_work():
            carry, keeps = partial(edit, interaction.edit_original_response), self._questions.may_be_answered_later
            return await self._reception.attend(work, carry, language=language, keeps=keeps)

    def _replied_to(self, message: discord.Message) -> int | None:
        """Return the message that one of the bot's own replies to."""
        is_own = self._client.user is not None and message.author.id == self._client.user.id
        return message.reference.message_id if is_own and message.reference is not None else None


def _interaction(
    client: SteadyClient, waiting: WaitingQuestion, command: Command
) -> discord.Interaction[discord.Client]:
    """Return the interaction of a command, as far as its answer needs it."""
    user = {"id": str(waiting.user), "username": "", "discriminator": "0", "avatar": None}
    data: Any = {
        "id": str(waiting.id),
        "application_id": str(client.application_id),
        "type": discord.InteractionType.application_command.value,
        "token": command.token,
        "version": 1,
        "user": user,
        "attachment_size_limit": 0,
    }
    return discord.Interaction(data=data, state=client._connection)
