"""The records of what the Discord bot remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from retrieval.records import Filter, Turn


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a source that an answer cites."""

    ref: str
    """The permalink it concerns, one of the answer's `refs`."""
    state: Literal["moved", "changed", "withdrawn"]
    """"moved" where the same words still stand in the article: then the message says nothing."""
    on: str
    """The date it was noticed, YYYY-MM-DD, UTC."""
    now: str | None = None
    """The permalink of the same words in the article as it was then, where they moved."""


@dataclass(frozen=True, slots=True)
class PostedAnswer:
    """An answer, or an abstention, as it was posted. Ids of users, guilds, channels and messages are Discord's."""

    id: int | None
    """The store's own number; None until it is recorded."""
    collection: str
    question: str
    """As it was asked. Empty where its asker had it forgotten, where it was edited and the new wording has no answer
    yet, and where the words were another person's."""
    history: tuple[Turn, ...]
    """The turns it was answered in the light of, oldest first."""
    asker: int | None
    """None where the asker had it forgotten."""
    guild: int | None
    """None for a direct message."""
    channel: int
    message: int | None
    """The message that carries the answer; None until it is sent."""
    question_message: int | None
    """The message that asked; None for a command."""
    fingerprint: str
    """What it depended on: see `retrieval.fingerprint`."""
    refs: tuple[str, ...]
    """Permalinks of the quotes shown, best first."""
    answered: bool
    posted_at: datetime
    """With a time zone."""
    marks: tuple[Mark, ...] = ()
    """What became of its sources since; set by `mark_changed`, not by `record_answer`."""
    private: bool = False
    """Whether nobody but the asker could read it. It is then in no list, export or public answer."""
    parent: int | None = None
    """The channel that the thread belongs to, where it was asked in one."""
    is_closed: bool = False
    """Whether its asker has started over since: their questions do not lean on it, nor do its edits on its history."""
    within: Filter | None = None
    """The filter that it was asked under."""

    @property
    def is_passed_over(self) -> bool:
        """Whether a message's question drew no answer, since the bot was not sure of any."""
        return self.question_message is not None and self.message is None and not self.refs


class AnswerRemoved(Exception):
    """The answer that a record is to replace was removed meanwhile."""


@dataclass(frozen=True, slots=True)
class Votes:
    """How many found an answer useful, and not."""

    useful: int = 0
    not_useful: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that the corpus did not answer."""

    question: str
    """As it was asked last."""
    collection: str
    count: int
    last: datetime
    passage: str | None = None
    """The permalink of what answers it, where moderators have pointed at it."""
    id: int | None = field(default=None, compare=False)
    """The store's own number of the time it was asked last."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed at a user's wish."""

    votes: int
    questions: int
    """Answers that no longer say who asked what."""
    gaps: int
    """Unanswered questions that no longer count."""
