"""Documents -> passages with their sentences, at the lengths that a reader meets."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from retrieval.articles.passages import windows
from retrieval.records import Sentence
from retrieval.training.questions import Document

LIMITS = (200, 200, 200, 128, 80)
"""Word pieces of a document's passages, drawn: mostly those of an index, some shorter, so that both can be read."""
LONGEST_SENTENCE = 600  # characters; extracted tables and lists without a full stop are cut there


@dataclass(frozen=True, slots=True)
class TrainingPassage:
    """A sentence-aligned window of a document."""

    document: int
    sentences: tuple[tuple[int, int], ...]
    """Spans in characters of the document's text."""

    @property
    def start(self) -> int:
        """Where its first sentence starts."""
        return self.sentences[0][0]

    @property
    def end(self) -> int:
        """Where its last sentence ends."""
        return self.sentences[-1][1]


def cut(
    documents: Sequence[Document], pieces: Callable[[Sequence[str]], list[int]], seed: int
) -> Iterator[TrainingPassage]:
    """Yield the passages of all documents, in order; `pieces` counts the word pieces of texts."""
    drawn = random.Random(seed)
    for row, document in enumerate(documents):
        sentences = [Sentence(start, end, paragraph) for start, end, paragraph in _sentences(document.text)]
        counts = dict(zip(sentences, pieces([document.text[one.start : one.end] for one in sentences]), strict=True))
        lengths = {document.text[one.start : one.end]: count for one, count in counts.items()}
        for window in windows(document.text, sentences, lengths.__getitem__, drawn.choice(LIMITS)):
            yield TrainingPassage(row, tuple((one.start, one.end) for one in window.sentences))


def _sentences(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, paragraph) of every sentence; each line is a paragraph, and nothing is left out."""
    from sentencex import get_sentence_boundaries

    at = 0
    for paragraph, line in enumerate(text.split("\n")):
        if line.strip():
            for sentence in get_sentence_boundaries("en", line):
                yield from _trimmed(text, at + sentence["start_index"], at + sentence["end_index"], paragraph)
        at += len(line) + 1


def _trimmed(text: str, start: int, end: int, paragraph: int) -> Iterator[tuple[int, int, int]]:
    while start < end:
        stop = min(end, start + LONGEST_SENTENCE)
        if stop < end:
            stop = text.rfind(" ", start + 1, stop) + 1 or stop
        shown = text[start:stop]
        lead, trail = len(shown) - len(shown.lstrip()), len(shown) - len(shown.rstrip())
        if lead < len(shown):
            yield start + lead, stop - trail, paragraph
        start = stop
