"""What an answer needs of whoever posts it: a message or a command, and the buttons below it."""

from __future__ import annotations

from typing import Protocol

from discord.ui import View

from bot.answering.collection import Collection
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import Sent
from bot.languages.catalogue import Language


class Post(Protocol):
    """Sends or edits the one message that carries the answer."""

    async def __call__(
        self, page: Outgoing, collection: Collection, view: View | None, is_current: IsCurrent, /
    ) -> Sent:
        """Return what became of it; raises Outdated where it is not current any more."""


class IsCurrent(Protocol):
    """Whether all that an answer leant on may still be told."""

    def __call__(self) -> bool:
        """Return it as of now."""


class Buttons(Protocol):
    """Makes the buttons below the answer that has this number in the store."""

    def __call__(
        self, number: int, *, answered: bool, hidden: bool, more: bool, post: bool, language: Language
    ) -> View:
        """Return the view that carries them; `more`: the question can be asked again, `post`: it is one of a forum."""
