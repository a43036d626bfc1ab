"""Waiting without sleeping: whoever changes the server's state tells, whoever waits looks again."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from tests.discord_server.errors import NothingCame

T = TypeVar("T")


class Changes:
    """One bell for the whole server: every change of state rings it."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Wake all that wait, so that they look again."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def until(self, look: Callable[[], T | None], timeout: float, what: Callable[[], str]) -> T:
        """What `look` returns once it is not None; NothingCame with the sentence of `what` after timeout seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            found = look()
            if found is not None:
                return found
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.add(future)
            try:
                await asyncio.wait_for(future, deadline - loop.time())
            except TimeoutError:
                raise NothingCame(f"{what()} (waited {timeout:g} s)") from None
            finally:
                self._waiting.discard(future)
