"""The bookmarks of a PDF are its headings, and its title is the one that it gives itself."""

from __future__ import annotations

from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, NameObject, NumberObject

from retrieval.articles.pdf import read_pdf
from retrieval.articles.pdf_outline import numbered_headings
from retrieval.records import Article
from tests.retrieval.articles.formats.reading import quotable
from tests.retrieval.articles.test_pdf import DIGEST, changed
from tests.retrieval.articles.test_text_files import pdf


def lines(*texts: str) -> str:
    """What a page of these lines is made of, as `pdf` takes it."""
    return ") Tj 0 -30 Td (".join(texts)


FIRST = lines("1 The harbour", "1.1 Opening hours", "The harbour opens at nine every morning of the year.")
SECOND = lines("It closes at dusk.", "1.2 Fees", "A berth costs nine crowns a night.")


def outlined(*bookmarks: tuple[str, int, int], pages: tuple[str, ...] = (FIRST, SECOND)) -> Article:
    """Read a PDF with bookmarks: title, page from 0, and level from 1."""

    def add(writer: Any) -> None:
        around: list[Any] = [None]
        for title, page, level in bookmarks:
            around[level:] = [writer.add_outline_item(title, page, parent=around[level - 1])]

    (article,), _ = read_pdf(changed(pdf(*pages), add), "a.pdf", DIGEST)
    return article


def test_what_a_bookmark_names_is_a_heading() -> None:
    article = outlined(("1 The harbour", 0, 1), ("1.1 Opening hours", 0, 2), ("1.2 Fees", 1, 2))
    assert quotable(article) == [
        ("1 The harbour", "1.1 Opening hours", "The harbour opens at nine every morning of the year."),
        ("1 The harbour", "1.1 Opening hours", "It closes at dusk."),
        ("1 The harbour", "1.2 Fees", "A berth costs nine crowns a night."),
    ]


@pytest.mark.parametrize("title", ["Fees", "1.2. FEES", "Section 1.2: Fees", " Fees\u00a0"])
def test_the_number_and_the_capitals_of_a_bookmark_may_differ(title: str) -> None:
    assert quotable(outlined((title, 1, 1)))[-1] == ("1.2 Fees", "A berth costs nine crowns a night.")


def test_a_heading_may_run_over_two_lines() -> None:
    page = lines("Opening hours of the harbour", "and of its gates", "It opens at nine every morning of the year.")
    article = outlined(("Opening hours of the harbour and of its gates", 0, 1), pages=(page,))
    assert quotable(article) == [
        ("Opening hours of the harbour\nand of its gates", "It opens at nine every morning of the year.")
    ]


def test_a_heading_may_be_set_as_an_item_of_a_list_or_within_a_paragraph() -> None:
    page = lines("It opens at nine every morning of the year and", "2. Fees of the Harbour and of its Gates by the Sea",
                 "A berth costs nine crowns a night.")  # fmt: skip
    article = outlined(("Fees of the harbour and of its gates by the sea", 0, 1), pages=(page,))
    assert quotable(article)[-1] == (
        "2. Fees of the Harbour and of its Gates by the Sea", "A berth costs nine crowns a night.",
    )  # fmt: skip


@pytest.mark.parametrize(
    "bookmark", [("Fees", 0, 1), ("Berth", 1, 1), ("A berth costs nine", 1, 1), ("1.2", 1, 1), ("", 1, 1)]
)
def test_a_bookmark_without_a_line_of_its_own_on_its_page_is_no_heading(bookmark: tuple[str, int, int]) -> None:
    assert quotable(outlined(bookmark)) == quotable(outlined())


def test_an_outline_that_cannot_be_read_costs_its_headings_alone() -> None:
    def damage(writer: PdfWriter) -> None:
        writer.add_outline_item(title="Fees", page_number=1)
        writer.root_object["/Outlines"][NameObject("/First")] = ArrayObject([NumberObject(1)])  # type: ignore[index]

    (article,), warns = read_pdf(changed(pdf(FIRST, SECOND), damage), "a.pdf", DIGEST)
    assert (quotable(article), warns) == (quotable(outlined()), [])


def titled(title: str) -> str:
    data = changed(pdf("It came."), lambda writer: writer.add_metadata({"/Title": title}))
    return read_pdf(data, "reports/annual-2024.pdf", DIGEST)[0][0].title


@pytest.mark.parametrize("title", ["The Harbour of Velmora", "Report 2024", "Émile", "港の歴史"])
def test_a_pdf_has_the_title_that_it_gives_itself(title: str) -> None:
    assert titled(f" {title}\n") == title


@pytest.mark.parametrize(
    "title",
    [
        "", " ", "Microsoft Word - report.doc", "Microsoft PowerPoint - Fees", "untitled", "Untitled-1", "(anonymous)",
        "PowerPoint Presentation", "Document1", "final_v3.indd", "thesis.dvi", "ANNUAL 2024", "scan_0004",
        "/home/ann/report", "C:\\Users\\ann\\report", "file:///report", "12", "Title", "x" * 201, "\ufffd\ufffdaa",
    ],
)  # fmt: skip
def test_a_title_that_says_nothing_gives_way_to_the_name_of_the_file(title: str) -> None:
    assert titled(title) == titled("")


NUMBERED = lines(
    "1 The harbour", "The harbour was dug by hand in 1874.", "1.1 Opening hours", "It opens at nine every morning.",
    "1.2 Fees", "A berth costs nine crowns a night.", "2. The fleet", "It lost eleven boats in the storm of 1911.",
)  # fmt: skip


def test_lines_that_are_numbered_one_after_the_other_are_headings() -> None:
    assert quotable(outlined(pages=(NUMBERED,))) == [
        ("1 The harbour", "The harbour was dug by hand in 1874."),
        ("1 The harbour", "1.1 Opening hours", "It opens at nine every morning."),
        ("1 The harbour", "1.2 Fees", "A berth costs nine crowns a night."),
        ("2. The fleet", "It lost eleven boats in the storm of 1911."),
    ]


def test_a_table_of_contents_above_them_is_none() -> None:
    contents = lines("1 The harbour", "1.1 Opening hours", "1.2 Fees", "2 The fleet")
    assert quotable(outlined(pages=(contents, NUMBERED)))[-4:] == quotable(outlined(pages=(NUMBERED,)))


def test_bookmarks_come_before_numbers() -> None:
    quotes = quotable(outlined(("1.2 Fees", 0, 1), pages=(NUMBERED,)))
    assert quotes[0] == ("The harbour was dug by hand in 1874.",)
    assert quotes[-1] == ("1.2 Fees", "It lost eleven boats in the storm of 1911.")


@pytest.mark.parametrize(
    "texts",
    [
        ("1 Bring a rope", "2 Tie it", "3 Pull it", "The boat is now fast at its berth."),
        ("1 Bring a rope and", "tie it to the pier.", "2 Pull until the boat", "is near.", "3 Tie it", "to the pier."),
        ("1 Euro is ten crowns.", "It rose.", "2 Euros are twenty.", "It fell.", "3 Euros are thirty.", "It rose."),
        ("1 The harbour", "It opens at nine.", "3 The fleet", "It lost eleven boats.", "7 The mill", "It is old."),
        ("1 The harbour", "It opens at nine every morning.", "2 The fleet", "It lost eleven boats in the storm."),
    ],
    ids=["list", "wrapped", "sentences", "gaps", "few"],
)  # fmt: skip
def test_other_lines_with_a_number_are_no_headings(texts: tuple[str, ...]) -> None:
    assert numbered_headings("\n".join(texts)) == []
