"""Asks every gold question as a user would, and judges the answers.

- A quote is right if it covers a target or, where whole articles are judged, comes from a relevant one. A quote that
  other articles repeat word for word is also right if one of those places covers a target and the quote contains the
  answer's words: the reader has the answer, only from another article.
- A quote is exact if its citation, looked up in the index again, yields its text character for character, and every
  other place cited for it has the same words (wording.folded).
- The first ten quotes and hundred passages are judged, however few the settings show. No more passages are ranked than
  the settings search, since that would change the quotes.
- Only the engine is timed, not the judging.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from retrieval.answering.retriever import Candidate
from retrieval.answering.wording import folded
from retrieval.engine import Engine, Trace
from retrieval.evaluation.records import JudgedQuote, Outcome, Posed, Provenance, RankedPassage, Run, Target
from retrieval.index.generation import Generation
from retrieval.records import Citation, Quote, Turn

QUOTES = 10
PASSAGES = 100


def ask_all(
    engine: Engine, posed: Sequence[Posed], provenance: Provenance, tell: Callable[[int, int], None] = lambda *_: None
) -> Run:
    """Ask the questions one after the other; call `tell` with (questions asked, all questions) after each."""
    top = max(QUOTES, engine.settings.top)
    depth = min(PASSAGES, max(engine.settings.pool, engine.settings.candidates))
    judge = _Judge(engine.generation)
    outcomes, seconds = [], 0.0
    for number, question in enumerate(posed, start=1):
        history = [Turn(earlier) for earlier in question.gold.history]
        began = time.perf_counter()
        trace = engine.trace(question.gold.question, history, top=top, depth=depth)
        seconds += time.perf_counter() - began
        outcomes.append(judge.outcome(question, trace))
        tell(number, len(posed))
    return Run(provenance, tuple(outcomes), seconds)


class _Judge:
    """Judges answers against one generation; caches passage ids between questions."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._passages: dict[int, tuple[str, str]] = {}

    def outcome(self, posed: Posed, trace: Trace) -> Outcome:
        """Return the judged outcome of a question."""
        gold, answer = posed.gold, trace.answer
        whole = any(target.whole for target in posed.targets)
        return Outcome(
            id=gold.id,
            question=gold.question,
            history=gold.history,
            tags=gold.tags,
            targets=posed.targets,
            answered=answer.answered,
            confidence=answer.confidence,
            features=trace.features,
            quotes=tuple(self._judged(quote, posed.targets) for quote in answer.quotes[:QUOTES]),
            passages=self._ranked(trace.candidates[:PASSAGES], whole),
            relevant=self._relevant(posed, whole),
            elapsed_ms=answer.elapsed_ms,
            searched=answer.searched,
        )

    def _judged(self, quote: Quote, targets: Sequence[Target]) -> JudgedQuote:
        cited = quote.citation
        return JudgedQuote(
            article=cited.article,
            start=cited.start,
            end=cited.end,
            ref=cited.ref,
            text=quote.text,
            score=quote.score,
            right=any(_right(quote, target) for target in targets),
            exact=self._exact(quote),
        )

    def _exact(self, quote: Quote) -> bool:
        copies = [self._cited(place) for place in quote.also_in]
        same = all(copy is not None and folded(copy) == folded(quote.text) for copy in copies)
        return same and self._cited(quote.citation) == quote.text

    def _cited(self, citation: Citation) -> str | None:
        """Return the cited text, or None if the index lacks the article or has another version of it."""
        row = self._generation.cited(citation.article, citation.sha256)
        return None if row is None else self._generation.article(row).text[citation.start : citation.end]

    def _ranked(self, candidates: Sequence[Candidate], whole: bool) -> tuple[RankedPassage, ...]:
        """Return the ranked passages or, if `whole`, their articles, each with the score of its first passage."""
        scores: dict[str, float] = {}
        for candidate in candidates:
            scores.setdefault(self._name(candidate.row, whole), candidate.score)
        return tuple(RankedPassage(name, score) for name, score in scores.items())

    def _relevant(self, posed: Posed, whole: bool) -> tuple[tuple[str, int], ...]:
        """Return the passages that hold a target (or the articles, if `whole`), each with its highest grade."""
        grades: dict[str, int] = {}
        for span, target in zip(posed.gold.gold, posed.targets, strict=True):
            names = [target.article] if whole else [self._name(row, whole) for row in self._holding(target)]
            for name in names:
                grades[name] = max(span.grade, grades.get(name, 0))
        return tuple(grades.items())

    def _holding(self, target: Target) -> list[int]:
        """Return the rows of the passages that cover the target or, failing that, overlap it."""
        row = self._generation.row_of(target.article)
        if row is None:
            return []
        passages = [(number, self._generation.passage(number)) for number in self._generation.passages_of(row)]
        covering = [number for number, span in passages if span.start <= target.start and target.end <= span.end]
        return covering or [number for number, span in passages if span.start < target.end and target.start < span.end]

    def _name(self, row: int, whole: bool) -> str:
        """Return ARTICLE#START-END of the passage at a row or, if `whole`, its article's id."""
        if row not in self._passages:
            passage = self._generation.passage(row)
            id_ = self._generation.ref(passage.article).article
            self._passages[row] = id_, f"{id_}#{passage.start}-{passage.end}"
        return self._passages[row][0 if whole else 1]


def _right(quote: Quote, target: Target) -> bool:
    cited = quote.citation
    if target.whole:
        return cited.article == target.article
    if _covers(cited.article, cited.start, cited.end, target):
        return True
    elsewhere = any(_covers(place.article, place.start, place.end, target) for place in quote.also_in)
    return elsewhere and folded(target.answer) in folded(quote.text)


def _covers(article: str, start: int, end: int, target: Target) -> bool:
    return article == target.article and start <= target.start and target.end <= end
