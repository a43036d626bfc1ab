"""From ranked passages to quotes: sentences scored by late interaction, chosen, joined, corroborated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.bits import best_matches, similarities
from retrieval.encoder import Floats
from retrieval.generation import Generation
from retrieval.question import Question
from retrieval.records import Citation, Quote
from retrieval.retriever import Candidate
from retrieval.settings import AnswerSettings
from retrieval.terms import words


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with its score."""

    row: int
    passage: int
    score: float
    matches: Floats
    """[q], the best match of each of the question's tokens among the sentence's, times the token's weight."""


@dataclass(slots=True)
class Draft:
    """A quote in the making: one or two sentences of one article, and sentences elsewhere that say the same."""

    sentences: list[Scored]
    score: float
    twins: list[Scored]

    @property
    def maxsim(self) -> float:
        """Mean over the question's tokens of their best match in the quote."""
        return float(np.maximum.reduce([scored.matches for scored in self.sentences]).mean())


def score_sentences(
    generation: Generation,
    centre: Floats,
    question: Question,
    candidates: Sequence[Candidate],
    settings: AnswerSettings,
) -> list[Scored]:
    """The sentences of the candidates, best first; equal scores in order of (article id, start).

    score = mean MaxSim + sentence_terms x (BM25 of the sentence + BM25 of its passage)
    """
    bm25, weights = generation.sentence_terms.scores(question.terms), question.weights
    found = []
    for candidate in candidates:
        rows = generation.sentences_of(candidate.row)
        cosines = similarities(generation.bits(candidate.row), question.tokens.vectors, centre)
        spans = generation.sentences[rows.start : rows.stop, 4:6].astype(np.int64)
        matches = best_matches(cosines, spans[:, 0], spans[:, 1]) * weights
        for row, match in zip(rows, matches, strict=True):
            score = float(match.mean()) + settings.sentence_terms * (float(bm25[row]) + candidate.terms)
            found.append(Scored(row, candidate.row, score, match))
    return sorted(found, key=lambda scored: (-scored.score, scored.row))


class Quoter:
    """Chooses the quotes of one answer."""

    def __init__(self, generation: Generation, settings: AnswerSettings) -> None:
        self._generation, self._settings = generation, settings
        self._plain: dict[int, str] = {}

    def choose(self, scored: Sequence[Scored], top: int) -> list[Draft]:
        """At most `top` quotes, best first. No two touch, and none says what another says already."""
        by_row = {one.row: one for one in scored}
        chosen: list[Draft] = []
        taken: set[int] = set()
        for one in scored:
            if len(chosen) >= top or one.score < scored[0].score - self._settings.spread:
                break
            if one.row in taken:
                continue
            free = {row: other for row, other in by_row.items() if row not in taken}
            taken |= {one.row, *self._neighbours(one.row)}
            if any(self._alike(one, sentence) for draft in chosen for sentence in draft.sentences):
                continue
            sentences = self._joined(one, free)
            for sentence in sentences:
                taken |= {sentence.row, *self._neighbours(sentence.row)}
            chosen.append(Draft(sentences, one.score, []))
        for draft in chosen:
            draft.twins = self._twins(draft, scored)
        return chosen

    def within(self, scored: Scored, quotes: Sequence[str]) -> bool:
        """Whether one of the quotes holds the sentence."""
        return any(self._sentence(scored) in quote for quote in quotes)

    def quote(self, draft: Draft, weak: bool) -> Quote:
        """The finished quote: a slice of its article, with its citation."""
        first, last = draft.sentences[0], draft.sentences[-1]
        start, end = self._span(first.row)[0], self._span(last.row)[1]
        citation = self._cite(first, start, end)
        return Quote(
            text=self._text(first)[start:end],
            citation=citation,
            score=draft.score,
            also_in=tuple(self._cite(twin, *self._span(twin.row)) for twin in draft.twins),
            weak=weak,
        )

    def _joined(self, one: Scored, by_row: dict[int, Scored]) -> list[Scored]:
        """The sentence, with the one of these neighbours it needs: to close its quotation, or for the whole answer."""
        text = self._sentence(one)
        after, before = by_row.get(one.row + 1), by_row.get(one.row - 1)
        if after is not None and text.count("“") > text.count("”") and self._touch(one.row, after.row):
            return [one, after]
        best: tuple[float, Scored] | None = None
        for other in (before, after):
            if other is None or not self._touch(min(one.row, other.row), max(one.row, other.row)):
                continue
            gain = float(np.maximum(one.matches, other.matches).mean() - one.matches.mean())
            if gain >= self._settings.join_gain and (best is None or gain > best[0]):
                best = (gain, other)
        if best is None:
            return [one]
        return sorted([one, best[1]], key=lambda scored: scored.row)

    def _neighbours(self, row: int) -> list[int]:
        last = len(self._generation.sentences) - 1
        return [
            other
            for other in (row - 1, row + 1)
            if 0 <= other <= last and self._touch(min(row, other), max(row, other))
        ]

    def _touch(self, first: int, second: int) -> bool:
        """Whether nothing but white space stands between two consecutive sentences of one article."""
        sentences, passages = self._generation.sentences, self._generation.passages
        article = passages[sentences[first, 0], 0]
        if article != passages[sentences[second, 0], 0]:
            return False
        between = self._generation.article(int(article)).text[sentences[first, 2] : sentences[second, 1]]
        return not between.strip()

    def _twins(self, draft: Draft, scored: Sequence[Scored]) -> list[Scored]:
        """Sentences of other articles alike to the quote's best one, one an article, in order of article id."""
        best = max(draft.sentences, key=lambda sentence: sentence.score)
        found: dict[int, Scored] = {}
        for other in scored:
            article = self._article(other)
            if article != self._article(best) and article not in found and self._alike(best, other):
                found[article] = other
        return [found[article] for article in sorted(found)]

    def _alike(self, one: Scored, other: Scored) -> bool:
        from rapidfuzz import fuzz

        first, second = self._words(one), self._words(other)
        # Indel likeness cannot exceed what the lengths allow: most pairs are told apart without comparing them.
        if 200 * min(len(first), len(second)) < self._settings.alike * (len(first) + len(second)):
            return False
        return bool(fuzz.ratio(first, second, score_cutoff=self._settings.alike))

    def _words(self, scored: Scored) -> str:
        if scored.row not in self._plain:
            self._plain[scored.row] = " ".join(words(self._sentence(scored)))
        return self._plain[scored.row]

    def _span(self, row: int) -> tuple[int, int]:
        _, start, end = self._generation.sentences[row, :3]
        return int(start), int(end)

    def _article(self, scored: Scored) -> int:
        return int(self._generation.passages[scored.passage, 0])

    def _text(self, scored: Scored) -> str:
        return self._generation.article(self._article(scored)).text

    def _sentence(self, scored: Scored) -> str:
        start, end = self._span(scored.row)
        return self._text(scored)[start:end]

    def _cite(self, scored: Scored, start: int, end: int) -> Citation:
        paragraph = int(self._generation.sentences[scored.row, 3])
        return self._generation.cite(self._article(scored), start, end, paragraph)
