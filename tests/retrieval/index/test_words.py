"""The words of passages, and the nearest to a misspelt one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from tests.stored import nearest_of, stored_words

LETTERS = st.text("abz", min_size=4, max_size=9)


def first_of_the_nearest(printed: Sequence[str], word: str, edits: int) -> str | None:
    """The first of the nearest of all words, whose first letter agrees, one by one."""
    best, least = None, edits + 1
    for candidate in printed:
        distance = OSA.distance(word, candidate.lower())
        if candidate[0].lower() == word[0] and distance < least:
            best, least = candidate, distance
    return best


@settings(max_examples=80, deadline=None)
@given(printed=st.lists(LETTERS, max_size=12, unique=True), word=LETTERS, edits=st.integers(1, 2))
def test_the_nearest_is_that_of_looking_at_all_words(printed: list[str], word: str, edits: int) -> None:
    assert nearest_of(printed)(word, edits) == first_of_the_nearest(printed, word, edits)


def test_words_are_kept_by_language_in_their_most_common_spelling() -> None:
    words = stored_words({"de": "Mühle, Roggen. Roggen roggen", "en": "rye NATO nato NATO", "ja": "塔"})
    assert words.languages() == ("de", "en", "ja")
    assert words.nearest("rogen", "de", 1) == "Roggen"
    assert words.nearest("rogen", "en", 1) is None
    assert words.nearest("nata", "en", 1) == "NATO"
    assert words.has("mühle", "de")
    assert not words.has("mühle", "en")
    assert not words.has("塔", "ja"), "too short to be corrected"


@pytest.mark.parametrize("languages", [[], ["en"], ["de", "den", "en"]])
def test_languages_without_words_are_known(languages: list[str]) -> None:
    words = stored_words(dict.fromkeys(languages, "1234"))
    assert words.languages() == tuple(languages)
    assert [words.nearest("some", language, 2) for language in languages] == [None] * len(languages)


def test_words_whose_small_letters_are_more_are_found() -> None:
    words = stored_words({"tr": " ".join(chain(["İstanbul"] * 2, ["Ishtanbul"]))})
    assert words.nearest("i̇stanbl", "tr", 1) == "İstanbul"
