"""Sentence-aligned windows."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.articles.passages import windows
from retrieval.records import Sentence


def pieces(text: str) -> int:
    return len(text.split())


@st.composite
def articles(draw: st.DrawFn) -> tuple[str, list[Sentence]]:
    """A text of sentences of 1 to 9 words, in paragraphs and runs."""
    text, sentences, paragraph, run = "", list[Sentence](), 1, 0
    for count, opens, leaves in draw(
        st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.booleans()), min_size=1, max_size=15)
    ):
        paragraph, run = paragraph + opens, run + leaves
        start = len(text)
        text += " ".join(["word"] * count) + "."
        sentences.append(Sentence(start, len(text), paragraph, run))
        text += "\n\n" if leaves else " "
    return text, sentences


@settings(max_examples=60, deadline=None)
@given(article=articles(), limit=st.integers(1, 20))
def test_windows_hold_every_sentence_once_in_order(article: tuple[str, list[Sentence]], limit: int) -> None:
    text, sentences = article
    found = windows(text, sentences, pieces, lambda first: limit)
    assert [sentence for window in found for sentence in window.sentences] == sentences
    for window in found:
        held = window.sentences
        assert (window.start, window.end) == (held[0].start, held[-1].end)
        assert len({sentence.run for sentence in held}) == 1, "a window stays within a run"
        length = sum(pieces(text[sentence.start : sentence.end]) for sentence in held)
        assert length <= limit or len(held) == 1
    for one, other in pairwise(found):
        if one.sentences[0].run == other.sentences[0].run:
            first = [other.sentences[0]]
            if one.sentences[-1].paragraph != first[0].paragraph:
                first = [sentence for sentence in sentences if sentence.paragraph == first[0].paragraph]
            both = [*one.sentences, *first]
            assert sum(pieces(text[sentence.start : sentence.end]) for sentence in both) > limit, "room was left"


def test_paragraphs_stay_whole_where_they_fit() -> None:
    text = "One two. Three four. Five six. Seven eight."
    spans = [(0, 8, 1), (9, 20, 2), (21, 30, 2), (31, 43, 3)]
    sentences = [Sentence(start, end, paragraph) for start, end, paragraph in spans]
    found = windows(text, sentences, pieces, lambda first: 5)
    assert [text[window.start : window.end] for window in found] == [
        "One two.",
        "Three four. Five six.",
        "Seven eight.",
    ]


def test_no_sentences_no_windows() -> None:
    assert windows("", [], pieces, lambda first: 5) == []
