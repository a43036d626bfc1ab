"""Locates gold spans in the index, and derives the targets that a quote must cover to be right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, cached_property
from itertools import takewhile

from retrieval.errors import GoldInvalid
from retrieval.evaluation.gold.parsing import Fault, UnfitError, quoted
from retrieval.evaluation.gold.sets import GoldSet
from retrieval.evaluation.records import GoldQuestion, GoldSpan, Posed, Target
from retrieval.index.generation import Generation
from retrieval.records import Article

NEAR = 60.0  # similarity, 0 to 100, that a suggestion needs
SAME = 40  # characters of a common beginning from which a message cuts it, so that the difference is visible

_WORD = re.compile(r"[^\W_]+")


def pose(gold: GoldSet, generation: Generation, *, skip_bad: bool = False) -> tuple[tuple[Posed, ...], tuple[str, ...]]:
    """Locate every gold span in the index.

    Returns the questions ready to be asked, each span with its target, and the skipped faults, "line 12: what is wrong;
    what to do".

    A quote without offsets, or a SQuAD paragraph, is gold wherever it occurs, so a question may have more spans than in
    its gold set. Raises GoldInvalid with every fault; with `skip_bad`, leaves faulty questions out as long as others
    remain. A question that judges whole articles loses only those that the index lacks.
    """
    places = _Places(generation)
    posed: list[Posed] = []
    faults: list[Fault] = []
    for question in gold.questions:
        spans, unfit = _placed(question, places)
        judged = bool(spans) and all(span.whole for span in question.gold)
        if not unfit or judged:
            posed.append(Posed(replace(question, gold=tuple(spans.values())), tuple(spans)))
        faults += [(question.where, fault) for fault in unfit]
    if faults and not (skip_bad and posed):
        raise GoldInvalid(gold.name, faults, len(posed))
    return tuple(posed), tuple(f"{where}: {fault}" for where, fault in faults)


def _placed(question: GoldQuestion, places: _Places) -> tuple[dict[Target, GoldSpan], list[str]]:
    """Return the question's targets, each with its span in the index, and the faults of those not located."""
    spans: dict[Target, GoldSpan] = {}
    faults: dict[str, None] = {}
    for number, span in enumerate(question.gold, start=1):
        try:
            for place in places.of(span):
                spans.setdefault(places.target(place), place)
        except UnfitError as error:
            own = not span.whole and not span.paragraph
            faults[f"gold {number}: {error}" if own else str(error)] = None
    return spans, list(faults)


class _Places:
    """Locates gold spans in a generation."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._paragraph = cache(self._look_up)
        self._suggestion = cache(self._nearest_id)

    def of(self, span: GoldSpan) -> list[GoldSpan]:
        """Return the span with offsets in its article, once for each occurrence; raise UnfitError."""
        if span.whole:
            if self._generation.row_of(span.article) is None:
                raise UnfitError(
                    f"the qrels judge the article {quoted(span.article)}, which the index does not have; "
                    "index the corpus that was judged, or remove the judgment"
                )
            return [span]
        if span.paragraph:
            occurrences = self._paragraph(span.paragraph, span.article)
            if not occurrences:
                raise UnfitError(
                    f"its paragraph {quoted(span.paragraph)} is in no article of the index; "
                    "use the gold set's own corpus, or one that has the paragraph word for word"
                )
            return [
                replace(span, article=article, start=at + span.start, end=at + span.end, paragraph="")
                for article, at in occurrences
            ]
        article = self._article(span.article)
        if span.start == span.end == 0:
            places = _places(article.text, span.quote, article.body, len(article.text))
            if not places:
                raise UnfitError(f'"quote" {quoted(span.quote)} is not in {quoted(article.id)}{self._near(span)}')
            return [replace(span, start=start, end=end) for start, end in places]
        _check(span, article)
        if span.start < article.body and not self._is_quotable(span):
            raise UnfitError(
                f'"start" is {span.start}, in the front matter, which ends at {article.body} and is never quoted; '
                "name a place after it"
            )
        return [span]

    def target(self, span: GoldSpan) -> Target:
        """Return the target of a located span; raise UnfitError."""
        if span.whole:
            return Target(span.article, 0, 0, "", whole=True)
        text = self._article(span.article).text
        within = text[span.start : span.end]
        start = span.start + len(within) - len(within.lstrip())
        end = span.start + len(within.rstrip())
        if start >= end:
            raise UnfitError(f"from {span.start} to {span.end} there is only white space; correct the offsets")
        if span.answer:
            places = _places(text, span.answer, start, end)
            if not places:
                raise UnfitError(
                    f'"answer" {quoted(span.answer)} is not in {quoted(within)}; copy it from there, or leave it out'
                )
            start, end = places[0]
        return Target(span.article, start, end, text[start:end])

    def _is_quotable(self, span: GoldSpan) -> bool:
        """Return whether a place overlaps a sentence: front matter has few."""
        row = self._generation.row_of(span.article)
        assert row is not None
        spans = self._generation.spans_in(row)
        return bool(((spans[:, 0] < span.end) & (spans[:, 1] > span.start)).any())

    def _article(self, id_: str) -> Article:
        row = self._generation.row_of(id_)
        if row is None:
            near = self._suggestion(id_)
            hint = (
                f"did you mean {quoted(near)}?" if near else "an id is a path in the corpus folder, without extension"
            )
            raise UnfitError(f'"article" {quoted(id_)} is not in the index ({hint}); correct it, or index the article')
        return self._generation.article(row)

    @cached_property
    def _names(self) -> dict[str, list[int]]:
        """Article rows by the words of their id and title."""
        names: dict[str, list[int]] = {}
        for row in range(len(self._generation)):
            ref = self._generation.ref(row)
            for name in dict.fromkeys((_plain(ref.article), _plain(ref.title))):
                names.setdefault(name, []).append(row)
        return names

    def _nearest_id(self, id_: str) -> str | None:
        from rapidfuzz import fuzz, process

        near = process.extractOne(_plain(id_), self._names.keys(), scorer=fuzz.ratio, score_cutoff=NEAR)
        return self._generation.ref(self._names[near[0]][0]).article if near else None

    def _look_up(self, paragraph: str, article: str) -> list[tuple[str, int]]:
        """Return article and offset of each occurrence of a paragraph: in articles of that name, or else in all."""
        named = self._occurrences(paragraph, self._names.get(_plain(article), []))
        return list(named) or list(self._occurrences(paragraph, None))

    def _occurrences(self, text: str, rows: list[int] | None) -> Iterator[tuple[str, int]]:
        """Yield article and offset of each exact occurrence of a text in these rows, or in all if None."""
        for row in self._rows_with(text) if rows is None else rows:
            article = self._generation.article(row)
            at = article.text.find(text, article.body)
            while at >= 0:
                yield article.id, at
                at = article.text.find(text, at + len(text))

    def _rows_with(self, text: str) -> Iterator[int]:
        texts, needle = self._generation.searchable, text.encode("utf-8", "surrogatepass")
        at = texts.bytes.find(needle)
        while at >= 0:
            row = texts.row_at(at)
            yield row
            following = texts.start(row + 1) if row + 1 < len(texts) else -1
            at = texts.bytes.find(needle, following) if following >= 0 else -1

    def _near(self, span: GoldSpan) -> str:
        """Return the end of a fault's sentence: the nearest match to a quote that is missing, and the remedy."""
        elsewhere = next(self._occurrences(span.quote.strip(), None), None)
        if elsewhere is not None:
            return f", but in {quoted(elsewhere[0])}; name that article"
        from rapidfuzz import fuzz, process

        row = self._generation.row_of(span.article)
        assert row is not None
        generation = self._generation
        sentences = [generation.text(generation.sentence(number)) for number in generation.sentences_in(row)]
        near = process.extractOne(span.quote, sentences, scorer=fuzz.ratio, score_cutoff=NEAR)
        hint = f" (the nearest is {quoted(near[0])})" if near else ""
        return f"{hint}; copy it from the article, character for character"


def _check(span: GoldSpan, article: Article) -> None:
    """Raise UnfitError if the offsets do not fit the quote."""
    length = len(article.text)
    if span.end > length:
        raise UnfitError(
            f'"end" is {span.end}, and {quoted(article.id)} has {length:,} characters; correct the offsets'
        )
    there = article.text[span.start : span.end]
    if span.quote and there != span.quote:
        raise UnfitError(_differing(span, there, article))


def _differing(span: GoldSpan, there: str, article: Article) -> str:
    """Describe how a quote differs from the text at its offsets, with the remedy."""
    if span.quote.split() == there.split():
        return (
            f'"quote" {quoted(span.quote)} differs in its white space from {span.start} to {span.end} of '
            f"{quoted(article.id)}; copy it with its line ends, or leave it out"
        )
    places = _places(article.text, span.quote, article.body, len(article.text))
    others = [place for place in places if place != (span.start, span.end)]
    nearest = min(others, key=lambda place: abs(place[0] - span.start), default=None)
    remedy = f'set "start" to {nearest[0]} and "end" to {nearest[1]}' if nearest else "copy it from the article"
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(span.quote, there, strict=False)))
    quote, other = (quoted(text if same < SAME else f"…{text[same - SAME // 2 :]}") for text in (span.quote, there))
    return f'"quote" is {quote}, and from {span.start} to {span.end} {quoted(article.id)} has {other}; {remedy}'


def _places(text: str, phrase: str, start: int, end: int) -> list[tuple[int, int]]:
    """Find a phrase between two offsets: exactly, or else ignoring case and differences in white space."""
    exact = [match.span() for match in re.compile(re.escape(phrase.strip())).finditer(text, start, end)]
    if exact:
        return exact
    loose = re.compile(r"\s+".join(map(re.escape, phrase.split())), re.IGNORECASE)
    return [match.span() for match in loose.finditer(text, start, end)]


def _plain(name: str) -> str:
    return " ".join(_WORD.findall(name.casefold()))
