"""Connections: each has some seconds to send what it asks and to take the reply, and no client may have them all."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.http.rate import client_of

log = logging.getLogger(__name__)

HEADERS_WITHIN = 10.0  # seconds in which the headers of a request have to come
TAKEN_WITHIN = 30.0  # seconds in which a client has to take more of a reply
MOST = 512  # connections at a time
FEWEST = 16
RESERVED = 128  # file descriptors for the index, its model and whatever else is open
MINUTE = 60.0
OUT_OF_DESCRIPTORS = "socket.accept() out of system resource"
"""How asyncio's message begins, which it logs with a traceback for every connection that waits."""
TOO_MANY = "%s has %d connections, and only %d are left to others: those that ask nothing are closed"
FULL = "There are %d connections, and no more can be: those that ask nothing are closed"


def most_connections() -> int:
    """Return how many connections there may be, which each take a file descriptor."""
    try:
        import resource
    except ImportError:  # not on Windows, which has no such limit
        return MOST
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if descriptors == resource.RLIM_INFINITY else max(FEWEST, min(MOST, descriptors - RESERVED))


class Connection(H11Protocol):
    """A connection that is closed where it keeps others out, and says nothing, or takes nothing of its reply."""

    _deadline: asyncio.TimerHandle | None = None
    _untaken: asyncio.TimerHandle | None = None
    idle_since = 0.0
    peer = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request; if there is no room for one more connection, one that asks nothing makes it."""
        super().connection_made(transport)
        self.peer, self.idle_since = client_of(self.client[0] if self.client else ""), self.loop.time()
        self._watch()
        others = [each for each in self.connections if isinstance(each, Connection) and each is not self]
        others = [each for each in others if not each.transport.is_closing()]
        own = [each for each in others if each.peer == self.peer]
        left = most_connections() - len(others)
        if len(own) < left:
            return
        if left > 0:
            log.warning(TOO_MANY, self.client[0] if self.client else "a client", len(own), left)
        else:
            log.warning(FULL, len(others))
        (_first_to_go(own if left > 0 else others) or self).end()

    def data_received(self, data: bytes) -> None:
        """Read on; a request that has begun has to come to its end."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)
        self._unwatch()
        self._end_untaken()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self.idle_since = self.loop.time()
        super().on_response_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that has waited too long."""
        super().timeout_keep_alive_handler()
        self.end()

    def pause_writing(self) -> None:
        """Wait for the client to take what there is of a reply."""
        super().pause_writing()
        self._begin_untaken()

    def resume_writing(self) -> None:
        """Send on."""
        super().resume_writing()
        self._end_untaken()

    def end(self) -> None:
        """Close it once the client has taken its reply, or has had the time to."""
        self.transport.close()
        if self.transport.get_write_buffer_size():
            self._begin_untaken()

    @property
    def is_idle(self) -> bool:
        """Whether nothing that it asks is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _begin_untaken(self) -> None:
        if self._untaken is None:
            self._untaken = self.loop.call_later(TAKEN_WITHIN, self.transport.abort)

    def _end_untaken(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def _watch(self) -> None:
        """Let the time run while nothing is being answered; each further byte gains none."""
        if not self.is_idle:
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEADERS_WITHIN, self.timeout_keep_alive_handler)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _first_to_go(connections: Sequence[Connection]) -> Connection | None:
    """Return the connection that has asked nothing for longest, of the client that has most; None if all ask."""
    idle = [each for each in connections if each.is_idle]
    number = Counter(each.peer for each in idle)
    return min(idle, key=lambda each: (-number[each.peer], each.idle_since), default=None)


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
        (log, OneAMinute(FULL)),
    )
    for logger, seldom in filters:
        logger.addFilter(seldom)
    try:
        yield
    finally:
        for logger, seldom in filters:
            logger.removeFilter(seldom)
