"""RSS and Atom files: an article for each entry."""

from __future__ import annotations

from pathlib import Path

from tests.retrieval.articles.formats.reading import articles, only, outcome, quotable

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Velmora Courier</title><link>https://courier.example/</link><description>News</description>
<item><title>The gate reopens</title><link>https://courier.example/gate</link><dc:creator>Ilse Brandt</dc:creator>
<pubDate>Fri, 01 Mar 2024 09:30:00 GMT</pubDate><description>In short.</description>
<content:encoded><![CDATA[<p>The gate of the harbour reopened on Friday.</p><h2>Fees</h2>
<table><tr><th>Length</th><th>Fee</th></tr><tr><td>up to 8 m</td><td>14 crowns</td></tr></table>
<ul><li>Bring your mooring card.</li></ul><script>alert(1)</script>]]></content:encoded></item>
<item><title>Storm</title><description>The gale of 9 March sank eleven boats &amp; a ferry.</description></item>
</channel></rss>
"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour notes</title><updated>2024-03-01T00:00:00Z</updated>
<entry><title>Lamps</title><id>tag:velmora.example,2024:1</id><link href="https://velmora.example/lamps"/>
<updated>2024-03-02T10:00:00Z</updated><author><name>Bo</name></author>
<content type="text">The lamp on the east pier is green &lt;at night&gt;.</content></entry></feed>
"""


def test_each_entry_is_an_article() -> None:
    gate, storm = articles("news.rss", RSS)
    facts = (gate.id, gate.title, gate.source, gate.published, gate.url)
    courier = ("Ilse Brandt, Velmora Courier", "2024-03-01", "https://courier.example/gate")
    assert facts == ("news/The gate reopens", "The gate reopens", *courier)
    assert gate.converter is not None
    assert gate.converter.startswith("feedparser ")
    assert quotable(gate) == [
        ("The gate of the harbour reopened on Friday.",),
        ("Fees", "Length | Fee", "up to 8 m | 14 crowns"),
        ("Fees", "Bring your mooring card."),
    ]
    assert storm.text == "The gale of 9 March sank eleven boats & a ferry."


def test_atom_with_plain_text() -> None:
    for name in ("notes.atom", "notes.xml"):
        article = only(name, ATOM)
        assert (article.title, article.source, article.published) == ("Lamps", "Bo, Harbour notes", "2024-03-02")
        assert article.text == "The lamp on the east pier is green <at night>."


def test_other_xml_is_of_a_format_that_is_not_read() -> None:
    for text in ("<project><name>x</name></project>", "no xml", "<a"):
        _, (warn,) = outcome("pom.xml", text)
        assert (warn.reason, warn.unread) == ("is of a format that is not read (.xml)", ".xml")


def test_entities_neither_grow_nor_read_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("The secret of the harbour.")
    entities = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<!DOCTYPE rss [<!ENTITY b0 "boom">{entities}<!ENTITY file SYSTEM "file://{tmp_path}/secret">]>'
    for entity in ("&b11;", "&file;"):
        feed = f"{head}<rss version='2.0'><channel><item><title>A</title><description>x {entity}</description></item>"
        read, _ = outcome("a.rss", f"{feed}</channel></rss>")
        assert all(len(article.text) < 1000 and "secret" not in article.text for article in read)
