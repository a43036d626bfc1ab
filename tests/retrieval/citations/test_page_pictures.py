"""The picture of the page that a quote from a PDF stands on."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pypdf import PdfWriter

from retrieval.citations.page_pictures import PagePicture, pictures_of
from retrieval.citations.permalink import resolve
from retrieval.citations.verifier import verify
from retrieval.extras import can_draw_pages
from tests.retrieval.articles.test_pdf import changed
from tests.retrieval.articles.test_pdf_places import FIRST, HALVES, SECOND, numbered
from tests.retrieval.articles.test_text_files import pdf
from tests.toy import build_toy, open_toy

pytestmark = pytest.mark.skipif(not can_draw_pages(), reason="pypdfium2 is not installed: pages were not drawn")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("The mayor lives in the old mill.")
    return folder


def pictures(corpus: Path, data: bytes, words: str) -> list[PagePicture]:
    """The pages that words of a PDF stand on."""
    (corpus / "a.pdf").write_bytes(data)
    index = corpus.parent / "index"
    build_toy(corpus, index)
    return list(pictures_of(resolve(index, verify(open_toy(index), words).citations[0].ref), index))


def test_the_page_of_a_quote_is_drawn_with_the_quote_marked(corpus: Path) -> None:
    (picture,) = pictures(corpus, changed(pdf(FIRST, SECOND), numbered), SECOND)
    assert (picture.label, picture.width, picture.height) == ("ii", 2 * 612, 2 * 792)
    assert base64.b64decode(picture.png).startswith(b"\x89PNG")
    ((left, top, right, bottom),) = picture.boxes
    assert left == pytest.approx(2 * 72, abs=4)
    assert bottom == pytest.approx(2 * 72, abs=4)
    assert 100 < right - left < 400
    assert 10 < bottom - top < 30


def test_a_page_that_is_turned_is_marked_where_it_is_seen(corpus: Path) -> None:
    def turn(writer: PdfWriter) -> None:
        writer.pages[0].rotate(90)

    (picture,) = pictures(corpus, changed(pdf(FIRST), turn), FIRST)
    assert (picture.width, picture.height) == (2 * 792, 2 * 612)
    left, top, right, bottom = picture.boxes[0]
    assert 0 < left < right < picture.width
    assert 0 < top < bottom < picture.height


def test_both_pages_of_a_quote_are_drawn(corpus: Path) -> None:
    words = f"{HALVES[0]} {HALVES[1].split('.')[0]}."
    first, second = pictures(corpus, pdf(*HALVES), words)
    assert [first.label, second.label] == ["1", "2"]
    assert first.boxes[0][2] - first.boxes[0][0] > second.boxes[0][2] - second.boxes[0][0] > 0


def test_a_quote_of_no_pdf_has_no_page(corpus: Path) -> None:
    assert pictures(corpus, pdf(FIRST), "The mayor lives in the old mill.") == []


@pytest.mark.parametrize("change", ["written", "removed", "damaged"])
def test_a_file_that_is_not_the_one_that_was_indexed_is_not_drawn(corpus: Path, change: str) -> None:
    (corpus / "a.pdf").write_bytes(pdf(FIRST))
    index = corpus.parent / "index"
    build_toy(corpus, index)
    span = resolve(index, verify(open_toy(index), FIRST).citations[0].ref)
    if change == "removed":
        (corpus / "a.pdf").unlink()
    else:
        (corpus / "a.pdf").write_bytes(pdf(SECOND) if change == "written" else b"%PDF-1.4\n")
    assert list(pictures_of(span, index)) == []
