"""Passages for training: nothing of a document is lost, and sentences are slices."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from retrieval.training.passages import LONGEST_SENTENCE, cut
from retrieval.training.prepared import piece_counter
from retrieval.training.questions import Document
from tests.retrieval.training.conftest import TEXTS


def by_words(texts: object) -> list[int]:
    """As many pieces as words."""
    assert isinstance(texts, list)
    return [len(text.split()) for text in texts]


@given(st.text(alphabet="ab .\n?!é", max_size=2000))
def test_nothing_but_white_space_lies_between_sentences(text: str) -> None:
    spans = [span for passage in cut([Document("own", "", text)], by_words, 1) for span in passage.sentences]
    stops, starts = [0, *(end for _, end in spans)], [*(start for start, _ in spans), len(text)]
    assert "".join(text[stop:start] for stop, start in zip(stops, starts, strict=True)).strip() == ""
    assert all(text[start:end].strip() == text[start:end] and end - start <= LONGEST_SENTENCE for start, end in spans)


def test_lines_are_paragraphs(tokenizer_file: Path) -> None:
    text = TEXTS["The mill"]
    (passage,) = cut([Document("own", "", text)], piece_counter(tokenizer_file), 1)
    assert [text[start:end] for start, end in passage.sentences] == [
        "The mill was built in 1821 by Ada Brook.",
        "It ground barley until the river was dammed.",
        "Now it is a school.",
    ]
