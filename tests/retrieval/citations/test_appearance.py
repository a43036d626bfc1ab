"""Markdown as people read it, with every character of the text still there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.articles.text_files import read_text
from retrieval.citations.appearance import CODE, HEADING, SYNTAX, Part, appearance
from retrieval.records import Article

SEEDS = sorted((Path(__file__).parents[3] / "seeds" / "articles").glob("*.md"))


def seen(text: str, *, path: str = "a.md") -> str:
    """Return what is seen of a text."""
    shown = appearance(Article("a", text, path=path, title="A", sha256="0" * 64), 0, 1)
    return "".join(part.text for part in (*shown.quote, *shown.after) if part.look != SYNTAX)


def whole(*parts: tuple[Part, ...]) -> str:
    return "".join(part.text for each in parts for part in each)


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("A **bold** [link](http://a.b/bold), `code` and *more*.\n", "A bold link, code and more.\n"),
        ('A <span class="board">board</span> &amp; caf&eacute;.\n', "A board & caf&eacute;.\n"),
        ("It is so.\n\n# Head\n\nText is here.\n", "It is so.\n\nHead\n\nText is here.\n"),
        ("It is so.\n\nHead\n====\n\nText is here.\n", "It is so.\n\nHead\n\nText is here.\n"),
        ("It is so.\n\n- one *item*\n- two\n\n1. three\n", "It is so.\n\n- one item\n- two\n\n1. three\n"),
        ("It is so.\n\n| a | b |\n|---|---|\n| **c** | d |\n", "It is so.\n\na | b \nc | d \n"),
        ("It is so.\n\n```sh\nrun *it*\n```\n\nText is here.\n", "It is so.\n\nrun *it*\n\nText is here.\n"),
        ("It is so.\n\n> A quote\n> of two lines.\n", "It is so.\n\nA quote\nof two lines.\n"),
        ("It is [so][o].\n\n[o]: http://a.b\n", "It is so.\n\n"),
        ("It is so.[^1]\n\n[^1]: It is a note.\n", "It is so.[^1]\n\n[^1]: It is a note.\n"),
        ("It is so <!-- not so --> here.\n", "It is so here.\n"),
    ],
)
def test_marks_are_not_seen(text: str, reads: str) -> None:
    assert seen(text) == reads


def test_other_texts_stay_as_they_are() -> None:
    assert seen("A **bold** # line\n", path="a.txt") == "A **bold** # line\n"


def test_headings_and_code_look_like_it() -> None:
    text = "It is so.\n\n## Head\n\n```\nrun it\n```\n"
    shown = appearance(Article("a", text, path="a.md", title="A", sha256="0" * 64), 0, 9)
    assert Part("Head", HEADING) in shown.after
    assert Part("run it", CODE) in shown.after


@pytest.mark.parametrize("file", SEEDS, ids=lambda file: file.stem)
def test_every_character_of_an_article_is_there(file: Path) -> None:
    (article,), _ = read_text(file.read_bytes(), file.name, "0" * 64)
    start, end = article.body + 100, article.body + 300
    shown = appearance(article, start, end)
    assert whole(shown.before) == article.text[article.body : start]
    assert whole(shown.quote) == article.text[start:end]
    assert whole(shown.after) == article.text[end:]


@given(st.text("ab *_`#[]()<>&;|-!\n.1\\~>", max_size=80), st.data())
def test_every_character_of_any_text_is_there(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = appearance(Article("a", text, path="a.md", title="A", sha256="0" * 64), start, end)
    assert whole(shown.before) == text[:start]
    assert whole(shown.quote) == text[start:end]
    assert whole(shown.after) == text[end:]


def test_a_quote_from_front_matter_is_seen() -> None:
    text = "---\ndescription: It is so.\n---\nIt was **so**.\n"
    (article,), _ = read_text(text.encode(), "a.md", "0" * 64)
    start = text.index("It is")
    shown = appearance(article, start, start + 9)
    assert (shown.before, shown.quote) == ((), (Part("It is so."),))
    assert whole(shown.after) == text[start + 9 :]
