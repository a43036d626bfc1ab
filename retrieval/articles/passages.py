"""Sentence-aligned windows of an article: what is encoded in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from retrieval.articles.marks import in_words
from retrieval.records import Sentence

LONGEST_CONTEXT = 300
"""Characters of the longest context that is read with a passage; of a longer one, its end."""


@dataclass(frozen=True, slots=True)
class Window:
    """The consecutive sentences of one run that make a passage."""

    sentences: tuple[Sentence, ...]

    @property
    def start(self) -> int:
        """Where the first sentence starts, or what is read with it."""
        return self.sentences[0].begin

    @property
    def context(self) -> tuple[tuple[int, int], ...]:
        """Spans of the headings and other text that it stands under."""
        return self.sentences[0].context

    @property
    def end(self) -> int:
        """Where the last sentence ends."""
        return self.sentences[-1].end


def context_part(text: str, start: int, end: int) -> str:
    """Return a span of what sentences stand under as one line without marks."""
    return " ".join(in_words(text[start:end]).split())


def context_text(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return what is read before a passage that stands under these spans, as one line."""
    return context_line(context_part(text, start, end) for start, end in spans)


def context_line(parts: Iterable[str]) -> str:
    """Return the parts of a context as one line of sentences; of a longer one, the end."""
    return "".join(f"{part} " if part[-1:] in ".:?!" else f"{part}. " for part in parts if part)[-LONGEST_CONTEXT:]


def windows(
    text: str, sentences: Sequence[Sentence], pieces: Callable[[str], int], limit_under: Callable[[Sentence], int]
) -> list[Window]:
    """Pack sentences into windows, whole paragraphs together where they fit.

    `limit_under` returns the word pieces that a window may have under the context of its sentences. A sentence longer
    than the limit is a window of its own.
    """
    packed: list[Window] = []
    for _, group_of_run in groupby(sentences, key=lambda sentence: sentence.run):
        run = list(group_of_run)
        limit = limit_under(run[0])
        current: list[Sentence] = []
        length = 0
        for _, group in groupby(run, key=lambda sentence: sentence.paragraph):
            paragraph = list(group)
            costs = [pieces(text[sentence.begin : sentence.end]) for sentence in paragraph]
            if current and length + sum(costs) > limit:
                packed.append(Window(tuple(current)))
                current, length = [], 0
            for sentence, cost in zip(paragraph, costs, strict=True):
                if current and length + cost > limit:
                    packed.append(Window(tuple(current)))
                    current, length = [], 0
                current.append(sentence)
                length += cost
        if current:
            packed.append(Window(tuple(current)))
    return packed
