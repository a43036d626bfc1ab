"""XML files -> what their root says they are: a dump of a wiki, or a feed."""

from __future__ import annotations

import re

from retrieval.articles.formats.drafts import Outcome, reader
from retrieval.articles.formats.feeds import read_feed
from retrieval.articles.formats.wiki_dumps import read_dump

_DUMP = re.compile(rb"<mediawiki[\s>]")
_HEAD = 4096

convert_feed = reader(read_feed, "feedparser")
_convert_dump = reader(read_dump, "mwparserfromhell")


def convert_xml(data: bytes, path: str, sha256: str) -> Outcome:
    """Convert a dump of a wiki, or a feed."""
    return (_convert_dump if _DUMP.search(data, 0, _HEAD) else convert_feed)(data, path, sha256)
