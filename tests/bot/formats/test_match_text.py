"""The verdict on a text that was checked, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.formats.match_text import verdict
from retrieval.records import Citation, Match

TEXT = Citation("a", "A title", 0, 9, 1, "ab" * 32, path="a.txt", encoding="cp1252")
PAGE = replace(TEXT, path="a.html", encoding=None)
RECORD = replace(TEXT, path="a.jsonl", encoding=None)
GAPS = "The same but for gaps: “[…]” may stand for struck words, a picture or a field"


@pytest.mark.parametrize(
    ("match", "words"),
    [
        (Match("verbatim", "It came.", (TEXT,)), ["Verbatim"]),
        (Match("verbatim", "It came.", (RECORD,)), ["Verbatim"]),
        (Match("verbatim", "It came.", (PAGE, TEXT)), ["Verbatim", "in 2 places"]),
        (Match("verbatim", "It came.", (PAGE,)), ["Verbatim in the extracted text"]),
        (
            Match("verbatim", "It\ncame.", (PAGE,), is_respaced=True),
            ["Verbatim in the extracted text, but for its line breaks"],
        ),
        (Match("typography", "It  came.", (PAGE,), "It came."), ["The same but for typography"]),
        (Match("gaps", "It […] came.", (PAGE,), "It […] came."), [GAPS]),
    ],
)
def test_a_verdict_says_what_was_compared(match: Match, words: list[str]) -> None:
    assert verdict(match) == words
