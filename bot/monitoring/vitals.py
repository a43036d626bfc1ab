"""The state of a running bot, as it is asked for at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """A connection to Discord's gateway."""

    number: int
    is_open: bool
    latency: float | None
    """Seconds between the last heartbeat and its answer; None where none has been answered."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """An index that answers."""

    path: str
    generation: str
    """The fingerprint of its current generation."""
    built_at: datetime


@dataclass(frozen=True, slots=True)
class BotState:
    """What the bot is at a moment."""

    connections: tuple[ConnectionState, ...]
    indexes: tuple[IndexState, ...]
    waiting: int
    """Questions that wait or are worked on."""
    is_ready: bool
    """Whether the gateway has said all that the bot needs to answer."""
    is_closing: bool


class Vitals(Protocol):
    """What tells the state of the bot."""

    def state(self) -> BotState:
        """Return the state at this moment."""
        ...

    async def store_fault(self) -> str | None:
        """Write to the database; return what is wrong, None where nothing is."""
        ...
