"""Sentences of the corpus with their places, for reports about it."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.analysis import words
from retrieval.index.generation import Generation
from retrieval.records import Citation


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the corpus, or a quote, with its place."""

    text: str
    citation: Citation


def line_of(generation: Generation, row: int) -> Line:
    """The sentence at a row."""
    passage, start, end, paragraph = (int(value) for value in generation.sentences[row, :4])
    article = int(generation.passages[passage, 0])
    return Line(generation.article(article).text[start:end], generation.cite(article, start, end, paragraph))


def rows_of(generation: Generation, article: int) -> range:
    """Rows of an article's sentences."""
    passages = generation.passages_of(article)
    if not passages:
        return range(0)
    return range(generation.sentences_of(passages.start).start, generation.sentences_of(passages.stop - 1).stop)


def rows_within(generation: Generation, cited: Citation) -> list[int]:
    """Rows of the sentences within a span that was cited."""
    article = generation.row_of(cited.article)
    if article is None:
        return []
    rows = rows_of(generation, article)
    spans = generation.sentences[rows.start : rows.stop, 1:3]
    within = (spans[:, 0] >= cited.start) & (spans[:, 1] <= cited.end)
    return [rows.start + int(place) for place in within.nonzero()[0]]


def covers(outer: Citation, inner: Citation) -> bool:
    """Whether the first span holds the whole of the second."""
    return outer.article == inner.article and outer.start <= inner.start and inner.end <= outer.end


def plain(text: str) -> str:
    """The words of a text, as they are compared."""
    return " ".join(words(text))
