"""Files of every format, whole and broken -> articles."""

from __future__ import annotations

import codecs
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.articles.converters import read_html
from retrieval.articles.corpus import EMPTY
from retrieval.articles.facts import Facts, facts_of
from retrieval.articles.ids import path_id
from retrieval.articles.jsonl import cut_lines, give_ids, read_lines
from retrieval.articles.pdf import read_pdf
from retrieval.articles.text_files import path_title, read_text
from retrieval.records import Article, Warn

DIGEST = "0" * 64


def one(data: bytes, path: str) -> tuple[Article, list[str]]:
    articles, warns = read_text(data, path, DIGEST)
    assert len(articles) == 1
    assert not any(warn.skipped for warn in warns)
    return articles[0], [warn.reason for warn in warns]


def refused(data: bytes, path: str) -> str:
    articles, warns = read_text(data, path, DIGEST)
    assert articles == []
    assert [warn.path for warn in warns] == [path]
    assert warns[0].skipped
    return warns[0].reason


@pytest.mark.parametrize(
    ("tags", "known", "problems"),
    [
        (b"tags: [Harbour, sea wall, Harbour]", ("Harbour", "sea wall"), []),
        (b"tags:\n  - 2023\n  - sea\n    wall", ("2023", "sea wall"), []),
        (b"tags: harbour, sea wall,", ("harbour", "sea wall"), []),
        (b"tags:", (), []),
        (b"tags: {a: b}", (), ["has front matter whose tags are not a list of texts"]),
        (b"tags: [harbour, [wall]]", ("harbour",), ["has front matter whose tags are not a list of texts"]),
    ],
)
def test_the_tags_of_front_matter_are_kept(tags: bytes, known: tuple[str, ...], problems: list[str]) -> None:
    article, reasons = one(b"---\n" + tags + b"\n---\n\nThe wall is old.\n", "wall.md")
    assert (article.tags, reasons) == (known, problems)


def test_the_tags_of_a_line_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"_id": "1", "text": "The wall is old.", "tags": ["sea wall"]}\n')
    (article,), warns = read_jsonl(file, "a.jsonl", hashlib.sha256(file.read_bytes()).hexdigest())
    assert (article.tags, warns) == (("sea wall",), [])


# Plain text


def test_plain_text_keeps_every_character() -> None:
    data = "\ufeff\r\n The Letter \r\n\r\nIt came.\tIt was read.\u00a0 \r\n\r\n".encode()
    article, reasons = one(data, "town/the_big-letter.txt")
    assert article.text == data.decode("utf-8")
    assert (article.body, article.encoding, article.converted, reasons) == (1, "utf-8", False, [])
    assert (article.id, article.title, article.path) == ("town/the_big-letter", "The Letter", "town/the_big-letter.txt")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Le maire a déclaré vendredi que l’été serait chaud, même très chaud.", "cp1252"),
        ("The café said “no” to it – naïve. He went on to speak about the letters.", "cp1252"),
        ("Der Bürgermeister sagte, die Gespräche würden fortgeführt.", "cp1252"),
        ("Мэр города заявил во вторник, что переговоры будут продолжены.", "cp1251"),
        ("Rząd ogłosił w środę, że będzie wspierać miasto. Żaden kraj nie zostanie sam.", "cp1250"),
    ],
)
def test_other_encodings_are_guessed_and_said(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    article, reasons = one(data, "a.txt")
    assert article.text == text == data.decode(article.encoding)
    assert reasons == [f"is not UTF-8: read as {article.encoding}"]


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_the_byte_order_mark_names_the_encoding(bom: bytes, encoding: str) -> None:
    data = bom + "It came 😀.".encode(encoding)
    article, reasons = one(data, "a.txt")
    assert article.text == data.decode(article.encoding) == "\ufeffIt came 😀."
    assert (article.encoding, article.body) == (encoding, 1)
    assert reasons == [f"is not UTF-8: read as {encoding}"]


@pytest.mark.parametrize("path", ["a.txt", "a.md", "a.MARKDOWN"])
def test_binary_data_is_refused(path: str) -> None:
    assert refused(b"It came.\0It went.", path) == "is not text: it holds NUL characters"
    assert refused(b"\xff\xd8\xff\xe0" + bytes(range(1, 256)) * 20, path) == "is not text: its bytes fit no encoding"
    assert refused(b"\xff\xd8\xff\0" + bytes(range(256)), path) == "is not text: its bytes fit no encoding"
    assert refused(codecs.BOM_UTF16_LE + b"odd", path) == "is not text: its bytes fit no encoding"


@pytest.mark.parametrize("text", ["", " \r\n\t\u00a0", "\ufeff", "\ufeff\n\n"])
def test_white_space_is_empty(text: str) -> None:
    assert refused(text.encode(), "a.txt") == "is empty"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The letter came on Friday.\nAnd so on.", "big letter"),
        ("\n\n  A Letter  Comes\n\nIt came.", "A Letter Comes"),
        ("Placeholder canvas\n\nA Letter Comes\n\nIt came.", "A Letter Comes"),
        ("A letter" + " and a letter" * 20, "big letter"),
        ("The letter that came on Friday was read to\nthe whole town by the mayor.", "big letter"),
        ("Advertisement\n", "big letter"),
    ],
)
def test_a_headline_is_the_title_and_else_the_file_name(text: str, title: str) -> None:
    assert one(text.encode(), "x/big_-_letter.txt")[0].title == title


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(max_examples=60, deadline=None)
def test_whatever_is_read_is_the_file_as_decoded(data: bytes) -> None:
    articles, warns = read_text(data, "a.txt", DIGEST)
    assert len(articles) + sum(warn.skipped for warn in warns) == 1
    for article in articles:
        assert article.text == data.decode(article.encoding)
        assert article.text[article.body :].strip()


# Markdown and its front matter


def test_front_matter_describes_the_article() -> None:
    data = (
        b"---\r\nid: harbour-letter\r\ntitle: 'The Letter:  read'\r\nurl: https://example.org/l\r\n"
        b'published: 2022-02-04\r\nsource:\r\n  publisher: "The Harbour"\r\n  headline: "Letter Comes"\r\n'
        b"---\r\n# Heading\r\n\r\nIt came.\r\n"
    )
    article, reasons = one(data, "a.md")
    assert article.text == data.decode()
    assert article.text[article.body :].startswith("# Heading")
    assert (article.id, article.title, article.url) == ("harbour-letter", "The Letter: read", "https://example.org/l")
    assert (article.published, article.source) == ("2022-02-04", "The Harbour, “Letter Comes”")
    assert reasons == []


def test_front_matter_stands_behind_a_byte_order_mark() -> None:
    article, _ = one("\ufeff---\nid: 7\ndate: 2022-02-04 10:00:00\n---\nIt came.".encode(), "a.md")
    assert (article.id, article.published) == ("7", "2022-02-04 10:00:00")
    assert article.text[article.body :] == "It came."


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("```\n# no\n```\n# The  Letter #\n\nIt came.", "The Letter"),
        ("#hashtag\n## Second\n\nIt came.", "big letter"),
        ("# \nIt came.", "big letter"),
    ],
)
def test_the_first_heading_is_the_title(text: str, title: str) -> None:
    assert one(text.encode(), "big-letter.md")[0].title == title


@pytest.mark.parametrize(
    ("front", "reason"),
    [
        ("title: [1, 2]", "has front matter whose title is not text"),
        ('title: "\\ud800"', "has front matter whose title is not text"),
        ("source: {city: Here}", "has front matter whose source names no publisher or headline"),
        ("title: a: b", "has front matter that is not valid YAML (mapping values are not allowed here)"),
        ("title: 'open", "has front matter that is not valid YAML (found unexpected end of stream)"),
        ("title: !!int ''", "has front matter that is not valid YAML (a value cannot be read)"),
        ("title: !!timestamp x", "has front matter that is not valid YAML (a value cannot be read)"),
        ("title: " + "[" * 5000, "has front matter that is not valid YAML (a value cannot be read)"),
        ("a: &a {b: c}\nd: {<<: *a}", "has front matter that is not valid YAML (a value cannot be read)"),
        ("a: &a {b: c}\nd: {!!merge x: *a}", "has front matter that is not valid YAML (a value cannot be read)"),
        ("a: &a {b: c}\nd: {!!m%65rge x: *a}", "has front matter that is not valid YAML (a value cannot be read)"),
        ('title: "\\UFFFFFFFF"', "has front matter that is not valid YAML (a value cannot be read)"),
        ("title: " + "{a: " * 5000, "has front matter that is not valid YAML (a value cannot be read)"),
        ("title:\n" + "- " * 5000, "has front matter that is not valid YAML (a value cannot be read)"),
        ("title: !!python/object:os.system x", "has front matter that is not valid YAML (could not determine a "
         "constructor for the tag 'tag:yaml.org,2002:python/object:os.system')"),
    ],
)  # fmt: skip
def test_front_matter_that_cannot_be_used_is_named_and_the_text_indexed(front: str, reason: str) -> None:
    article, reasons = one(f"---\n{front}\n---\nIt came.".encode(), "a.md")
    assert reasons == [reason]
    assert (article.id, article.title) == ("a", "a")
    assert article.text[article.body :] == "It came."


@pytest.mark.parametrize(
    ("given", "fitted", "reason"),
    [
        ("a@b", "a-b", "holds '@', '#' or a control character: each is made '-'"),
        ("a" * 201, "a" * 180 + "-a92efd82", "has more than 200 characters: it is shortened"),
    ],
)
def test_an_id_that_no_permalink_can_hold_is_fitted_and_named(given: str, fitted: str, reason: str) -> None:
    article, reasons = one(f"---\nid: {given}\n---\nIt came.".encode(), "x.md")
    assert (article.id, reasons) == (fitted, [f"has front matter whose id {reason}"])


@pytest.mark.parametrize(
    "written",
    ["9:11", "no", "on", "true", "1_000", "0o17", "017", "0x1F", "1.50", "1e3", ".inf", "2022-02-04", "2022-13-45",
     "2022-02-04 10:00:00", "190:20:30.15", "=", "1:0:0.5"],
)  # fmt: skip
def test_titles_ids_and_sources_are_text_as_it_is_written(written: str) -> None:
    front = "\n".join(f"{key}: {written}" for key in ("id", "title", "source", "url"))
    article, reasons = one(f"---\n{front}\n---\nIt came.".encode(), "a.md")
    facts = article.id, article.title, article.source, article.url
    assert (facts, reasons) == ((written,) * 4, [])


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_a_title_may_be_nothing(nothing: str) -> None:
    article, reasons = one(f"---\ntitle: {nothing}\n---\nIt came.".encode(), "a.md")
    assert (article.title, reasons) == ("a", [])


def test_a_heap_of_aliases_stays_small() -> None:
    heap = "\n".join(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 200))
    article, reasons = one(f"---\ntitle: A Letter\na0: &a0 [x]\n{heap}\nsource: *a9\n---\nIt came.".encode(), "a.md")
    assert (article.title, reasons) == ("A Letter", ["has front matter whose source is not text"])


def test_front_matter_in_toml_describes_the_article() -> None:
    front = (
        'path = "2025/10/letter"\r\ntitle = "The Letter"\r\ndate = 2024-05-01\r\n\r\n[extra]\r\ntitle = "Another"\r\n'
    )
    article, reasons = one(f"\ufeff+++\r\n{front}+++\r\n# Heading\r\n\r\nIt came.\r\n".encode(), "a.md")
    assert (article.title, article.published, article.id, reasons) == ("The Letter", "2024-05-01", "a", [])
    assert article.text[article.body :] == "# Heading\r\n\r\nIt came.\r\n"


@pytest.mark.parametrize(
    ("front", "reason"),
    [
        ("title = x", "has front matter that is not valid TOML (Invalid value (at line 1, column 9))"),
        ('title = "a"\ntitle = "b"', "has front matter that is not valid TOML (Cannot overwrite a value (at line"),
        ("title = 1.5", "has front matter whose title is not text"),
        ("title = " + "[" * 5000, "has front matter that is not valid TOML (a value cannot be read)"),
        ("title = " + "1" * 5000, "has front matter that is not valid TOML (a value cannot be read)"),
    ],
)  # fmt: skip
def test_toml_that_cannot_be_used_is_named_and_the_text_indexed(front: str, reason: str) -> None:
    article, reasons = one(f"+++\n{front}\n+++\nIt came.".encode(), "a.md")
    assert (len(reasons), reasons[0][: len(reason)], article.title) == (1, reason, "a")
    assert article.text[article.body :] == "It came."


@pytest.mark.parametrize(
    "text", ["+++\nIt came.\n+++\nMore.", "+++ x\nIt came.", "++++\nid = 1\n++++\n", "+++\nIt came."]
)
def test_lines_of_plus_signs_around_text_are_no_front_matter(text: str) -> None:
    article, reasons = one(text.encode(), "a.md")
    assert (article.body, reasons) == (0, [])


def test_front_matter_that_is_not_closed_is_named() -> None:
    article, reasons = one(b"---\ntitle: x\n\nIt came.", "a.md")
    assert (article.body, reasons) == (0, ["has front matter that is not closed by a line '---'"])


LONG_LINES = ("tag: a ferry of the town\n", "- a ferry\n", "  a ferry of the town goes on\n", "# a note\n", "\n")


@pytest.mark.parametrize("line", LONG_LINES)
def test_front_matter_that_is_too_long_is_no_text(line: str) -> None:
    article, reasons = one(f"---\ntitle: x\n{line * 70_000}---\nIt came.".encode(), "a.md")
    assert article.text[article.body :] == "It came."
    assert reasons == ["has front matter of more than 65,536 characters, which is not read"]


def test_a_rule_far_below_closes_no_front_matter() -> None:
    article, reasons = one(f"---\nNote: it came.\n\n{'It came on Friday.' * 9_000}\n\n---\nMore.".encode(), "a.md")
    assert (article.body, reasons) == (0, ["has front matter that is not closed by a line '---'"])


@pytest.mark.parametrize("text", ["---\n\n- a\n- b\n---\nMore.", "--- x\nIt came.", "----\nid: x\n----\n"])
def test_rules_around_text_are_no_front_matter(text: str) -> None:
    article, reasons = one(text.encode(), "a.md")
    assert (article.body, reasons) == (0, [])


def test_plain_text_with_a_colon_between_rules_is_text() -> None:
    article, reasons = one(b"---\nIt came: it: went\n---\nMore.", "a.txt")
    assert (article.body, reasons) == (0, [])


def test_text_between_two_rules_belongs_to_the_article() -> None:
    article, reasons = one(b"---\nIt came on Friday.\n---\nIt was read.", "a.md")
    assert (article.body, reasons) == (0, [])


def test_front_matter_alone_is_empty() -> None:
    assert refused(b"---\ntitle: x\n---\n\n", "a.md") == "is empty"


# Facts and names


def test_facts_come_from_any_mapping() -> None:
    assert facts_of({"_id": 7, "id": "x", "title": 1984, "published": None, "date": "May 1949"}) == (
        Facts(id="7", title="1984", published="May 1949"),
        [],
    )
    assert facts_of({"id": "\n", "url": 1.5}) == (Facts(), ["id is not text", "url is not text"])
    assert facts_of({"id": "a\tb"}) == (Facts(id="a-b"), ["id holds '@', '#' or a control character: each is made '-'"])
    assert facts_of({"source": {"headline": "Letter"}})[0].source == "“Letter”"


def test_names_are_made_of_the_path() -> None:
    assert path_id("a b/c@d#e\n.f.txt") == "a b/c-d-e-.f"
    assert path_id("noending") == "noending"
    assert path_title("x/the_big--letter.txt") == "the big letter"
    assert path_title("x/---.txt") == "x/---.txt"


# HTML

PAGE = """<html><head><meta charset="{charset}"><title>A Letter Comes | The Harbour</title>
<link rel="canonical" href="https://example.org/letter"><meta property="og:site_name" content="The Harbour">
<meta property="og:title" content="A Letter Comes">
<meta property="article:published_time" content="2022-02-04T10:00:00Z"></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/about">About the town</a></li></ul></nav>
<div class="cookie-bar">We use cookies to make this page better for everyone.</div>
<article><h1>A Letter Comes</h1>
<p>The letter came to the <b>harbour</b> on Friday, and the café’s owner read it aloud.</p>
<p>It asked whether the town would stay with its friends or would rather choose new ones.</p></article>
<div id="comments"><p>First! I never read letters, and I never will.</p></div>
<footer><p>Copyright The Harbour, all rights reserved, do not copy.</p></footer></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_a_web_page_gives_its_article(charset: str) -> None:
    (article,), warns = read_html(PAGE.format(charset=charset).encode(charset), "w/letter.html", DIGEST)
    first, second = (
        "The letter came to the harbour on Friday, and the café’s owner read it aloud.",
        "It asked whether the town would stay with its friends or would rather choose new ones.",
    )
    assert f"{first}\n\n{second}" in article.text
    for other in ("cookies", "Home", "Copyright", "First!"):
        assert other not in article.text
    assert (article.id, article.title, article.source) == ("w/letter", "A Letter Comes", "The Harbour")
    assert (article.url, article.published, article.converted) == ("https://example.org/letter", "2022-02-04", True)
    reason = "has 18 words outside its main text, which are left out"
    assert warns == [Warn("w/letter.html", reason, skipped=False)]


LONG = "a" * 11_000_000


@pytest.mark.parametrize(
    "middle",
    [
        f"<div data-x='{LONG}'></div>", f"<!--{LONG}-->", f"<script>{LONG}</script>", f"<style>{LONG}</style>",
        f"<p>{LONG}</p>", f"<?{LONG}?>", f"<p>&{LONG};</p>", "<div>" * 400 + "</div>" * 400, "<b>" * 400,
    ],
    ids=["attribute", "comment", "script", "style", "text", "instruction", "entity", "nesting", "nothing closed"],
)  # fmt: skip
def test_what_stands_behind_something_long_or_deep_is_read(middle: str) -> None:
    page = PAGE.format(charset="utf-8").replace("<p>It asked", f"{middle}<p>It asked")
    (article,), _ = read_html(page.encode(), "a.html", DIGEST)
    assert "would rather choose new ones." in article.text


@pytest.mark.parametrize("tag", ["<div>", "<ul><li>", "<font><b>"])
def test_a_page_that_cannot_be_read_whole_is_skipped(tag: str) -> None:
    page = PAGE.format(charset="utf-8").replace("<p>It asked", f"{tag * 3000}<p>It asked")
    assert read_html(page.encode(), "a.html", DIGEST) == (
        [],
        [Warn("a.html", "is HTML nested too deep to be read whole")],
    )


@pytest.mark.parametrize("data", [b"<html><body></body></html>", b"\x00\xff\xfe", b"plain"])
def test_a_page_without_an_article_is_refused(data: bytes) -> None:
    articles, warns = read_html(data, "a.html", DIGEST)
    assert articles or warns == [Warn("a.html", "has no article text")]


# PDF


def pdf(*pages: str) -> bytes:
    """Write a small PDF with a line of text a page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, shown in enumerate(pages):
        drawing = f"BT /F1 12 Tf 72 720 Td ({shown}) Tj ET" if shown else ""
        objects += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * number} 0 R >>",
            f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream",
        ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    tail = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{tail}".encode()


def encrypted(data: bytes, password: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(data))), io.BytesIO()
    writer.encrypt(password, algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def test_a_pdf_gives_its_pages_text() -> None:
    (article,), warns = read_pdf(pdf("The letter came.", "It was read."), "x/a_b.pdf", DIGEST)
    assert article.text == "The letter came.\n\nIt was read."
    assert (article.id, article.title, article.converted, warns) == ("x/a_b", "a b", True, [])


def test_a_pdf_with_an_empty_password_is_read() -> None:
    (article,), _ = read_pdf(encrypted(pdf("The letter came."), ""), "a.pdf", DIGEST)
    assert article.text == "The letter came."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf(""), "is a PDF without text"),
        (pdf(), "is a PDF that cannot be read (it has no pages)"),
        (encrypted(pdf("The letter came."), "secret"), "is an encrypted PDF: save it without a password"),
        (b"%PDF-1.4\n", "is a damaged PDF: export it again"),
        (b"", "is no PDF, though its name says so"),
        (b"It is no PDF.", "is no PDF, though its name says so"),
        (pdf("The letter came.")[:150], "is a damaged PDF: export it again"),
    ],
)
def test_a_pdf_that_gives_no_text_is_refused(data: bytes, reason: str) -> None:
    articles, warns = read_pdf(data, "a.pdf", DIGEST)
    assert articles == []
    assert len(warns) == 1
    assert warns[0].reason.startswith(reason)


# JSONL


def read_jsonl(file: Path, path: str, sha256: str) -> tuple[list[Article], list[Warn]]:
    """Read a file in parts of a line or two."""
    articles, warns = dict[int, Article](), list[Warn]()
    for first, part in cut_lines(file, sha256, 200):
        read, problems = read_lines(part, first, path)
        articles |= read
        warns += problems
    ids, renamed = give_ids({number: (article.id, article.sha256) for number, article in articles.items()}, path)
    warns += renamed
    return [replace(articles[number], id=ids[number]) for number in ids], (
        warns if articles or warns else [Warn(path, EMPTY)]
    )


def lines(tmp_path: Path, *written: bytes) -> tuple[list[Article], list[Warn]]:
    file = tmp_path / "corpus.jsonl"
    file.write_bytes(b"\n".join(written))
    return read_jsonl(file, "corpus.jsonl", hashlib.sha256(file.read_bytes()).hexdigest())


def test_a_beir_corpus_is_read_as_it_is(tmp_path: Path) -> None:
    first = b'{"_id": "d1", "title": "The Letter", "text": " It came.\\n", "metadata": {}}'
    second = '{"_id": 2, "title": "", "text": "It was rëad.", "url": "u", "published": "2022", "source": "s"}'.encode()
    articles, warns = lines(tmp_path, first + b"\r", b"", second, b"")
    assert warns == []
    digest = hashlib.sha256(second).hexdigest()
    assert articles == [
        Article("d1", " It came.\n", "The Letter", hashlib.sha256(first).hexdigest(), "corpus.jsonl", converted=True),
        Article("2", "It was rëad.", "2", digest, "corpus.jsonl", "s", "u", "2022", converted=True),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "is not valid JSON (Expecting property name enclosed in double quotes)"),
        (b"[" * 100_000, "is not valid JSON (it nests or counts too far)"),
        (b'{"id": ' + b"9" * 5000 + b', "text": "x"}', "is not valid JSON (it nests or counts too far)"),
        (b"[1]", "is not a JSON object"),
        (b'{"id": "a", "text": "\xff"}', "is not UTF-8"),
        (b'{"id": "a"}', 'has no "text"'),
        (b'{"id": "a", "text": 7}', 'has no "text"'),
        (b'{"id": "a", "text": " "}', "has an empty text"),
        (b'{"id": "a", "text": "x\\ud800"}', "holds half of a character (a lone surrogate)"),
        (b'{"text": "It came."}', 'has no "_id" or "id"'),
        (b'{"_id": "1", "text": "It came.", "text": "It went."}', 'has the key "text" twice'),
        (b'{"_id": "1", "_id": "2", "text": "It came."}', 'has the key "_id" twice'),
        (b'{"id": ["a"], "text": "It came."}', "id is not text"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_read(tmp_path: Path, line: bytes, reason: str) -> None:
    first, last = b'\xef\xbb\xbf{"id": "good", "text": "It came."}', b'{"id": "b", "text": "x"}'
    articles, warns = lines(tmp_path, first, line, last)
    assert [article.id for article in articles] == ["good", "b"]
    assert [warn.path for warn in warns] == ["corpus.jsonl:2"]
    assert (warns[0].reason, warns[0].skipped) == (reason, True)


def test_ids_that_no_permalink_can_hold_are_fitted_and_named(tmp_path: Path) -> None:
    given = ["a#1", "a@2", "b\tc", "x" * 201, "y" * 300 + "1", "y" * 300 + "2"]
    articles, warns = lines(tmp_path, *(json.dumps({"_id": id_, "text": "It came."}).encode() for id_ in given))
    assert [article.id for article in articles[:3]] == ["a-1", "a-2", "b-c"]
    assert all(len(article.id) <= 200 for article in articles)
    assert len({article.id for article in articles}) == len(given)
    mark, length = (
        "holds '@', '#' or a control character: each is made '-'",
        "has more than 200 characters: it is shortened",
    )
    reasons = [mark] * 3 + [length] * 3
    assert warns == [
        Warn(f"corpus.jsonl:{number}", f"id {reason}", skipped=False) for number, reason in enumerate(reasons, start=1)
    ]


def test_of_two_ids_that_are_the_same_the_first_given_as_it_is_is_kept(tmp_path: Path) -> None:
    given = ["a#1", "a-1", "b", "a@1", "b", "b-2"]
    written = [json.dumps({"_id": id_, "text": f"Number {row} came."}).encode() for row, id_ in enumerate(given)]
    articles, warns = lines(tmp_path, *written)
    assert [article.id for article in articles] == ["a-1-2", "a-1", "b", "a-1-3", "b-3", "b-2"]
    assert [(warn.path, warn.reason) for warn in warns] == [
        ("corpus.jsonl:1", "has the id 'a#1', as line 2 has: it is given the id 'a-1-2'"),
        ("corpus.jsonl:4", "has the id 'a@1', as line 2 has: it is given the id 'a-1-3'"),
        ("corpus.jsonl:5", "has the id 'b', as line 3 has: it is given the id 'b-3'"),
    ]


def test_a_line_that_is_there_twice_is_read_once(tmp_path: Path) -> None:
    line = b'{"_id": "1", "text": "It came."}'
    articles, warns = lines(tmp_path, line, b'{"_id": "2", "text": "It went."}', line)
    assert [article.id for article in articles] == ["1", "2"]
    assert warns == [Warn("corpus.jsonl:3", "is the same as line 1: it is read once")]


def test_a_fact_that_is_not_text_is_ignored_and_named(tmp_path: Path) -> None:
    articles, warns = lines(tmp_path, json.dumps({"id": "a", "title": ["x"], "text": "It came."}).encode())
    assert articles[0].title == "a"
    assert warns == [Warn("corpus.jsonl:1", "title is not text", skipped=False)]


def test_a_line_without_end_is_not_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.articles.jsonl.LONGEST_LINE", 2**20)
    articles, warns = lines(tmp_path, b" " * (5 * 2**20), b'{"id": "a", "text": "It came."}')
    assert [article.id for article in articles] == ["a"]
    assert warns == [Warn("corpus.jsonl:1", "is longer than 1 MiB")]


def test_a_corpus_of_blank_lines_is_empty(tmp_path: Path) -> None:
    assert lines(tmp_path, b"", b" ", b"") == ([], [Warn("corpus.jsonl", "is empty")])


JAPANESE = "この橋は車には安全ではありません。"


@pytest.mark.parametrize(
    ("encoding", "label", "text"),
    [
        ("iso2022_jp", "iso-2022-jp", JAPANESE),
        ("iso2022_kr", "iso-2022-kr", "이 다리는 안전하지 않습니다."),
        ("hz", "hz-gb-2312", "这座桥不安全。"),
    ],
)
def test_a_page_in_a_declared_encoding_of_7_bits_is_read(encoding: str, label: str, text: str) -> None:
    page = f"<html><head><meta charset={label}><title>T</title></head><body><p>{text}</p></body></html>"
    (article,), warns = read_html(page.encode(encoding), "a.html", DIGEST)
    assert (article.text, warns) == (text, [])


def test_a_text_with_escape_sequences_is_read_and_named() -> None:
    article, reasons = one(JAPANESE.encode("iso2022_jp"), "a.txt")
    assert (article.text, article.encoding, reasons) == (JAPANESE, "iso2022_jp", ["is not UTF-8: read as iso2022_jp"])


def test_a_key_given_twice_in_front_matter_is_named() -> None:
    article, reasons = one(b"---\ntitle: A\ntitle: B\n---\nIt came.", "a.md")
    assert (article.title, reasons) == ("B", ['has front matter with the key "title" twice: the last one counts'])
