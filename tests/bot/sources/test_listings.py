"""Sitemaps and feeds as they are written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bot.sources import listings
from bot.sources.faults import SourceFault
from bot.sources.listings import feed, sitemap
from bot.sources.state import Listed, Listing

URL = "https://example.org/list.xml"
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<link rel="self" href="https://example.org/feed"/>
<entry><title>A</title><link rel="edit" href="/edit"/><link href="/a#top"/><published>2024-05-03T10:00:00Z</published>
<updated>2024-06-01T10:00:00Z</updated></entry>
<entry><title>B</title><link rel="alternate" href="b"/></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><item><link>https://example.org/c</link><dc:date>2024-05</dc:date></item>
</rdf:RDF>"""
RSS = """<rss version="2.0"><channel><link>https://example.org/</link>
<item><guid>https://example.org/d</guid><pubDate>Fri, 03 May 2024 23:00:00 -0200</pubDate></item>
<item><guid isPermaLink="false">https://example.org/no</guid><pubDate>yesterday</pubDate></item>
<item><link> https://example.org/e </link><pubDate>yesterday</pubDate></item>
<item><link>javascript:alert(1)</link></item><item><link>https://u:p@example.org/f</link></item></channel></rss>"""


def test_feeds_of_all_kinds() -> None:
    assert feed(ATOM.encode(), URL).pages == (
        Listed("https://example.org/a", "2024-06-01T10:00:00Z", "2024-05-03"),
        Listed("https://example.org/b"),
    )
    assert feed(RDF.encode(), URL).pages == (Listed("https://example.org/c", "2024-05", "2024-05"),)
    assert feed(RSS.encode(), URL).pages == (
        Listed("https://example.org/d", "Fri, 03 May 2024 23:00:00 -0200", "2024-05-04"),
        Listed("https://example.org/e", "yesterday"),
    )


def test_sitemaps_of_all_kinds() -> None:
    text = "\ufeffhttps://example.org/a\nhttps://example.org/b\n"
    assert [each.url for each in sitemap(text.encode(), URL).pages] == [
        "https://example.org/a",
        "https://example.org/b",
    ]
    index = "<sitemapindex><sitemap><loc>/1.xml</loc></sitemap></sitemapindex>"
    assert sitemap(index.encode(), URL).children == ("https://example.org/1.xml",)
    bare = b"\xef\xbb\xbf<urlset><url><loc>https://example.org/\xc3\xa9</loc><lastmod>soon</lastmod></url></urlset>"
    assert sitemap(bare, URL).pages == (Listed("https://example.org/%C3%A9", "soon"),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<html><body>Not here</body></html>", "is no sitemap"),
        ("<rss/>", "is no sitemap"),
        ("<urlset><url>", "is no sitemap that can be read"),
        ("We are moving house", "is no sitemap"),
        ("", "is no sitemap"),
    ],
)
def test_what_is_no_sitemap_is_one_sentence(text: str, reason: str) -> None:
    with pytest.raises(SourceFault, match=reason):
        sitemap(text.encode(), URL)


@pytest.mark.parametrize("text", ["<html/>", "<urlset/>", "<rss><channel>", "We are moving house", ""])
def test_what_is_no_feed_is_one_sentence(text: str) -> None:
    with pytest.raises(SourceFault, match="is no feed"):
        feed(text.encode(), URL)


MANY = 300_000


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (feed, b"<rss>" + b"<z/>" * MANY + b"</rss>"),
        (feed, b"<rss><item>" + b"<z/>" * MANY + b"</item></rss>"),
        (feed, b"<rss><item>" + b"<link/>" * MANY + b"</item></rss>"),
        (feed, b"<rss><item><link>" + b"<z/>" * MANY + b"</link></item></rss>"),
        (feed, b"<rss><item><link>" + b"x" * (20 * MANY) + b"</link></item></rss>"),
        (feed, b"<rss>" + b"<item/>" * MANY + b"</rss>"),
        (sitemap, b"<urlset>" + b"<z/>" * MANY + b"</urlset>"),
        (sitemap, b"<sitemapindex>" + b"<sitemap><loc>/a</loc></sitemap>" * MANY + b"</sitemapindex>"),
    ],
    ids=range(8),
)
def test_what_lists_nothing_takes_no_memory(read: Callable[[bytes, str], Listing], text: bytes) -> None:
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = resident("VmRSS")
    with suppress(SourceFault):
        read(text, URL)
    assert resident("VmHWM") - before < 15_000


def resident(figure: str) -> int:
    """The kilobytes that this process has in memory, or had at its peak: libxml2's too, which Python does not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{figure}:"))


def test_a_list_has_a_most_of_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "MOST_ELEMENTS", 1_000)
    assert feed(b"<rss>" + b"<z/>" * 999 + b"</rss>", URL).pages == ()
    for text in (b"<rss>" + b"<z/>" * 1_000 + b"</rss>", b"<rss><item>" + b"<z/>" * 999 + b"</item></rss>"):
        with pytest.raises(SourceFault, match="has more than 1,000 elements"):
            feed(text, URL)


def test_a_list_is_read_as_far_as_pages_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "MOST_LISTED", 3)
    urls = "".join(f"<url><loc>/{number}</loc></url>" for number in range(9))
    assert len(sitemap(f"<urlset>{urls}</urlset>".encode(), URL).pages) == 3
    lines = "".join(f"https://example.org/{number}\n" for number in range(9))
    assert len(sitemap(lines.encode(), URL).pages) == 3


def test_what_lies_deeper_in_an_entry_is_not_the_entrys() -> None:
    source = "<source><link href='/other'/><updated>2020-01-01</updated></source>"
    entry = f"<entry>{source}<link href='/a'/><updated>2024-05-03</updated><content><link href='/b'/></content></entry>"
    assert feed(f"<feed>{entry}</feed>".encode(), URL).pages == (
        Listed("https://example.org/a", "2024-05-03", "2024-05-03"),
    )
