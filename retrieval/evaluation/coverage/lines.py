"""Sentences of the corpus with their citations, for reports about it."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.analysis import words
from retrieval.index.generation import Generation
from retrieval.records import Citation


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the corpus, or a quote, with its citation."""

    text: str
    citation: Citation


def line_of(generation: Generation, row: int) -> Line:
    """Return the sentence at a row."""
    sentence = generation.sentence(row)
    citation = generation.cite(sentence.article, sentence.start, sentence.end, sentence.paragraph)
    return Line(generation.text(sentence), citation)


def rows_within(generation: Generation, cited: Citation) -> list[int]:
    """Return the rows of the sentences within a cited span."""
    article = generation.row_of(cited.article)
    if article is None:
        return []
    starts, ends, _ = generation.spans_in(article).T
    within = (starts >= cited.start) & (ends <= cited.end)
    return [generation.sentences_in(article)[place] for place in within.nonzero()[0].tolist()]


def covers(outer: Citation, inner: Citation) -> bool:
    """Return whether the outer span contains all of the inner one."""
    return outer.article == inner.article and outer.start <= inner.start and inner.end <= outer.end


def plain(text: str) -> str:
    """Return the words of a text in the form used for comparison."""
    return " ".join(words(text))
