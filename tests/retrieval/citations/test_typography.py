"""One pattern for all that differs in typography alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from retrieval.citations.typography import pattern_of


def matches(text: str, source: str) -> bool:
    """Whether the pattern of a text matches a source from end to end."""
    encoded = source.encode("utf-8", "surrogatepass")
    return pattern_of(text, lambda sign: sign in encoded).fullmatch(encoded) is not None


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("'a' \"b\"", "‘a’ “b”"),
        ("»b« ‹a›", "\"b\" 'a'"),
        ("1990-1994 – yes", "1990–1994 — yes"),
        ("and so on...", "and so on…"),
        ("and so on… a", "and so on...\r\n a"),
        ("a b", "a\u00a0\u2009\n\tb"),
        ("café", unicodedata.normalize("NFD", "café")),
        (unicodedata.normalize("NFD", "Ångström"), "Ångström"),
        ("office flow", "oﬃce ﬂow"),
        ("oﬃce ﬂow", "office flow"),
        ("the last state", "the laﬅ ﬆate"),
        ("the laﬅ ﬆate", "the last state"),
        ("unbreakable", "un\u00adbreak\u200bable"),
        ("un\u00adbreakable", "unbreakable"),
        (" a ", "a"),
        ("C++ (1.5*2)?", "C++ (1.5*2)?"),
        ("\udcff 😂", "\udcff 😂"),
    ],
)
def test_what_is_the_same(text: str, source: str) -> None:
    assert matches(text, source)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        *(("us", "US"), ("5' ", '5"'), ("10²", "102"), ("ab", "a b"), ("a b", "ab"), ("résumé", "resume")),
        *(("a.b", "a,b"), ("Maße", "Masse"), ("a--b", "a-b"), ("a....", "a…"), ("no", "not"), ("1,000", "1.000")),
    ],
)
def test_what_is_not(text: str, source: str) -> None:
    assert not matches(text, source)


@given(st.text(min_size=1, max_size=60))
def test_every_text_is_the_same_as_itself(text: str) -> None:
    assume(any(map(str.isalnum, text)))
    encoded = text.strip().encode("utf-8", "surrogatepass")
    assert pattern_of(text, lambda sign: sign in encoded).search(encoded)
