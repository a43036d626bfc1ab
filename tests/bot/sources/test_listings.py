"""Sitemaps and feeds as they are written."""

from __future__ import annotations

import pytest

from bot.sources.faults import SourceFault
from bot.sources.listings import feed, sitemap
from bot.sources.state import Listed

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
