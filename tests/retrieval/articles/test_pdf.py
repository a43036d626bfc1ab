"""PDFs: text outside the page's own stream is read, and pages without readable text are named."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    EncodedStreamObject,
    NameObject,
    NullObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from retrieval.articles.pdf import read_pdf
from retrieval.articles.sentences import segment
from retrieval.records import Warn
from tests.retrieval.articles.conftest import WITHOUT_OCR
from tests.retrieval.articles.test_text_files import encrypted, pdf

DIGEST = "0" * 64
TEXT = "The ferry leaves at nine every morning."


def changed(data: bytes, change: Callable[[PdfWriter], None]) -> bytes:
    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(data))), io.BytesIO()
    change(writer)
    writer.write(out)
    return out.getvalue()


def dictionary(**entries: Any) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{name}"): entry for name, entry in entries.items()})


def texts_and_reasons(data: bytes) -> tuple[str, list[str]]:
    articles, warns = read_pdf(data, "a.pdf", DIGEST)
    assert all(warn.path == "a.pdf" and not warn.skipped for warn in warns)
    return articles[0].text, [warn.reason for warn in warns]


def with_form(writer: PdfWriter, form: StreamObject, number: int = 1, kind: str = "Form") -> None:
    """Draw a form or an image on a page."""
    page = writer.pages[number]
    form.update(dictionary(Type=NameObject("/XObject"), Subtype=NameObject(f"/{kind}")))
    box = ArrayObject([NumberObject(0), NumberObject(0), NumberObject(612), NumberObject(792)])
    form.update(dictionary(BBox=box, Resources=dictionary(Font=page["/Resources"]["/Font"])))  # type: ignore[index]
    page["/Resources"][NameObject("/XObject")] = dictionary(X=writer._add_object(form))  # type: ignore[index]
    contents = DecodedStreamObject()
    contents.set_data(page.get_contents().get_data() + b"\nq /X Do Q")  # type: ignore[union-attr]
    page[NameObject("/Contents")] = writer._add_object(contents)


def drawing(text: str) -> bytes:
    return f"BT /F1 12 Tf 72 600 Td ({text}) Tj ET\n".encode()


def compressed(data: bytes, length: int | None = None) -> StreamObject:
    stream = EncodedStreamObject()
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    stream._data = zlib.compress(data)[:length]
    return stream


def test_text_of_a_form_is_read() -> None:
    data = changed(pdf("It came.", ""), lambda writer: with_form(writer, compressed(drawing(TEXT))))
    text, reasons = texts_and_reasons(data)
    assert (TEXT in text, reasons) == (True, [])


LINES = b"".join(drawing(f"{number**7} and {number**5} came.") for number in range(200))


@pytest.mark.parametrize("length", [0, 1, 2, 40, 700, -20])
def test_a_form_whose_data_is_cut_is_named(length: int) -> None:
    form = compressed(LINES, length)
    data = changed(pdf("It came.", "It went.", "It was read."), lambda writer: with_form(writer, form))
    text, reasons = texts_and_reasons(data)
    assert "It went." in text
    assert reasons == ["is damaged on page 2: text may be missing"]


def test_a_page_whose_data_is_cut_is_named() -> None:
    def cut(writer: PdfWriter) -> None:
        writer.pages[1][NameObject("/Contents")] = writer._add_object(compressed(LINES, 700))

    assert texts_and_reasons(changed(pdf("It came.", ""), cut))[1] == ["is damaged on page 2: text may be missing"]


def test_a_page_whose_data_is_missing_is_named() -> None:
    def drop(writer: PdfWriter) -> None:
        writer.pages[1][NameObject("/Contents")] = writer._add_object(NullObject())

    assert texts_and_reasons(changed(pdf("It came.", ""), drop))[1] == ["is damaged on page 2: text may be missing"]


def test_a_broken_form_is_named_where_it_is_drawn() -> None:
    def share(writer: PdfWriter) -> None:
        with_form(writer, compressed(LINES, 40))
        writer.pages[0][NameObject("/Resources")] = writer.pages[1]["/Resources"]

    data = changed(pdf("It came.", "It went."), share)
    assert texts_and_reasons(data)[1] == ["is damaged on page 2: text may be missing"]


def test_a_form_that_cannot_be_parsed_is_named() -> None:
    form = DecodedStreamObject()
    form.set_data(drawing("It went.") + b"BT (The man was not")
    _, reasons = texts_and_reasons(changed(pdf("It came.", ""), lambda writer: with_form(writer, form)))
    assert reasons == ["is damaged on page 2: text may be missing"]


def test_a_compressed_and_encrypted_form_is_whole() -> None:
    data = changed(pdf("It came.", ""), lambda writer: with_form(writer, compressed(drawing(TEXT))))
    text, reasons = texts_and_reasons(encrypted(data, ""))
    assert (TEXT in text, reasons) == (True, [])


def test_a_page_that_cannot_be_read_is_named_and_the_others_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from pypdf import PageObject

    extract = PageObject.extract_text

    def extract_text(page: PageObject, **options: Any) -> str:
        text = extract(page, **options)
        if "went" in text:
            raise ValueError(text)
        return text

    monkeypatch.setattr(PageObject, "extract_text", extract_text)
    text, reasons = texts_and_reasons(pdf("It came.", "It went.", "It was read."))
    assert text.split() == ["It", "came.", "It", "was", "read."]
    assert reasons == ["is damaged on page 2: text may be missing"]


def annotated(*annotations: DictionaryObject) -> bytes:
    def annotate(writer: PdfWriter) -> None:
        writer.pages[0][NameObject("/Annots")] = ArrayObject(map(writer._add_object, annotations))

    return changed(pdf("It came on a Monday and was read at once."), annotate)


def field(kind: str, **entries: Any) -> DictionaryObject:
    return dictionary(Subtype=NameObject("/Widget"), FT=NameObject(f"/{kind}"), **entries)


@pytest.mark.parametrize(
    "annotation",
    [
        dictionary(Subtype=NameObject("/FreeText"), Contents=TextStringObject(TEXT)),
        field("Tx", V=TextStringObject(TEXT)),
        field("Ch", V=TextStringObject(TEXT)),
        field("Ch", V=ArrayObject([TextStringObject(TEXT)])),
        field("Ch", V=TextStringObject("x"), Opt=ArrayObject([ArrayObject(map(TextStringObject, ("x", TEXT)))])),
        dictionary(Subtype=NameObject("/Widget"), Parent=field("Tx", V=TextStringObject(TEXT))),
    ],
)
def test_text_boxes_and_form_fields_are_read(annotation: DictionaryObject) -> None:
    (article,), warns = read_pdf(annotated(annotation), "a.pdf", DIGEST)
    assert TEXT in [" ".join(article.text[each.start : each.end].split()) for each in segment(article)]
    assert warns == []


@pytest.mark.parametrize(
    "annotation",
    [
        dictionary(Subtype=NameObject("/FreeText"), Contents=TextStringObject(TEXT), F=NumberObject(2)),
        dictionary(Subtype=NameObject("/Text"), Contents=TextStringObject(TEXT)),
        field("Tx", V=TextStringObject(TEXT), Ff=NumberObject(1 << 13)),
        field("Btn", V=NameObject("/Yes")),
        field("Tx", V=NumberObject(7)),
        field("Tx"),
    ],
)
def test_hidden_notes_passwords_and_buttons_are_not_read(annotation: DictionaryObject) -> None:
    assert texts_and_reasons(annotated(annotation)) == ("It came on a Monday and was read at once.", [])


def appearance(text: str) -> DictionaryObject:
    """Return what an annotation with this text drawn shows."""
    form = DecodedStreamObject()
    form.set_data(f"BT /F1 12 Tf 5 10 Td ({text}) Tj ET".encode())
    font = dictionary(Type=NameObject("/Font"), Subtype=NameObject("/Type1"), BaseFont=NameObject("/Helvetica"))
    box = ArrayObject(map(NumberObject, (0, 0, 350, 40)))
    form.update(dictionary(Subtype=NameObject("/Form"), BBox=box, Resources=dictionary(Font=dictionary(F1=font))))
    return dictionary(N=form)


@pytest.mark.parametrize(
    ("annotation", "shown"),
    [
        (dictionary(Subtype=NameObject("/FreeText"), Contents=TextStringObject("Roe is guilty of it."),
                    AP=appearance("Roe is not guilty of it.")), "Roe is not guilty of it."),
        (dictionary(Subtype=NameObject("/Stamp"), AP=appearance("Roe is not guilty of it.")),
         "Roe is not guilty of it."),
        (field("Tx", V=TextStringObject("Roe is guilty of it."), AP=appearance("Roe is not guilty of it.")),
         "Roe is not guilty of it."),
        (dictionary(Subtype=NameObject("/Stamp"), AP=appearance("")), ""),
    ],
)  # fmt: skip
def test_what_an_annotation_shows_is_read(annotation: DictionaryObject, shown: str) -> None:
    text, reasons = texts_and_reasons(annotated(annotation))
    assert " ".join(text.split()) == f"It came on a Monday and was read at once. {shown}".strip()
    assert reasons == []


def test_a_text_box_that_shows_no_letters_is_named() -> None:
    box = dictionary(Subtype=NameObject("/FreeText"), Contents=TextStringObject(TEXT), AP=appearance("\x01\x02"))
    text, reasons = texts_and_reasons(annotated(box))
    assert TEXT not in text
    assert reasons == ["has a text box on page 1 that cannot be read, which is left out"]


HIDDEN = [
    "BT /F1 12 Tf 72 1200 Td ({}) Tj ET",
    "BT /F1 12 Tf 700 600 Td ({}) Tj ET",
    "BT 3 Tr /F1 12 Tf 72 600 Td ({}) Tj ET",
    "q BT 3 Tr /F1 12 Tf 12 TL 72 600 Td ({}) ' ET Q",
    "q 1 0 0 1 0 900 cm BT /F1 12 Tf 72 0 Td ({}) Tj ET Q",
]


def drawn_on_first_page(operations: str) -> Callable[[PdfWriter], None]:
    def draw(writer: PdfWriter) -> None:
        page, contents = writer.pages[0], DecodedStreamObject()
        before = page.get_contents()
        assert before is not None
        contents.set_data(b"\n".join([before.get_data(), operations.encode(), drawing("It was read.")]))
        page[NameObject("/Contents")] = writer._add_object(contents)

    return draw


@pytest.mark.parametrize("operations", HIDDEN)
def test_text_that_a_page_does_not_show_is_left_out_and_named(operations: str) -> None:
    operations = f"q {operations.format(TEXT)} Q"
    text, reasons = texts_and_reasons(changed(pdf("It came."), drawn_on_first_page(operations)))
    assert text.split() == ["It", "came.", "It", "was", "read."]
    assert reasons == ["has text on page 1 that is not shown, which is left out"]


@pytest.mark.parametrize("box", [(612, 792, 0, 0), (0, 0, 0, 0), ()])
def test_a_page_whose_box_makes_no_sense_is_read_whole(box: tuple[int, ...]) -> None:
    def crop(writer: PdfWriter) -> None:
        writer.pages[0][NameObject("/MediaBox")] = ArrayObject(map(NumberObject, box))

    assert texts_and_reasons(changed(pdf(TEXT), crop)) == (TEXT, [])


def test_the_invisible_text_of_a_scan_is_its_text() -> None:
    image = "q 612 0 0 792 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q"
    operations = f"{image} BT 3 Tr /F1 12 Tf 72 700 Td ({TEXT}) Tj ET BT 0 Tr ET"
    text, reasons = texts_and_reasons(changed(pdf("It came."), drawn_on_first_page(operations)))
    assert (TEXT in text, reasons) == (True, [])


def test_a_sentence_goes_on_behind_the_end_of_a_page() -> None:
    first = "The mayor of the town said on Monday that the contract with the firm of"
    text, _ = texts_and_reasons(pdf(first, "Bracken is signed. It came."))
    assert "the firm of\nBracken is signed." in text


def with_broken_font(writer: PdfWriter) -> None:
    """Have the font of the second page name no letters."""
    mapping = DecodedStreamObject()
    codes = "\n".join(f"<{code:02x}> <fffd>" for code in range(97, 123))
    mapping.set_data(f"1 begincodespacerange <00> <ff> endcodespacerange 26 beginbfchar {codes} endbfchar".encode())
    font = writer.pages[1]["/Resources"]["/Font"]["/F1"].get_object()  # type: ignore[index]
    font = DictionaryObject(font)
    font[NameObject("/ToUnicode")] = writer._add_object(mapping)
    writer.pages[1][NameObject("/Resources")] = dictionary(Font=dictionary(F1=font))


@pytest.mark.usefixtures("without_ocr")
def test_a_page_in_a_broken_font_is_left_out_and_named() -> None:
    text, reasons = texts_and_reasons(changed(pdf("It came.", "The man was not guilty.", "It went."), with_broken_font))
    assert text.split() == ["It", "came.", "It", "went."]
    assert reasons == [f"has text in a broken font on page 2, which is left out: to read it, {WITHOUT_OCR}"]


def test_a_few_characters_that_cannot_be_read_are_named() -> None:
    def spoil(writer: PdfWriter) -> None:
        with_broken_font(writer)
        contents = DecodedStreamObject()
        contents.set_data(drawing("THE MAN WAS n GUILTY OF THE THEFT"))
        writer.pages[1][NameObject("/Contents")] = writer._add_object(contents)

    text, reasons = texts_and_reasons(changed(pdf("It came.", ""), spoil))
    assert "\ufffd" in text
    assert reasons == ["has characters that cannot be read on page 2"]


@pytest.mark.parametrize("font", ["/F9", "/F2"])
def test_text_in_a_font_that_is_missing_is_read_as_a_viewer_shows_it(font: str) -> None:
    def draw(writer: PdfWriter) -> None:
        writer.pages[0]["/Resources"]["/Font"][NameObject("/F2")] = NullObject()  # type: ignore[index]
        drawn_on_first_page(f"BT {font} 12 Tf 72 600 Td ({TEXT}) Tj ET")(writer)

    text, reasons = texts_and_reasons(changed(pdf("It came."), draw))
    assert (TEXT in text, reasons) == (True, [])


@pytest.mark.parametrize("kids", [b"[4 0 R 2 0 R]", b"[2 0 R 4 0 R]"])
def test_pages_among_which_their_own_list_stands_are_read(kids: bytes) -> None:
    data = pdf("It came.", "It went.").replace(b"[4 0 R 6 0 R]", kids)
    assert texts_and_reasons(data) == ("It came.", [])


def image() -> StreamObject:
    stream = DecodedStreamObject()
    stream.set_data(b"\0")
    return stream


@pytest.mark.usefixtures("without_ocr")
@pytest.mark.parametrize("text", ["", "7"])
def test_scanned_pages_among_others_are_named(text: str) -> None:
    def scan(writer: PdfWriter) -> None:
        for number in (1, 3, 4):
            with_form(writer, image(), number, "Image")

    data = changed(pdf("It came.", text, "", text, "It went."), scan)
    reasons = [f"has no text on 2 of 5 pages (2 and 4), which are scanned: to read them, {WITHOUT_OCR}"]
    assert texts_and_reasons(data)[1] == reasons


@pytest.mark.usefixtures("without_ocr")
def test_an_inline_image_is_an_image() -> None:
    def scan(writer: PdfWriter) -> None:
        contents = DecodedStreamObject()
        contents.set_data(b"q BI /W 1 /H 1 /BPC 8 /CS /G ID \0 EI Q")
        writer.pages[1][NameObject("/Contents")] = writer._add_object(contents)

    reasons = [f"has no text on page 2 of 2, which is scanned: to read it, {WITHOUT_OCR}"]
    assert texts_and_reasons(changed(pdf("It came.", ""), scan))[1] == reasons


@pytest.mark.usefixtures("without_ocr")
def test_a_pdf_of_broken_pages_alone_is_refused() -> None:
    reason = f"is a PDF whose fonts do not name their letters: export it again, or {WITHOUT_OCR}"
    assert read_pdf(changed(pdf("", "The man was not guilty."), with_broken_font), "a.pdf", DIGEST) == (
        [],
        [Warn("a.pdf", reason, needs="ocr")],
    )


def drawn(contents: str) -> str:
    def draw(writer: PdfWriter) -> None:
        stream = DecodedStreamObject()
        stream.set_data(contents.encode())
        writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)

    return texts_and_reasons(changed(pdf("It came."), draw))[0]


BACK = "The jury heard that Roe is not guilty of murder.\nHe went home at nine."


@pytest.mark.parametrize(
    "contents",
    [
        "BT /F1 12 Tf 250 700 Td (guilty of murder.) Tj -180 0 Td (The jury heard that Roe is not ) Tj 0 -20 Td "
        "(He went home at nine.) Tj ET",
        "BT /F1 12 Tf 250 700 Td (guilty of murder.) Tj ET BT /F1 12 Tf 70 700 Td (The jury heard that Roe is not ) Tj "
        "0 -20 Td (He went home at nine.) Tj ET",
        "BT /F1 12 Tf 1 0 0 1 250 700 Tm (guilty of ) Tj (murder.) Tj "
        "1 0 0 1 70 700 Tm [(The jury heard ) (that Roe)] TJ "
        "1 0 0 1 206 700 Tm (is not) Tj 20 TL 1 0 0 1 70 700 Tm T* (He went home at nine.) Tj ET",
        "BT /F1 12 Tf 250 700 Td (guilty of murder.) Tj -180 0 Td (The jury heard that Roe is) Tj ET q 1 0 0 1 5 5 cm "
        "0 0 9 1 re f Q BT 217 700 Td (not) Tj -147 -20 Td (He went home at nine.) Tj ET",
    ],
)
def test_pieces_of_a_line_are_read_from_left_to_right(contents: str) -> None:
    assert " ".join(drawn(contents).split()) == " ".join(BACK.split())


def test_lines_stay_in_the_order_in_which_they_are_drawn() -> None:
    contents = "BT /F1 12 Tf 300 700 Td (b one.) Tj 0 -20 Td (b two.) Tj -200 20 Td (a one.) Tj 0 -20 Td (a two.) Tj ET"
    assert drawn(contents).split() == ["b", "one.", "b", "two.", "a", "one.", "a", "two."]


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("(10) Tj 5 Ts (6) Tj 0 Ts ( cells) Tj", "10⁶ cells"),
        ("(10) Tj 5 Ts [(-) (3)] TJ 0 Ts ( cells) Tj", "10⁻³ cells"),
        ("(in 2008) Tj 5 Ts /F1 7 Tf (3) Tj 0 Ts /F1 12 Tf (.) Tj", "in 2008³."),
        ("(H) Tj -3 Ts (2) Tj 0 Ts (O) Tj", "H₂O"), ("(the 21) Tj 5 Ts (st) Tj 0 Ts ( of May) Tj", "the 21st of May"),
        ("(1) Tj 5 Ts (1) Tj 0 Ts (/) Tj -3 Ts (2) Tj", "1 1/2"), ("(10) Tj 5 Ts (6) Tj", "10⁶"),
    ],
)  # fmt: skip
def test_raised_figures_are_no_part_of_a_number(shown: str, text: str) -> None:
    assert drawn(f"BT /F1 12 Tf 72 700 Td {shown} ET") == text


def beside(*pieces: tuple[str, float, float]) -> str:
    """Draw pieces, each given with the size of its letters and its height above the line, one behind the other."""
    width, drawing = 72.0, ""
    for text, size, up in pieces:
        drawing += f"BT /F1 {size} Tf 1 0 0 1 {width} {700 + up} Tm ({text}) Tj ET "
        width += sum({" ": 0.278, ".": 0.278}.get(letter, 0.556) for letter in text) * size
    return drawing


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([("10", 12, 0), ("6", 8, 4), (" 1000", 12, 0)], "10⁶ 1000"),
        ([("2", 12, 0), ("1", 10, 4.5), ("0", 10, 4.5), (" 10", 12, 0)], "2¹⁰ 10"),
        ([("10", 12, 0), ("2", 8, -2), (" 10", 12, 0)], "10₂ 10"),
        ([("2008", 12, 0), ("5", 7, 4), (".", 12, 0)], "2008⁵."),
        ([("The dog ended.", 12, 0), ("3", 7, 4), (" One ended.", 12, 0)], "The dog ended.[3] One ended."),
        ([("2", 12, 0), ("1", 9, 4), ("0", 9, 4), (" ended.", 12, 0), ("3", 7, 4)], "2¹⁰ ended.[3]"),
        ([("10", 12, 0), ("6", 8, 0), (" 10", 12, 0)], "106 10"),
        ([("10", 12, 0), ("6", 12, 4), (" 10", 12, 0)], "10⁶ 10"),
    ],
)
def test_small_figures_off_their_line_are_no_part_of_a_number(
    pieces: list[tuple[str, float, float]], text: str
) -> None:
    assert drawn(beside(*pieces)) == text


STRUCK = [("The dog ended ", 12.0, 0.0), ("no good ", 12.0, 0.0), ("one.", 12.0, 0.0)]
STRUCK_LEFT, STRUCK_WIDTH = 72 + 12 * (11 * 0.556 + 3 * 0.278), 12 * 6 * 0.556
STRUCK_RIGHT = STRUCK_LEFT + STRUCK_WIDTH


@pytest.mark.parametrize(
    "line",
    [
        f"{STRUCK_LEFT} 703 {STRUCK_WIDTH} 0.6 re f",
        f"{STRUCK_LEFT} 703.5 m {STRUCK_RIGHT} 703.5 l S",
        f"q 2 0 0 2 0 0 cm {STRUCK_LEFT / 2} 351.6 {STRUCK_WIDTH / 2} 0.3 re f Q",
        f"{STRUCK_LEFT} 703 m {STRUCK_RIGHT} 703 l {STRUCK_RIGHT} 704 l {STRUCK_LEFT} 704 l f",
    ],
)
def test_struck_words_leave_a_mark(line: str) -> None:
    def draw(writer: PdfWriter) -> None:
        stream = DecodedStreamObject()
        stream.set_data(f"{line} {beside(*STRUCK)}".encode())
        writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)

    (article,), _ = read_pdf(changed(pdf("It came."), draw), "a.pdf", DIGEST)
    assert " ".join(article.text.split()) == "The dog ended […] one."
    assert article.outside == ("no good",)


@pytest.mark.parametrize(
    "line",
    [
        f"{STRUCK_LEFT} 698 {STRUCK_WIDTH} 0.6 re f",
        f"{STRUCK_LEFT} 697 {STRUCK_WIDTH} 12 re f",
        f"{STRUCK_LEFT} 703 {STRUCK_WIDTH} 0.6 re n",
        "72 715 m 300 715 l S",
    ],
)
def test_other_lines_strike_no_words(line: str) -> None:
    assert " ".join(drawn(f"{line} {beside(*STRUCK)}").split()) == "The dog ended no good one."


def test_a_word_that_a_line_end_breaks_is_one_word() -> None:
    contents = (
        "BT /F1 12 Tf 72 700 Td (She signed the well-) Tj 0 -14 Td (known con-) Tj 0 -14 Td (tract in May.) Tj ET"
    )
    assert drawn(contents) == "She signed the well-known\ncontract\nin May."


def test_a_word_that_the_end_of_a_page_breaks_is_one_word() -> None:
    articles, _ = read_pdf(pdf("She signed the con-", "tract in May."), "a.pdf", DIGEST)
    assert articles[0].text == "She signed the contract\nin May."


def backwards(number: int) -> Callable[[PdfWriter], None]:
    """Draw Hebrew letters on a page, from left to right."""

    def draw(writer: PdfWriter) -> None:
        mapping = DecodedStreamObject()
        codes = "\n".join(f"<{code:02x}> <{0x5D0 + code - 97:04x}>" for code in range(97, 123))
        mapping.set_data(f"1 begincodespacerange <00> <ff> endcodespacerange 26 beginbfchar {codes} endbfchar".encode())
        page = writer.pages[number]
        font = DictionaryObject(page["/Resources"]["/Font"]["/F1"].get_object())  # type: ignore[index]
        font[NameObject("/ToUnicode")] = writer._add_object(mapping)
        page[NameObject("/Resources")] = dictionary(Font=dictionary(F1=font))
        contents = DecodedStreamObject()
        contents.set_data(b"/ReversedChars BMC " + drawing("abcd efgh") + b"EMC")
        page[NameObject("/Contents")] = writer._add_object(contents)

    return draw


def test_lines_from_right_to_left_that_are_drawn_backwards_are_left_out() -> None:
    (article,), _ = read_pdf(changed(pdf("It came.", "x", "It went."), backwards(1)), "a.pdf", DIGEST)
    assert article.text.split() == ["It", "came.", "It", "went."]
    assert len(article.outside) == 1


def test_a_pdf_that_is_drawn_backwards_is_refused() -> None:
    reason = "is a PDF whose text is struck out, or drawn from right to left in an order that cannot be told"
    assert read_pdf(changed(pdf("x"), backwards(0)), "a.pdf", DIGEST) == ([], [Warn("a.pdf", reason)])


def test_a_page_with_more_drawn_than_can_be_read_is_named() -> None:
    def draw(writer: PdfWriter) -> None:
        writer.pages[1][NameObject("/Contents")] = writer._add_object(compressed(b" " * 76_000_000 + drawing(TEXT)))

    text, reasons = texts_and_reasons(changed(pdf("It came.", "", "It went."), draw))
    assert text.split() == ["It", "came.", "It", "went."]
    assert reasons == ["has more drawn on page 2 than can be read: text may be missing"]


def test_a_form_with_more_drawn_than_can_be_read_is_named() -> None:
    form = compressed(b" " * 76_000_000 + drawing(TEXT))
    _, reasons = texts_and_reasons(changed(pdf("It came.", ""), lambda writer: with_form(writer, form)))
    assert reasons == ["has more drawn on page 2 than can be read: text may be missing"]
