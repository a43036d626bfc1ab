"""MediaWiki's XML dumps: pages, with links and templates as words."""

from __future__ import annotations

from html import escape
from pathlib import Path

from tests.retrieval.articles.formats.reading import articles, complaint, only, outcome, quotable

VELMORA = """{{Infobox harbour|name=Velmora|depth=8 m|image=[[File:x.png]]}}
'''Velmora''' is a [[harbour town|port]] on the [[Tarn]], {{convert|5|km}} from the sea.<ref>never quoted</ref>
It is called {{lang|fr|Velmoure}} in the south. [[Datei:boat.png|thumb|never quoted]]

== Fees ==
{{Fees|1924|small boats}}
{| class="wikitable"
! Length !! Fee
|-
| up to 8 m || [[crown|14 crowns]]
|-
| 8 to 12 m
| 22 crowns
|}

=== Mooring ===
* Tie up at the [[east quay]].
** Boats over 12 m use the north quay.
* Pay at the office.
# Call the harbour master first.
; Lamp : Green means that the gate is open.
<syntaxhighlight lang="sh">
velmora --fees
</syntaxhighlight>
Print them all like this:
 velmora --all
   --print
<!-- never quoted --> __NOTOC__
[[Kategorie:never quoted]] [[de:never quoted]] [https://velmora.example The harbour's page] is kept up by volunteers.
"""
FEES = "The fees are those of {{{1|never}}}, for {{{2}}}, {{{3|all year round}}}.<noinclude>never quoted</noinclude>"


def dump(*pages: tuple[str, int, str]) -> str:
    texts = "".join(
        f"<page><title>{escape(title)}</title><ns>{space}</ns><id>1</id><revision><id>2</id>"
        f"<timestamp>2024-03-01T10:00:00Z</timestamp><text xml:space='preserve'>{escape(text)}</text></revision></page>"
        for title, space, text in pages
    )
    return (
        '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="de"><siteinfo>'
        "<base>https://wiki.example/wiki/Main_Page</base><namespaces><namespace key='6'>Datei</namespace>"
        f"<namespace key='14'>Kategorie</namespace></namespaces></siteinfo>{texts}</mediawiki>"
    )


def test_pages_are_articles() -> None:
    pages = [
        ("Velmora", 0, VELMORA),
        ("Vorlage:Fees", 10, FEES),
        ("Port", 0, "#REDIRECT [[Velmora]]"),
        ("Talk:X", 1, "x"),
    ]
    article = only("wiki.xml", dump(*pages))
    facts = (article.id, article.title, article.published, article.url)
    assert facts == ("wiki/Velmora", "Velmora", "2024-03-01", "https://wiki.example/wiki/Velmora")
    assert article.converter is not None
    assert article.converter.startswith("mwparserfromhell ")
    assert "never" not in article.text
    rows = quotable(article)
    assert ("name | Velmora",) in rows
    assert ("Velmora is a port on the Tarn, 5 km from the sea.",) in rows
    assert ("It is called Velmoure in the south.",) in rows
    assert ("Fees", "The fees are those of 1924, for small boats, all year round.") in rows
    assert ("Fees", "Length | Fee", "up to 8 m | 14 crowns") in rows
    assert ("Fees", "Length | Fee", "8 to 12 m | 22 crowns") in rows
    assert ("Fees", "Mooring", "Tie up at the east quay.", "Boats over 12 m use the north quay.") in rows
    assert ("Fees", "Mooring", "Pay at the office.") in rows
    assert ("Fees", "Mooring", "Call the harbour master first.") in rows
    assert ("Fees", "Mooring", "Lamp", "Green means that the gate is open.") in rows
    assert "velmora --fees" in [row[-1] for row in rows]
    assert "image" not in article.text
    assert ("Fees", "Mooring", "Print them all like this:\n\nvelmora --all\n  --print") in rows
    assert rows[-1] == ("Fees", "Mooring", "The harbour's page is kept up by volunteers.")


def test_a_page_has_the_digest_of_its_text() -> None:
    first, second = articles("w.xml", dump(("A", 0, "The gate is open."), ("B", 0, "The lamp is green.")))
    assert first.sha256 != second.sha256
    assert articles("w.xml", dump(("A", 0, "The gate is open."), ("B", 0, "The lamp is red.")))[0] == first


def test_templates_neither_run_in_a_circle_nor_grow_without_end() -> None:
    circle = dump(("A", 0, "The gate {{A}} is open."), ("Template:A", 10, "{{B}}"), ("Template:B", 10, "{{A}} {{B}} x"))
    assert len(only("w.xml", circle).text) < 1000
    pages = [(f"Template:T{n}", 10, f"{{{{T{n + 1}}}}}" * 9) for n in range(20)]
    assert len(only("w.xml", dump(("A", 0, "The gate {{T0}} is open."), *pages)).text) < 1000


def test_deep_and_broken_markup_is_read_as_far_as_it_goes() -> None:
    for text in (
        "{{" * 5000,
        "[[" * 5000 + "x",
        "{|" * 500,
        "*" * 3000 + " The item.",
        "'''" * 3001,
        "<b>" * 5000,
        "\x00",
    ):
        read, warns = outcome("w.xml", dump(("A", 0, f"The gate is open.\n\n{text.replace(chr(0), '')}")))
        assert read or warns


def test_broken_xml_is_named(tmp_path: Path) -> None:
    assert complaint("w.xml", dump(("A", 0, "The gate is open."))[:-30]).startswith(
        "is XML that ends or breaks in line "
    )
    (tmp_path / "secret").write_text("The secret of the harbour.")
    entity = f'<!DOCTYPE m [<!ENTITY f SYSTEM "file://{tmp_path}/secret">]>'
    read, _ = outcome("w.xml", entity + dump(("A", 0, "The gate is open.")).replace("is open", "is &f; open"))
    assert all("secret" not in article.text for article in read)
