"""Cells between rules, and framed boxes beside a text, are read apart from what stands beside them."""

from __future__ import annotations

import textwrap
from itertools import pairwise

import pytest

from tests.retrieval.articles.test_pdf_columns import NEW, OLD, Place, column, page, paragraphs, read

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
