"""A web site on loopback, as a source of articles: what it answers is the test's own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType

from aiohttp import web

from bot.source_record import Source
from bot.sources import state as states
from bot.sources.fetching import Fetcher, Outcome
from bot.sources.state import State
from bot.sources.web import Limits
from retrieval.articles.fetched import MARK

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ROBOTS = "User-agent: *\nDisallow: /private/\n"
SMALL = Limits(page=100_000, list=200_000, lists=5, request=20.0, source=60.0, redirects=3)


def page(text: str, title: str = "A page") -> str:
    """A web page with an article."""
    return (
        f"<!doctype html><html><head><title>{title}</title></head><body><article><p>{text}</p></article></body></html>"
    )


class Site:
    """Serves what `pages` has by its path: a page's text, a response, or a handler; anything else is not found."""

    def __init__(self) -> None:
        self.pages: dict[str, str | Handler] = {}
        self.requests: list[web.BaseRequest] = []
        self._ready = threading.Event()

    def __enter__(self) -> Site:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    @property
    def asked(self) -> list[str]:
        """The paths that were asked for, without robots.txt."""
        return [request.path_qs for request in self.requests if request.path != "/robots.txt"]

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def sitemap(self, *paths: str, path: str = "/sitemap.xml", changed: str = "") -> None:
        """List these pages in a sitemap."""
        lastmod = f"<lastmod>{changed}</lastmod>" if changed else ""
        urls = "".join(f"<url><loc>{self.url(each)}</loc>{lastmod}</url>" for each in paths)
        self.pages[path] = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = web.Server(self._answer)
        runner = web.ServerRunner(server)
        await runner.setup()
        tcp = web.TCPSite(runner, "127.0.0.1", 0, shutdown_timeout=0.1)
        await tcp.start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._over.wait()
        await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        answer = self.pages.get(request.path_qs)
        if answer is None:
            return web.Response(status=404)
        if not isinstance(answer, str):
            return await answer(request)  # type: ignore[arg-type]
        kind = "text/plain" if request.path.endswith(".txt") else "text/html"
        return web.Response(text=answer, content_type="application/xml" if answer.startswith("<urlset") else kind)


def answer(text: str = "", **fields: object) -> Handler:
    """What answers every request alike."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, **fields)  # type: ignore[arg-type]

    return handle


class Sources:
    """The sources of one test, below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def fetch(self, *sources: Source, limits: Limits = SMALL, due: bool = False) -> list[Outcome]:
        """Fetch them, and return what came of it, in their order."""
        return list(Fetcher(sources, self.root, limits=limits).run(due=due))

    def state(self, name: str = "site") -> State:
        """The record of a source."""
        return states.load(self.root, name)

    def files(self, name: str = "site") -> list[str]:
        """The files of a source, without quoth's mark."""
        folder = self.root / name
        files = (file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
        return sorted(file for file in files if file != MARK)
