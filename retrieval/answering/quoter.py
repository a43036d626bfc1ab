"""From ranked passages to quotes: sentences scored by late interaction, chosen, joined, corroborated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.analysis import words
from retrieval.answering.question import Question
from retrieval.answering.retriever import Candidate
from retrieval.answering.wording import folded
from retrieval.encoding.encoder import Floats
from retrieval.index.bits import best_matches, similarities
from retrieval.index.generation import Generation
from retrieval.records import Citation, Quote
from retrieval.settings import AnswerSettings


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
    """A quote in the making: one or two sentences of one article, and where others print its best one."""

    sentences: list[Scored]
    score: float
    """The belief, 0 to 1, that the answer stands in it."""
    twins: list[Scored]
    """Sentences of other articles that have the words of its best one, one an article."""

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
        cosines = similarities(generation.bits(candidate.row), question.tokens.vectors, generation.centre) * weights
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
        self._folded: dict[int, str] = {}
        self._lengths: dict[int, int] = {}
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
            copies = [one for one in sentences if any(self._same(one, other) for other in said)]
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
        elsewhere = (self._elsewhere(draft, twin) for twin in draft.twins)
        return Quote(
            text=self._text(first)[start:end],
            citation=self._cite(first.row, start, end),
            score=draft.score,
            also_in=tuple(citation for citation in elsewhere if citation is not None),
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
            value = one.score + other.score - self._settings.word_cost * self._length(other)
            if value > best[1]:
                best = sorted((one, other), key=lambda scored: scored.row), value
        return best

    def _unclosed(self, one: Scored) -> bool:
        text = self.sentence(one)
        return text.count("“") > text.count("”")

    def _touch(self, row: int) -> bool:
        """Whether nothing but white space stands between a sentence and the next, of one article."""
        if row not in self._touching:
            sentence, following = self._generation.sentence(row), self._generation.sentence(row + 1)
            same = sentence.article == following.article
            text = self._generation.article(sentence.article).text if same else ""
            self._touching[row] = same and not text[sentence.end : following.start].strip()
        return self._touching[row]

    def _twins(self, draft: Draft, scored: Sequence[Scored]) -> list[Scored]:
        """Sentences of other articles with the words of the quote's best one, one an article, in order of article id.

        Of several in one article, one in whose place the whole quote is printed comes first.
        """
        best = draft.best
        same = [one for one in scored if self._article(one) != self._article(best) and self._same(best, one)]
        same.sort(key=lambda one: self._elsewhere(draft, one) is None)
        found: dict[int, Scored] = {}
        for one in same:
            found.setdefault(self._article(one), one)
        return [found[article] for article in sorted(found)]

    def _elsewhere(self, draft: Draft, twin: Scored) -> Citation | None:
        """Where the twin's article prints the whole quote; None where it does not."""
        first = twin.row - draft.sentences.index(draft.best)
        last = first + len(draft.sentences) - 1
        ours = (self._span(draft.sentences[0].row)[0], self._span(draft.sentences[-1].row)[1])
        if first < 0 or last >= len(self._generation.sentences):
            return None
        if {self._article_of(first), self._article_of(last)} != {self._article(twin)}:
            return None
        start, end = self._span(first)[0], self._span(last)[1]
        if folded(self._text(twin)[start:end]) != folded(self._text(draft.best)[slice(*ours)]):
            return None
        return self._cite(first, start, end)

    def _same(self, one: Scored, other: Scored) -> bool:
        """Whether two sentences have the same words, as `folded` takes them."""
        return self._folds(one) == self._folds(other)

    def _folds(self, scored: Scored) -> str:
        if scored.row not in self._folded:
            self._folded[scored.row] = folded(self.sentence(scored))
        return self._folded[scored.row]

    def _length(self, scored: Scored) -> int:
        """How many words the sentence has."""
        if scored.row not in self._lengths:
            self._lengths[scored.row] = len(words(self.sentence(scored)))
        return self._lengths[scored.row]

    def _span(self, row: int) -> tuple[int, int]:
        sentence = self._generation.sentence(row)
        return sentence.start, sentence.end

    def _article(self, scored: Scored) -> int:
        return self._generation.passage(scored.passage).article

    def _article_of(self, row: int) -> int:
        return self._generation.sentence(row).article

    def _text(self, scored: Scored) -> str:
        return self._generation.article(self._article(scored)).text

    def _cite(self, row: int, start: int, end: int) -> Citation:
        sentence = self._generation.sentence(row)
        return self._generation.cite(sentence.article, start, end, sentence.paragraph)
