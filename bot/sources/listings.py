"""Sitemaps and feeds -> the pages that they list. No entity is expanded, and nothing else is loaded."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice

from lxml import etree
from yarl import URL

from bot.sources.faults import SourceFault
from bot.sources.state import Listed, Listing

MOST_LISTED = 200_000
"""Pages of a list that are looked at."""
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_HEAD = 65_536
"""Bytes in which a document's own entities are declared."""
_DAY = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_LONGEST_ADDRESS, _LONGEST_DATE = 2000, 60
_ROOTS = {"urlset": "sitemap", "sitemapindex": "sitemap", "rss": "feed", "feed": "feed", "RDF": "feed"}


def sitemap(data: bytes, url: str) -> Listing:
    """Read a sitemap or an index of sitemaps, from this address; raises SourceFault."""
    if not data.lstrip().startswith((b"<", b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff")):
        return Listing(tuple(_of_lines(data)))
    pages, children = list[Listed](), list[str]()
    for name, element in _elements(data, "sitemap", ("url", "sitemap")):
        address = _address(_text(element, "loc"), url)
        if address and name == "url":
            changed = _text(element, "lastmod")[:_LONGEST_DATE]
            pages.append(Listed(address, changed, _day(changed)))
        elif address:
            children.append(address)
    return Listing(tuple(pages), tuple(children))


def feed(data: bytes, url: str) -> Listing:
    """Read a feed, RSS or Atom, from this address; raises SourceFault."""
    return Listing(tuple(_entries(data, url)))


def _entries(data: bytes, url: str) -> Iterator[Listed]:
    for _, element in _elements(data, "feed", ("item", "entry")):
        if address := _address(_link(element), url):
            published = _first(element, "published", "pubDate", "date", "issued", "updated")
            changed = _first(element, "updated", "modified", "published", "pubDate", "date")
            yield Listed(address, changed[:_LONGEST_DATE], _day(published))


def _of_lines(data: bytes) -> Iterator[Listed]:
    """Read a sitemap of text, an address a line."""
    lines = data.decode("utf-8-sig", "replace").split()
    if not lines or not all(line.startswith(("http://", "https://")) for line in lines[:100]):
        raise SourceFault("is no sitemap")
    for line in islice(lines, MOST_LISTED):
        if address := _address(line, line):
            yield Listed(address)


def _elements(data: bytes, kind: str, names: tuple[str, ...]) -> Iterator[tuple[str, etree._Element]]:
    """Yield the elements of these names, each with its name; raises SourceFault for what is no such document."""
    if _ENTITY.search(data, 0, _HEAD):
        raise SourceFault(f"declares entities, which no {kind} needs")
    parsing = etree.iterparse(
        io.BytesIO(data),
        events=("start", "end"),
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    count, is_known = 0, False
    try:
        for event, element in parsing:
            name = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if not is_known:
                if _ROOTS.get(name) != kind:
                    raise SourceFault(f"is no {kind}")
                is_known = True
            if event == "end" and name in names:
                count += 1
                yield name, element
                element.clear()
                if count == MOST_LISTED:
                    return
    except etree.XMLSyntaxError as error:
        raise SourceFault(f"is no {kind} that can be read ({_cut(error.msg or 'it is no XML')})") from None


def _text(element: etree._Element, name: str) -> str:
    first = next((child for child in element.iterchildren() if _is_named(child, name)), None)
    return "" if first is None else " ".join("".join(first.itertext()).split())


def _first(element: etree._Element, *names: str) -> str:
    return next((text for name in names if (text := _text(element, name))), "")


def _is_named(element: etree._Element, name: str) -> bool:
    return isinstance(element.tag, str) and etree.QName(element).localname == name


def _link(entry: etree._Element) -> str:
    """Return the address of an entry's page: an Atom link to it, an RSS link, or a guid that is an address."""
    links = [child for child in entry.iterchildren() if _is_named(child, "link")]
    for link in links:
        if link.get("href") and link.get("rel", "alternate") == "alternate":
            return str(link.get("href"))
    if text := next((" ".join((link.text or "").split()) for link in links if (link.text or "").strip()), ""):
        return text
    guid = next((child for child in entry.iterchildren() if _is_named(child, "guid")), None)
    is_address = guid is not None and guid.get("isPermaLink", "true") != "false"
    return (guid.text or "").strip() if guid is not None and is_address else ""


def _address(text: str, base: str) -> str:
    """Return an address as it is asked for; "" for what is none of the web."""
    if not text or len(text) > _LONGEST_ADDRESS:
        return ""
    try:
        url = URL(base).join(URL(text)).with_fragment(None)
        is_web = url.scheme in {"http", "https"} and bool(url.raw_host) and url.user is None
    except ValueError:
        return ""
    return str(url) if is_web else ""


def _day(text: str) -> str:
    """Return the day of a date as ISO 8601; "" where it cannot be read."""
    try:
        if day := _DAY.match(text):
            datetime.fromisoformat(f"{day[0]}-01-01"[:10])
            return day[0]
        return parsedate_to_datetime(text).astimezone(UTC).date().isoformat() if text else ""
    except (ValueError, TypeError, OverflowError):
        return ""


def _cut(text: str) -> str:
    return " ".join(text.split())[:100]
