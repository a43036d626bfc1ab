"""Sitemaps and feeds -> the pages that they list. No entity is expanded, and nothing else is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice

from lxml import etree
from yarl import URL

from bot.sources.faults import SourceFault
from bot.sources.state import Listed, Listing

MOST_LISTED = 200_000
"""Pages of a list that are looked at."""
MOST_CHILDREN = 1000
"""Sitemaps of an index that are looked at."""
MOST_ELEMENTS = 2_000_000
"""Elements that a list may have, of any name."""
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_HEAD = 65_536
"""Bytes in which a document's own entities are declared."""
_DAY = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_LONGEST_ADDRESS, _LONGEST_DATE, _LONGEST_TEXT = 2000, 60, 10_000
_MOST_FIELDS = 100
"""Fields of an entry that are looked at."""
_CHUNK = 65_536
_ROOTS = {"urlset": "sitemap", "sitemapindex": "sitemap", "rss": "feed", "feed": "feed", "RDF": "feed"}
_CHANGED = ("updated", "modified", "published", "pubDate", "date")
_PUBLISHED = ("published", "pubDate", "date", "issued", "updated")
_FIELDS = frozenset({"loc", "lastmod", "link", "guid", *_CHANGED, *_PUBLISHED})


@dataclass(slots=True)
class _Field:
    """An element right within an entry."""

    name: str
    attributes: Mapping[str, str]
    text: str = ""


@dataclass(slots=True)
class _Entry:
    """An element that lists a page, or a sitemap."""

    name: str
    depth: int
    fields: list[_Field] = field(default_factory=list)

    def first(self, *names: str) -> str:
        """Return the text of the first of these fields that has one."""
        texts = (self._text(name) for name in names)
        return next((text for text in texts if text), "")

    def _text(self, name: str) -> str:
        return next((" ".join(each.text.split()) for each in self.fields if each.name == name), "")


def sitemap(data: bytes, url: str) -> Listing:
    """Read a sitemap or an index of sitemaps, from this address; raises SourceFault."""
    if not data.lstrip().startswith((b"<", b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff")):
        return Listing(tuple(_of_lines(data)))
    pages, children = list[Listed](), list[str]()
    for entry in _entries(data, "sitemap", frozenset({"url", "sitemap"})):
        address = _address(entry.first("loc"), url)
        if address and entry.name == "url":
            changed = entry.first("lastmod")[:_LONGEST_DATE]
            pages.append(Listed(address, changed, _day(changed)))
        elif address and len(children) < MOST_CHILDREN:
            children.append(address)
    return Listing(tuple(pages), tuple(children))


def feed(data: bytes, url: str) -> Listing:
    """Read a feed, RSS or Atom, from this address; raises SourceFault."""
    pages = list[Listed]()
    for entry in _entries(data, "feed", frozenset({"item", "entry"})):
        if address := _address(_link(entry), url):
            pages.append(Listed(address, entry.first(*_CHANGED)[:_LONGEST_DATE], _day(entry.first(*_PUBLISHED))))
    return Listing(tuple(pages))


def _of_lines(data: bytes) -> Iterator[Listed]:
    """Read a sitemap of text, an address a line."""
    lines = data.decode("utf-8-sig", "replace").split()
    if not lines or not all(line.startswith(("http://", "https://")) for line in lines[:100]):
        raise SourceFault("is no sitemap")
    for line in islice(lines, MOST_LISTED):
        if address := _address(line, line):
            yield Listed(address)


def _entries(data: bytes, kind: str, names: frozenset[str]) -> Iterator[_Entry]:
    """Yield the elements of these names; raises SourceFault for what is no such document."""
    if _ENTITY.search(data, 0, _HEAD):
        raise SourceFault(f"declares entities, which no {kind} needs")
    return islice(_parsed(data, _Target(kind, names)), MOST_LISTED)


def _parsed(data: bytes, target: _Target) -> Iterator[_Entry]:
    parser = etree.XMLParser(target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
            yield from target.take()
        parser.close()
    except etree.XMLSyntaxError as error:
        raise SourceFault(f"is no {target.kind} that can be read ({_cut(error.msg or 'it is no XML')})") from None
    yield from target.take()


class _Target:
    """Hears of each element as it is parsed, and keeps entries alone: a tree would take 100 bytes for an element."""

    def __init__(self, kind: str, names: frozenset[str]) -> None:
        self.kind, self._names = kind, names
        self._entries = list[_Entry]()
        self._entry: _Entry | None = None
        self._field: _Field | None = None
        self._depth = self._count = 0

    def take(self) -> list[_Entry]:
        """Return the entries that have ended since."""
        entries, self._entries = self._entries, []
        return entries

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rpartition("}")[2]
        self._depth += 1
        self._count += 1
        if self._count == 1 and _ROOTS.get(name) != self.kind:
            raise SourceFault(f"is no {self.kind}")
        if self._count > MOST_ELEMENTS:
            raise SourceFault(f"has more than {MOST_ELEMENTS:,} elements")
        if self._entry is None:
            self._entry = _Entry(name, self._depth) if name in self._names else None
        elif self._depth == self._entry.depth + 1 and name in _FIELDS and len(self._entry.fields) < _MOST_FIELDS:
            self._field = _Field(name, dict(attributes))
            self._entry.fields.append(self._field)

    def data(self, text: str) -> None:
        if self._field is not None and len(self._field.text) < _LONGEST_TEXT:
            self._field.text += text

    def end(self, tag: str) -> None:
        if self._entry is not None and self._depth == self._entry.depth:
            self._entries.append(self._entry)
            self._entry = None
        elif self._entry is not None and self._depth == self._entry.depth + 1:
            self._field = None
        self._depth -= 1

    def close(self) -> None:
        """Nothing is left to do: the parser wants this."""


def _link(entry: _Entry) -> str:
    """Return the address of an entry's page: an Atom link to it, an RSS link, or a guid that is an address."""
    links = [each for each in entry.fields if each.name == "link"]
    for link in links:
        if link.attributes.get("href") and link.attributes.get("rel", "alternate") == "alternate":
            return link.attributes["href"]
    if text := next((" ".join(link.text.split()) for link in links if link.text.strip()), ""):
        return text
    guid = next((each for each in entry.fields if each.name == "guid"), None)
    is_address = guid is not None and guid.attributes.get("isPermaLink", "true") != "false"
    return guid.text.strip() if guid is not None and is_address else ""


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
