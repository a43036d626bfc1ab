"""Time and ids: Discord's snowflakes carry their time of birth, and the server's clock can be set forward by tests."""

import time
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000


class Clock:
    """A monotonic clock in seconds; `advance` sets it forward, so that 15 minutes pass without waiting."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Seconds, comparable among themselves only."""
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let this many seconds pass at once: tokens age, windows of rate limits end."""
        self._ahead += seconds


class Snowflakes:
    """Hands out ids that rise strictly and name the millisecond of their making, as Discord's do."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        """A new id, above all earlier ones."""
        now = (int(time.time() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(self._last + 1, now)
        return self._last


def timestamp(snowflake: int) -> str:
    """The ISO 8601 time that an id carries."""
    milliseconds = (snowflake >> 22) + DISCORD_EPOCH_MS
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()


def iso_now() -> str:
    """The wall clock in ISO 8601, for edits."""
    return datetime.now(UTC).isoformat()
