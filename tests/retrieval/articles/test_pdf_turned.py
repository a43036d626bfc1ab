"""Text of a PDF that runs up a margin, or across the page, is read apart from the lines that it crosses."""

from __future__ import annotations

import pytest

from tests.retrieval.articles.test_pdf_columns import NEW, OLD, WIDE, column, page, paragraphs, read

STAMP = "arXiv:2203.01234v2 [cs.CL] 3 Mar 2022"
UP = f"BT /F1 20 Tf 0 1 -1 0 30 250 Tm ({STAMP}) Tj ET\n"
TWO = (column(OLD, 72, 600), column(NEW, 320, 600))


@pytest.mark.parametrize("is_first", [True, False])
def test_a_stamp_in_the_margin_does_not_tear_columns(is_first: bool) -> None:
    body = page(column(WIDE, 72, 700, 80), *TWO)
    text = paragraphs(read(UP + body if is_first else body + UP))
    assert text == [WIDE, OLD, NEW, STAMP]


def test_a_stamp_does_not_tear_the_lines_of_a_page_without_columns() -> None:
    lines = column(f"{OLD} {NEW}", 72, 700, 80)
    text = paragraphs(read(page(lines[:2]) + UP + page(lines[2:])))
    assert text == [f"{OLD} {NEW}", STAMP]


def test_a_watermark_across_a_page_is_read_apart() -> None:
    lines = column(f"{OLD} {NEW}", 72, 700, 80)
    mark = "BT /F1 60 Tf 0.7071 0.7071 -0.7071 0.7071 200 300 Tm (DRAFT) Tj ET\n"
    assert paragraphs(read(page(lines[:2]) + mark + page(lines[2:]))) == [f"{OLD} {NEW}", "DRAFT"]


@pytest.mark.parametrize("turn", ["0 1 -1 0 612 0", "0 -1 1 0 0 792", "-1 0 0 -1 612 792"])
def test_columns_of_a_page_that_is_turned_are_read_one_after_another(turn: str) -> None:
    assert paragraphs(
        read(f"q {turn} cm {page(column(WIDE, 72, 560, 80), column(OLD, 72, 480), column(NEW, 320, 480))} Q")
    ) == [
        WIDE,
        OLD,
        NEW,
    ]


def test_slanted_letters_are_no_turned_text() -> None:
    slanted = page(*TWO).replace("1 0 0 1 320", "1 0 0.25 1 320")
    assert paragraphs(read(slanted)) == [OLD, NEW]
