"""The turns that a question may lean on: its asker's own, or those of the answer that it replies to."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.answering.collection import Collection
from bot.chat_log.store import PostedAnswer, Store, key_of
from bot.discord.access import Where
from bot.discord.memory import MOST_TURNS, Memory, Place
from bot.discord.routing import Corpora
from bot.languages.catalogue import ENGLISH, Language
from retrieval.errors import PermalinkInvalid, QuothError, SourceChanged
from retrieval.records import Answer, Filter, Turn

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IncomingQuestion:
    """A question, where it was asked, and how it is to be answered."""

    text: str
    where: Where
    question_message: int | None = None
    """None for a command; the answer then repeats the question."""
    replied_to: int | None = None
    """The message of the bot that it replies to."""
    top: int | None = None
    hidden: bool = False
    """Whether Discord shows the answer to nobody but the asker."""
    silent_below: float = 0.0
    """The confidence below which nothing is said; the question then only counts as one without an answer."""
    is_post: bool = False
    """Whether it is a post in a help forum, which can be solved."""
    shared: PostedAnswer | None = None
    """The private answer that its asker wants posted for all to see."""
    is_own: bool = True
    """Whether the words are the asker's. Those of another person are searched as they stand, and then forgotten."""
    language: Language = ENGLISH
    """Of what the bot itself says around the quotes."""
    within: Filter | None = None
    """Which articles it may be answered from; None for all."""

    @property
    def place(self) -> Place:
        """The conversation that it belongs to."""
        return Place(self.where.user, self.where.channel, self.hidden or self.where.guild is None)

    def passes_over(self, answer: Answer) -> bool:
        """Return whether nothing is to be said, since the answer is none or not sure enough."""
        return self.silent_below > 0 and not (answer.answered and answer.confidence >= self.silent_below)


class Histories:
    """Reads what came before a question."""

    def __init__(self, corpora: Corpora, store: Store, memory: Memory) -> None:
        self._corpora, self._store, self._memory = corpora, store, memory

    async def of(self, incoming: IncomingQuestion) -> tuple[Turn, ...]:
        """Return the turns before a question: those up to the answer it replies to, else its asker's own.

        Of an answer to somebody else only the quotes count: what that person asked is nobody else's business.
        """
        place = incoming.place
        if not incoming.is_own:
            return ()
        if incoming.shared is not None:
            return incoming.shared.history
        if incoming.replied_to is None:
            return await self._known(place, self._memory.turns(place))
        posted = await self._posted_as(incoming.replied_to)
        if posted is None or (posted.asker == place.user and posted.is_closed):
            return ()
        quotes = await self._quotes(posted, self._corpora.of(incoming.where))
        if posted.asker == place.user and posted.question and _may_tell(posted, place):
            return (*posted.history, Turn(posted.question, quotes))[-MOST_TURNS:]
        return (Turn("", quotes),) if quotes else ()

    async def _known(self, place: Place, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
        """Return the turns that are still known: another process that has one forgotten does not tell this one."""
        try:
            known = await self._store.open_questions(place.user, place.channel) if turns else frozenset[str]()
        except QuothError as error:
            log.error("it is not known what another process has had forgotten: %s", error)
            return turns
        return tuple(turn for turn in turns if not turn.question or key_of(turn.question) in known)

    @staticmethod
    def of_edited(incoming: IncomingQuestion, posted: PostedAnswer) -> tuple[Turn, ...]:
        """Return the turns before a question that was edited, whose former wording had this answer."""
        may_lean = incoming.is_own and not posted.is_closed and _may_tell(posted, incoming.place)
        return posted.history if may_lean else ()

    async def _posted_as(self, message: int) -> PostedAnswer | None:
        try:
            return await self._store.answer_for_message(message)
        except QuothError as error:
            log.error("it is not known what this replies to: %s", error)
            return None

    async def _quotes(self, posted: PostedAnswer, collection: Collection) -> tuple[str, ...]:
        """Return what an answer quotes, as far as this collection has it still."""
        texts = []
        for ref in posted.refs if posted.collection == collection.name else ():
            try:
                texts.append((await collection.replay(ref)).text)
            except (PermalinkInvalid, SourceChanged):
                continue
        return tuple(texts)


def _may_tell(posted: PostedAnswer, place: Place) -> bool:
    """Return whether what stood before a question may be told in a conversation."""
    return place.private or not posted.private
