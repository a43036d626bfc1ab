"""The page of a quote from a PDF shows the PDF's page, or says what that takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.answering import quote_pages
from bot.answering.quote_pages import MISSING, SCANNED, TEXT, quote_page
from retrieval.articles import pdf_ocr
from retrieval.citations.permalink import CitedSpan, resolve
from retrieval.citations.verifier import verify
from retrieval.extras import can_draw_pages
from tests.retrieval.articles.test_pdf_ocr import scanned
from tests.retrieval.articles.test_pdf_places import FIRST, SECOND
from tests.retrieval.articles.test_text_files import pdf
from tests.toy import build_toy, open_toy


def span_of(folder: Path, data: bytes, words: str) -> CitedSpan:
    """Words of a PDF, indexed in this folder."""
    (folder / "articles").mkdir()
    (folder / "articles" / "a.pdf").write_bytes(data)
    build_toy(folder / "articles", folder / "index")
    return resolve(folder / "index", verify(open_toy(folder / "index"), words).citations[0].ref)


@pytest.mark.skipif(not can_draw_pages(), reason="pypdfium2 is not installed: pages were not drawn")
def test_the_page_of_a_pdf_is_shown_with_the_quote_marked(tmp_path: Path) -> None:
    html = quote_page(span_of(tmp_path, pdf(FIRST, SECOND), SECOND), tmp_path / "index")
    assert re.findall(r"<figcaption>(.*?)</figcaption>", html) == ["Page 2"]
    assert html.count("<rect ") == 1
    assert "img-src data:; style-src" in html
    assert TEXT in html
    assert f'<mark id="quote" tabindex="-1">{SECOND}</mark>' in html


@pytest.mark.skipif(bool(pdf_ocr.missing()), reason=f"scanned pages were not read: {pdf_ocr.missing()}")
def test_a_scanned_page_is_shown_without_a_mark(tmp_path: Path) -> None:
    html = quote_page(span_of(tmp_path, scanned(FIRST, SECOND, scans=(1,)), SECOND), tmp_path / "index")
    assert re.findall(r"<figcaption>(.*?)</figcaption>", html) == ["Page 2 (OCR)"]
    assert "<rect " not in html
    assert SCANNED in html


def test_what_it_takes_to_see_the_page_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quote_pages, "can_draw_pages", lambda: False)
    html = quote_page(span_of(tmp_path, pdf(FIRST), FIRST), tmp_path / "index")
    assert "<svg" not in html
    assert MISSING.replace("'", "&#39;") in html
    assert "default-src 'none'; style-src" in html


def test_a_page_whose_file_is_gone_shows_the_text_alone(tmp_path: Path) -> None:
    span = span_of(tmp_path, pdf(FIRST), FIRST)
    (tmp_path / "articles" / "a.pdf").unlink()
    html = quote_page(span, tmp_path / "index")
    assert ("<svg" in html, TEXT in html, MISSING in html) == (False, False, False)
