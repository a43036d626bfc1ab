"""Rows of a table in a PDF are quoted whole, under its header; what is not clearly a table is read as before."""

from __future__ import annotations

import re
import textwrap
from itertools import pairwise

import pytest

from retrieval.articles.blocks import blocks_of
from retrieval.articles.sentences import segment
from retrieval.records import Article, Kind
from tests.retrieval.articles.test_pdf_columns import NEW, OLD, THIRD, TWO, Place, article_of, column, page, paragraphs

Rows = list[tuple[str, ...]]
LEFTS = (72, 220, 340, 440)
FARES: Rows = [
    ("Who", "In summer", "In winter"),
    ("Adults", "12 crowns", "9 crowns"),
    ("Children under six", "free", "free"),
    ("Dogs on a lead", "3 crowns", "2 crowns"),
    ("Bicycles", "4 crowns", "4 crowns"),
]
PRICES: Rows = [
    ("Product", "Small bag", "Large bag"),
    ("Wheat flour", "2.10", "7.90"),
    ("Rye flour", "2.40", "8.60"),
    ("Oats", "1.80", "6.20"),
    ("Bran", "1.15", "3.45"),
    ("Barley flour", "1.10", "3.40"),
]
CLOSE = (72, 135, 186)
"""Where columns begin whose widest cells end as near to the next as two words stand."""
OFFICES: Rows = [
    ("Name", "Office", "Town"),
    ("Ann Bracken", "Chair", "Marlow"),
    ("Bob Smith", "Treasurer", "Skerrin"),
    ("Cy Roe", "Keeper", "Hythe"),
]


def places(rows: Rows, top: float, leading: float = 16, lefts: tuple[int, ...] = LEFTS) -> list[Place]:
    return [
        (left, top - leading * at, cell) for at, row in enumerate(rows) for left, cell in zip(lefts, row, strict=False)
    ]


def level(top: float, count: int, step: float = 16, left: int = 66, right: int = 520) -> str:
    """Draw rules across, from one above a base line at `top` on."""
    return "".join(f"{left} {top + 12 - step * at} m {right} {top + 12 - step * at} l S\n" for at in range(count))


def upright(top: float, low: float, *xs: int) -> str:
    return "".join(f"{x} {top + 12} m {x} {low} l S\n" for x in xs)


def rows_of(article: Article) -> list[str]:
    """Return the rows of tables that are quoted, each as it stands in the article."""
    blocks = blocks_of(article, article.text)
    rows = {(block.start, block.end) for block in blocks if block.kind is Kind.ROW}
    return [article.text[each.start : each.end] for each in segment(article) if (each.start, each.end) in rows]


def headers_of(article: Article) -> list[str]:
    """Return the header that each quoted row is searched with."""
    blocks = blocks_of(article, article.text)
    headers = [article.text[block.start : block.end] for block in blocks if block.kind is Kind.HEADER]
    rows = [each for each in segment(article) if " | " in article.text[each.start : each.end]]
    contexts = [[article.text[start:end] for start, end in each.context] for each in rows]
    return [next((part for part in context if part in headers), "") for context in contexts]


def written(rows: Rows) -> list[str]:
    return [" | ".join(row) for row in rows]


@pytest.mark.parametrize(
    "rules", ["", level(600, 2), level(600, 6), level(600, 6) + upright(600, 532, 66, 210, 330, 520)]
)
def test_the_rows_of_a_table_are_quoted_under_its_header(rules: str) -> None:
    article = article_of(page(column(OLD, 72, 700, 60), places(FARES, 600), column(NEW, 72, 480, 60)) + rules)
    assert rows_of(article) == written(FARES[1:])
    assert headers_of(article) == written(FARES[:1]) * 4
    assert paragraphs(article.text) == [OLD, *written(FARES), NEW]


def test_no_row_of_a_ruled_table_is_lost_where_a_long_cell_ends_at_the_rule() -> None:
    lefts = (72, 168, 224)
    rules = level(600, 6, left=68, right=284) + upright(600, 532, 68, 166, 222, 284)
    article = article_of(
        page(column(OLD, 72, 700, 60), places(FARES, 600, lefts=lefts), column(NEW, 72, 480, 60)) + rules
    )
    assert paragraphs(article.text) == [OLD, *written(FARES), NEW]
    assert headers_of(article) == written(FARES[:1]) * 4


def test_the_header_of_a_ruled_table_stands_above_its_columns_wherever_it_stands_in_them() -> None:
    table = [*places(FARES[:1], 600, lefts=(140, 280, 460)), *places(FARES[1:], 584, lefts=(72, 220, 400))]
    rules = level(600, 6, right=560) + upright(600, 532, 66, 214, 394, 560)
    article = article_of(page(table) + rules)
    assert headers_of(article) == written(FARES[:1]) * 4


def test_a_row_with_a_cell_across_two_columns_is_one_of_its_ruled_table() -> None:
    odd = [(72, 520, "Carts"), (250, 520, "only with a written permit")]
    rules = level(600, 7) + upright(600, 516, 66, 210, 520) + upright(600, 532, 330)
    article = article_of(page(places(FARES, 600), odd) + rules)
    assert rows_of(article) == [*written(FARES[1:]), "Carts | only with a written permit"]


def test_rules_in_the_header_of_a_table_alone_part_the_columns_below_it() -> None:
    rules = level(600, 2) + upright(600, 596, 66, 214, 334, 520)
    article = article_of(page(places(FARES, 600)) + rules)
    assert headers_of(article) == written(FARES[:1]) * 4


@pytest.mark.parametrize(
    "rules", ["", level(600, 7, left=72, right=240), "72 612 m 240 612 l S\n72 596 m 240 596 l S\n"]
)
@pytest.mark.parametrize("lefts", [CLOSE, (72, 220, 340)])
def test_no_row_of_a_table_without_upright_rules_is_lost(rules: str, lefts: tuple[int, ...]) -> None:
    table = places(PRICES[1:], 584, lefts=lefts)
    header = page(places(PRICES[:1], 600, lefts=(lefts[0] + 8, *lefts[1:]))).replace("/F1", "/F2")
    article = article_of(page(column(OLD, 72, 700, 60)) + header + page(table, column(NEW, 72, 440, 60)) + rules)
    assert paragraphs(article.text) == [OLD, *written(PRICES), NEW]
    assert headers_of(article) == written(PRICES[:1]) * 5


def test_a_header_in_the_middle_of_wide_columns_is_that_of_a_table_without_rules() -> None:
    header = places(PRICES[:1], 600, lefts=(120, 270, 430))
    article = article_of(page(header).replace("/F1", "/F2") + page(places(PRICES[1:], 584, lefts=(72, 220, 380))))
    assert headers_of(article) == written(PRICES[:1]) * 5


@pytest.mark.parametrize("text", [OLD, NEW, THIRD])
@pytest.mark.parametrize("left", [66, 69, 72])
@pytest.mark.parametrize("width", [28, 40, 60])
def test_lines_of_text_around_a_table_whose_words_are_drawn_one_by_one_are_none_of_its_rows(
    text: str, left: float, width: int
) -> None:
    lines = textwrap.wrap(text, width)
    above, below = (
        [(left, top - 16 * at, line) for at, line in enumerate(lines)] for top in (600 + 16 * len(lines), 504)
    )
    words = [
        (x + 5.5 * word.start(), y, word.group())
        for x, y, line in (*above, *below)
        for word in re.finditer(r"\S+", line)
    ]
    article = article_of(page(words, places(PRICES, 600, lefts=CLOSE)))
    assert rows_of(article) == written(PRICES[1:])


def test_a_table_that_is_drawn_column_by_column_is_read_in_rows() -> None:
    cells = places(FARES, 600)
    by_column = sorted(cells, key=lambda place: (place[0], -place[1]))
    assert rows_of(article_of(page(by_column))) == written(FARES[1:])


def test_a_table_of_words_is_one_where_rules_say_so() -> None:
    ruled = article_of(page(places(OFFICES, 600)) + level(600, 5))
    assert rows_of(ruled)[-3:] == written(OFFICES[1:])
    assert rows_of(article_of(page(places(OFFICES, 600)))) == []


def test_a_header_in_other_letters_names_the_columns_of_words() -> None:
    names = page(places(OFFICES[:1], 600)).replace("/F1", "/F2")
    article = article_of(names + page(places(OFFICES[1:], 584)))
    assert rows_of(article) == written(OFFICES[1:])
    assert headers_of(article) == written(OFFICES[:1]) * 3


def test_the_lines_of_a_cell_between_rules_are_one_cell() -> None:
    cells: list[Place] = [(72, 700, "Fault"), (220, 700, "Remedy")]
    cells += [
        (72, 676, "The lamp is out"),
        *column("Look whether the plug is in its socket on the wall.", 220, 676, 30, 12),
    ]
    cells += [(72, 640, "No boat comes"), *column("Wait for the next one, which leaves in an hour.", 220, 640, 30, 12)]
    rules = "".join(f"66 {y} m 450 {y} l S\n" for y in (714, 692, 656, 620)) + upright(702, 620, 66, 210, 450)
    assert rows_of(article_of(page(cells, size=10) + rules))[-2:] == [
        "The lamp is out | Look whether the plug is in its socket on the wall.",
        "No boat comes | Wait for the next one, which leaves in an hour.",
    ]


def test_a_table_in_a_column_is_read_where_it_is_drawn() -> None:
    left = [*column(OLD, 72, 700), *column(OLD, 72, 560)]
    table = places([("Adults", "12 crowns"), ("Dogs", "3 crowns"), ("Carts", "4 crowns")], 560, 14, (320, 440))
    article = article_of(page(left, column(NEW, 320, 700), table))
    assert rows_of(article) == ["Adults | 12 crowns", "Dogs | 3 crowns", "Carts | 4 crowns"]
    assert [text for text in paragraphs(article.text) if "|" not in text] == [OLD, OLD, NEW]


def test_a_table_goes_on_on_the_next_page_under_its_header() -> None:
    article = article_of(page(places(FARES[:4], 100)), page(places([*FARES[4:], *FARES[2:4]], 700)))
    assert headers_of(article) == written(FARES[:1]) * 6


def test_years_above_figures_are_a_header() -> None:
    rows: Rows = [
        ("Crowns", "2019", "2020"),
        ("Tickets", "1,204", "1,377"),
        ("Grants", "300", "310"),
        ("Gifts", "45", "61"),
    ]
    article = article_of(page(places(rows, 600)))
    assert rows_of(article) == written(rows[1:])
    assert headers_of(article) == written(rows[:1]) * 3


LISTS: dict[str, Rows] = {
    "contents": [("The tower", "4"), ("The lamp", "8"), ("The ferry", "12"), ("The keepers", "20")],
    "leaders": [("The tower ........", "4"), ("The ferry ......", "3"), ("The lamp .....", "8")],
    "fields": [("Name:", "Ann Bracken"), ("Born:", "3 May 1967"), ("Telephone:", "0555 123")],
    "numbered lines": [("1", "fare = 9"), ("2", "return fare"), ("3", "print 3"), ("4", "end")],
    "names": [
        ("Ann Bracken", "Dee Fox", "Gus Jones"),
        ("Bob Smith", "Eve Hart", "Hal Kemp"),
        ("Cy Roe", "Flo Ives", "Ivy Lane"),
    ],
    "items": [
        ("1. Be kind", "4. Use threads"),
        ("2. No spoilers", "5. Name your source"),
        ("3. Post once", "6. Have fun"),
    ],
    "equations": [("x = y", "(1)"), ("y = z", "(2)"), ("z = x", "(3)")],
    "two rows": [("Adults", "12 crowns"), ("Dogs", "3 crowns")],
}


@pytest.mark.parametrize("name", LISTS)
def test_what_is_not_clearly_a_table_is_none(name: str) -> None:
    assert rows_of(article_of(page(places(LISTS[name], 600)))) == []


def test_columns_of_prose_between_rules_are_no_table() -> None:
    rules = "".join(f"60 {y} m 560 {y} l S\n" for y in (716, 560)) + "300 716 m 300 560 l S\n"
    article = article_of(page(TWO) + rules)
    assert rows_of(article) == []


def test_a_table_ends_where_its_columns_do() -> None:
    article = article_of(page(TWO, places(FARES, 520)))
    assert paragraphs(article.text) == [OLD, NEW, *written(FARES)]


def test_every_row_of_a_long_table_is_there_once() -> None:
    rows: Rows = [("Stop", "Time", "Fare"), *((f"Stop {at}", f"{at % 24}:05", f"{at % 7} crowns") for at in range(40))]
    article = article_of(page(places(rows, 720, 15)))
    assert rows_of(article) == written(rows[1:])
    assert all(before < after for before, after in pairwise(each.start for each in segment(article)))
