"""Web addresses asked politely and warily: robots.txt, a pause between requests, and a limit to everything."""

from __future__ import annotations

import asyncio
import socket
import time
import zlib
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any

import aiohttp
from yarl import URL

from bot.source_record import Source
from bot.sources.addresses import is_of_network, is_public
from bot.sources.bodies import MEGABYTE, Decoder, too_large
from bot.sources.faults import Denied, SourceFault
from bot.sources.robots import AGENT, Rules
from bot.version import installed_version

_ROBOTS = 512 * 1024
_LONGEST_MARK = 300
"""Characters of an ETag or a date that are kept."""
_CHUNK = 65_536
_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a source is given."""

    page: int = 10 * MEGABYTE
    """Bytes of a page, compressed and not."""
    list: int = 50 * MEGABYTE
    """Bytes of a sitemap or a feed."""
    lists: int = 200
    """Sitemaps of an index."""
    request: float = 30.0
    """Seconds of a request, until its last byte."""
    source: float = 3600.0
    """Seconds of all requests to a source; what is left comes next time."""
    redirects: int = 5


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a web address has."""

    url: str
    """Where it came from, behind all redirects."""
    status: int
    body: bytes = b""
    kind: str = ""
    """Its MIME type."""
    charset: str = ""
    etag: str = ""
    modified: str = ""
    location: str = ""

    @property
    def answer(self) -> str:
        """Its status, as a part of a sentence."""
        return f"answers {_named(self.status)}"

    @property
    def is_gone(self) -> bool:
        """Whether the site says that there is no such page."""
        return self.status in _GONE

    @property
    def is_unchanged(self) -> bool:
        """Whether it is what it was."""
        return self.status == HTTPStatus.NOT_MODIFIED


class Pacing:
    """Turns of requests to a host, of all sources together."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._next: dict[str, float] = {}

    async def turn(self, host: str, pause: float) -> None:
        """Wait until the host may be asked again."""
        async with self._locks.setdefault(host, asyncio.Lock()):
            await asyncio.sleep(max(0.0, self._next.get(host, 0.0) - time.monotonic()))
            self._next[host] = time.monotonic() + pause


class Web:
    """What asks for the pages of a source."""

    def __init__(self, source: Source, pacing: Pacing, limits: Limits = LIMITS) -> None:
        self._source, self._pacing, self._limits = source, pacing, limits
        self._robots: dict[URL, Rules | SourceFault] = {}
        self._private: list[str] = []
        """Addresses that were not connected to."""
        self._is_own = False
        """Whether the host and port that are asked are the source's own."""

    async def __aenter__(self) -> Web:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=self._socket, limit=4),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._limits.request),
            headers={"User-Agent": user_agent(), "Accept-Encoding": "gzip, deflate"},
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, url: str, *, most: int, etag: str = "", modified: str = "", obey: bool = True) -> Reply:
        """Return what an address has: status 200, 304, 404 or 410; raises SourceFault for everything else.

        `most` limits its bytes; `etag` and `modified` are those of what is known; robots.txt is obeyed unless not
        `obey`.
        """
        address, seen = _parsed(url), set[URL]()
        conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
        while address not in seen:
            if len(seen) > self._limits.redirects:
                raise SourceFault(f"redirects more than {self._limits.redirects} times")
            seen.add(address)
            pause = await self._pause(address) if obey else self._source.pause
            await self._pacing.turn(address.raw_host or "", pause)
            reply = await self._once(address, {name: value for name, value in conditions.items() if value}, most)
            if not reply.location:
                return reply
            address = _parsed(reply.location, address)
        raise SourceFault("redirects in a circle")

    async def _pause(self, address: URL) -> float:
        """Return the seconds that robots.txt and the settings want between requests; raises Denied."""
        origin = address.origin()
        if origin not in self._robots:
            try:
                self._robots[origin] = await self._rules(origin)
            except SourceFault as fault:
                reason = f"has a robots.txt that cannot be read ({fault.reason})" if fault.status else fault.reason
                self._robots[origin] = SourceFault(reason, patience=fault.patience)
        rules = self._robots[origin]
        if isinstance(rules, SourceFault):
            raise rules
        if not rules.allow(address):
            raise Denied
        return max(self._source.pause, rules.delay)

    async def _rules(self, origin: URL) -> Rules:
        try:
            return Rules((await self.get(str(origin / "robots.txt"), most=_ROBOTS, obey=False)).body)
        except SourceFault as fault:
            if not 400 <= fault.status < 500 or fault.status in _BUSY:
                raise
            return Rules()  # a site that does not show it has no rules (RFC 9309)

    async def _once(self, address: URL, headers: dict[str, str], most: int) -> Reply:
        self._private.clear()
        own = URL(self._source.address)
        self._is_own = (address.raw_host, address.port) == (own.raw_host, own.port)
        try:
            async with asyncio.timeout(self._limits.request):
                async with self._session.get(address, headers=headers, allow_redirects=False) as response:
                    return await _reply(address, response, most)
        except TimeoutError:
            raise SourceFault(f"takes longer than {self._limits.request:g} s", outage=True) from None
        except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
            if self._private and self._source.allow_private:
                raise SourceFault(f"has an address that only its own machine may ask ({self._private[0]})") from None
            if self._private:
                raise SourceFault(
                    f"has an address within a private network ({self._private[0]}): set allow_private = true for the "
                    "source if you mean it"
                ) from None
            raise SourceFault(f"cannot be reached ({_reason(error)})", outage=True) from None

    def _socket(self, info: Any) -> socket.socket:
        """Open a socket to the very address that is connected to, whatever its name was resolved to before."""
        family, kind, protocol, _, address = info
        if not self._may_ask(str(address[0])):
            self._private.append(str(address[0]))
            raise PermissionError(f"{address[0]} is private")
        return socket.socket(family, kind, protocol)

    def _may_ask(self, address: str) -> bool:
        """Return whether an address may be connected to.

        The settings can allow the source's own host, wherever it is, and other machines of a private network, but what
        it lists or leads to never reaches the services of this machine, nor those that tell the secrets of a cloud.
        """
        allowed = self._source.allow_private and (self._is_own or is_of_network(address))
        return allowed or is_public(address)


def user_agent() -> str:
    """Return what quoth calls itself to sites."""
    version = installed_version()
    return f"{AGENT}/{version} (fetches pages to quote them, with their addresses)" if version else AGENT


async def _reply(address: URL, response: aiohttp.ClientResponse, most: int) -> Reply:
    status = response.status
    if status in _REDIRECTS and (location := response.headers.get("Location")):
        return Reply(str(address), status, location=location)
    if status in _BUSY:
        patience = _patience(response.headers.get("Retry-After", ""))
        raise SourceFault(f"answers {_named(status)}", status=status, patience=patience)
    if status not in {*_GONE, HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
        raise SourceFault(f"answers {_named(status)}", status=status)
    body = await _body(response, most) if status == HTTPStatus.OK else b""
    headers = response.headers
    return Reply(
        str(address),
        status,
        body,
        response.content_type if "Content-Type" in headers else "",
        response.charset or "",
        _mark(headers.get("ETag", "")),
        _mark(headers.get("Last-Modified", "")),
    )


def _mark(text: str) -> str:
    return text if len(text) <= _LONGEST_MARK else ""


async def _body(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Return the bytes of a reply; raises SourceFault for too many, packed or unpacked."""
    if (response.content_length or 0) > most:
        raise too_large(most)
    decoder = Decoder(response.headers.get("Content-Encoding", "").strip().lower(), most)
    parts, raw = list[bytes](), 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        raw += len(chunk)
        if raw > most:
            raise too_large(most)
        parts.append(decoder.decode(chunk))
    return b"".join(parts)


def _parsed(url: str, base: URL | None = None) -> URL:
    """Return an address; raise SourceFault for one that is not of the web, or comes with a password."""
    try:
        address = base.join(URL(url)) if base else URL(url)
        address = address.with_fragment(None)
        is_web = address.scheme in {"http", "https"} and bool(address.raw_host) and address.port is not None
    except ValueError:
        raise SourceFault("has an address that cannot be read") from None
    if not is_web:
        raise SourceFault("leads to an address that does not begin with http:// or https://")
    if address.user is not None or address.password is not None:
        raise SourceFault("leads to an address with a user name or password")
    return address


def _patience(header: str) -> float:
    """Return the seconds of a Retry-After."""
    if header.strip().isascii() and header.strip().isdigit():
        return float(header.strip()[:9])
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _named(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def _reason(error: Exception) -> str:
    cause = getattr(error, "os_error", error)
    text = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return " ".join(text.split())[:200]
