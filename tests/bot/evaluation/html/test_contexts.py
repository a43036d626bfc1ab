"""What is shown around a quote."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.html.contexts import AROUND, Contexts, Window

TEXT = st.text(st.sampled_from("ab \n\U0001f41d"), min_size=1, max_size=400)


def around(text: str, quoted: str) -> str:
    """Return the window of a text around its quote."""
    start = text.index(quoted)
    window = Contexts({"a": text}.get).window("a", start, start + len(quoted))
    assert window
    return text[window.start : window.end]


def test_a_window_ends_with_its_paragraph() -> None:
    assert around("Before.\n\nOne. Two. Three.\n\nBehind.", "Two.") == "One. Two. Three."


def test_a_window_ends_between_words() -> None:
    text = "begin " + "word " * 100 + "here" + " word" * 100 + " end"
    window = around(text, "here")
    assert set(window.split()) == {"word", "here"}
    assert 2 * AROUND - 10 < len(window) <= 2 * AROUND + 4


def test_a_huge_word_is_left_out_rather_than_cut() -> None:
    assert around("x" * 500 + " here " + "y" * 500, "here").split() == ["here"]


def test_a_place_that_is_not_there_has_no_window() -> None:
    contexts = Contexts({"a": "short"}.get)
    assert contexts.window("gone", 0, 1) is None
    assert contexts.window("a", 2, 9) is None
    assert contexts.window("a", 2, 2) is None
    assert contexts.window("a", 0, 5) == Window(1, 0, 5)


@given(TEXT, st.lists(st.tuples(st.integers(0, 399), st.integers(1, 60)), max_size=5), st.sampled_from([0, 10, AROUND]))
def test_every_window_lies_in_one_piece_of_the_article(text: str, spans: list[tuple[int, int]], reach: int) -> None:
    contexts = Contexts({"a": text}.get)
    windows = [(start, contexts.window("a", start, start + length, around=reach)) for start, length in spans]
    pieces = contexts.source("a").pieces()
    assert all(text[start : start + len(piece)] == piece for start, piece in pieces)
    for start, window in windows:
        if window:
            assert window.start <= start < window.end
            assert sum(at <= window.start and window.end <= at + len(piece) for at, piece in pieces) == 1
