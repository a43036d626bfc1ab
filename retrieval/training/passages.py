"""Cut documents into passages of the lengths that the reader meets."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from retrieval.articles.passages import windows
from retrieval.records import Sentence
from retrieval.training.questions import Document

LIMITS = (200, 200, 200, 128, 80)
"""Limits in word pieces, one drawn per document: mostly an index's own, some shorter, so that both are learnt."""
LONGEST_SENTENCE = 600  # characters; longer ones, such as extracted tables and lists, are cut


@dataclass(frozen=True, slots=True)
class TrainingPassage:
    """A sentence-aligned window of a document."""

    document: int
    start: int
    """Start of what is read: of its first sentence, or of what the passage stands under."""
    sentences: tuple[tuple[int, int], ...]
    """Spans in characters of the document's text."""

    @property
    def end(self) -> int:
        """End of its last sentence."""
        return self.sentences[-1][1]


def cut(
    documents: Sequence[Document], pieces: Callable[[Sequence[str]], list[int]], seed: int
) -> Iterator[TrainingPassage]:
    """Yield the passages of all documents in order; `pieces` counts the word pieces of texts."""
    drawn = random.Random(seed)
    for row, document in enumerate(documents):
        if document.sentences:
            yield TrainingPassage(row, 0, document.sentences)
            continue
        sentences = [Sentence(start, end, paragraph) for start, end, paragraph in _sentences(document.text)]
        counts = dict(
            zip(
                sentences, pieces([document.text[sentence.start : sentence.end] for sentence in sentences]), strict=True
            )
        )
        lengths = {document.text[sentence.start : sentence.end]: count for sentence, count in counts.items()}
        for window in windows(
            document.text, sentences, lengths.__getitem__, partial(_same_limit, drawn.choice(LIMITS))
        ):
            spans = tuple((sentence.start, sentence.end) for sentence in window.sentences)
            yield TrainingPassage(row, spans[0][0], spans)


def _same_limit(limit: int, first: Sentence) -> int:
    return limit


def _sentences(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, paragraph) of every sentence; each line is a paragraph, and nothing is left out."""
    from sentencex import get_sentence_boundaries

    at = 0
    for paragraph, line in enumerate(text.split("\n")):
        if line.strip():
            for sentence in get_sentence_boundaries("en", line):
                yield from _trimmed(text, at + sentence["start_index"], at + sentence["end_index"], paragraph)
        at += len(line) + 1


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of a text's sentences."""
    return [(start, end) for start, end, _ in _sentences(text)]


def _trimmed(text: str, start: int, end: int, paragraph: int) -> Iterator[tuple[int, int, int]]:
    while start < end:
        stop = min(end, start + LONGEST_SENTENCE)
        if stop < end:
            stop = text.rfind(" ", start + 1, stop) + 1 or stop
        piece = text[start:stop]
        lead, trail = len(piece) - len(piece.lstrip()), len(piece) - len(piece.rstrip())
        if lead < len(piece):
            yield start + lead, stop - trail, paragraph
        start = stop
