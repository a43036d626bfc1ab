"""The server started and ended: the address bound, the index opened, requests in progress finished at the end."""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from bot import tokens
from bot.answering.collection import Collection
from bot.answering.opening import open_or_build
from bot.answering.service import AnswerService, ServiceSettings
from bot.host_names import is_loopback
from bot.http.access import Access
from bot.http.app import application
from bot.http.connections import Connection, seldom_logged
from bot.http.guard import Rules
from bot.http.rate import RateLimit, Share
from bot.settings import SERVE_TOKEN, ServeSettings, Settings
from bot.stopping import on_signals
from retrieval.engine import Engine
from retrieval.errors import InputInvalid
from retrieval.paths import resolved

log = logging.getLogger(__name__)

SHORTEST_TOKEN = 16  # characters
FINISHED_WITHIN = 30  # seconds for requests in progress when the server is stopped
PARTS = 4  # into which the places for questions are divided: a client may have one part
IDLE = 30  # seconds that a connection is kept open after a reply
WAITING = 128  # connections that wait to be accepted
AT_ONCE = 16  # of them that are accepted before one is looked at


def read_token(settings: Settings) -> str:
    """Return the server's token, "" where it needs none; raises InputInvalid, which never repeats it."""
    token, host = tokens.read_token(SERVE_TOKEN, settings.serve.token_file, "serve"), settings.serve.host
    if not token and not is_loopback(host):
        raise InputInvalid(
            f"The address {host}",
            "can be reached from other machines, and there is no token",
            f"set {SERVE_TOKEN}, or token_file below [serve], or serve on 127.0.0.1",
        )
    if token and (len(token) < SHORTEST_TOKEN or not tokens.is_plain(token)):
        raise InputInvalid(
            "The server's token",
            f"is shorter than {SHORTEST_TOKEN} characters, or has some that no header can have",
            "make one with `openssl rand -hex 32`",
        )
    return token


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on the address; raises InputInvalid."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise InputInvalid(f"The address {host!r}", "is not known", "name one of this machine with --host") from None
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise InputInvalid(f"The port {port} of {host}", "is in use", "name another with --port") from None
        if error.errno == errno.EADDRNOTAVAIL:
            raise InputInvalid(f"The address {host}", "is none of this machine's", "name one that is") from None
        raise InputInvalid(
            f"The port {port} of {host}", f"cannot be used ({error.strerror})", "name another with --port"
        ) from error
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the address that a browser on this machine opens."""
    host, port = listening.getsockname()[:2]
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{local}]:{port}/" if ":" in local else f"http://{local}:{port}/"


async def run(
    settings: Settings,
    *,
    token: str = "",
    verbose: bool = False,
    ready: Callable[[str], None] = lambda url: None,
    opener: Callable[[], Engine] | None = None,
) -> None:
    """Serve until a signal stops it; `ready` is called with the address once it answers."""
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # it logs by that name whatever it does
    serve, index = settings.serve, resolved(settings.index.path)
    access = Access(token, frozenset(map(str.lower, (serve.host, *serve.hosts))))
    rules = Rules(access, RateLimit(serve.rate), verbose, _share(serve))
    with bind(serve.host, serve.port) as listening:
        bounds = ServiceSettings(waiting=serve.in_flight)
        async with AnswerService(index, opener or (lambda: open_or_build(settings)), bounds) as service:
            app = application(Collection(str(index), index, service), rules)
            url = url_of(listening)
            server = _Server(_config(app), lambda: ready(url))
            with seldom_logged():
                await server.serve(sockets=[listening])


def _share(serve: ServeSettings) -> Share:
    """Return a client's share of the places; all of them where a proxy is the only client, which `rate` 0 says."""
    return Share(max(1, serve.in_flight // PARTS) if serve.rate else 0)


def _config(app: Callable[..., object]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        http=Connection,
        backlog=AT_ONCE,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=FINISHED_WITHIN,
    )


class _Server(uvicorn.Server):
    """Ends as quoth does: by a signal, with what is in progress finished, and without raising the signal again."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        for listening in sockets or ():
            listening.listen(WAITING)  # of its own accord, asyncio lets no more wait than it accepts at once
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let a first signal stop the server, and a second one at once."""
        with on_signals(self._stop):
            yield

    def _stop(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
        log.info("stopping: requests in progress are finished first")
