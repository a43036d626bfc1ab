"""A bot's state that a test decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.monitoring.vitals import BotState, ConnectionState, IndexState

HEALTHY = BotState(
    connections=(ConnectionState(0, True, 0.04), ConnectionState(1, True, None)),
    indexes=(IndexState("/srv/index", "0123456789ab", datetime(2026, 11, 1, tzinfo=UTC)),),
    waiting=3,
    is_ready=True,
    is_closing=False,
)


@dataclass
class FixedVitals:
    """Tells what it is given."""

    current: BotState = field(default=HEALTHY)
    fault: str | None = None

    def state(self) -> BotState:
        return self.current

    async def store_fault(self) -> str | None:
        return self.fault
