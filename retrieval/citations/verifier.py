"""Check whether a text is in the corpus: verbatim, the same but for typography, nearly, or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Literal

from retrieval.analysis import terms_in_each, words
from retrieval.answering.question import Question
from retrieval.answering.retriever import rank
from retrieval.answering.scoring import ScoredSentence, score_sentences
from retrieval.answering.wording import folded
from retrieval.citations import typography
from retrieval.citations.permalink import paragraph_of
from retrieval.engine import Engine
from retrieval.errors import TextInvalid
from retrieval.index.generation import Generation
from retrieval.readable import readable
from retrieval.records import Citation, Match
from retrieval.stand_ins import has_stand_in

MOST_CITATIONS = 20
NEAR = 60.0  # similarity, 0 to 100, below which nothing in the corpus counts as near
CONTAINED = 80.0  # similarity to the most similar part of a longer sentence, from which that counts as near
TRIED = 20  # sentences tried as the beginning of a near quote
SEARCHED = 2000  # characters of a long text used to search for the nearest quote
_PIECE = re.compile(r"[\"'“‘„«(]*+(?P<words>\S*?)[.,;:!?…\"'”’»]*+(?!\S)")
"""What stands between white space, and its words with their marks, without the signs of the sentence around them."""


def verify(engine: Engine, text: str, readings: Sequence[str] = (), rows: Sequence[int] = ()) -> Match:
    """Look the text up character by character; failing that, but for its typography; else find the nearest words.

    White space around the text is ignored. `readings` are other texts that it may stand for, and the articles at the
    `rows` are searched before all others. A text that is exactly what a quote is shown as (`readable`) is verbatim,
    too, and `Match.text` is then the source's. So it is where a text was extracted, and differs in white space alone:
    the lines of a page are no part of its words. Raises TextInvalid for a text without a word.
    """
    texts = _texts(text, readings)
    for where in (rows, ()) if rows else ((),):
        if match := _standing(engine.generation, texts, where):
            return match
    return _nearly(engine, texts[-1])


def verify_in(generation: Generation, text: str, readings: Sequence[str], row: int) -> Match | None:
    """Look the text up as `verify` does, in one article of a generation alone; None where it does not stand there."""
    return _standing(generation, _texts(text, readings), (row,))


def _texts(text: str, readings: Sequence[str]) -> list[str]:
    texts = list(dict.fromkeys(reading.strip() for reading in (text, *readings) if _has_words(reading)))
    if not texts or not _has_words(text):
        raise TextInvalid
    return texts


def _standing(generation: Generation, texts: Sequence[str], rows: Sequence[int]) -> Match | None:
    for find in (_verbatim, _but_for_typography):
        for text in texts:
            if match := find(generation, text, rows):
                return match
    return None


def _has_words(text: str) -> bool:
    return any(char.isalnum() for word in words(text) for char in word)


def _verbatim(generation: Generation, quote: str, rows: Sequence[int]) -> Match | None:
    citations = tuple(_occurrences(generation, quote, rows))
    return _found("verbatim", quote, citations, quote) if citations else None


def _found(verdict: Literal["verbatim", "typography"], text: str, citations: Sequence[Citation], source: str) -> Match:
    """Return the match of a text that stands as `source` in these places; first of all where a sign is its own."""
    if has_stand_in(source):
        own = [cited for cited in citations if not cited.is_extracted]
        if not own:
            return Match("gaps", text, tuple(citations), source)
        citations = own
    return Match(verdict, text, tuple(citations), None if verdict == "verbatim" else source)


def _but_for_typography(generation: Generation, quote: str, rows: Sequence[int]) -> Match | None:
    if len(quote) > typography.LONGEST:
        return None
    texts = generation.searchable.bytes
    pattern = typography.pattern_of(quote, lambda sign: texts.find(sign) >= 0)

    def find(start: int, end: int) -> tuple[int, int] | None:
        match = pattern.search(texts, start, end)
        return match.span() if match else None

    citations = tuple(_cited(generation, find, rows))
    sources = [_words_of(generation, cited) for cited in citations]
    for cited, source in zip(citations, sources, strict=True):
        if _is_shown_as(quote, source, cited):
            return _verbatim(generation, source, rows)
        if cited.is_extracted and source.split() == quote.split() and (match := _verbatim(generation, source, rows)):
            return replace(match, is_respaced=True)
    if not citations:
        return None
    alike = [cited for cited, source in zip(citations, sources, strict=True) if folded(source) == folded(sources[0])]
    return _found("typography", quote, alike, sources[0])


def _nearly(engine: Engine, quote: str) -> Match:
    scored = _scored(engine, quote)
    part = _part_shown_as(engine.generation, quote, [sentence.row for sentence in scored])
    if part is not None and (match := _verbatim(engine.generation, part, ())):
        return match
    nearest = _nearest(engine.generation, quote, scored)
    if nearest is None:
        return Match("absent", quote)
    citation, source = nearest
    if _is_shown_as(quote, source, citation):
        return Match("verbatim", source, tuple(_occurrences(engine.generation, source)))
    reads = readable(source, citation.path, citation.labels)
    if reads != source and len(quote) <= typography.LONGEST:
        as_read = reads.strip().encode("utf-8", "surrogatepass")
        if typography.pattern_of(quote, lambda sign: sign in as_read).fullmatch(as_read):
            return Match("typography", quote, tuple(_occurrences(engine.generation, source)), source)
    return Match("near", quote, (citation,), source)


def _is_shown_as(quote: str, source: str, cited: Citation) -> bool:
    """Return whether a text is what the words of a source are shown as."""
    reads = readable(source, cited.path, cited.labels)
    return reads != source and reads.split() == quote.split()


def _part_shown_as(generation: Generation, quote: str, rows: Iterable[int]) -> str | None:
    """Return the part of a sentence, of those at the rows, that a text is shown as; None for none."""
    sought = quote.split()
    for row in rows:
        article, _, start, end, *_ = generation.sentence(row)
        cited = generation.cite(article, start, end, 0)
        source = generation.article(article).text[start:end]
        if " ".join(sought) not in " ".join(readable(source, cited.path, cited.labels).split()):
            continue
        pieces = list(_PIECE.finditer(source))
        begins = [place for piece in pieces if sought[0] in piece[0] for place in {piece.start(), piece.start("words")}]
        ends = [place for piece in pieces if sought[-1] in piece[0] for place in {piece.end(), piece.end("words")}]
        for begin, behind in product(begins, ends):
            if begin < behind and _is_shown_as(quote, source[begin:behind], cited):
                return source[begin:behind]
    return None


def _occurrences(generation: Generation, quote: str, rows: Sequence[int] = ()) -> Iterator[Citation]:
    """Yield citations of the quote's occurrences, at most MOST_CITATIONS, in order of (article id, start)."""
    needle, texts = quote.encode("utf-8", "surrogatepass"), generation.searchable.bytes

    def find(start: int, end: int) -> tuple[int, int] | None:
        at = texts.find(needle, start, end)
        return (at, at + len(needle)) if at >= 0 else None

    return _cited(generation, find, rows)


def _cited(
    generation: Generation, find: Callable[[int, int], tuple[int, int] | None], rows: Sequence[int]
) -> Iterator[Citation]:
    """Yield citations of what `find` finds between two bytes of the texts, in all articles or those at the rows."""
    texts, count = generation.searchable, 0
    ranges = [texts.range_of(row) for row in sorted(rows)] if rows else [(0, len(texts.bytes))]
    for start, end in ranges:
        while count < MOST_CITATIONS and (span := find(start, end)):
            row = texts.row_at(span[0])
            first, last = (at - texts.start(row) for at in span)
            start = span[0] + 1
            record, article = texts[row], generation.article(row)
            place = len(record[:first].decode("utf-8", "surrogatepass"))
            behind = place + len(record[first:last].decode("utf-8", "surrogatepass"))
            # What reaches across the border of two articles' texts is no occurrence.
            if last <= len(record) and place >= article.body and _is_shown(generation, row, place, behind):
                count += 1
                yield generation.cite(row, place, behind, paragraph_of(generation, row, place, behind)[0])


def _is_shown(generation: Generation, row: int, start: int, end: int) -> bool:
    """Return whether a span begins and ends with words that the page of its article shows."""
    text, visible = generation.article(row).text, generation.visible_text(row)
    words = [at for at in range(start, end) if text[at].isalnum()]
    return not words or all(visible[at] == text[at] for at in (words[0], words[-1]))


def _words_of(generation: Generation, cited: Citation) -> str:
    row = generation.row_of(cited.article)
    assert row is not None
    return generation.article(row).text[cited.start : cited.end]


def _scored(engine: Engine, quote: str) -> Sequence[ScoredSentence]:
    """Return the sentences in which the quote may begin, the likeliest first."""
    generation = engine.generation
    cut = quote[:SEARCHED].encode("utf-8", "replace").decode()  # encoders refuse lone surrogates
    question = Question(cut, tuple(terms_in_each(cut, generation.languages)), engine.encoder.question(cut))
    candidates = rank(generation, question, engine.settings, engine.settings.candidates)
    return score_sentences(generation, question, candidates, engine.settings)[:TRIED]


def _nearest(generation: Generation, quote: str, scored: Sequence[ScoredSentence]) -> tuple[Citation, str] | None:
    """Return the run of sentences most similar to the quote, with its citation; None where nothing is near."""
    from rapidfuzz import fuzz

    sought = " ".join(words(quote))
    best, place = NEAR, None
    for sentence in scored:
        article, _, start, *_ = generation.sentence(sentence.row)
        for row in range(sentence.row, generation.sentences_of(sentence.passage).stop):
            end = generation.sentence(row).end
            likeness = fuzz.ratio(sought, " ".join(words(generation.plain(article, start, end))), score_cutoff=best)
            if likeness > best:
                best, place = likeness, (article, start, end)
            if end - start > 2 * len(quote):
                break
    if place is None:
        place = _containing(generation, sought, [sentence.row for sentence in scored])
    if place is None:
        return None
    article, start, end = place
    citation = generation.cite(article, start, end, paragraph_of(generation, article, start, end)[0])
    return citation, generation.article(article).text[start:end]


def _containing(generation: Generation, sought: str, rows: Sequence[int]) -> tuple[int, int, int] | None:
    """Return the place of the sentence that has most of the words sought, of several, in a part most similar to them.

    As a whole a sentence that is much longer than its part is not similar to it.
    """
    from rapidfuzz import fuzz

    quoted = set(sought.split())
    best, place = CONTAINED, None
    for row in rows:
        article, _, start, end, *_ = generation.sentence(row)
        text = " ".join(words(generation.plain(article, start, end)))
        if len(quoted) < 3 or len(text) < len(sought) or 2 * len(quoted & set(text.split())) <= len(quoted):
            continue
        likeness = fuzz.partial_ratio(sought, text, score_cutoff=best)
        if likeness > best:
            best, place = likeness, (article, start, end)
    return place
