"""How often each client may ask, and how much at a time."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address

MOST_CLIENTS = 4096  # whose last requests are remembered
NETWORK = 64  # bits of an IPv6 address that tell one client from another: the rest is theirs to choose


class RateLimit:
    """A bucket for each client that holds a minute's requests, and fills again as time passes."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`a_minute` is how many requests a client has in a minute; 0 for no limit."""
        self._a_minute, self._clock = a_minute, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """Take one request from a client's bucket; return the seconds until there is one, 0 where there was."""
        if not self._a_minute:
            return 0.0
        client, now = client_of(address), self._clock()
        left, at = self._buckets.pop(client, (float(self._a_minute), now))
        left = min(float(self._a_minute), left + (now - at) * self._a_minute / 60)
        seconds = 0.0 if left >= 1 else (1 - left) * 60 / self._a_minute
        self._buckets[client] = (left if seconds else left - 1, now)
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return seconds


class Share:
    """How many requests of each client may be in progress, so that there are places left for others."""

    def __init__(self, most: int = 0) -> None:
        """`most` is 0 for any number."""
        self.most = most
        self._in_progress = Counter[str]()

    @contextmanager
    def place(self, address: str) -> Iterator[bool]:
        """Take a place while in the context; yields whether there was one."""
        client = client_of(address)
        if self.most and self._in_progress[client] >= self.most:
            yield False
            return
        self._in_progress[client] += 1
        try:
            yield True
        finally:
            self._in_progress[client] -= 1
            if not self._in_progress[client]:
                del self._in_progress[client]


def client_of(address: str) -> str:
    """Return who an address belongs to: a network, where its addresses are its client's to choose."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or int(parsed) >> (128 - NETWORK))
    return str(parsed)
