"""The pages that a sitemap or a feed lists -> files, each with its address above it."""

from __future__ import annotations

import asyncio
import codecs
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.source_record import Source
from bot.sources.addresses import page_file, printable
from bot.sources.bodies import MEGABYTE
from bot.sources.faults import Denied, SourceFault
from bot.sources.lists import Gathered, Lists, is_wanted
from bot.sources.state import Listed, Page, State
from bot.sources.web import LIMITS, Limits, Reply, Web
from retrieval.articles.saved_pages import Origin, origin_of, with_origin
from retrieval.files import replace as replace_file
from retrieval.regular_files import read_regular

PAGES = frozenset({"text/html", "application/xhtml+xml"})
MOST_FAILURES = 5
"""Pages that may fail one after another until the site is taken for one that is down."""
SAVE_EVERY = 15.0
"""Seconds after which the record is written."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
"""Byte order marks, which would not stand first any more."""
_HEAD = 4096
"""Bytes in which the address of a page stands above it."""

Save = Callable[[State], None]


@dataclass
class Tally:
    """What became of the pages of one round."""

    changed: int = 0
    removed: int = 0
    denied: int = 0
    failed: list[str] = field(default_factory=list)
    """What is wrong with each page that failed."""
    notes: list[str] = field(default_factory=list)


class Crawl:
    """One round of a source of web pages."""

    def __init__(
        self, source: Source, folder: Path, state: State, web: Web, save: Save, limits: Limits = LIMITS
    ) -> None:
        """Take the folder of the source's pages, and what writes its record."""
        self._source, self._folder, self._web, self._save, self._limits = source, folder, web, save, limits
        self._pages = {**_adopted(folder, state), **state.pages}
        self.state = state
        self.tally = Tally()

    async def run(self) -> State:
        """Fetch what is new or may have changed, and return the record; raises SourceFault, with all that was done."""
        try:
            async with asyncio.timeout(self._limits.source):
                await self._run()
        except TimeoutError:
            minutes = self._limits.source / 60
            raise SourceFault(f"takes longer than {minutes:g} minutes: what is left comes next time") from None
        finally:
            self._write()
        return self.state

    async def _run(self) -> None:
        gathered = await Lists(self._source, self._web, self._limits, self._pages).gather(self.state.listings)
        self.state = replace(self.state, listings=gathered.remembered)
        self.tally.notes += gathered.notes
        planned = self._planned(gathered)
        # Before any page is written, so that none is forgotten if this ends at any point.
        self._pages |= {each.url: self._page(each.url) for each in planned}
        self._write()
        await self._fetch(planned)
        if gathered.is_complete:
            await self._look_for_gone({each.url for each in gathered.pages})

    def _planned(self, gathered: Gathered) -> list[Listed]:
        """Return the pages to have, those that are new first, as many as there may be."""
        listed = gathered.pages
        new = [each for each in listed if each.url not in self.state.pages]
        known = [each for each in listed if each.url in self.state.pages]
        stays = set(self._pages)
        if self.state.is_of_another(self._source):
            stays &= {each.url for each in listed}
        there = sum((self._folder / self._pages[url].file).is_file() for url in stays)
        room = max(0, self._source.pages - there)
        left_out = len(new) - room + gathered.left_out
        if left_out > 0:
            self._note(f"{left_out:,} of its pages are left out, since `pages` allows {self._source.pages:,}")
        return [*new[:room], *known]

    def _page(self, url: str) -> Page:
        return self._pages.get(url) or Page(page_file(url, self._source.address))

    async def _fetch(self, planned: Sequence[Listed]) -> None:
        failures, size, is_of_use = 0, _size(self._folder), False
        saved = time.monotonic()
        for number, each in enumerate(planned):
            page = self._pages[each.url]
            file = self._folder / page.file
            if each.changed and each.changed == page.changed and file.is_file():
                is_of_use = True
                continue
            if size > self._source.megabytes * MEGABYTE:
                self._note(
                    f"{len(planned) - number:,} of its pages are not fetched, since `megabytes` allows "
                    f"{self._source.megabytes:,}"
                )
                return
            try:
                size += await self._fetch_page(each, page, file)
                failures, is_of_use = 0, True
            except Denied:
                self.tally.denied += 1
            except SourceFault as fault:
                failures = failures + 1 if fault.is_outage else 0
                self.tally.failed.append(f"{printable(each.url)} {fault.reason}")
                if fault.patience or failures == MOST_FAILURES:
                    raise SourceFault(
                        f"stopped at {printable(each.url)}, which {fault.reason}", patience=fault.patience
                    ) from None
            if time.monotonic() - saved > SAVE_EVERY:
                self._write()
                saved = time.monotonic()
        if not is_of_use and self.tally.failed:
            raise SourceFault(f"brought no page: {self.tally.failed[0]}")
        if not is_of_use and self.tally.denied:
            raise SourceFault("has no page that robots.txt does not deny to quoth")

    async def _fetch_page(self, each: Listed, page: Page, file: Path) -> int:
        """Fetch a page, if it has changed; return how many bytes it takes more. Raises SourceFault."""
        is_here = file.is_file()
        known = page if is_here else Page(page.file)
        reply = await self._web.get(each.url, most=self._limits.page, etag=known.etag, modified=known.modified)
        if reply.is_gone or (reply.is_unchanged and not is_here):
            raise SourceFault(f"{reply.answer}, and is listed all the same")
        grown = 0 if reply.is_unchanged else self._store(file, reply, each)
        page = page if reply.is_unchanged else replace(page, etag=reply.etag, modified=reply.modified)
        self._pages[each.url] = replace(page, changed=each.changed)
        return grown

    def _store(self, file: Path, reply: Reply, each: Listed) -> int:
        if not is_wanted(self._source, reply.url):
            raise SourceFault(f"leads to a page of another place ({printable(reply.url)})")
        if reply.kind not in PAGES:
            raise SourceFault(f"is no web page ({reply.kind[:60] or 'of no type'})")
        if not reply.body.strip():
            raise SourceFault("is empty")
        data = with_origin(_as_utf8(reply), Origin(reply.url, each.published))
        before = read_regular(file) if file.is_file() else b""
        if data != before:
            write(file, data)
            self.tally.changed += 1
        return len(data) - len(before)

    async def _look_for_gone(self, listed: set[str]) -> None:
        """Remove pages that are in no list any more, if the site says that they are gone."""
        for url, page in list(self._pages.items()):
            if url in listed:
                continue
            if await self._is_gone(url, page):
                (self._folder / page.file).unlink(missing_ok=True)
                del self._pages[url]
                self.tally.removed += 1

    async def _is_gone(self, url: str, page: Page) -> bool:
        """Return whether the site, or the settings, no longer have a page that is in no list."""
        if self.state.is_of_another(self._source):
            return True
        try:
            reply = await self._web.get(url, most=self._limits.page, etag=page.etag, modified=page.modified)
        except SourceFault as fault:
            if fault.patience:
                raise
            return False
        return reply.is_gone

    def _note(self, note: str) -> None:
        self.tally.notes.append(note)

    def _write(self) -> None:
        self.state = replace(self.state, pages=dict(self._pages))
        self._save(self.state)


def write(file: Path, data: bytes) -> None:
    """Write a file whole, or leave what is there as it is; raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, data)


def _adopted(folder: Path, state: State) -> Mapping[str, Page]:
    """Return the pages in a folder whose record was lost; nothing where there is one."""
    if state.pages or not folder.is_dir():
        return {}
    return dict(_with_addresses(folder))


def _with_addresses(folder: Path) -> Iterator[tuple[str, Page]]:
    for file in sorted(folder.rglob("*.html")):
        with file.open("rb") as opened:
            origin = origin_of(opened.read(_HEAD))
        if origin.url:
            yield origin.url, Page(file.relative_to(folder).as_posix())


def _as_utf8(reply: Reply) -> bytes:
    """Return a page in UTF-8 where its reply, or its first bytes, say which encoding it has: the file would not."""
    marked = next((name for mark, name in _MARKS if reply.body.startswith(mark)), "")
    try:
        return reply.body.decode(marked or reply.charset or "utf-8").encode()
    except (LookupError, UnicodeError):
        return reply.body


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*.html") if file.is_file())
