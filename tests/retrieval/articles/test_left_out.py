"""Whatever is never quoted of an article is counted, with the reason."""

from __future__ import annotations

import pytest

from retrieval.articles.left_out import characters
from retrieval.articles.sentences import cut
from retrieval.records import Article, LeftOut, Reason

MARKDOWN = """---
title: The ferry
tags: [boats]
---

# The ferry

<!-- a note to nobody -->

The ferry leaves at nine.

It stops at:

1. Marlow
2. Skerrin

Advertisement

Who pays for it? The county pays.
"""


def left_out(text: str, path: str, **facts: int | tuple[str, ...]) -> tuple[LeftOut, ...]:
    return cut(Article("a", text, "T", "0", path=path, **facts))[1]  # type: ignore[arg-type]


def test_every_piece_that_is_never_quoted_has_a_reason() -> None:
    body = MARKDOWN.index("---\n\n#") + 4
    assert left_out(MARKDOWN, "a.md", body=body) == (
        LeftOut(Reason.FRONT_MATTER, 32, "--- title: The ferry tags: [boats] ---"),
        LeftOut(Reason.CONTEXT, 8, "The ferry"),
        LeftOut(Reason.MARKS, 20, "<!-- a note to nobody -->"),
        LeftOut(Reason.CONTEXT, 10, "It stops at:"),
        LeftOut(Reason.FURNITURE, 13, "Advertisement"),
        LeftOut(Reason.CONTEXT, 13, "Who pays for it?"),
        LeftOut(Reason.MARKS, 5, ""),
    )


def test_what_stands_outside_the_main_text_of_a_page_is_left_out() -> None:
    pieces = left_out("The ferry leaves at nine.", "a.html", outside=("Home", "About the\nferry"))
    assert pieces == (LeftOut(Reason.OUTSIDE, 4, "Home"), LeftOut(Reason.OUTSIDE, 13, "About the ferry"))


@pytest.mark.parametrize("path", ["a.md", "a.mdx", "a.txt", "a.pdf"])
def test_nothing_is_neither_quoted_nor_left_out(path: str) -> None:
    text = MARKDOWN + "\n\n".join(
        [
            "Photo: EPA",
            "- *No.* It is the mayor who pays. (Reuters/Jane Roe)",
            "A name",
            "import a from 'b'",
            "Run this:\n\n```sh\n---\n```",
            "| a | b |\n|---|---|\n| c | d |",
            "> **Note:** what [the link](https://example.org) says.\n> Yes. It does.",
            "Last words without an end",
        ]
    )
    article = Article("a", text, "T", "0", path=path)
    sentences, pieces = cut(article)
    quoted = sum(characters(text[sentence.start : sentence.end]) for sentence in sentences)
    assert quoted + sum(piece.characters for piece in pieces) == characters(text)


def test_code_of_signs_alone_is_quoted_with_the_sentence_before_it() -> None:
    text = "The ferry leaves at nine.\n\nDraw this line:\n\n```\n---\n```\n"
    sentences, _ = cut(Article("a", text, "T", "0", path="a.md"))
    assert text[sentences[1].start : sentences[1].end] == "Draw this line:\n\n```\n---\n```"


@pytest.mark.parametrize(
    "field",
    [
        "description: 'It''s not safe to cross.'",
        r'description: "\"not\" safe to cross, \u00e9."',
        "description: &a The bridge is safe.",
        "summary: &a The bridge is safe.\nexcerpt: *a",
        "description: !!str The bridge is safe.",
        "description: The bridge is safe. # it is not",
        "description: The bridge is safe.\ndescription: The bridge is not safe.",
    ],
)
def test_front_matter_that_is_not_written_as_it_reads_is_not_quoted(field: str) -> None:
    text = f"---\n{field}\n---\n\nThe ferry leaves at nine.\n"
    body = text.index("\n---\n") + 5
    sentences, _ = cut(Article("a", text, "", "0" * 64, path="a.md", body=body))
    assert [text[each.start : each.end] for each in sentences] == ["The ferry leaves at nine."]


@pytest.mark.parametrize("mark", ["", "'", '"', ">\n  ", "|\n  "])
def test_front_matter_that_is_written_as_it_reads_is_quoted(mark: str) -> None:
    closing = mark if mark in {"'", '"'} else ""
    text = f"---\ndescription: {mark}The bridge is safe.{closing}\n---\n\nThe ferry leaves at nine.\n"
    body = text.index("\n---\n") + 5
    sentences, _ = cut(Article("a", text, "", "0" * 64, path="a.md", body=body))
    assert [text[each.start : each.end] for each in sentences] == ["The bridge is safe.", "The ferry leaves at nine."]


@pytest.mark.parametrize(("value", "quoted"), [('"The bridge is safe."', True), (r'"The bridge is \u0073afe."', False)])
def test_front_matter_in_toml_is_quoted_where_it_is_written_as_it_reads(value: str, quoted: bool) -> None:
    text = f"+++\ndescription = {value}\n[extra]\nsummary = 'Boats.'\n+++\n\nThe ferry leaves at nine.\n"
    body = text.index("\n+++\n") + 5
    sentences, _ = cut(Article("a", text, "", "0" * 64, path="a.md", body=body))
    own = ["The bridge is safe."] if quoted else []
    assert [text[each.start : each.end] for each in sentences] == [*own, "The ferry leaves at nine."]


@pytest.mark.parametrize(
    "front",
    [
        '+++\nauthors = ["Ana Roe", "Jan Poe"]\n+++\n', "---\nauthor: Ana Roe\ntitle: Boats\n---\n",
        "---\r\ntitle: Boats\r\nauthors: [Ana Roe, 'Jan Poe']\r\n---\r\n",
    ],
)  # fmt: skip
def test_the_authors_that_front_matter_names_are_quoted(front: str) -> None:
    sentences, _ = cut(Article("a", f"{front}\nThe ferry leaves.\n", "", "0" * 64, path="a.md", body=len(front)))
    line = next(line for line in front.splitlines() if line.startswith("author"))
    assert [f"{front}\nThe ferry leaves.\n"[each.start : each.end] for each in sentences] == [line, "The ferry leaves."]


@pytest.mark.parametrize(
    "field",
    [
        "author: &a Ana Roe",
        r'author: "Ana\u0020Roe"',
        "author: {name: Ana Roe}",
        "author: Ana\nauthor: Jan",
        "author:\n- Ana",
    ],
)
def test_authors_that_are_not_written_as_they_read_are_not_quoted(field: str) -> None:
    front = f"---\n{field}\n---\n"
    sentences, _ = cut(Article("a", f"{front}The ferry leaves.", "", "0" * 64, path="a.md", body=len(front)))
    assert len(sentences) == 1
