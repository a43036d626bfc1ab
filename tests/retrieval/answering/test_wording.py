"""What counts as the same words."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answering.wording import folded

ANY = st.text(st.characters(codec=None, categories=None))
SAME = ["-‐‑‒–—―−", "'‘’‚‛‹›", '"“”„‟«»', " \t\n\u00a0\u2009\u3000\u2028"]


@given(ANY)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize("signs", SAME)
def test_kinds_of_one_sign_are_one(signs: str) -> None:
    assert len({folded(f"a{sign}b") for sign in signs}) == 1


@given(ANY, ANY)
def test_texts_of_other_letters_and_digits_stay_apart(text: str, another: str) -> None:
    """What a reader would read as another letter, digit or word is never folded away."""

    def read(text: str) -> list[str]:
        return [char for char in unicodedata.normalize("NFC", text.lower()) if unicodedata.category(char)[0] in "LNMS"]

    assert folded(text) != folded(another) or read(text.replace("−", "")) == read(another.replace("−", ""))


@pytest.mark.parametrize(
    ("text", "another"),
    [
        ("5 mg", "50 mg"),
        ("10²", "102"),
        ("½", "12"),
        ("①", "1"),
        ("résumé", "resume"),
        ("Maße", "Masse"),
        ("ﬁne", "fine"),
        ("5'", '5"'),
        ("a man-eating fish", "a man eating fish"),
        ("He won.", "He won?"),
        ("He “won”.", "He won."),
        ("5 %", "5 ‰"),
        ("$5", "€5"),
    ],
)
def test_what_can_matter_stays(text: str, another: str) -> None:
    assert folded(text) != folded(another)


def test_one_letter_may_be_written_in_two_ways() -> None:
    assert folded("CAFE\u0301") == folded("caf\u00e9")
    assert folded("J\u030c") == folded("\u01f0")
