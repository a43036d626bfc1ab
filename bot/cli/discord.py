"""`quoth discord`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

from bot import logs
from bot.discord import launch
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class DiscordOptions:
    """Options of `quoth discord`."""

    invite: bool


def run(options: DiscordOptions, settings: Settings) -> int:
    """Run the bot until it is stopped, or print the link that invites it; 0 at the end. Raises KeyboardInterrupt."""
    if options.invite:
        sys.stdout.write(asyncio.run(launch.invitation(settings)) + "\n")
        return 0
    logs.set_up(launch.read_token(settings), as_json=settings.monitoring.log_format == "json")
    try:
        asyncio.run(launch.run(settings))
    except launch.StoppedEarly:
        raise KeyboardInterrupt from None
    return 0
