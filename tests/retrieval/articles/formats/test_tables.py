"""CSV and TSV: rows under their header."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.citations.permalink import resolve
from tests.retrieval.articles.formats.reading import complaint, only, quotable
from tests.toy import build_toy, open_toy

FEES = """Length,Fee a night,Notes
up to 8 m,14 crowns,"water, not power"
8 to 12 m,22 crowns,power from May
"""
HEADER = "Length | Fee a night | Notes"


def test_each_row_is_quoted_under_the_header() -> None:
    article = only("harbour/fees.csv", FEES)
    assert (article.id, article.title, article.converted) == ("harbour/fees", "fees", True)
    assert quotable(article) == [
        (HEADER, "up to 8 m | 14 crowns | water, not power"),
        (HEADER, "8 to 12 m | 22 crowns | power from May"),
    ]


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_the_mark_between_values_is_known_by_its_columns(mark: str) -> None:
    text = FEES.replace('"water, not power"', "water").replace(",", mark)
    assert quotable(only("fees.csv", text))[0] == (HEADER, "up to 8 m | 14 crowns | water")


def test_a_tsv_is_parted_by_tabs_alone() -> None:
    assert quotable(only("a.tsv", "Boat\tOwner\nHeron\tBrandt, Ilse\n")) == [("Boat | Owner", "Heron | Brandt, Ilse")]


def test_a_first_row_of_values_is_no_header() -> None:
    rows = quotable(only("tides.csv", "2024-03-01,4.2 m,high at the pier\n2024-03-02,4.4 m,higher still\n"))
    assert [row[-1] for row in rows] == ["2024-03-01 | 4.2 m | high at the pier", "2024-03-02 | 4.4 m | higher still"]


def test_text_in_a_cell_is_quoted_by_its_sentences() -> None:
    answer = "The gate opens at nine. " * 5 + "It closes at dusk, except in July. " * 5
    article = only("faq.csv", f'Question,Answer\nGate hours,"{answer}"\n')
    assert ("Gate hours", "Answer", "The gate opens at nine.") in quotable(article)
    assert all(len(row[-1]) < 100 for row in quotable(article))


def test_a_byte_order_mark_and_another_encoding_are_no_matter() -> None:
    assert quotable(only("a.csv", b"\xef\xbb\xbf" + FEES.encode()))[0][0] == HEADER
    assert "Gebühr" in only("a.csv", "Länge;Gebühr\nbis 8 m;14 €\n".encode("cp1252")).text


def test_empty_rows_and_line_ends_in_cells() -> None:
    article = only("a.csv", 'Boat,Owner\r\n,\r\n"The\r\nHeron",Brandt\r\n')
    assert quotable(article) == [("Boat | Owner", "The Heron | Brandt")]


def test_what_is_no_table_is_named() -> None:
    assert complaint("a.csv", b"a,b\0c\n") == "is not text: it holds NUL characters"
    assert complaint("a.csv", "\n  \n") == "has no text"


def test_a_huge_cell_is_text() -> None:
    assert len(only("a.csv", 'Name,Text\nHeron,"' + "The boat is old. " * 20_000 + '"\n').text) > 300_000


def test_a_table_that_changed_is_cited_as_changed(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    (corpus / "fees.csv").write_text(FEES)
    build_toy(corpus, index)
    ref = open_toy(index).ask("up to 8 m").quotes[0].citation.ref
    assert resolve(index, ref).state == "current"
    (corpus / "fees.csv").write_text(FEES.replace("14", "15"))
    assert resolve(index, ref).state == "changed"
