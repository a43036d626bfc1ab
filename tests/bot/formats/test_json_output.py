"""The JSON that scripts rely on."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.formats.json_output import answer_object, dump
from retrieval.records import Answer, ArticleRef, Citation, Difference, Quote

CITED = Citation("a/b", "A title", 3, 9, 2, "ab" * 32, "Times", "2022-02-03", "https://e.org", "a/b.md")
QUOTE = Quote("It “was”.", CITED, 0.12345678, (CITED,))
ANSWER = Answer("Who?", True, 0.93, (QUOTE,), (ArticleRef("a/b", "A title", "u"),), "0123456789ab", 4.5, "Who?")
CITATION = (
    '{"ref": "a/b@abababababab#3-9", "article": "a/b", "title": "A title", "source": "Times", '
    '"published": "2022-02-03", "url": "https://e.org", "path": "a/b.md", "encoding": "utf-8", '
    f'"start": 3, "end": 9, "paragraph": 2, "section": [], "sha256": "{"ab" * 32}"}}'
)


def test_an_answer_as_it_is_printed() -> None:
    assert dump(answer_object(ANSWER, "q1")) == (
        '{"id": "q1", "question": "Who?", "searched": "Who?", "answered": true, "confidence": 0.93, '
        f'"quotes": [{{"text": "It “was”.", "score": 0.123457, "citation": {CITATION}, "also_in": [{CITATION}]}}], '
        '"nearest": [{"article": "a/b", "title": "A title"}], "fingerprint": "0123456789ab", "elapsed_ms": 4.5}'
    )


def test_only_a_message_answered_in_part_says_so() -> None:
    assert "unanswered" not in answer_object(ANSWER)
    assert answer_object(replace(ANSWER, unanswered=("Why?",)))["unanswered"] == ["Why?"]


def test_a_converted_text_has_its_converter_and_a_recording_its_time() -> None:
    cited = replace(CITED, locator="00:04:10", converter="webvtt-py 0.6.0")
    citation = answer_object(replace(ANSWER, quotes=(replace(QUOTE, citation=cited),)))["quotes"][0]["citation"]
    assert list(citation.items())[-2:] == [("locator", "00:04:10"), ("converter", "webvtt-py 0.6.0")]
    assert {"locator", "converter"}.isdisjoint(answer_object(ANSWER)["quotes"][0]["citation"])


def test_a_part_of_a_list_says_which() -> None:
    part = replace(ANSWER, quotes=(replace(QUOTE, items=(6, 9, 9)), QUOTE))
    first, second = answer_object(part)["quotes"]
    assert first["items"] == {"first": 6, "last": 9, "of": 9}
    assert "items" not in second


def test_differences_give_the_places_of_quotes_and_the_words() -> None:
    differing = replace(ANSWER, differences=(Difference((0, 2), (("5 mg", "not"), ())),))
    assert answer_object(differing)["differences"] == [{"quotes": [0, 2], "words": [["5 mg", "not"], []]}]


def test_only_a_weak_quote_says_so() -> None:
    weak = Answer("Who?", False, 0.1, (Quote("It was.", CITED, 0.1, weak=True),), (), "", 1.0)
    assert list(answer_object(weak)["quotes"][0].items())[-1] == ("weak", True)
    assert "weak" not in answer_object(ANSWER)["quotes"][0]


@given(st.text(st.characters(exclude_categories=[])))
def test_text_reads_back_exactly_and_carries_nothing_hidden(text: str) -> None:
    line = dump({"text": text})
    assert json.loads(line) == json.loads(json.dumps({"text": text}))
    assert not set(line) & set("\n\r\x1b\x7f\x85\x9b\u2028\u202e\ud800")


def test_a_stream_that_is_not_unicode_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "latin-1"))
    assert dump({"text": "“é”"}) == '{"text": "\\u201c\\u00e9\\u201d"}'
