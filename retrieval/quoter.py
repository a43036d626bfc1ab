"""From ranked passages to quotes: sentences scored by late interaction, chosen, joined, corroborated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """The first stage's, until `Engine.find` has weighed it: then the belief, 0 to 1, that it answers."""
    matches: Floats
    """[q], the best match of each of the question's tokens among the sentence's, times the token's weight."""
    cosines: Floats
    """[tokens, q], the match of each of the sentence's tokens with each of the question's, times its weight."""
    passage_matches: Floats
    """[q], as `matches`, among the tokens of the whole passage."""
    passage_bm25: float
    passage_cosine: float
    is_first: bool
    """Whether it opens its passage."""
    reranked: float | None = None
    """The reranker's score, where one ordered the sentence."""

    def believed(self, belief: float) -> Scored:
        """The sentence with a belief as its score; dataclasses.replace takes four times as long."""
        return Scored(
            self.row,
            self.passage,
            belief,
            self.matches,
            self.cosines,
            self.passage_matches,
            self.passage_bm25,
            self.passage_cosine,
            self.is_first,
            self.reranked,
        )


@dataclass(slots=True)
class Draft:
    """A quote in the making: one or two sentences of one article, and sentences elsewhere that say the same."""

    sentences: list[Scored]
    score: float
    """The belief, 0 to 1, that the answer stands in it."""
    twins: list[Scored]

    @property
    def best(self) -> Scored:
        """The sentence that is believed most."""
        return max(self.sentences, key=lambda sentence: sentence.score)

    @property
    def maxsim(self) -> float:
        """Mean over the question's tokens of their best match in the quote."""
        return float(np.maximum.reduce([scored.matches for scored in self.sentences]).mean())


def _by_value(unit: tuple[list[Scored], float]) -> tuple[float, int]:
    sentences, value = unit
    return value, -sentences[0].row


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
        cosines = similarities(generation.bits(candidate.row), question.tokens.vectors, centre) * weights
        spans = generation.sentences[rows.start : rows.stop, 4:6].astype(np.int64)
        matches = best_matches(cosines, spans[:, 0], spans[:, 1])
        whole = cosines.max(axis=0) if len(cosines) else np.zeros(cosines.shape[1], dtype=np.float32)
        means = matches.mean(axis=1).tolist()
        for row, match, mean, (first, last) in zip(rows, matches, means, spans.tolist(), strict=True):
            score = mean + settings.sentence_terms * (float(bm25[row]) + candidate.terms)
            found.append(
                Scored(
                    row=row,
                    passage=candidate.row,
                    score=score,
                    matches=match,
                    cosines=cosines[first:last],
                    passage_matches=whole,
                    passage_bm25=candidate.terms,
                    passage_cosine=candidate.dense,
                    is_first=row == rows.start,
                )
            )
    return sorted(found, key=lambda scored: (-scored.score, scored.row))


class Quoter:
    """Chooses the quotes of one answer."""

    def __init__(self, generation: Generation, settings: AnswerSettings) -> None:
        self._generation, self._settings = generation, settings
        self._plain: dict[int, str] = {}
        self._touching: dict[int, bool] = {}

    def choose(self, scored: Sequence[Scored], top: int) -> list[Draft]:
        """At most `top` quotes, the one worth most first; none shares a sentence with another, nor repeats one."""
        chosen: list[Draft] = []
        said: list[Scored] = []
        free = {one.row: one for one in scored}
        while len(chosen) < top and free:
            believed = [one for one in free.values() if one.score > 0]
            sentences, _ = max((self._unit(one, free) for one in believed or free.values()), key=_by_value)
            belief = sum(one.score for one in sentences)
            if chosen and belief < self._settings.least:
                break
            copies = [one for one in sentences if any(self._alike(one, other) for other in said)]
            for one in copies or sentences:
                del free[one.row]
            if not copies:
                chosen.append(Draft(sentences, belief, []))
                said += sentences
        for draft in chosen:
            draft.twins = self._twins(draft, scored)
        return chosen

    def sentence(self, scored: Scored) -> str:
        """The sentence's text."""
        start, end = self._span(scored.row)
        return self._text(scored)[start:end]

    def within(self, scored: Scored, quotes: Sequence[str]) -> bool:
        """Whether one of the quotes holds the sentence."""
        return any(self.sentence(scored) in quote for quote in quotes)

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

    def _unit(self, one: Scored, free: Mapping[int, Scored]) -> tuple[list[Scored], float]:
        """The sentence, with the neighbour it needs: to close its quotation, or for an answer that may stand there.

        Their value is the belief in both, less what the neighbour's words cost. Every sentence has its turn to be the
        one, so that it is the shorter of two whose words count.
        """
        after, before = free.get(one.row + 1), free.get(one.row - 1)
        best: tuple[list[Scored], float] = ([one], one.score)
        if one.score <= 0:
            return best
        if after is not None and self._unclosed(one) and self._touch(one.row):
            return [one, after], one.score + after.score
        for other in (before, after):
            if other is None or other.score <= 0 or not self._touch(min(one.row, other.row)):
                continue
            value = one.score + other.score - self._settings.word_cost * len(self._words(other).split())
            if value > best[1]:
                best = sorted((one, other), key=lambda scored: scored.row), value
        return best

    def _unclosed(self, one: Scored) -> bool:
        text = self.sentence(one)
        return text.count("“") > text.count("”")

    def _touch(self, row: int) -> bool:
        """Whether nothing but white space stands between a sentence and the next, of one article."""
        if row not in self._touching:
            sentences, passages = self._generation.sentences, self._generation.passages
            article = int(passages[sentences[row, 0], 0])
            same = article == passages[sentences[row + 1, 0], 0]
            text = self._generation.article(article).text if same else ""
            self._touching[row] = same and not text[sentences[row, 2] : sentences[row + 1, 1]].strip()
        return self._touching[row]

    def _twins(self, draft: Draft, scored: Sequence[Scored]) -> list[Scored]:
        """Sentences of other articles alike to the quote's best one, one an article, in order of article id."""
        best = draft.best
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
            self._plain[scored.row] = " ".join(words(self.sentence(scored)))
        return self._plain[scored.row]

    def _span(self, row: int) -> tuple[int, int]:
        _, start, end = self._generation.sentences[row, :3]
        return int(start), int(end)

    def _article(self, scored: Scored) -> int:
        return int(self._generation.passages[scored.passage, 0])

    def _text(self, scored: Scored) -> str:
        return self._generation.article(self._article(scored)).text

    def _cite(self, scored: Scored, start: int, end: int) -> Citation:
        paragraph = int(self._generation.sentences[scored.row, 3])
        return self._generation.cite(self._article(scored), start, end, paragraph)
