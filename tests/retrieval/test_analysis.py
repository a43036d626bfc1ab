"""Words and terms."""

from __future__ import annotations

from retrieval.analysis import frequent_words, stem, terms, words


def test_words_are_lower_case_and_without_accents() -> None:
    assert words("Der Café-Besitzer, ÅNGSTRÖM & 3.5% of U.S.") == [
        *("der", "cafe", "besitzer", "angstrom", "3", "5", "of", "u", "s")
    ]
    assert words("日本の Москва") == ["日", "本", "の", "москва"], "scripts without spaces go by the character"
    assert words("…!? 😀") == []


def test_terms_are_stems_without_stop_words() -> None:
    assert terms("The letters were written to the ministers") == ["letter", "were", "written", "minist"]
    assert terms("to be or not to be") == []
    assert stem("clarifying") == stem("clarify")


def test_frequent_words_are_as_they_are_printed() -> None:
    texts = ["Lavrov wrote. Lavrov spoke.", "A lavrov once wrote it: 1234567 NATO_x", "Wrote!"]
    assert frequent_words(texts) == ["Lavrov", "wrote", "NATO", "once", "spoke"]
    assert frequent_words(["BETA alpha", "beta ALPHA"]) == ["ALPHA", "BETA"], "ties go by the letters"
