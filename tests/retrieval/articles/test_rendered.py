"""An article's text as its page shows it, and where each character of the article stands there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.articles.rendered import rendered
from retrieval.records import Article

DIGEST = "0" * 64
PIECES = st.sampled_from([
    "The ", "mayor", " said", ".", "**", "*", "_", "`", "~~", "[", "](x.md)", "][m]", "![", "<b>", "</b>", "<br>", "|",
    "\n", "\n\n", "# ", "- ", "> ", "1. ", "```\n", "\\", "&amp;", "[^1]", "[^1]: ", "[m]: x.md\n", "{#id}", "<!--",
    "-->", "{year}", "https://e.org/a_b", "|---|", ":::note\n", "import x from 'y'\n",
])  # fmt: skip


def article(text: str, path: str = "a.md", **facts: object) -> Article:
    """An article of this text."""
    return Article("a", text, "A title", DIGEST, path, **facts)  # type: ignore[arg-type]


def shown(text: str, path: str = "a.md", **facts: object) -> list[str]:
    """The lines of its page, without white space around them."""
    lines = rendered(article(text, path, **facts)).text.split("\n")
    return [" ".join(line.split()) for line in lines if line.strip()]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("The **mayor** of [Velmora](https://v.example 'A town') *slept*.", ["The mayor of Velmora slept."]),
        ("So [the mill][m] and [M] and [not][there].\n\n[m]: mill.md", ["So the mill and M and [not][there]."]),
        (
            "The `**kw` of ``a`b``, a \\*star\\*, 5 * 3 &amp; a_b.",
            ["The **kw of a`b, a *star*, 5 * 3 & a_b."],
        ),
        ("# Snow {#snow}\n\nIt <b>fell</b>.\n\n## Ice ##", ["Snow", "It fell.", "Ice"]),
        ("- [x] one\n- two\n\n1. three\n\n> four\n> five", ["one", "two", "three", "four", "five"]),
        ("| a | b |\n|---|:-:|\n| **c** | d |", ["a", "b", "c", "d"]),
        (
            "See:\n\n```py\ndef f(**kw): _x_\n# no\n```\n\nEnd.",
            ["See:", "def f(**kw): _x_", "# no", "End."],
        ),
        ("He said[^1] that.\n\n[^1]: The note.", ["He", "that.", "The note."]),
        ("One ![a map](m.png) two <https://e.org/a_b> three.<br>Four.", ["One two https://e.org/a_b three.", "Four."]),
        ("It <!-- not --> rained. <span hidden>No.</span>", ["It rained."]),
        ("Title\n=====\n\nIt rained.\n\n***", ["Title", "It rained."]),
    ],
)
def test_markdown_is_shown_without_its_marks(text: str, lines: list[str]) -> None:
    assert shown(text) == lines


def test_the_cells_of_a_converted_row_are_parted() -> None:
    text = "Tank | Fish |\n\n17 | smoked eel | | 4.50\n\nA|B or C || D.\n"
    assert shown(text, "a.html", converted=True) == ["Tank", "Fish", "17", "smoked eel", "4.50", "A|B or C || D."]


def test_what_mdx_computes_is_not_known() -> None:
    text = "export const year = 2018\n\nIn {year}, it snowed above the town.\n"
    assert shown(text, "a.mdx") == ["In", ", it snowed above the town."]


def test_signs_in_extracted_text_are_borders() -> None:
    text = "- The ferry was […] late at 10² o'clock.\n\n12. It left.\n\nb. It came."
    assert shown(text, "a.html", converted=True) == ["The ferry was", "late at", "o'clock.", "It left.", "It came."]
    assert rendered(article(text, "a.jsonl", converted=True)).text == text


def test_front_matter_is_not_on_the_page() -> None:
    text = "---\ntitle: Snow\n---\nIt **fell**."
    page = rendered(article(text, body=20))
    assert (page.text, page.place(0), page.place(20), page.place(25), page.place(len(text))) == ("It fell.", 0, 0, 3, 8)


@given(st.text(), st.integers(0, 100))
def test_plain_text_is_shown_as_it_is(text: str, offset: int) -> None:
    page = rendered(article(text, "a.txt"))
    assert (page.text, page.place(min(offset, len(text)))) == (text, min(offset, len(text)))


@given(st.lists(PIECES, max_size=30).map("".join), st.data())
def test_places_are_in_order(text: str, data: st.DataObject) -> None:
    page = rendered(article(text, data.draw(st.sampled_from(["a.md", "a.mdx"]))))
    places = [page.place(offset) for offset in range(len(text) + 1)]
    assert places == sorted(places)
    assert 0 <= places[0] <= places[-1] <= len(page.text)
