"""Languages as people name them."""

from __future__ import annotations

import pytest

from retrieval.filters import filter_of
from retrieval.language_names import language_code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        *[("de", "de"), ("de-AT", "de"), ("pt_BR", "pt"), ("DE", "de")],
        *[
            ("German", "de"),
            ("german", "de"),
            ("Deutsch", "de"),
            ("français", "fr"),
            ("日本語", "ja"),
            (" Swahili ", "sw"),
        ],
        ("Klingonisch", "klingonisch"),
    ],
)
def test_a_language_is_known_by_code_and_name(typed: str, code: str) -> None:
    assert language_code(typed) == code


def test_a_filter_takes_the_name() -> None:
    within = filter_of(language="german")
    assert within is not None
    assert within.language == "de"
