"""Raised, lowered and struck text of a PDF says the same in a quote as on its page."""

from __future__ import annotations

import pytest
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, FloatObject, NameObject

from retrieval.articles.pdf import read_pdf
from retrieval.records import Article
from tests.retrieval.articles.test_pdf import beside, changed, dictionary, drawn
from tests.retrieval.articles.test_text_files import pdf

Piece = tuple[float, float, str, float]
"""Place to the right and above the foot of the page, text, and size of its letters."""


def at(*pieces: Piece) -> str:
    return "".join(f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET\n" for x, y, text, size in pieces)


def article(contents: str, *annotations: dict[str, object]) -> Article:
    def draw(writer: PdfWriter) -> None:
        stream = DecodedStreamObject()
        stream.set_data(contents.encode())
        writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)
        notes = [writer._add_object(dictionary(**annotation)) for annotation in annotations]
        writer.pages[0][NameObject("/Annots")] = ArrayObject(notes)

    (read,), _ = read_pdf(changed(pdf("It came."), draw), "a.pdf", "0" * 64)
    return read


def sentence(read: Article) -> str:
    return " ".join(read.text.split())


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([("SO", 12, 0), ("4", 8, -2), ("2-", 8, 4), (" is", 12, 0)], "SO₄²⁻ is"),
        ([("x", 12, 0), ("2", 8, 4), ("i", 8, -2), (" is", 12, 0)], "xᵢ² is"),
        ([("n", 12, 0), ("log n", 8, 4), (" is", 12, 0)], "n^(log n) is"),
        ([("n", 12, 0), ("log", 8, 4), (" n", 8, 4), (" is", 12, 0)], "n^(log n) is"),
        ([("2", 12, 0), ("n", 8, 4), ("2", 6, 7), (" is", 12, 0)], "2^(n^2) is"),
        ([("10", 12, 0), ("6", 12, 5), (" is", 12, 0)], "10⁶ is"),
        ([("14", 8, 4), ("C is", 12, 0)], "¹⁴C is"),
    ],
)
def test_raised_and_lowered_text_is_set_so(pieces: list[tuple[str, float, float]], text: str) -> None:
    assert drawn(beside(*pieces)) == text


def test_raised_and_lowered_figures_above_each_other_are_two() -> None:
    contents = at(
        (72, 700, "The salt SO", 12), (135.5, 704, "2-", 8), (135.5, 697, "4", 8), (143, 700, " is here.", 12)
    )
    assert drawn(contents) == "The salt SO₄²⁻ is here."


def test_a_raised_figure_that_is_drawn_last_stands_where_it_is_shown() -> None:
    contents = at((72, 700, "The mass is 10", 12), (160, 700, "grams for all.", 12), (72, 600, "He came.", 12),
                  (151, 704, "6", 8))  # fmt: skip
    assert drawn(contents).startswith("The mass is 10⁶ grams for all.")


STRUCK = [(72.0, 700.0, "The lamp is ", 12.0), (140.0, 700.0, "not", 12.0), (160.0, 700.0, "safe now.", 12.0)]
DOTS = "".join(f"{x} 703 1 1 re f " for x in range(140, 158, 3))
WAVE = "140 703.5 m " + "".join(f"{x} 706 {x} 701 {x + 3} 703.5 c " for x in range(140, 155, 3)) + "S"


@pytest.mark.parametrize(
    "line",
    [
        DOTS,
        WAVE,
        "140 703 18 2.5 re f",
        "140 701.5 18 4 re f",
        "3 w 140 703.5 m 158 703.5 l S",
        "q 18 0 0 1 140 703 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \0 EI Q",
        "140 702 m 158 702 l S 140 704 m 158 704 l S",
    ],
)
def test_a_strike_of_any_form_leaves_a_mark(line: str) -> None:
    read = article(f"{at(*STRUCK)} {line}")
    assert (sentence(read), read.outside) == ("The lamp is […] safe now.", ("not",))


@pytest.mark.parametrize("line", ["140 696 18 2 re f", "140 696 18 14 re f", "12 w 140 704 m 158 704 l S"])
def test_underlines_and_coloured_grounds_strike_no_words(line: str) -> None:
    assert sentence(article(f"{line} {at(*STRUCK)}")) == "The lamp is not safe now."


def test_a_strike_of_a_small_word_in_a_line_of_large_type_leaves_a_mark() -> None:
    contents = at((72, 700, "The lamp is ", 28), (222, 700, "not", 14), (250, 700, "safe now.", 28))
    read = article(f"{contents} 222 709 20 1 re f")
    assert sentence(read) == "The lamp is […] safe now."


def test_a_strike_through_a_part_of_what_is_drawn_in_one_leaves_the_rest() -> None:
    left = 72 + 12 * (0.611 + 0.556 * 2 + 0.278 + 0.222 + 0.556 + 0.833 + 0.556 + 0.278 + 0.222 + 0.5 + 0.278)
    read = article(f"{at((72, 700, 'The lamp is not safe now.', 12))} {left} 703 16.5 0.7 re f")
    assert (sentence(read), read.outside) == ("The lamp is […] safe now.", ("not",))


def test_a_strike_over_several_lines_leaves_one_mark_in_its_sentence() -> None:
    lines = [(72, 730, "Lamps of the town", 20), (72, 700, "The narrow line ", 12), (160, 700, "has some words", 12),
             (72, 686, "that are struck over the lines", 12), (72, 672, "and it goes on to the end.", 12)]  # fmt: skip
    read = article(f"{at(*lines)} 160 703 84 0.7 re f 72 689 160 0.7 re f")
    assert read.text.split("\n\n")[0] == "Lamps of the town"
    assert sentence(read).endswith("town The narrow line […] and it goes on to the end.")
    assert read.outside == ("has some words that are struck over the lines",)


def test_a_note_that_strikes_text_out_leaves_a_mark() -> None:
    corners = ArrayObject(map(FloatObject, (140, 710, 158, 710, 140, 697, 158, 697)))
    read = article(at(*STRUCK), {"Subtype": NameObject("/StrikeOut"), "QuadPoints": corners})
    assert (sentence(read), read.outside) == ("The lamp is […] safe now.", ("not",))


@pytest.mark.parametrize("cover", ["138 697 21 13 re f", "0 g 138 695 m 159 695 l 159 711 l 138 711 l h f"])
def test_words_under_a_rectangle_that_is_drawn_over_them_are_left_out(cover: str) -> None:
    read = article(f"{at(*STRUCK)} {cover}")
    assert (sentence(read), read.outside) == ("The lamp is […] safe now.", ("not",))
    assert sentence(article(f"{cover} 0 g {at(*STRUCK)}")) == "The lamp is not safe now."
