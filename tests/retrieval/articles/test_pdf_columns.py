"""Columns of a PDF's page are read one after another; a table stays in rows."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from itertools import zip_longest

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject

from retrieval.articles.pdf import read_pdf
from retrieval.records import Article
from tests.retrieval.articles.test_pdf import changed
from tests.retrieval.articles.test_text_files import pdf

Place = tuple[float, float, str]
"""Left, base line and text."""

OLD = (
    "The old lighthouse of Marlow was lit for the first time in 1867. Its keeper was a man called Silas Penrose, who "
    "lived there for forty years. He wrote down each ship that passed, and the weather of every day. His books are "
    "kept in the town hall."
)
NEW = (
    "The new lighthouse stands on the island of Skerrin. It was lit in 1994 and has no keeper. A computer in the town "
    "turns the lamp on and off, and a boat brings what it needs. Visitors may climb the tower in summer. The ferry "
    "takes them there twice a day."
)
THIRD = (
    "The harbour office sells the tickets for the ferry. They cost nine crowns, and children under six go free. On "
    "Sundays the office is closed, and the captain sells them on board. Bicycles are taken where there is room "
    "for them."
)


def column(text: str, left: float, top: float, width: int = 34, leading: float = 14) -> list[Place]:
    return [(left, top - leading * row, line) for row, line in enumerate(textwrap.wrap(text, width))]


def across(*columns: Sequence[Place]) -> list[Place]:
    """Draw the lines of columns beside each other, row by row."""
    return [place for row in zip_longest(*columns) for place in row if place]


def page(*groups: Iterable[Place], size: float = 11) -> str:
    return "".join(f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET\n" for group in groups for x, y, text in group)


def read(*pages: str) -> str:
    return article_of(*pages).text


def article_of(*pages: str) -> Article:
    def draw(writer: PdfWriter) -> None:
        for number, contents in enumerate(pages):
            stream = DecodedStreamObject()
            stream.set_data(contents.encode())
            writer.pages[number][NameObject("/Contents")] = writer._add_object(stream)

    articles, warns = read_pdf(changed(pdf(*["It came."] * len(pages)), draw), "a.pdf", "0" * 64)
    assert warns == []
    return articles[0]


def paragraphs(text: str) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


TWO = across(column(OLD, 72, 700), column(NEW, 320, 700))


def test_two_columns_are_read_one_after_another() -> None:
    assert paragraphs(read(page(TWO))) == [OLD, NEW]


def test_three_columns_are_read_one_after_another() -> None:
    columns = [column(text, left, 700, 24) for text, left in ((OLD, 40), (NEW, 220), (THIRD, 400))]
    assert paragraphs(read(page(across(*columns)))) == [OLD, NEW, THIRD]


def test_columns_whose_lines_are_not_level_are_read_one_after_another() -> None:
    assert paragraphs(read(page(across(column(OLD, 72, 700), column(NEW, 320, 693))))) == [OLD, NEW]


@pytest.mark.parametrize("gap", [14, 30])
@pytest.mark.parametrize("heading", ["Lighthouses", "The two lighthouses of Marlow and Skerrin, with their keepers"])
def test_a_heading_above_the_columns_comes_first(heading: str, gap: float) -> None:
    text = read(page([(72, 700 + gap, heading)], size=18) + page(TWO))
    assert paragraphs(text) == [heading, OLD, NEW]


def test_what_stands_across_the_page_between_columns_parts_them() -> None:
    between = "The ferry from Marlow to Skerrin leaves at nine in the morning and comes back in the evening."
    below = across(column(THIRD, 72, 500), column(OLD, 320, 500))
    text = read(page(TWO, [(72, 540, between)], below))
    assert paragraphs(text) == [OLD, NEW, between, THIRD, OLD]


def test_a_sentence_goes_on_in_the_next_column() -> None:
    lines = textwrap.wrap(OLD, 34)
    places = [(72, 700 - 14 * row, line) for row, line in enumerate(lines[:4])]
    places += [(320, 700 - 14 * row, line) for row, line in enumerate(lines[4:])]
    assert paragraphs(read(page(across(places[:4], places[4:])))) == [OLD]


def test_a_footnote_does_not_interrupt_a_sentence() -> None:
    lines = textwrap.wrap(OLD, 34)
    left = [(72.0, 700.0 - 14 * row, line) for row, line in enumerate(lines[:4])]
    right = [(320.0, 700.0 - 14 * row, line) for row, line in enumerate(lines[4:])]
    note = [(72.0, 630.0, "1 The town of Marlow lies on the"), (72.0, 620.0, "coast of Skerrin.")]
    text = read(page(across(left, right)) + page(note, size=8))
    assert paragraphs(text) == [OLD, "1 The town of Marlow lies on the coast of Skerrin."]


def test_running_heads_and_page_numbers_are_no_part_of_a_column() -> None:
    pages = [
        page([(72, 760, "The Marlow Gazette"), (530, 760, str(number))], TWO, [(300, 40, f"Page {number}")])
        for number in range(1, 5)
    ]
    text = " ".join(read(*pages).split())
    assert text == " ".join([OLD, NEW] * 4)


def test_a_running_head_above_a_single_paragraph_is_no_part_of_it() -> None:
    rows = textwrap.wrap(OLD, 34)
    columns = [
        [(x, 700.0 - 14 * row, line) for row, line in enumerate(part)]
        for x, part in ((72.0, rows[:3]), (320.0, rows[3:]))
    ]
    pages = [page([(72, 760, "The Marlow Gazette")], *columns) for _ in range(4)]
    assert " ".join(read(*pages).split()) == " ".join([OLD] * 4)


def test_paragraphs_of_a_column_are_paragraphs() -> None:
    left = [*column(OLD, 72, 700), *column(THIRD, 72, 570)]
    assert paragraphs(read(page(across(left, column(f"{NEW} {NEW}", 320, 700))))) == [OLD, THIRD, f"{NEW} {NEW}"]


def test_a_word_that_is_broken_in_a_column_is_whole() -> None:
    left = [(72, 700, "The keeper of the light signed a con-"), (72, 686, "tract with the town, which was old"),
            (72, 672, "and well-"), (72, 658, "known to all who lived there.")]  # fmt: skip
    text = " ".join(read(page(across(left, column(NEW, 320, 700)))).split())
    assert text.startswith(
        "The keeper of the light signed a contract with the town, which was old and well-known to all"
    )


@pytest.mark.parametrize(
    "rows",
    [
        [("Adults", "12 crowns"), ("Children", "6 crowns"), ("Dogs", "3 crowns"), ("Bicycles", "4 crowns")],
        [("Adults from Marlow", "pay twelve crowns"), ("Children under six", "go free of charge"),
         ("Dogs on a lead", "pay three crowns"), ("Bicycles and carts", "pay four crowns")],
    ],
)  # fmt: skip
def test_a_table_stays_in_rows(rows: list[tuple[str, str]]) -> None:
    places = [
        place
        for row, (name, fare) in enumerate(rows)
        for place in ((72, 700 - 14 * row, name), (320, 700 - 14 * row, fare))
    ]
    lines = read(page(places)).replace("|", "").splitlines()
    assert [line.split() for line in lines if line] == [f"{name} {fare}".split() for name, fare in rows]


def test_a_table_whose_cells_have_several_lines_stays_in_rows() -> None:
    cells = [
        ("The lamp of the light tower does not burn", "Look whether the plug is in its socket on the wall"),
        ("The door of the store house is locked", "Ask for the key at the office of the harbour"),
        ("The ferry to the island does not come", "Wait for the next one, which goes in an hour"),
        ("The radio of the boat makes a loud noise", "Turn the knob at its left side until it is still"),
    ]
    places: list[Place] = []
    for row, (trouble, remedy) in enumerate(cells):
        places += across(column(trouble, 72, 700 - 28 * row, 26), column(remedy, 320, 700 - 28 * row, 30))
    text = read(page(places))
    assert text.index("plug is in") < text.index("The door of") < text.index("Ask for")


def test_a_table_below_columns_stays_in_rows() -> None:
    rows = [("Adults", "12 crowns"), ("Children", "6 crowns"), ("Dogs", "3 crowns"), ("Bicycles", "4 crowns")]
    places = [
        place
        for row, (name, fare) in enumerate(rows)
        for place in ((72, 500 - 14 * row, name), (320, 500 - 14 * row, fare))
    ]
    text = read(page(TWO, places))
    assert paragraphs(text) == [OLD, NEW, *(f"{name} | {fare}" for name, fare in rows)]


def test_lists_in_columns_are_read_one_after_another() -> None:
    names = [
        "Be kind",
        "No spoilers",
        "No adverts",
        "Post once",
        "Use threads",
        "Name your source",
        "Ask a mod",
        "Have fun",
    ]
    rows = [f"{number}. {name}" for number, name in enumerate(names, start=1)]
    left = [(72, 700 - 14 * row, line) for row, line in enumerate(rows[:4])]
    right = [(320, 700 - 14 * row, line) for row, line in enumerate(rows[4:])]
    assert paragraphs(read(page(across(left, right)))) == rows


def test_columns_that_are_drawn_word_by_word_are_read_one_after_another() -> None:
    words = [
        (x + 5.4 * word.start(), y, word.group())
        for x, y, line in across(column(OLD, 72, 700), column(NEW, 320, 700))
        for word in re.finditer(r"\S+", line)
    ]
    assert paragraphs(in_courier(page(words, size=9))) == [OLD, NEW]


def test_columns_that_are_drawn_in_one_piece_are_read_one_after_another() -> None:
    lines = list(zip(textwrap.wrap(OLD, 34), textwrap.wrap(NEW, 34), strict=False))
    old, new = (" ".join(side) for side in zip(*lines, strict=True))
    stepped = "".join(
        f"BT /F1 11 Tf 1 0 0 1 72 {700 - 14 * row} Tm [({left}) {-(45 - len(left)) * 500} ({right})] TJ ET\n"
        for row, (left, right) in enumerate(lines)
    )
    text = " ".join(read(stepped).split())
    assert text.startswith(old[:100])
    assert text.endswith(new[-100:])


def in_courier(contents: str) -> str:
    def draw(writer: PdfWriter) -> None:
        stream = DecodedStreamObject()
        stream.set_data(contents.encode())
        font = writer.pages[0]["/Resources"]["/Font"]["/F1"].get_object()  # type: ignore[index]
        font[NameObject("/BaseFont")] = NameObject("/Courier")
        writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)

    articles, _ = read_pdf(changed(pdf("It came."), draw), "a.pdf", "0" * 64)
    return articles[0].text


def test_columns_that_spaces_part_are_read_one_after_another() -> None:
    lines = zip_longest(textwrap.wrap(OLD, 34), textwrap.wrap(NEW, 34), fillvalue="")
    places = [(50, 700 - 12 * row, f"{left:40}{right}") for row, (left, right) in enumerate(lines)]
    assert paragraphs(in_courier(page(places, size=9))) == [OLD, NEW]


def test_a_page_without_columns_stays_as_it_is() -> None:
    places = column(f"{OLD} {NEW}", 72, 700, 80)
    assert read(page(places)) == "\n".join(line for _, _, line in places)


def test_a_caption_does_not_interrupt_a_sentence() -> None:
    lines = textwrap.wrap(OLD, 34)
    left = [(72.0, 700.0 - 14 * row, line) for row, line in enumerate(lines[:4])]
    caption = [(72.0, 560.0, "Figure 1: The light in a storm.")]
    rest = [(72.0, 532.0 - 14 * row, line) for row, line in enumerate(lines[4:])]
    text = read(page(across([*left, *caption, *rest], column(f"{NEW} {THIRD}", 320, 700))))
    assert paragraphs(text) == [OLD, caption[0][2], f"{NEW} {THIRD}"]


def test_headings_of_columns_stay_with_them() -> None:
    text = read(page([(72, 720, "The old light"), (320, 720, "The new light")], size=13) + page(TWO))
    assert paragraphs(text) == ["The old light", OLD, "The new light", NEW]


@pytest.mark.parametrize("top", [756, 588])
def test_a_table_beside_columns_without_a_gap_stays_in_rows(top: float) -> None:
    rows = [("Adults", "12 crowns"), ("Children", "6 crowns"), ("Dogs", "3 crowns"), ("Bicycles", "4 crowns")]
    table = [
        (x, top - 14 * row, cell) for row, cells in enumerate(rows) for x, cell in zip((72, 320), cells, strict=True)
    ]
    text = read(page(*((table, TWO) if top > 700 else (TWO, table)))).replace(" | ", " ")
    assert all(f"{name} {fare}\n" in f"{text}\n" for name, fare in rows)


def test_a_table_within_a_column_stays_in_rows() -> None:
    rows = [("Adults", "12 crowns"), ("Children", "6 crowns"), ("Dogs", "3 crowns"), ("Bicycles", "4 crowns")]
    table = [
        (x, 560 - 14 * row, cell) for row, cells in enumerate(rows) for x, cell in zip((72, 180), cells, strict=True)
    ]
    text = read(page(across([*column(OLD, 72, 700), *table], column(f"{NEW} {THIRD}", 320, 700))))
    assert all(f"{name} {fare}\n" in f"{text}\n" for name, fare in rows)
    assert f"{NEW} {THIRD}" in " ".join(text.split())


def test_a_line_at_the_foot_of_a_page_is_no_part_of_a_column() -> None:
    foot = "Printed in Marlow by Bracken."
    text = read(page(across(column(f"{OLD} {THIRD}", 72, 700), column(NEW, 320, 700)), [(72, 60, foot)]))
    assert paragraphs(text) == [f"{OLD} {THIRD}", NEW, foot]


ROWS = list(zip_longest(textwrap.wrap(OLD, 34), textwrap.wrap(NEW, 34), fillvalue=""))


@pytest.mark.parametrize(
    ("begin", "row", "end"),
    [
        ("q 0.5 0 0 0.5 0 0 cm BT /F1 22 Tf 144 1400 Td ", "({left}) Tj 496 0 Td ({right}) Tj -496 -28 Td ", "ET Q"),
        ("BT /F1 1 Tf 11 0 0 11 72 700 Tm ", "({left}) Tj 22.5 0 Td ({right}) Tj -22.5 -1.3 Td ", "ET"),
        ("BT /F1 11 Tf 14 TL 72 714 Td ", "({left}) ' 248 0 Td ({right}) Tj -248 0 Td ", "ET"),
    ],
)
def test_columns_are_found_however_their_places_are_given(begin: str, row: str, end: str) -> None:
    contents = begin + "".join(row.format(left=left, right=right) for left, right in ROWS) + end
    assert paragraphs(read(contents)) == [OLD, NEW]


def test_a_page_whose_columns_cannot_be_drawn_anew_keeps_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.articles.pdf_text.set_anew", lambda text: text[:20])
    assert {*OLD.split(), *NEW.split()} <= set(read(page(TWO)).split())
    monkeypatch.setattr("retrieval.articles.pdf_text.in_columns", lambda operations, page: 1 / 0)
    assert {*OLD.split(), *NEW.split()} <= set(read(page(TWO)).split())


@pytest.mark.parametrize("gap", [4, 12, 24])
def test_columns_that_are_drawn_one_after_another_stay_in_order(gap: float) -> None:
    words = [
        (left + 5.4 * word.start(), y, word.group())
        for text, left in ((OLD, 72), (NEW, 72 + 34 * 5.4 + gap))
        for _, y, line in column(text, 0, 700)
        for word in re.finditer(r"\S+", line)
    ]
    assert " ".join(in_courier(page(words, size=9)).split()) == f"{OLD} {NEW}"


def justified(text: str, left: float, width: int, characters: float, top: float = 700) -> list[Place]:
    """Draw each word of lines, which stand equally far apart from edge to edge, in letters 5.4 wide."""
    places: list[Place] = []
    for _, y, line in column(text, left, top, width):
        words = line.split()
        gap = (characters - sum(map(len, words))) * 5.4 / max(len(words) - 1, 1)
        x = left
        for word in words:
            places.append((x, y, word))
            x += 5.4 * len(word) + gap
    return places


LONG = (
    "Internationalisation of administrative responsibilities notwithstanding, the representatives and their "
    "acknowledgement of incompatibilities was characteristically straightforward and well-known."
)


@pytest.mark.parametrize("width", [40, 44, 48, 52])
def test_wide_gaps_of_a_justified_paragraph_are_no_gutter(width: int) -> None:
    words = justified(LONG, 72, width, 56)
    assert " ".join(in_courier(page(words, size=9)).split()) == LONG


def test_a_table_that_is_drawn_cell_by_cell_is_no_part_of_the_columns_below_it() -> None:
    head = [(72.0, 744.0, "Name"), (320.0, 744.0, "Fee"), (72.0, 730.0, "Dog licence"), (320.0, 730.0, "40 crowns")]
    cells = [*column("Long licence name that wraps over lines", 72, 716, 20)]
    cells += column("50 crowns for all of the members of it", 320, 716, 20)
    text = " ".join(read(page(head, cells, column(OLD, 72, 688), column(NEW, 320, 688))).split())
    assert text.endswith(f"members of it {OLD} {NEW}")


WIDE = (
    "The harbour of Marlow has two lighthouses, and every ship that comes from the north passes both of them. "
    "The people of the town love the old one, but sailors trust the new one."
)
NAMES = (
    "The council of the town of Marlow denied that Silas Penrose took the money, and that Ann Bracken knew of it. "
    "A judge of Skerrin has to find out what he did, and when."
)


def test_lines_of_a_column_go_on_though_others_run_across_the_page() -> None:
    narrow = textwrap.wrap(NAMES, 24)
    assert any(line[0].isupper() for line in narrow[2:])
    left, right = column(NAMES, 72, 640, 24), column(OLD, 320, 640)
    text = read(page(column(WIDE, 72, 700, 80), left, right, column(WIDE, 72, 480, 80)))
    assert paragraphs(text) == [WIDE, NAMES, OLD, WIDE]


@pytest.mark.parametrize("lines", range(3, 7))
def test_a_sentence_goes_on_with_a_name_in_the_next_column(lines: int) -> None:
    rows = textwrap.wrap(NAMES, 24)
    left = [(72.0, 640.0 - 14 * row, line) for row, line in enumerate(rows[:lines])]
    right = [(320.0, 640.0 - 14 * row, line) for row, line in enumerate([*rows[lines:], "", *textwrap.wrap(OLD, 24)])]
    text = read(page(column(WIDE, 72, 700, 80), left, [place for place in right if place[2]]))
    assert paragraphs(text) == [WIDE, NAMES, OLD]


def test_a_sentence_goes_on_with_a_name_in_the_first_column_of_the_next_page() -> None:
    rows = textwrap.wrap(NAMES, 24)
    at = next(at for at, line in enumerate(rows) if at > 2 and line[0].isupper())
    first = page(column(OLD, 72, 700, 24), [(320.0, 700.0 - 14 * row, line) for row, line in enumerate(rows[:at])])
    rest = [(72.0, 700.0 - 14 * row, line) for row, line in enumerate(rows[at:])]
    text = " ".join(read(first, page(rest, column(NEW, 320, 700, 24))).split())
    assert text == f"{OLD} {NAMES} {NEW}"


def test_the_rows_of_a_table_between_columns_are_no_paragraph() -> None:
    head = [(72.0, 544.0, "Dog licence"), (320.0, 544.0, "40 crowns")]
    cells = [*column("Long licence name that wraps over lines", 72, 530, 20)]
    cells += column("Free of charge for all who live in Marlow", 320, 530, 20)
    text = paragraphs(read(page(column(OLD, 72, 688), column(NEW, 320, 688), head, cells, column(WIDE, 72, 480, 80))))
    assert text == [OLD, NEW, "Dog licence 40 crowns", cells_text(cells[:3]), cells_text(cells[3:]), WIDE]


def cells_text(cells: Sequence[Place]) -> str:
    return " ".join(text for _, _, text in cells)


def test_a_sentence_goes_on_behind_a_short_line_at_the_end_of_a_page() -> None:
    rows = ["The mayor of the town of", "Marlow wrote to the", "president of the"]
    first = [(72.0, 700.0 - 14 * row, line) for row, line in enumerate([*textwrap.wrap(OLD, 24), *rows])]
    rest = ["International Commission", "of Lighthouses on Monday.", *textwrap.wrap(THIRD, 24)]
    second = [(72.0, 700.0 - 14 * row, line) for row, line in enumerate(rest)]
    text = " ".join(read(page(column(NEW, 320, 740, 24), first), page(second, column(NEW, 320, 740, 24))).split())
    assert "the president of the International Commission of Lighthouses on Monday." in text


def test_a_stretched_line_within_a_column_is_no_row_of_a_table() -> None:
    lines = ["The letter calls the new lamp", "substantial, unprovoked and", "unwanted, and it says so twice."]
    left = [(72.0, 700.0 - 14 * row, line) for row, line in enumerate([*textwrap.wrap(THIRD, 30), *lines])]
    at = 700.0 - 14 * (len(left) - 2)
    stretched = [(72.0, at, "substantial,"), (132.0, at, " "), (172.0, at, "and")]
    places = [place for place in left if place[1] != at] + stretched
    text = " ".join(read(page(column(OLD, 320, 700), sorted(places, key=lambda place: -place[1]))).split())
    assert "the new lamp substantial, and unwanted, and it says so twice." in text
