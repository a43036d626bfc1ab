"""Is a text verbatim in the corpus? Exactly, nearly, or not at all."""

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
from retrieval.records import Citation, Match

MOST_CITATIONS = 20
NEAR = 60.0  # likeness, 0 to 100, below which nothing in the corpus counts as near
TRIED = 20  # sentences that a near quote may begin with
SEARCHED = 2000  # characters of a long text that the nearest quote is searched by


def verify(engine: Engine, text: str) -> Match:
    """Look the text up character by character; failing that, find the corpus' words that come nearest.

    White space around the text is left out. Raises TextInvalid for a text without a word.
    """
    wanted = text.strip()
    if not any(char.isalnum() for word in words(wanted) for char in word):
        raise TextInvalid
    citations = tuple(_occurrences(engine.generation, wanted))
    if citations:
        return Match("verbatim", wanted, citations)
    nearest = _nearest(engine, wanted)
    if nearest is None:
        return Match("absent", wanted)
    return Match("near", wanted, (nearest[0],), nearest[1])


def _occurrences(generation: Generation, wanted: str) -> Iterator[Citation]:
    """Citations of the text's occurrences, at most MOST_CITATIONS, in order of (article id, start)."""
    needle = wanted.encode("utf-8", "surrogatepass")
    texts, found = generation.searchable, 0
    at = texts.bytes.find(needle)
    while at >= 0 and found < MOST_CITATIONS:
        row = texts.row_at(at)
        within = at - texts.start(row)
        article = generation.article(row)
        record = texts[row]
        start = len(record[:within].decode("utf-8", "surrogatepass"))
        end = start + len(wanted)
        # A run that only exists because two texts stand next to each other in the file is no occurrence.
        if article.text[start:end] == wanted and start >= article.body:
            found += 1
            yield generation.cite(row, start, end, paragraph_of(generation, row, start, end)[0])
        at = texts.bytes.find(needle, at + 1)


def _nearest(engine: Engine, wanted: str) -> tuple[Citation, str] | None:
    """The run of sentences most like the text, with its citation."""
    from rapidfuzz import fuzz

    generation = engine.generation
    cut = wanted[:SEARCHED].encode("utf-8", "replace").decode()  # no encoder takes half a character
    asked = Question(cut, tuple(terms(cut)), engine.encoder.question(cut))
    candidates = rank(generation, asked, engine.settings, engine.settings.candidates)
    scored = score_sentences(generation, asked, candidates, engine.settings)
    plain = " ".join(words(wanted))
    best, place = NEAR, None
    for one in scored[:TRIED]:
        article, _, start, *_ = generation.sentence(one.row)
        text = generation.article(article).text
        for row in range(one.row, generation.sentences_of(one.passage).stop):
            end = generation.sentence(row).end
            likeness = fuzz.ratio(plain, " ".join(words(text[start:end])), score_cutoff=best)
            if likeness > best:
                best, place = likeness, (article, start, end)
            if end - start > 2 * len(wanted):
                break
    if place is None:
        return None
    article, start, end = place
    citation = generation.cite(article, start, end, paragraph_of(generation, article, start, end)[0])
    return citation, generation.article(article).text[start:end]
