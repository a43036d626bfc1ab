"""RSS and Atom files -> an article for each entry."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from retrieval.articles.formats.drafts import Draft, UnknownFormatError
from retrieval.articles.ids import without_meaning


def read_feed(data: bytes) -> Iterator[Draft]:
    """Read a feed's entries: what each holds of its article, or else its summary."""
    import feedparser

    feed = feedparser.parse(io.BytesIO(data), sanitize_html=True, resolve_relative_uris=False)
    if not feed.get("version"):
        raise UnknownFormatError
    publisher = feed.feed.get("title", "")
    for entry in feed.entries:
        yield _draft(entry, publisher)


def _draft(entry: Mapping[str, Any], publisher: str) -> Draft:
    title = entry.get("title", "")
    published = entry.get("published_parsed") or entry.get("updated_parsed")
    draft = Draft(
        {
            "title": title,
            "source": ", ".join(filter(None, (entry.get("author", ""), publisher))),
            "published": "{:04}-{:02}-{:02}".format(*published) if published else None,
            "url": entry.get("link"),
        },
        name=without_meaning(title or entry.get("id", "") or "entry"),
    )
    contents = entry.get("content") or [entry.get("summary_detail") or {}]
    for content in contents:
        value = content.get("value", "")
        draft.html(value if "html" in content.get("type", "html") else f"<p>{escape(value)}</p>")
    return draft
