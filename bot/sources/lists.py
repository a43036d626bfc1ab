"""The lists of a source, one after another -> the pages that it may have."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from bot.source_record import Source
from bot.sources import listings
from bot.sources.addresses import printable, site_of
from bot.sources.bodies import unpacked
from bot.sources.faults import SourceFault
from bot.sources.state import Listed, Listing
from bot.sources.web import Limits, Web

MOST_REMEMBERED = 50_000
"""Pages of all lists that are remembered, so that those need not be sent again."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the lists of a source have."""

    pages: Sequence[Listed]
    """Each once: those that were known before, and as many new ones as the source may have."""
    left_out: int
    """How many more new ones there are."""
    remembered: Mapping[str, Listing]
    is_complete: bool
    """Whether every list could be read, so that a page that is in none is gone from them."""
    notes: tuple[str, ...]


class Lists:
    """Reads the lists of a source, and keeps no more of them than is needed."""

    def __init__(self, source: Source, web: Web, limits: Limits, known: Container[str]) -> None:
        """Take the addresses of the pages that are known, too."""
        self._source, self._web, self._limits, self._known = source, web, limits, known
        self._pages = dict[str, Listed]()
        self._remembered = dict[str, Listing]()
        self._notes = list[str]()
        self._is_complete = True
        self._total = self._foreign = self._new = self._left_out = self._kept = 0

    async def gather(self, former: Mapping[str, Listing]) -> Gathered:
        """Return what the lists have, by what is remembered of them; raises SourceFault where that is no page."""
        waiting, seen = [self._source.address], set[str]()
        while waiting:
            url = waiting.pop(0)
            if url in seen:
                continue
            if len(seen) == self._limits.lists:
                self._miss(f"lists more than {self._limits.lists} sitemaps: the others are left out")
                break
            try:
                listing = await self._listing(url, former.get(url))
            except SourceFault as fault:
                if not seen or fault.patience:
                    raise
                self._miss(f"its sitemap {printable(url)} {fault.reason}")
                listing = former.get(url, Listing())
            seen.add(url)
            self._take(url, listing)
            waiting += listing.children
        if self._foreign:
            self._notes.append(f"{self._foreign:,} of its {self._total:,} pages are of other places, and left out")
        if not self._pages:
            raise SourceFault("lists no page, so what was fetched before is kept")
        pages = tuple(self._pages.values())
        return Gathered(pages, self._left_out, self._remembered, self._is_complete, tuple(self._notes))

    def _miss(self, note: str) -> None:
        self._is_complete = False
        self._notes.append(note)

    async def _listing(self, url: str, former: Listing | None) -> Listing:
        known = former or Listing()
        reply = await self._web.get(url, most=self._limits.list, etag=known.etag, modified=known.modified)
        if reply.is_unchanged and former is not None:
            return former
        if reply.is_gone or reply.is_unchanged:
            raise SourceFault(reply.answer, status=reply.status)
        read = listings.feed if self._source.kind == "feed" else listings.sitemap
        listing = await asyncio.to_thread(lambda: read(unpacked(reply.body, self._limits.list), reply.url))
        return Listing(listing.pages, listing.children, reply.etag, reply.modified)

    def _take(self, url: str, listing: Listing) -> None:
        for page in listing.pages:
            self._total += 1
            if not is_wanted(self._source, page.url):
                self._foreign += 1
            elif page.url in self._pages or page.url in self._known:
                self._pages[page.url] = page
            elif self._new < self._source.pages:
                self._new += 1
                self._pages[page.url] = page
            else:
                self._left_out += 1
        if self._kept + len(listing.pages) <= MOST_REMEMBERED:
            self._kept += len(listing.pages)
            self._remembered[url] = listing


def is_wanted(source: Source, url: str) -> bool:
    """Return whether a page is the source's own: of its host, for a sitemap, and where `below` says."""
    if source.below and not _without_scheme(url).startswith(_without_scheme(source.below)):
        return False
    return source.kind == "feed" or site_of(url) == site_of(source.address)


def _without_scheme(url: str) -> str:
    """Return what is the same of an address before and after its site has moved to https, or to its bare name."""
    return url.partition("://")[2].removeprefix("www.")
