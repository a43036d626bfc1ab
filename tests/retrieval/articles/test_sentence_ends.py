"""Where sentences end, and what is too short to be one."""

from __future__ import annotations

import pytest

from retrieval.articles.sentence_ends import ends_sentence, is_fragment, word_count


@pytest.mark.parametrize(
    "text",
    ["It came.", "It came!", "Did it?", "It came…", "“It came.”", "(It came.)", "It came.[12]", "*It came.*",
     "它来了。", "来たか？", "«Он пришёл!»", "هل جاء؟", "وہ آیا۔", "वह आया।", "It came.\u00a0"],
)  # fmt: skip
def test_sentences_end_in_many_scripts(text: str) -> None:
    assert ends_sentence(text)


@pytest.mark.parametrize("text", ["It came", "It came,", "It came:", "President Mr.", "", "“It came”"])
def test_what_does_not_end_a_sentence(text: str) -> None:
    assert not ends_sentence(text)


def test_fragments_are_short_and_open() -> None:
    assert is_fragment("A letter comes to the harbour")
    assert is_fragment("He said that there are three of them:")
    assert not is_fragment("He said on Friday in the town that there are three of them:")
    assert not is_fragment("It came.")
    assert not is_fragment("a b c d e f g h i j k l")
    assert not is_fragment("x" * 90)


def test_words_are_counted_in_scripts_without_spaces() -> None:
    assert word_count("It – came, twice.") == 3
    assert word_count("外交部长访问了华盛顿") >= 4
