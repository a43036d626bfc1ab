"""Cells between rules, and framed boxes beside a text, are read apart from what stands beside them."""

from __future__ import annotations

import textwrap
from itertools import pairwise

import pytest

from retrieval.articles.sentences import segment
from tests.retrieval.articles.test_pdf_columns import NEW, OLD, Place, article_of, column, page, paragraphs, read

CELLS = [
    (
        "The council said that it would pay for the new lamp of the tower",
        "The mayor denied on Monday that the lamp is not safe at all",
    ),
    (
        "He wrote a letter to the town and told the keeper of the light that",
        "Nobody in the town believes that Ann Bracken took the money",
    ),
    (
        "She found the door open and the lamp out in the night of the storm",
        "It was lit again by the keeper at nine on the next day",
    ),
]


def cell(text: str, left: float, top: float) -> list[Place]:
    return column(text, left, top, 36, 12)


def rules(tops: list[float]) -> str:
    level = "".join(f"70 {top} m 530 {top} l S\n" for top in tops)
    return level + "".join(f"{x} {tops[0]} m {x} {tops[-1]} l S\n" for x in (70, 300, 530))


def frames(tops: list[float]) -> str:
    return "".join(f"{x} {low} 226 {high - low - 4} re S\n" for high, low in pairwise(tops) for x in (70, 302))


@pytest.mark.parametrize("draw", [rules, frames])
@pytest.mark.parametrize("by_row", [True, False])
def test_the_cells_of_a_table_are_read_one_after_another(draw: object, by_row: bool) -> None:
    tops = [715 - 36.0 * row for row in range(len(CELLS) + 1)]
    cells = [
        (cell(left, 76, top - 15), cell(right, 308, top - 15)) for (left, right), top in zip(CELLS, tops, strict=False)
    ]
    if by_row:
        places = [place for left, right in cells for place in (*left, *right)]
    else:
        places = [place for side in zip(*cells, strict=True) for part in side for place in part]
    text = paragraphs(read(page(places, size=10) + draw(tops)))  # type: ignore[operator]
    assert [text.index(each) for row in CELLS for each in row] == sorted(
        text.index(each) for row in CELLS for each in row
    )


def test_a_framed_box_beside_a_text_is_read_apart() -> None:
    narrow = [(72.0, 700.0 - 14 * row, line) for row, line in enumerate(textwrap.wrap(OLD, 44))]
    box = column(NEW, 360, 695, 34, 12)
    low = 700 - 12 * len(box)
    rows = [place for pair in zip(narrow, box, strict=False) for place in pair] + [
        *narrow[len(box) :],
        *box[len(narrow) :],
    ]
    text = paragraphs(read(page(rows) + f"350 {low} 220 {715 - low} re S"))
    assert sorted(text) == sorted([OLD, NEW])


@pytest.mark.parametrize("ground", ["100 697 60 13 re f", "100 697 60 13 re S"])
def test_a_coloured_or_framed_word_stays_in_its_sentence(ground: str) -> None:
    text = read(
        f"0.9 g {ground} 0 g "
        + page([(72, 700, "The old "), (115, 700, "lighthouse"), (168, 700, "of Marlow is lit.")])
    )
    assert " ".join(text.split()) == "The old lighthouse of Marlow is lit."


def framed(text: str, left: float, top: float, width: int) -> str:
    """Draw a framed box, which ends below its text."""
    places = column(text, left + 6, top - 15, width, 12)
    low = top - 22 - 12 * (len(places) - 1)
    return f"{left} {low} {6 * width + 12} {top - low} re S\n" + page(places)


def quoted(*pages: str) -> list[str]:
    article = article_of(*pages)
    return [" ".join(article.text[each.start : each.end].split()) for each in segment(article)]


BOX = "In short, the lamp is old. Nobody in the town wants to pay for it."
FIRST = textwrap.wrap(f"{OLD} The council wrote to the man who looks after the lamp of", 44)
SECOND = column("Skerrin that it would not pay. The man left the town on the next day, and took the lamp.", 72, 690, 44)


def test_a_sentence_goes_on_behind_a_framed_box_on_the_next_page() -> None:
    first = page([(72.0, 300.0 - 14 * row, line) for row, line in enumerate(FIRST)])
    second = page(SECOND)
    texts = paragraphs(read(framed(BOX, 350, 310, 30) + first, framed(BOX, 350, 700, 30) + second))
    assert [text for text in texts if "after the lamp of Skerrin that it would not pay." in text]
    assert texts.count(BOX) == 2


def test_a_framed_box_at_the_foot_of_a_page_is_no_part_of_the_next_one() -> None:
    label = "Free of charge for all who live in the town and for their"
    box = framed(f"{BOX} {label} guests", 350, 310, 30)
    text = read(page(column(OLD, 72, 300)) + box, page(column("The old lamp was lit. It went out.", 72, 700)))
    assert f"{label} guests" in paragraphs(text)[-2]


HALF = "The keeper told the people of the town that the lamp in the tower is"


def open_box(text: str, left: float, top: float, width: int, *, is_first: bool) -> str:
    """Draw a box that goes on on another page, by the rules at its sides and at its end."""
    places = column(text, left + 6, top - 15, width, 12)
    low, right = top - 22 - 12 * (len(places) - 1), left + 6 * width + 12
    end = top if is_first else low
    return (
        f"{left} {low} 1 {top - low} re {right} {low} 1 {top - low} re {left} {end} {right - left + 1} 1 re f\n"
        + page(places)
    )


@pytest.mark.parametrize("is_open", [True, False])
def test_the_halves_of_a_sentence_in_a_box_on_two_pages_are_not_quoted(is_open: bool) -> None:
    halves = f"{BOX} {HALF}", "Safe and new at last. He left the tower on the next day."
    boxes = [
        open_box(text, 350, 710, 30, is_first=not number) if is_open else framed(text, 350, 710, 30)
        for number, text in enumerate(halves)
    ]
    first, second = (page(column(text, 72, 695, 48, 10)) for text in (OLD, NEW))
    sentences = quoted(first + boxes[0], boxes[1] + second)
    assert "Nobody in the town wants to pay for it." in sentences
    assert "He left the tower on the next day." in sentences
    assert not [sentence for sentence in sentences if "The keeper told" in sentence or "Safe and new" in sentence]


def test_a_cell_without_a_full_stop_ends_with_its_cell() -> None:
    left = "The fee for each member of the club who lives in the town and"
    tops = [715.0, 679.0, 643.0]
    cells = [*cell(left, 76, 700), *cell("Bob Smith of the club pays nothing in May.", 308, 700)]
    cells += [
        *cell("The fee for the others is due in May of the year and", 76, 664),
        *cell("Ann Roe of the club pays nothing in May.", 308, 664),
    ]
    assert not [text for text in quoted(page(cells, size=10) + rules(tops)) if "and Bob" in text or "and Ann" in text]
