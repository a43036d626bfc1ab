"""The pages of a PDF are what its quotes are cited by, under the labels that the file gives them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pypdf import PdfWriter
from pypdf.constants import PageLabelStyle

from retrieval.articles.pdf import read_pdf
from retrieval.records import Article
from tests.retrieval.articles.formats.reading import place
from tests.retrieval.articles.test_pdf import DIGEST, changed
from tests.retrieval.articles.test_text_files import pdf

FIRST, SECOND, THIRD = "The ferry leaves at nine.", "It comes back at noon.", "Nobody waits for it."
HALVES = "The ferry leaves every morning from the old quay of the", "harbour. It comes back at noon."
URL = "https://example.org/ferry.pdf"


def article(data: bytes) -> Article:
    (read,), _ = read_pdf(data, "a.pdf", DIGEST)
    return read


def cited(read: Article, words: str, url: str | None = None) -> tuple[str | None, str | None]:
    return place(replace(read, url=url), words)


def numbered(writer: PdfWriter) -> None:
    writer.set_page_label(0, 1, PageLabelStyle.LOWERCASE_ROMAN)
    if len(writer.pages) > 2:
        writer.set_page_label(2, 2, prefix="A-", style=PageLabelStyle.DECIMAL)


def test_a_quote_is_cited_by_its_page() -> None:
    read = article(pdf(FIRST, "", SECOND, THIRD))
    assert [cited(read, words)[0] for words in (FIRST, SECOND, THIRD)] == ["p. 1", "p. 3", "p. 4"]


def test_pages_have_the_labels_that_the_file_gives_them() -> None:
    read = article(changed(pdf(FIRST, SECOND, THIRD), numbered))
    assert [cited(read, words)[0] for words in (FIRST, SECOND, THIRD)] == ["p. i", "p. ii", "p. A-1"]


def test_a_quote_that_runs_over_the_end_of_a_page_is_cited_by_both() -> None:
    read = article(changed(pdf(*HALVES), numbered))
    sentence = read.text[: read.text.index(" It")]
    assert cited(read, sentence) == ("pp. i–ii", None)
    assert cited(read, "It comes back") == ("p. ii", None)


def test_an_address_names_the_page_by_its_place_in_the_file() -> None:
    read = article(changed(pdf(FIRST, SECOND, THIRD), numbered))
    assert cited(read, SECOND, URL) == ("p. ii", f"{URL}#page=2")
    assert cited(read, read.text[read.text.index(SECOND) :], URL) == ("pp. ii–A-1", f"{URL}#page=2")


@pytest.mark.parametrize("url", ["doi:10.1000/182", f"{URL}#nameddest=noon"])
def test_another_address_stays_as_it_is(url: str) -> None:
    assert cited(article(pdf(FIRST, SECOND)), SECOND, url)[1] == url


def test_a_word_that_the_end_of_a_page_breaks_is_on_both() -> None:
    read = article(pdf("The ferry leaves from the old quay of the har-", "bour. It comes back at noon."))
    assert cited(read, "harbour.")[0] == "pp. 1–2"
    assert cited(read, "quay")[0] == "p. 1"


def test_a_quotation_mark_belongs_to_the_page_of_its_words() -> None:
    read = article(pdf(FIRST, "\\223No,\\224 he said."))
    assert cited(read, read.text[read.text.index("No") - 1 :])[0] == "p. 2"


def test_labels_that_make_no_sense_are_those_of_the_pages_places() -> None:
    def damage(writer: PdfWriter) -> None:
        from pypdf.generic import ArrayObject, NameObject, NumberObject

        labels = ArrayObject([NumberObject(0), NumberObject(7), NumberObject(1)])
        writer.root_object[NameObject("/PageLabels")] = ArrayObject([labels])

    assert cited(article(changed(pdf(FIRST, SECOND), damage)), SECOND)[0] == "p. 2"
