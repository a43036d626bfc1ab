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
    sentence = generation.sentence(row)
    citation = generation.cite(sentence.article, sentence.start, sentence.end, sentence.paragraph)
    return Line(generation.text(sentence), citation)


def rows_within(generation: Generation, cited: Citation) -> list[int]:
    """Rows of the sentences within a span that was cited."""
    article = generation.row_of(cited.article)
    if article is None:
        return []
    starts, ends, _ = generation.spans_in(article).T
    within = (starts >= cited.start) & (ends <= cited.end)
    return [generation.sentences_in(article)[place] for place in within.nonzero()[0].tolist()]


def covers(outer: Citation, inner: Citation) -> bool:
    """Whether the first span holds the whole of the second."""
    return outer.article == inner.article and outer.start <= inner.start and inner.end <= outer.end


def plain(text: str) -> str:
    """The words of a text, as they are compared."""
    return " ".join(words(text))
