"""Gold places -> what a quote must cover to be right, by the texts that the index has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, cached_property
from itertools import takewhile

from retrieval.errors import GoldInvalid
from retrieval.evaluation.gold.parsing import Fault, UnfitError, shown
from retrieval.evaluation.gold.sets import GoldSet
from retrieval.evaluation.records import GoldQuestion, GoldSpan, Posed, Target
from retrieval.index.generation import Generation
from retrieval.records import Article

NEAR = 60.0  # likeness, 0 to 100, below which nothing is named as what may have been meant
SAME = 40  # characters from which what two texts begin with is left out, so that their difference is seen

_WORD = re.compile(r"[^\W_]+")


def pose(gold: GoldSet, generation: Generation, *, skip_bad: bool = False) -> tuple[tuple[Posed, ...], tuple[str, ...]]:
    """Find every gold place in the index: the questions ready to be asked, each span with its target, and the faults
    that were passed over, "line 12: what is wrong; what to do".

    A quote without offsets, or a paragraph of SQuAD, is gold wherever it stands, so a question may have more spans than
    its gold set gave it. Raises GoldInvalid with every fault, or leaves those questions out where `skip_bad` and others
    remain; of judged articles, only those that the index does not have.
    """
    places = _Places(generation)
    posed: list[Posed] = []
    faults: list[Fault] = []
    for question in gold.questions:
        found, unfit = _found(question, places)
        judged = bool(found) and all(span.whole for span in question.gold)
        if not unfit or judged:
            posed.append(Posed(replace(question, gold=tuple(found.values())), tuple(found)))
        faults += [(question.where, fault) for fault in unfit]
    if faults and not (skip_bad and posed):
        raise GoldInvalid(gold.name, faults, len(posed))
    return tuple(posed), tuple(f"{where}: {fault}" for where, fault in faults)


def _found(question: GoldQuestion, places: _Places) -> tuple[dict[Target, GoldSpan], list[str]]:
    """The question's targets, each with its span as it is in the index, and what cannot be found."""
    found: dict[Target, GoldSpan] = {}
    faults: dict[str, None] = {}
    for number, span in enumerate(question.gold, start=1):
        try:
            for place in places.of(span):
                found.setdefault(places.target(place), place)
        except UnfitError as error:
            own = not span.whole and not span.paragraph
            faults[f"gold {number}: {error}" if own else str(error)] = None
    return found, list(faults)


class _Places:
    """Where gold spans stand in a generation."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._row = cache(generation.row_of)
        self._paragraph = cache(self._look_up)
        self._meant = cache(self._nearest_id)

    def of(self, span: GoldSpan) -> list[GoldSpan]:
        """The span with offsets in its article, once for each place where it stands; raises UnfitError."""
        if span.whole:
            if self._row(span.article) is None:
                raise UnfitError(
                    f"the qrels judge the article {shown(span.article)}, which the index does not have; "
                    "index the corpus that was judged, or remove the judgment"
                )
            return [span]
        if span.paragraph:
            found = self._paragraph(span.paragraph, span.article)
            if not found:
                raise UnfitError(
                    f"its paragraph {shown(span.paragraph)} stands in no article of the index; "
                    "ask it over the gold set's own corpus, or over one that has the paragraph word for word"
                )
            return [
                replace(span, article=article, start=at + span.start, end=at + span.end, paragraph="")
                for article, at in found
            ]
        article = self._article(span.article)
        if span.start == span.end == 0:
            places = _places(article.text, span.quote, article.body, len(article.text))
            if not places:
                raise UnfitError(f'"quote" {shown(span.quote)} does not stand in {shown(article.id)}{self._near(span)}')
            return [replace(span, start=start, end=end) for start, end in places]
        _check(span, article)
        return [span]

    def target(self, span: GoldSpan) -> Target:
        """What must be covered of a span that has its offsets; raises UnfitError."""
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
                    f'"answer" {shown(span.answer)} does not stand in {shown(within)}; '
                    "copy it from there, or leave it out"
                )
            start, end = places[0]
        return Target(span.article, start, end, text[start:end])

    def _article(self, id_: str) -> Article:
        row = self._row(id_)
        if row is None:
            near = self._meant(id_)
            hint = f"did you mean {shown(near)}?" if near else "its id is its path below the corpus folder, no ending"
            raise UnfitError(f'"article" {shown(id_)} is not in the index ({hint}); correct it, or index the article')
        return self._generation.article(row)

    @cached_property
    def _names(self) -> dict[str, list[int]]:
        """Id and title of every article, by their words alone -> its rows."""
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
        """Article and offset of each place of a paragraph: in the articles of that name, else in all."""
        named = self._standing(paragraph, self._names.get(_plain(article), []))
        return list(named) or list(self._standing(paragraph, None))

    def _standing(self, wanted: str, rows: list[int] | None) -> Iterator[tuple[str, int]]:
        """Article and offset of each place of a text in these articles, or in all; every character counts."""
        for row in self._rows_with(wanted) if rows is None else rows:
            article = self._generation.article(row)
            at = article.text.find(wanted, article.body)
            while at >= 0:
                yield article.id, at
                at = article.text.find(wanted, at + len(wanted))

    def _rows_with(self, wanted: str) -> Iterator[int]:
        texts, needle = self._generation.searchable, wanted.encode("utf-8", "surrogatepass")
        at = texts.bytes.find(needle)
        while at >= 0:
            row = texts.row_at(at)
            yield row
            behind = texts.start(row + 1) if row + 1 < len(texts) else -1
            at = texts.bytes.find(needle, behind) if behind >= 0 else -1

    def _near(self, span: GoldSpan) -> str:
        """What is most like a quote that is not where it should be, as the rest of a sentence with the remedy."""
        elsewhere = next(self._standing(span.quote.strip(), None), None)
        if elsewhere is not None:
            return f", but in {shown(elsewhere[0])}; name that article"
        from rapidfuzz import fuzz, process

        row = self._row(span.article)
        assert row is not None
        generation = self._generation
        sentences = [generation.text(generation.sentence(number)) for number in generation.sentences_in(row)]
        near = process.extractOne(span.quote, sentences, scorer=fuzz.ratio, score_cutoff=NEAR)
        said = f" (nearest is {shown(near[0])})" if near else ""
        return f"{said}; copy it from the article, character for character"


def _check(span: GoldSpan, article: Article) -> None:
    """Raise UnfitError where the offsets are not those of the quote, or of words that may be quoted."""
    length = len(article.text)
    if span.end > length:
        raise UnfitError(f'"end" is {span.end}, and {shown(article.id)} has {length:,} characters; correct the offsets')
    there = article.text[span.start : span.end]
    if span.quote and there != span.quote:
        raise UnfitError(_differing(span, there, article))
    if span.start < article.body:
        raise UnfitError(
            f'"start" is {span.start}, in the front matter, which ends at {article.body} and is never quoted; '
            "name a place behind it"
        )


def _differing(span: GoldSpan, there: str, article: Article) -> str:
    """How a quote is not what stands at its offsets, with the remedy."""
    if span.quote.split() == there.split():
        return (
            f'"quote" {shown(span.quote)} differs in its white space from {span.start} to {span.end} of '
            f"{shown(article.id)}; copy it with its line ends, or leave it out"
        )
    places = _places(article.text, span.quote, article.body, len(article.text))
    others = [place for place in places if place != (span.start, span.end)]
    nearest = min(others, key=lambda place: abs(place[0] - span.start), default=None)
    remedy = (
        f'where it stands, "start" is {nearest[0]} and "end" {nearest[1]}' if nearest else "copy it from the article"
    )
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(span.quote, there, strict=False)))
    quote, other = (shown(text if same < SAME else f"…{text[same - SAME // 2 :]}") for text in (span.quote, there))
    return f'"quote" is {quote}, and from {span.start} to {span.end} {shown(article.id)} has {other}; {remedy}'


def _places(text: str, wanted: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where a text stands between two offsets: as it is, else with other white space or letters of other case."""
    exact = [match.span() for match in re.compile(re.escape(wanted.strip())).finditer(text, start, end)]
    if exact:
        return exact
    loose = re.compile(r"\s+".join(map(re.escape, wanted.split())), re.IGNORECASE)
    return [match.span() for match in loose.finditer(text, start, end)]


def _plain(name: str) -> str:
    return " ".join(_WORD.findall(name.casefold()))
