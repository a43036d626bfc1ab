"""The pages that a sitemap or a feed lists -> files, each with its address above it."""

from __future__ import annotations

import asyncio
import codecs
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from yarl import URL

from bot.source_record import Source
from bot.sources import listings
from bot.sources.addresses import page_file
from bot.sources.bodies import MEGABYTE, unpacked
from bot.sources.faults import Denied, SourceFault
from bot.sources.state import Listed, Listing, Page, State
from bot.sources.web import LIMITS, Limits, Reply, Web
from retrieval.articles.saved_pages import Origin, origin_of, with_origin
from retrieval.files import replace as replace_file
from retrieval.redaction import hide_tokens
from retrieval.regular_files import read_regular

PAGES = frozenset({"text/html", "application/xhtml+xml"})
MOST_FAILURES = 5
"""Pages that may fail one after another until the site is taken for one that is down."""
SAVE_EVERY = 15.0
"""Seconds after which the record is written."""
MOST_REMEMBERED = 10_000
"""Pages of a list that is remembered, so that it need not be sent again."""
_LONGEST_MARK = 300
"""Characters of an ETag or a date that are kept."""
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
        self._is_complete = True
        """Whether every list could be read, so that a page that is in none is gone from them."""
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
        listed = await self._listed()
        planned = self._planned(listed)
        # Before any page is written, so that none is forgotten if this ends at any point.
        self._pages |= {each.url: self._page(each.url) for each in planned}
        self._write()
        await self._fetch(planned)
        if self._is_complete:
            await self._look_for_gone({each.url for each in listed})

    async def _listed(self) -> Sequence[Listed]:
        """Return the pages that the lists have, each once; raises SourceFault where there is none."""
        waiting, former, seen = [self._source.address], self.state.listings, dict[str, Listing]()
        while waiting:
            url = waiting.pop(0)
            if url in seen:
                continue
            if len(seen) == self._limits.lists:
                self._miss(f"lists more than {self._limits.lists} sitemaps: the others are left out")
                break
            try:
                seen[url] = await self._listing(url, former.get(url))
            except SourceFault as fault:
                if not seen or fault.patience:
                    raise
                self._miss(f"its sitemap {_printable(url)} {fault.reason}")
                seen[url] = former.get(url, Listing())
            waiting += seen[url].children
        pages = {each.url: each for listing in seen.values() for each in listing.pages}
        own = [each for each in pages.values() if self._is_wanted(each.url)]
        self.state = replace(self.state, listings=_remembered(seen))
        if len(own) < len(pages):
            self._note(f"{len(pages) - len(own):,} of its {len(pages):,} pages are of other places, and left out")
        if not own:
            raise SourceFault("lists no page, so what was fetched before is kept")
        return own

    def _miss(self, note: str) -> None:
        self._is_complete = False
        self._note(note)

    async def _listing(self, url: str, former: Listing | None) -> Listing:
        known = former or Listing()
        reply = await self._web.get(url, most=self._limits.list, etag=known.etag, modified=known.modified)
        if reply.is_unchanged and former is not None:
            return former
        if reply.is_gone or reply.is_unchanged:
            raise SourceFault(reply.answer, status=reply.status)
        read = listings.feed if self._source.kind == "feed" else listings.sitemap
        listing = await asyncio.to_thread(lambda: read(unpacked(reply.body, self._limits.list), reply.url))
        return replace(listing, etag=_mark(reply.etag), modified=_mark(reply.modified))

    def _is_wanted(self, url: str) -> bool:
        """Return whether a page is the source's own: of its host, for a sitemap, and where `below` says."""
        if self._source.below and not url.startswith(self._source.below):
            return False
        return self._source.kind == "feed" or _site(url) == _site(self._source.address)

    def _planned(self, listed: Sequence[Listed]) -> list[Listed]:
        """Return the pages to have, those that are new first, as many as there may be."""
        new = [each for each in listed if each.url not in self.state.pages]
        known = [each for each in listed if each.url in self.state.pages]
        stays = set(self._pages)
        if self.state.is_of_another(self._source):
            stays &= {each.url for each in listed}
        there = sum((self._folder / self._pages[url].file).is_file() for url in stays)
        room = max(0, self._source.pages - there)
        if len(new) > room:
            self._note(f"{len(new) - room:,} of its pages are left out, since `pages` allows {self._source.pages:,}")
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
                self.tally.failed.append(f"{_printable(each.url)} {fault.reason}")
                if fault.patience or failures == MOST_FAILURES:
                    raise SourceFault(
                        f"stopped at {_printable(each.url)}, which {fault.reason}", patience=fault.patience
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
        page = page if reply.is_unchanged else replace(page, etag=_mark(reply.etag), modified=_mark(reply.modified))
        self._pages[each.url] = replace(page, changed=each.changed)
        return grown

    def _store(self, file: Path, reply: Reply, each: Listed) -> int:
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
    replace_file(file, data, file.with_name(f".{secrets.token_hex(8)}.tmp"))


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


def _remembered(listings: Mapping[str, Listing]) -> Mapping[str, Listing]:
    return {url: listing for url, listing in listings.items() if len(listing.pages) <= MOST_REMEMBERED}


def _mark(text: str) -> str:
    return text if len(text) <= _LONGEST_MARK else ""


def _site(url: str) -> str:
    return (URL(url).raw_host or "").removeprefix("www.")


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*.html") if file.is_file())


def _printable(url: str) -> str:
    """Return an address as it is printed."""
    return hide_tokens(url)[:200]
