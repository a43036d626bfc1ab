"""One websocket of the gateway and the session that it carries: framing, compression, sequence numbers, replay."""

import asyncio
import contextlib
import importlib
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.discord_server.records import Intent, Json


@dataclass(frozen=True)
class Heartbeat:
    """One heartbeat: when it came by the server's clock, and the last sequence number that the client had seen."""

    at: float
    sequence: int | None


@dataclass(frozen=True)
class _Close:
    code: int
    reason: str


class Connection:
    """An open websocket with a queue of what is to be sent, so that order is kept and no caller waits."""

    def __init__(self, websocket: web.WebSocketResponse, request: web.Request, *, compression: str | None) -> None:
        self._websocket = websocket
        self._request = request
        self._encode = _encoder(compression)
        self._queue: asyncio.Queue[Json | str | bytes | _Close] = asyncio.Queue()
        self.compression = compression
        self.session: Session | None = None
        self.heartbeats: list[Heartbeat] = []
        self.received: list[float] = []
        self.frozen = False
        """Whether nothing is sent any more, while the connection stays open: a zombie."""
        self.closed = False
        self.close_code: int | None = None
        """The server's own code if it closed, else the client's."""

    def send(self, payload: Json | str | bytes) -> None:
        """Queue a payload, text that is not one, or bytes that go out as they are, uncompressed."""
        if not self.closed:
            self._queue.put_nowait(payload)

    def close(self, code: int, reason: str) -> None:
        """Close with a code once what is queued was sent."""
        self.close_code = self.close_code or code
        self._queue.put_nowait(_Close(code, reason))

    def cut(self) -> None:
        """Drop the TCP connection without a word."""
        self.closed = True
        if self._request.transport is not None:
            self._request.transport.abort()

    def detach(self, code: int | None) -> None:
        """Note that the connection ended; its session stays."""
        self.closed = True
        self.close_code = self.close_code or code
        if self.session is not None and self.session.connection is self:
            self.session.connection = None

    async def write(self) -> None:
        """Send what is queued, for as long as the connection lives."""
        with contextlib.suppress(ConnectionError):
            while True:
                item = await self._queue.get()
                if self.frozen:
                    continue
                if isinstance(item, _Close):
                    await self._websocket.close(code=item.code, message=item.reason.encode())
                    return
                frame = (
                    item
                    if isinstance(item, bytes)
                    else self._encode(item if isinstance(item, str) else json.dumps(item))
                )
                if isinstance(frame, bytes):
                    await self._websocket.send_bytes(frame)
                else:
                    await self._websocket.send_str(frame)


@dataclass(eq=False)
class Session:
    """A client's session: every event it was sent, so that a resume can replay the missed ones."""

    id: str
    intents: Intent
    shard: int = 0
    sequence: int = 0
    events: list[tuple[int, Json]] = field(default_factory=list)
    connection: Connection | None = None

    def attach(self, connection: Connection) -> None:
        """Carry on over this connection; an older one is dropped."""
        if self.connection is not None:
            self.connection.cut()
        self.connection = connection
        connection.session = self

    def dispatch(self, event: str, data: Any) -> None:
        """Send an event and remember it."""
        self.sequence += 1
        payload = {"op": 0, "t": event, "s": self.sequence, "d": data}
        self.events.append((self.sequence, payload))
        if self.connection is not None:
            self.connection.send(payload)

    def repeat(self, count: int) -> None:
        """Send the last events once more, as can happen around a resume."""
        self.replay(self.sequence - count)

    def replay(self, after: int) -> None:
        """Send again the events after a sequence number."""
        for number, payload in self.events:
            if number > after and self.connection is not None:
                self.connection.send(payload)


def _encoder(compression: str | None) -> Callable[[str], str | bytes]:
    """How frames are written: plain text, or a stream that is flushed after each payload."""
    if compression == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda text: deflate.compress(text.encode()) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if compression == "zstd-stream":
        return _zstd_encoder()
    return lambda text: text


def _zstd_encoder() -> Callable[[str], bytes]:
    """As discord.py asks for it where it finds one of these modules: zstandard, or Python 3.14's own."""
    with contextlib.suppress(ImportError):
        zstandard: Any = importlib.import_module("zstandard")
        stream = zstandard.ZstdCompressor().compressobj()
        return lambda text: bytes(stream.compress(text.encode()) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
    zstd: Any = importlib.import_module("compression.zstd")
    compressor = zstd.ZstdCompressor()
    return lambda text: bytes(compressor.compress(text.encode(), compressor.FLUSH_BLOCK))
