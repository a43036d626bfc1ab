"""Forms of a PDF are read where they are drawn: their text is struck, raised and set in columns as a page's is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, FloatObject, NameObject

from retrieval.articles.pdf import read_pdf
from retrieval.records import Article
from tests.retrieval.articles.test_pdf import STRUCK, STRUCK_LEFT, STRUCK_WIDTH, beside, changed, dictionary
from tests.retrieval.articles.test_pdf_columns import NEW, OLD, across, column, page, paragraphs
from tests.retrieval.articles.test_text_files import pdf

PAGE = (0, 0, 612, 792)
CLIPPED = "has text on page 1 that is not shown, which is left out"
TOO_MUCH = "has more drawn on page 1 than can be read: text may be missing"


def form(
    contents: str, *, box: Sequence[float] = PAGE, matrix: Sequence[float] = (), **resources: Mapping[str, Any]
) -> DecodedStreamObject:
    stream = DecodedStreamObject()
    stream.set_data(contents.encode())
    stream.update(dictionary(Type=NameObject("/XObject"), Subtype=NameObject("/Form")))
    stream[NameObject("/BBox")] = ArrayObject(map(FloatObject, box))
    if matrix:
        stream[NameObject("/Matrix")] = ArrayObject(map(FloatObject, matrix))
    if resources:
        stream[NameObject("/Resources")] = dictionary(**{name: dictionary(**all_) for name, all_ in resources.items()})
    return stream


def read(contents: str, **forms: DecodedStreamObject) -> tuple[Article, list[str]]:
    """Read a page that may draw forms, which may draw each other."""

    def draw(writer: PdfWriter) -> None:
        first, stream = writer.pages[0], DecodedStreamObject()
        stream.set_data(contents.encode())
        first[NameObject("/Contents")] = writer._add_object(stream)
        references = {name: writer._add_object(each) for name, each in forms.items()}
        resources = DictionaryObject(first["/Resources"])  # type: ignore[call-overload]
        resources[NameObject("/XObject")] = dictionary(**references)
        first[NameObject("/Resources")] = resources
        for each in forms.values():
            named = each.get("/Resources", {}).get("/XObject", {})
            for name in list(named):
                named[NameObject(name)] = references[name[1:]]

    (article,), warns = read_pdf(changed(pdf("It came."), draw), "a.pdf", "0" * 64)
    return article, [warn.reason for warn in warns]


def words(article: Article) -> str:
    return " ".join(article.text.split())


def font(**entries: Any) -> DictionaryObject:
    return dictionary(
        Type=NameObject("/Font"), Subtype=NameObject("/Type1"), BaseFont=NameObject("/Helvetica"), **entries
    )


@pytest.mark.parametrize("matrix", [(), (2, 0, 0, 2, -72, -700)])
def test_what_a_form_strikes_out_leaves_a_mark(matrix: Sequence[float]) -> None:
    strike = f"{STRUCK_LEFT} 703 {STRUCK_WIDTH} 0.6 re f"
    article, reasons = read("q /X Do Q", X=form(f"{strike} {beside(*STRUCK)}", matrix=matrix))
    assert (words(article), article.outside, reasons) == ("The dog ended […] one.", ("no good",), [])


def test_a_page_strikes_out_what_a_form_draws() -> None:
    strike = f"{STRUCK_LEFT} 703 {STRUCK_WIDTH} 0.6 re f"
    article, _ = read(f"q 1 0 0 1 0 100 cm /X Do Q {strike}", X=form(beside(*STRUCK), matrix=(1, 0, 0, 1, 0, -100)))
    assert words(article) == "The dog ended […] one."


def test_raised_text_of_a_form_is_raised() -> None:
    article, _ = read("/X Do", X=form(beside(("10", 12, 0), ("6", 8, 4), (" cells", 12, 0))))
    assert article.text == "10⁶ cells"


def test_columns_of_a_form_are_read_one_after_another() -> None:
    drawn = page(across(column(OLD, 72, 700), column(NEW, 320, 700)))
    article, _ = read("/X Do", X=form(drawn))
    assert paragraphs(article.text) == [OLD, NEW]


def test_a_form_is_read_where_it_is_drawn() -> None:
    article, _ = read(
        "BT /F1 12 Tf 72 700 Td (The man is) Tj ET q 1 0 0 1 135 700 cm /X Do Q "
        "BT /F1 12 Tf 157 700 Td (guilty.) Tj ET",
        X=form("BT /F1 12 Tf (not) Tj ET"),
    )
    assert words(article) == "The man is not guilty."


def test_fonts_of_one_name_are_kept_apart() -> None:
    encoding = dictionary(Differences=ArrayObject([FloatObject(97), NameObject("/X"), NameObject("/Y")]))
    other = form("BT /F1 12 Tf 72 650 Td (ab) Tj ET", Font={"F1": font(Encoding=encoding)})
    article, _ = read("/X Do BT /F1 12 Tf 72 600 Td (ab) Tj ET", X=other)
    assert article.text.split() == ["XY", "ab"]


def test_forms_in_forms_are_read_and_end_where_they_draw_themselves() -> None:
    outer = form("BT /F1 12 Tf 72 700 Td (It came.) Tj ET /Y Do", XObject={"Y": None}, Font={"F1": font()})
    inner = form("q BT /F1 12 Tf 72 650 Td (It went.) Tj ET /X Do", XObject={"X": None}, Font={"F1": font()})
    article, reasons = read("/X Do BT /F1 12 Tf 72 600 Td (It was read.) Tj ET", X=outer, Y=inner)
    assert (words(article), reasons) == ("It came. It went. It was read.", [])


def test_a_form_that_restores_more_than_it_saves_moves_nothing_else() -> None:
    article, _ = read(
        "q 1 0 0 1 0 -600 cm q /X Do Q BT /F1 12 Tf 72 1200 Td (It came.) Tj ET Q",
        X=form("q Q Q Q 1 0 0 1 0 9000 cm"),
    )
    assert words(article) == "It came."


def test_text_outside_the_box_of_a_form_is_left_out_and_named() -> None:
    drawn = "BT /F1 12 Tf 72 700 Td (It came.) Tj 0 -100 Td (It was not shown.) Tj 0 -20 Td (Nor this.) ' ET"
    article, reasons = read("/X Do", X=form(drawn, box=(0, 650, 612, 792)))
    assert (article.text, reasons) == ("It came.", [CLIPPED])


def test_forms_that_draw_too_much_are_named() -> None:
    names = "abcdef"
    forms = {
        name: form(f"/{following} Do " * 10, XObject={following: None}, Font={"F1": font()})
        for name, following in pairwise(names)
    }
    article, reasons = read("BT /F1 12 Tf 72 700 Td (It came.) Tj ET /a Do", **forms, f=form("BT /F1 9 Tf (x) Tj ET"))
    assert "It came." in article.text
    assert reasons == [TOO_MUCH]


@pytest.mark.parametrize("operation", ["[1] 12 Tf", "[/X] Do", "<< >> gs", "Do", "/X", "1 Do"])
def test_an_operation_that_names_nothing_leaves_the_page_its_text(operation: str) -> None:
    article, _ = read(f"BT /F1 12 Tf 72 700 Td (It came.) Tj ET {operation} /X Do", X=form(operation))
    assert "It came." in article.text


def test_hidden_operations_of_a_form_count_as_drawn() -> None:
    hidden = form("BT /F1 12 Tf 72 700 Td " + "(x) Tj " * 2000 + "ET", box=(0, 0, 9, 9))
    _, reasons = read("BT /F1 12 Tf 72 700 Td (It came.) Tj ET" + " /X Do" * 400, X=hidden)
    assert reasons[0] == TOO_MUCH
