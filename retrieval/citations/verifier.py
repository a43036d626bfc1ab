"""Check whether a text is in the corpus: verbatim, nearly, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.analysis import terms, words
from retrieval.answering.question import Question
from retrieval.answering.retriever import rank
from retrieval.answering.scoring import score_sentences
from retrieval.citations.permalink import paragraph_of
from retrieval.engine import Engine
from retrieval.errors import TextInvalid
from retrieval.index.generation import Generation
from retrieval.readable import readable
from retrieval.records import Citation, Match

MOST_CITATIONS = 20
NEAR = 60.0  # similarity, 0 to 100, below which nothing in the corpus counts as near
TRIED = 20  # sentences tried as the beginning of a near quote
SEARCHED = 2000  # characters of a long text used to search for the nearest quote


def verify(engine: Engine, text: str) -> Match:
    """Look the text up character by character; failing that, find the corpus' nearest words.

    White space around the text is ignored. A text that is exactly what a quote is shown as (`readable`) is verbatim,
    too, and `Match.text` is then the source's. Raises TextInvalid for a text without a word.
    """
    quote = text.strip()
    if not any(char.isalnum() for word in words(quote) for char in word):
        raise TextInvalid
    citations = tuple(_occurrences(engine.generation, quote))
    if citations:
        return Match("verbatim", quote, citations)
    nearest = _nearest(engine, quote)
    if nearest is None:
        return Match("absent", quote)
    citation, source = nearest
    read = readable(source, citation.path, citation.labels)
    if read != source and read.split() == quote.split():
        return Match("verbatim", source, tuple(_occurrences(engine.generation, source)))
    return Match("near", quote, (citation,), source)


def _occurrences(generation: Generation, quote: str) -> Iterator[Citation]:
    """Yield citations of the quote's occurrences, at most MOST_CITATIONS, in order of (article id, start)."""
    needle = quote.encode("utf-8", "surrogatepass")
    texts, count = generation.searchable, 0
    at = texts.bytes.find(needle)
    while at >= 0 and count < MOST_CITATIONS:
        row = texts.row_at(at)
        within = at - texts.start(row)
        article = generation.article(row)
        record = texts[row]
        start = len(record[:within].decode("utf-8", "surrogatepass"))
        end = start + len(quote)
        # A match across the border of two articles' texts is no occurrence.
        if article.text[start:end] == quote and start >= article.body:
            count += 1
            yield generation.cite(row, start, end, paragraph_of(generation, row, start, end)[0])
        at = texts.bytes.find(needle, at + 1)


def _nearest(engine: Engine, quote: str) -> tuple[Citation, str] | None:
    """Return the run of sentences most similar to the quote, with its citation; None where nothing is near."""
    from rapidfuzz import fuzz

    generation = engine.generation
    cut = quote[:SEARCHED].encode("utf-8", "replace").decode()  # encoders refuse lone surrogates
    question = Question(cut, tuple(terms(cut)), engine.encoder.question(cut))
    candidates = rank(generation, question, engine.settings, engine.settings.candidates)
    scored = score_sentences(generation, question, candidates, engine.settings)
    sought = " ".join(words(quote))
    best, place = NEAR, None
    for sentence in scored[:TRIED]:
        article, _, start, *_ = generation.sentence(sentence.row)
        for row in range(sentence.row, generation.sentences_of(sentence.passage).stop):
            end = generation.sentence(row).end
            likeness = fuzz.ratio(sought, " ".join(words(generation.plain(article, start, end))), score_cutoff=best)
            if likeness > best:
                best, place = likeness, (article, start, end)
            if end - start > 2 * len(quote):
                break
    if place is None:
        return None
    article, start, end = place
    citation = generation.cite(article, start, end, paragraph_of(generation, article, start, end)[0])
    return citation, generation.article(article).text[start:end]
