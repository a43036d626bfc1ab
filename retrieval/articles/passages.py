"""Sentence-aligned windows of an article: what is encoded in one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from retrieval.records import Sentence


@dataclass(frozen=True, slots=True)
class Window:
    """A passage in the making: consecutive sentences of one run."""

    sentences: tuple[Sentence, ...]

    @property
    def start(self) -> int:
        """Where the first sentence starts."""
        return self.sentences[0].start

    @property
    def end(self) -> int:
        """Where the last sentence ends."""
        return self.sentences[-1].end


def windows(text: str, sentences: Sequence[Sentence], pieces: Callable[[str], int], limit: int) -> list[Window]:
    """Pack sentences into windows of at most `limit` word pieces, whole paragraphs together where they fit.

    A sentence longer than the limit is a window of its own.
    """
    found: list[Window] = []
    for _, run in groupby(sentences, key=lambda sentence: sentence.run):
        current: list[Sentence] = []
        length = 0
        for _, group in groupby(run, key=lambda sentence: sentence.paragraph):
            paragraph = list(group)
            costs = [pieces(text[sentence.start : sentence.end]) for sentence in paragraph]
            if current and length + sum(costs) > limit:
                found.append(Window(tuple(current)))
                current, length = [], 0
            for sentence, cost in zip(paragraph, costs, strict=True):
                if current and length + cost > limit:
                    found.append(Window(tuple(current)))
                    current, length = [], 0
                current.append(sentence)
                length += cost
        if current:
            found.append(Window(tuple(current)))
    return found
