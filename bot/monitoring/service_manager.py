"""What systemd is told, where it started the bot: that it runs, that its loop turns, and that it ends."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

MICROSECONDS = 1_000_000


class ServiceManager:
    """Speaks sd_notify(3); without a socket to speak to, it says nothing."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        period = environment.get("WATCHDOG_USEC", "")
        is_ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._every = int(period) / MICROSECONDS / 2 if period.isdecimal() and is_ours else 0.0

    def say(self, state: str) -> None:
        """Send a state, such as STOPPING=1; a manager that does not listen is no fault of the bot's."""
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as notify:
            notify.sendto(state.encode(), self._address)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Say that the bot runs, then again and again that its loop turns, as often as the watchdog wants."""
        self.say("READY=1")
        beating = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beating.cancel()
            self.say("STOPPING=1")

    async def _beat(self) -> None:
        while self._every > 0:
            self.say("WATCHDOG=1")
            await asyncio.sleep(self._every)
