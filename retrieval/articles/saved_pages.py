"""What stands above a web page that was saved: where it is from, as browsers write it there, and when it appeared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_MARK = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,20}(?:<!doctype[^<>]{0,200}>\s{0,20})?"
    rb"<!-- ?saved from url=\(\d{4,6}\)(https?://[\x21-\x7e]{1,2000}?) ?-->"
    rb"(?:\s{0,20}<!-- published (\d{4}-\d\d-\d\d[0-9T:+Z.-]{0,30}) -->)?",
    re.IGNORECASE,
)

_HOST = re.compile(r"(?:https?:)?(?://)?[\w-]+(?:\.[\w-]+)+\.?(?:[:/]\S*)?", re.IGNORECASE)
_HYPHENS, _ESCAPED = "--", "%2D%2D"
"""What could end a comment, and what browsers write for it in an address."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a page is from."""

    url: str | None = None
    published: str | None = None
    """For a page that does not say so itself."""


def origin_of(data: bytes) -> Origin:
    """Return what stands above a page; nothing of one that was not saved."""
    mark = _MARK.match(data)
    if mark is None:
        return Origin()
    return Origin(mark[1].decode("ascii").replace(_ESCAPED, _HYPHENS), mark[2].decode("ascii") if mark[2] else None)


def source_of(named: str | None, origin: Origin) -> str | None:
    """Return the source of a page, as it names it; where that is a host, the one it was saved from.

    A page can name any other as its own, by its canonical address for one, and would then pass for that site's.
    """
    if named is None or origin.url is None or not _HOST.fullmatch(named.strip()):
        return named
    return (urlsplit(origin.url).hostname or named).removeprefix("www.")


def with_origin(data: bytes, origin: Origin) -> bytes:
    """Return a page with where it is from above it; its address has to be ASCII."""
    address = (origin.url or "").replace(_HYPHENS, _ESCAPED).replace(">", "%3E").encode("ascii")
    lines = [b"<!-- saved from url=(%04d)%s -->" % (len(address), address)]
    if origin.published:
        lines.append(b"<!-- published %s -->" % origin.published.encode("ascii"))
    return b"\n".join([*lines, data])
