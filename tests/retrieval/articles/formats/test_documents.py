"""Documents that pandoc reads: the same blocks from each, whatever they are written in."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from retrieval.articles.conversion import Converter
from retrieval.articles.formats import documents
from tests.retrieval.articles.formats.packed import ODF, added, docx, epub, odt, packed
from tests.retrieval.articles.formats.reading import DIGEST, complaint, only, outcome, quotable

HAS_PANDOC = documents.find_pandoc() is not None
needs_pandoc = pytest.mark.skipif(not HAS_PANDOC, reason="the extra documents is not installed: pandoc was not tried")

RST = """
==================
Mooring at Velmora
==================

:Author: Ilse Brandt

.. include:: {secret}

The gate opens at :ref:`nine <hours>` and closes at dusk.

.. toctree::

   never/quoted

Fees
====

.. list-table::
   :header-rows: 1

   * - Length
     - Fee
   * - up to 8 m
     - 14 crowns

- Tie up at the east quay.
- Pay at the harbour office.

.. function:: open(gate)

   Opens the gate of the harbour at once.

.. raw:: html

   <script>never quoted</script>

.. never quoted, a comment
"""
ORG = """#+TITLE: Harbour handbook
#+AUTHOR: Ilse Brandt
#+INCLUDE: "{secret}"

* Mooring at Velmora
The gate opens at nine and closes at dusk.
** Fees
| Length    | Fee       |
|-----------+-----------|
| up to 8 m | 14 crowns |

- Tie up at the east quay.
- Pay at the harbour office.

#+BEGIN_SRC sh
velmora fees
#+END_SRC
# never quoted
"""
ADOC = """= Harbour handbook
Ilse Brandt
:opening: nine
ifdef::env-github[:status:]

include::{secret}[]

== Mooring at Velmora

The gate opens at {opening} and closes at dusk.

////
never quoted
////

----
lamp(); // {opening} is kept
----

=== Fees

[options="header"]
|===
|Length |Fee

|up to 8 m |14 crowns
|===

* Tie up at the east quay.
// never quoted
* Pay at the harbour office.

// never quoted
"""
RTF = r"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Times;}}{\info{\title Harbour handbook}{\author Ilse Brandt}}
{\*\listtable{\list\listtemplateid1{\listlevel\levelnfc23{\leveltext\'01\u8226 ?;}}\listid1}}
{\*\listoverridetable{\listoverride\listid1\listoverridecount0\ls1}}
\pard\plain\b Fees\b0\par
\pard\plain The gate opens at nine and closes at dusk.\par
\trowd\cellx3000\cellx6000\pard\plain\intbl Length\cell Fee\cell\row
\trowd\cellx3000\cellx6000\pard\plain\intbl up to 8 m\cell 14 crowns\cell\row
\pard\plain{\listtext\pard\plain \'b7\tab}\ls1\ilvl0 Tie up at the east quay.\par
\pard\plain{\listtext\pard\plain \'b7\tab}\ls1\ilvl0 Pay at the harbour office.\par
\pard\plain{\v never quoted}{\field{\*\fldinst INCLUDETEXT "{secret}"}{\fldrslt Caf\'e9 hours follow.}}\par
}"""


def files(secret: Path) -> dict[str, bytes]:
    texts = {"a.rst": RST, "a.org": ORG, "a.adoc": ADOC, "a.rtf": RTF}
    written = {name: text.replace("{secret}", str(secret)).encode() for name, text in texts.items()}
    return {"a.docx": docx(), "a.odt": odt(), "a.epub": epub(), **written}


@needs_pandoc
@pytest.mark.parametrize("name", list(files(Path())))
def test_a_section_a_row_and_an_item_are_quoted(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("The secret of the harbour is here.")
    article = only(name, files(secret)[name])
    rows = quotable(article)
    assert ("The gate opens at nine and closes at dusk.",) in [row[-1:] for row in rows]
    assert any(row[-1] == "up to 8 m | 14 crowns" and "Fees" in row for row in rows), rows
    assert any(row[-1] == "Pay at the harbour office." and "Fees" in row for row in rows), rows
    assert any("Length | Fee" in row[:-1] for row in rows)
    assert "secret" not in article.text.replace(str(secret), "")
    assert "never quoted" not in article.text
    assert "never/quoted" not in article.text
    assert article.converted
    assert article.converter is not None
    assert article.converter.startswith("pandoc 3.")


@needs_pandoc
def test_what_documents_say_about_themselves() -> None:
    for name, data in files(Path("x")).items():
        article = only(name, data)
        assert article.title == ("Mooring at Velmora" if name in {"a.rst", "a.odt", "a.docx"} else "Harbour handbook")
        assert name in {"a.odt", "a.docx"} or article.source == "Ilse Brandt"
    assert only("a.epub", epub()).published == "2024-03-01"


CORE = """<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">
<dc:title>{title}</dc:title><dc:creator>{creator}</dc:creator><cp:keywords>sea, wall; bell</cp:keywords>
<cp:lastModifiedBy>Cy</cp:lastModifiedBy><dcterms:modified>2024-05-01T10:00:00Z</dcterms:modified>
<dcterms:created>2024-03-01T10:00:00Z</dcterms:created></cp:coreProperties>"""
META = f"""<office:document-meta {ODF} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>
<dc:title>Harbour handbook</dc:title><meta:initial-creator>Ilse Brandt</meta:initial-creator><dc:creator>Cy</dc:creator>
<meta:creation-date>2024-03-01T10:00:00</meta:creation-date><dc:language>de-AT</dc:language>
<meta:keyword>sea</meta:keyword><meta:keyword>wall</meta:keyword></office:meta></office:document-meta>"""


@needs_pandoc
def test_the_properties_of_a_document_are_read_where_its_text_says_nothing() -> None:
    core = CORE.format(title="Harbour handbook", creator="Ilse Brandt")
    article = only("a.docx", added(docx(), {"docProps/core.xml": core}))
    assert (article.title, article.source, article.published) == (
        "Mooring at Velmora", "Ilse Brandt", "2024-03-01T10:00:00Z",
    )  # fmt: skip
    assert article.tags == ("sea", "wall", "bell")
    bare = docx("<w:p><w:r><w:t>The gate opens at nine and closes at dusk.</w:t></w:r></w:p>")
    assert only("a.docx", added(bare, {"docProps/core.xml": core})).title == "Harbour handbook"
    article = only("a.odt", added(odt(), {"meta.xml": META}))
    assert (article.source, article.language, article.tags) == ("Ilse Brandt", "de", ("sea", "wall"))
    article = only("a.epub", epub(more="<dc:language>fr</dc:language><dc:subject>sea</dc:subject>"))
    assert (article.source, article.published, article.language, article.tags) == (
        "Ilse Brandt", "2024-03-01", "fr", ("sea",),
    )  # fmt: skip


@needs_pandoc
def test_properties_that_programs_write_by_themselves_say_nothing() -> None:
    bare = docx("<w:p><w:r><w:t>The gate opens at nine and closes at dusk.</w:t></w:r></w:p>")
    core = CORE.format(title="Microsoft Word - draft.doc", creator="python-docx")
    article = only("a.docx", added(bare, {"docProps/core.xml": core}))
    assert (article.title, article.source, article.published) == ("a", None, None)


@needs_pandoc
@pytest.mark.parametrize(
    "xml", ["", "<a>", "no xml", "<a>" + " " * 2**21 + "</a>", '<!DOCTYPE a [<!ENTITY b "c">]><title>&b;</title>']
)
def test_properties_that_cannot_be_read_leave_the_text_standing(xml: str) -> None:
    article = only("a.docx", added(docx(), {"docProps/core.xml": xml}))
    assert (article.title, article.source) == ("Mooring at Velmora", None)


@needs_pandoc
def test_asciidoc_in_code_stays_as_it_is() -> None:
    assert "lamp(); // {opening} is kept" in only("a.adoc", files(Path("x"))["a.adoc"]).text


@needs_pandoc
def test_attributes_of_asciidoc_do_not_grow_without_end() -> None:
    entries = "".join(f":a{n}: {{a{n - 1}}}{{a{n - 1}}}\n" for n in range(1, 60))
    assert len(only("a.adoc", f"= T\n:a0: boom\n{entries}\nThe gate {{a59}} opens.").text) < 2000


@needs_pandoc
def test_chapters_are_sections() -> None:
    chapters = {f"c{n}": f"<h1>Chapter {n}</h1><p>The boat number {n} went out to sea.</p>" for n in range(3)}
    rows = quotable(only("a.epub", epub(chapters)))
    assert rows == [(f"Chapter {n}", f"The boat number {n} went out to sea.") for n in range(3)]


@needs_pandoc
def test_what_sphinx_alone_knows_is_kept() -> None:
    rows = [row[-1] for row in quotable(only("a.rst", RST))]
    assert "Opens the gate of the harbour at once." in rows


@needs_pandoc
@pytest.mark.parametrize("name", ["a.docx", "a.odt", "a.epub"])
def test_what_is_no_document_is_named(name: str) -> None:
    for data in (b"PK\x03\x04 no archive", b"The gate opens at nine.", packed({"x": "y"})):
        assert complaint(name, data) in {"is damaged, or not of the format that its ending says", "has no text"}


@needs_pandoc
def test_text_that_is_none_is_named() -> None:
    assert complaint("a.rst", b"a\0b") == "is not text: it holds NUL characters"
    assert complaint("a.org", "\n") == "has no text"


@needs_pandoc
def test_entities_neither_grow_nor_read_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("The secret of the harbour.")
    entities = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))
    doctype = f'<!DOCTYPE x [<!ENTITY b0 "boom">{entities}<!ENTITY file SYSTEM "file://{tmp_path}/secret">]>'
    for entity in ("&b11;", "&file;"):
        read, warns = outcome("a.odt", odt(f"<text:p>The gate is open {entity}.</text:p>", doctype))
        assert all("secret" not in article.text and len(article.text) < 1000 for article in read)
        assert read or warns


def bomb() -> bytes:
    """A .docx of 2 GB of paragraphs, packed to a few MB."""
    stream = BytesIO(docx())
    with (
        zipfile.ZipFile(BytesIO(docx())) as whole,
        zipfile.ZipFile(stream := BytesIO(), "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in whole.namelist():
            if name != "word/document.xml":
                new.writestr(name, whole.read(name))
        start, _ = whole.read("word/document.xml").split(b"<w:body>")
        with new.open("word/document.xml", "w") as written:
            written.write(start + b"<w:body>")
            for _ in range(200):
                written.write(b"<w:p><w:r><w:t>The gate.</w:t></w:r></w:p>" * 50_000)
    return stream.getvalue()


@needs_pandoc
def test_what_unpacks_without_end_costs_itself_alone() -> None:
    with Converter(seconds=3) as converter:
        read, (warn,) = converter.read(".docx", bomb(), "bomb.docx", DIGEST)
        assert (read, warn.path, warn.skipped) == ([], "bomb.docx", True)
        assert "split it, or give its text" in warn.reason
        (article,), _ = converter.read(".docx", docx(), "a.docx", DIGEST)
        assert article == only("a.docx", docx())


@needs_pandoc
def test_nesting_without_end() -> None:
    deep = "".join(f"{'*' * n} Item number {n} of the list.\n" for n in range(1, 400))
    read, warns = outcome("a.adoc", deep)
    assert read or [warn.skipped for warn in warns] == [True]


def test_without_the_extra_a_document_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "find_pandoc", lambda: None)
    read, (warn,) = outcome("notes/a.docx", docx())
    reason = "needs quoth's extra documents: pip install 'quoth[documents]'"
    assert (read, warn.reason, warn.skipped, warn.retry) == ([], reason, True, True)
