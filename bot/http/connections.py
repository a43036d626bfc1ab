"""Connections: each has some seconds to send what it asks, and no client may have them all."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.http.rate import client_of

log = logging.getLogger(__name__)

HEADERS_WITHIN = 10.0  # seconds in which the headers of a request have to come
MOST = 512  # connections at a time
FEWEST = 16
RESERVED = 128  # file descriptors for the index, its model and whatever else is open
MINUTE = 60.0
OUT_OF_DESCRIPTORS = "socket.accept() out of system resource"
"""How asyncio's message begins, which it logs with a traceback for every connection that waits."""
TOO_MANY = "%s has %d connections, and only %d are left to others: more of its connections are closed"


def most_connections() -> int:
    """Return how many connections there may be, which each take a file descriptor."""
    try:
        import resource
    except ImportError:  # not on Windows, which has no such limit
        return MOST
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if descriptors == resource.RLIM_INFINITY else max(FEWEST, min(MOST, descriptors - RESERVED))


class Connection(H11Protocol):
    """A connection that is closed where its client has more than are left, or does not say what it asks."""

    _deadline: asyncio.TimerHandle | None = None
    peer = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request, if its client may have one more connection."""
        super().connection_made(transport)
        self.peer = client_of(self.client[0] if self.client else "")
        own = sum(isinstance(other, Connection) and other.peer == self.peer for other in self.connections)
        left = most_connections() - len(self.connections) + 1
        if own > left:
            log.warning(TOO_MANY, self.client[0] if self.client else "a client", own - 1, left)
            transport.close()
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        """Read on; a request that has begun has to come to its end."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)
        self._unwatch()

    def _watch(self) -> None:
        """Let the time run while nothing is being answered; each further byte gains none."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEADERS_WITHIN, self.timeout_keep_alive_handler)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class OneAMinute(logging.Filter):
    """Passes one record a minute of those that begin alike, without its traceback."""

    def __init__(self, beginning: str, instead: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        """`instead` is what is logged in their place, "" for what they say."""
        super().__init__()
        self._beginning, self._instead, self._clock = beginning, instead, clock
        self._next = clock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged."""
        if not str(record.msg).startswith(self._beginning):
            return True
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + MINUTE
        record.exc_info = None
        if self._instead:
            record.msg, record.args = self._instead, ()
        return True


@contextmanager
def seldom_logged() -> Iterator[None]:
    """Keep those who connect from filling the log."""
    remedy = "no file descriptor is left for another connection: raise the limit, as by `ulimit -n 4096`"
    filters = (
        (logging.getLogger("asyncio"), OneAMinute(OUT_OF_DESCRIPTORS, remedy)),
        (log, OneAMinute(TOO_MANY)),
    )
    for logger, seldom in filters:
        logger.addFilter(seldom)
    try:
        yield
    finally:
        for logger, seldom in filters:
            logger.removeFilter(seldom)
