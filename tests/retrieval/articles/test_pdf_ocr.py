"""Scanned pages of a PDF are read where tesseract and pdfium are installed, and cited as read so."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import EncodedStreamObject, NameObject, NumberObject

from retrieval.articles import pdf_ocr
from retrieval.articles.conversion import Converter
from retrieval.articles.pdf import read_pdf
from retrieval.articles.pdf_images import drawn
from retrieval.extras import can_draw_pages
from retrieval.records import Article
from retrieval.stand_ins import UNSURE
from tests.retrieval.articles.conftest import WITHOUT_OCR
from tests.retrieval.articles.formats.reading import place
from tests.retrieval.articles.test_pdf import DIGEST, changed, dictionary, image, with_broken_font, with_form
from tests.retrieval.articles.test_text_files import pdf
from tests.toy import build_toy, open_toy

needs_tesseract = pytest.mark.skipif(
    bool(pdf_ocr.missing()), reason=f"scanned pages were not read: {pdf_ocr.missing()}"
)
FIRST = "The ferry leaves the old quay at nine every morning."
SECOND = "It comes back to the harbour at noon."


def scanned(*pages: str, scans: tuple[int, ...]) -> bytes:
    """A PDF, of which these pages (from 0) are pictures."""
    import pypdfium2

    data = pdf(*pages)
    document = pypdfium2.PdfDocument(data)

    def scan(writer: PdfWriter) -> None:
        for row in scans:
            picture, _ = drawn(document[row], 200, in_grey=True)
            page = writer.pages[row]
            stream = EncodedStreamObject()
            stream._data = zlib.compress(picture.rows)
            stream.update(
                dictionary(
                    Type=NameObject("/XObject"),
                    Subtype=NameObject("/Image"),
                    Width=NumberObject(picture.width),
                    Height=NumberObject(picture.height),
                    ColorSpace=NameObject("/DeviceGray"),
                    BitsPerComponent=NumberObject(8),
                    Filter=NameObject("/FlateDecode"),
                )
            )
            page["/Resources"][NameObject("/XObject")] = dictionary(X=writer._add_object(stream))  # type: ignore[index]
            contents = EncodedStreamObject()
            contents[NameObject("/Filter")] = NameObject("/FlateDecode")
            contents._data = zlib.compress(b"q 612 0 0 792 0 0 cm /X Do Q")
            page[NameObject("/Contents")] = writer._add_object(contents)

    return changed(data, scan)


def read(data: bytes) -> tuple[Article, list[str]]:
    (article,), warns = read_pdf(data, "a.pdf", DIGEST)
    return article, [warn.reason for warn in warns]


@needs_tesseract
def test_a_scanned_page_is_read_and_cited_as_read_so() -> None:
    article, reasons = read(scanned(FIRST, SECOND, scans=(1,)))
    assert (" ".join(article.text.split()), reasons) == (f"{FIRST} {SECOND}", [])
    assert [place(article, words)[0] for words in ("ferry", "harbour")] == ["p. 1", "p. 2 (OCR)"]
    assert article.converter is not None
    assert article.converter.split(", ")[1].startswith("tesseract ")


@needs_tesseract
def test_a_paragraph_in_a_picture_has_its_lines() -> None:
    article, _ = read(scanned("The ferry leaves the old quay at) Tj 0 -14 Td (nine every morning.", scans=(0,)))
    assert article.text.split("\n\n")[0].split("\n") == ["The ferry leaves the old quay at", "nine every morning."]


@needs_tesseract
def test_what_was_read_so_has_a_digest_of_its_own() -> None:
    """A citation of the text without the scanned pages never opens another place of the text with them."""
    article, _ = read(scanned(FIRST, SECOND, scans=(1,)))
    assert article.sha256 == hashlib.sha256(article.text.encode()).hexdigest()
    assert read(pdf(FIRST))[0].sha256 == DIGEST


@needs_tesseract
def test_text_in_a_broken_font_is_read_in_its_picture() -> None:
    article, reasons = read(changed(pdf(FIRST, SECOND), with_broken_font))
    assert (place(article, SECOND)[0], reasons) == ("p. 2 (OCR)", [])


@needs_tesseract
def test_pages_whose_pictures_have_no_text_are_named() -> None:
    data = changed(pdf(FIRST, ""), lambda writer: with_form(writer, image(), 1, "Image"))
    assert read(data)[1] == ["has no text on page 2, and OCR finds none in the pictures there"]


@needs_tesseract
def test_pages_that_take_too_long_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_slowly(*_: object) -> str:
        raise pdf_ocr.SlowPageError

    monkeypatch.setattr(pdf_ocr, "_read", read_slowly)
    reasons = ["has no text on page 2, and OCR takes too long there: split the file"]
    assert read(scanned(FIRST, SECOND, scans=(1,)))[1] == reasons


@needs_tesseract
def test_only_so_many_pages_of_a_file_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.articles.pdf.MOST_PAGES", 1)
    article, reasons = read(scanned(FIRST, SECOND, scans=(0, 1)))
    assert article.text.strip() == FIRST
    assert reasons == ["has no text on page 2, and OCR takes too long there: split the file"]


@needs_tesseract
def test_the_process_that_converts_says_how_far_it_is() -> None:
    pages: list[tuple[int, int]] = []
    with Converter(pages=lambda count, total: pages.append((count, total))) as converter:
        (article,), _ = converter.read(".pdf", scanned(FIRST, SECOND, scans=(0, 1)), "a.pdf", DIGEST)
        (other,), _ = converter.read(".pdf", pdf("It came."), "b.pdf", DIGEST)
    assert (pages, other.text) == ([(0, 2), (1, 2)], "It came.")
    assert place(article, "harbour")[0] == "p. 2 (OCR)"


@needs_tesseract
def test_a_file_is_read_again_once_its_scanned_pages_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, index = tmp_path / "articles", tmp_path / "index"
    corpus.mkdir()
    (corpus / "a.pdf").write_bytes(scanned(FIRST, SECOND, scans=(1,)))
    (corpus / "b.txt").write_text("The mayor lives in the old mill.")
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "")  # no tesseract, in the process that converts neither
        pdf_ocr.find_tesseract.cache_clear()
        reason = "has no text on page 2 of 2, which is scanned: to read it, apt-get install tesseract-ocr"
        assert [warn.reason for warn in build_toy(corpus, index).warnings] == [reason]
        assert build_toy(corpus, index).unchanged
    pdf_ocr.find_tesseract.cache_clear()
    report = build_toy(corpus, index)
    assert (report.unchanged, report.warnings) == (False, ())
    assert open_toy(index).ask("When does it come back to the harbour?").quotes[0].citation.locator == "p. 2 (OCR)"
    assert build_toy(corpus, index).unchanged


@pytest.mark.parametrize(
    ("program", "drawing", "steps"),
    [
        (False, False, WITHOUT_OCR),
        (False, True, "apt-get install tesseract-ocr"),
        (True, False, "pip install 'quoth[ocr]'"),
        (True, True, ""),
    ],
)
def test_what_is_missing_is_said_as_what_to_do(
    program: bool, drawing: bool, steps: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tesseract = pdf_ocr.Tesseract("tesseract", "tesseract 5", ("eng",), finds_direction=True)
    monkeypatch.setattr(pdf_ocr, "find_tesseract", lambda: tesseract if program else None)
    monkeypatch.setattr(pdf_ocr, "can_draw_pages", lambda: drawing)
    assert pdf_ocr.missing() == steps


@pytest.mark.parametrize(
    ("languages", "known"),
    [
        ("deu\neng\nosd\nscript/Latin", ("deu", "eng")),
        ("deu\neng\nfra\nspa\nswe", ("eng",)),
        ("deu", ("deu",)),
    ],
)
def test_the_languages_that_are_installed_are_read(
    languages: str, known: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "tesseract"
    listed = languages.replace("\n", "\\n")
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "tesseract 5.3.0" || printf "List of languages:\\n{listed}\\n"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    pdf_ocr.find_tesseract.cache_clear()
    tesseract = pdf_ocr.find_tesseract()
    pdf_ocr.find_tesseract.cache_clear()
    assert tesseract == pdf_ocr.Tesseract(str(program), "tesseract 5.3.0", known, "osd" in languages)


HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"


def row(paragraph: int, line: int, sure: float, word: str) -> str:
    return f"5\t1\t1\t{paragraph}\t{line}\t1\t0\t0\t9\t9\t{sure}\t{word}"


def test_a_paragraph_that_is_hardly_read_leaves_a_sign() -> None:
    table = [
        HEAD,
        row(1, 1, 96.5, "It"),
        row(1, 2, 93.1, "came."),
        row(2, 1, 20.0, "|~"),
        row(3, 1, 95.0, "\u201cNo\u201d"),
    ]
    assert pdf_ocr.text_of("\n".join(table)) == f"It\ncame.\n\n{UNSURE}\n\n\u201cNo\u201d"


@pytest.mark.parametrize("table", ["", HEAD, f"{HEAD}\n{row(1, 1, 20.0, 'word')}", f"{HEAD}\n{row(1, 1, 95.0, '12')}"])
def test_a_picture_without_words_has_no_text(table: str) -> None:
    assert pdf_ocr.text_of(table) == ""


@pytest.mark.skipif(not can_draw_pages(), reason="pypdfium2 is not installed: pages were not drawn")
def test_a_poster_is_drawn_with_fewer_dots() -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument.new()
    picture, _ = drawn(document.new_page(14_400, 14_400), 300, in_grey=True)
    assert picture.width * picture.height <= 51_000_000
    assert len(picture.rows) == picture.width * picture.height
