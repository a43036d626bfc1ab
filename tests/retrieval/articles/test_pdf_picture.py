"""Where the words of a quote are on the picture of their page."""

from __future__ import annotations

import struct
import zlib

import pytest

from retrieval.articles.pdf_images import Image
from retrieval.articles.pdf_picture import letters_of, lines, png, spans


def parts(page: str, words: str, count: int = 0) -> list[str]:
    """The parts of a page's letters that are marked."""
    letters = letters_of(page)
    return [letters[start:end] for start, end in spans(letters, words, count)]


@pytest.mark.parametrize(
    ("page", "words", "marked"),
    [
        ("It opens. The of\ufb01ce closes at har-\nbour time.", "The office closes at harbour time.", 1),
        ("It has 106 of H2O.", "It has 10⁶ of H₂O.", 1),
        ("The boat left at nine Harbour News every morning.", "The boat left at nine every morning.", 2),
        ("The council met on Mondays. Another council.", "The council met […] on Mondays.", 1),
        ("It came on Monday.", "Nobody ever wrote so.", 0),
        ("It came.", "…", 0),
    ],
)  # fmt: skip
def test_the_words_of_a_quote_are_found_however_they_are_set(page: str, words: str, marked: int) -> None:
    found = parts(page, words)
    assert (len(found), "".join(found)) == (marked, letters_of(words) if marked else "")


def test_of_several_places_that_of_the_quote_is_marked() -> None:
    page, words = "it came it went it came", "It came."
    assert [next(spans(letters_of(page), words, count)) for count in (0, 1, 2)] == [(0, 6), (12, 18), (12, 18)]


def test_letters_on_a_line_have_one_box() -> None:
    first, second = [(0, 0, 8, 10), (9, 2, 20, 12)], [(0, 20, 8, 30)]
    assert lines([*first, *second, (90, 20, 99, 30)]) == [(0, 0, 20, 12), (0, 20, 8, 30), (90, 20, 99, 30)]


def test_a_picture_is_a_png_file() -> None:
    rows = bytes(range(12))
    data = png(Image(2, 2, rows))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", data[16:24]) == (2, 2)
    start = data.index(b"IDAT")
    (length,) = struct.unpack(">I", data[start - 4 : start])
    content = data[start + 4 : start + 4 + length]
    assert zlib.decompress(content) == b"\0" + rows[:6] + b"\0" + rows[6:]
    assert struct.unpack(">I", data[start + 4 + length :][:4]) == (zlib.crc32(b"IDAT" + content),)
