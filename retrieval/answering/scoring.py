"""The first stage: the sentences of the candidate passages, scored by late interaction and BM25."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from retrieval.answering.question import Question
from retrieval.answering.retriever import Candidate
from retrieval.encoding.encoder import Floats
from retrieval.index.bits import best_matches, similarities
from retrieval.index.generation import Generation
from retrieval.settings import AnswerSettings


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSentence:
    """A sentence as the first stage scored it."""

    row: int
    passage: int
    score: float
    """Mean MaxSim and BM25; see `score_sentences`."""
    matches: Floats
    """[q], the best match of each question token among the sentence's tokens, times the question token's weight."""
    cosines: Floats
    """[tokens, q], the cosine of each sentence token with each question token, times the question token's weight."""
    passage_matches: Floats
    """[q], as `matches`, among the tokens of the whole passage."""
    passage_bm25: float
    passage_cosine: float
    is_first: bool
    """Whether it opens its passage."""
    age: int = 0
    """As of `Generation.age`: the newer of two with equal scores comes first."""

    @property
    def place(self) -> tuple[int, int]:
        """What sorts sentences with equal scores: the newer first, then by (article id, start)."""
        return self.age, self.row


@dataclass(frozen=True, slots=True, eq=False)
class RankedSentence:
    """A sentence with the belief, 0 to 1, that it answers; the beliefs of a question's sentences sum to 1."""

    sentence: ScoredSentence
    belief: float
    reranked: float | None = None
    """The reranker's score; None where no reranker read the sentence."""
    odds: float | None = None
    """The reader's log-odds that it answers; None where it was not read."""

    @property
    def row(self) -> int:
        """The sentence's row in the generation."""
        return self.sentence.row

    @property
    def place(self) -> tuple[int, int]:
        """What sorts sentences that are otherwise equal: the newer first, then by (article id, start)."""
        return self.sentence.place

    @property
    def passage(self) -> int:
        """The row of its passage."""
        return self.sentence.passage


def reweighted(ranked: Sequence[RankedSentence], factors: Iterable[float]) -> list[RankedSentence]:
    """Rank the sentences again by their beliefs times a factor each, which then sum to 1 as before."""
    raised = [sentence.belief * factor for sentence, factor in zip(ranked, factors, strict=True)]
    total = sum(raised) or 1.0
    beliefs = [replace(sentence, belief=belief / total) for sentence, belief in zip(ranked, raised, strict=True)]
    return sorted(beliefs, key=lambda sentence: -sentence.belief)


CONTEXT = 0.9
"""Weight of a match with what a sentence stands under, or with what is read with it."""


def _matches(cosines: Floats, spans: NDArray[np.int64]) -> Floats:
    """Return the best match of each question token for each sentence of a passage, [s, q] from [tokens, q].

    What the passage stands under comes before its first sentence, and what is read with a sentence stands between it
    and the sentence before.
    """
    matches = best_matches(cosines, spans[:, 0], spans[:, 1])
    if spans[0, 0] and len(cosines):
        matches = np.maximum(matches, CONTEXT * cosines[: spans[0, 0]].max(axis=0))
    for row, (before, start) in enumerate(zip(spans[:-1, 1], spans[1:, 0], strict=True), 1):
        if before < min(start, len(cosines)):
            matches[row] = np.maximum(matches[row], CONTEXT * cosines[before:start].max(axis=0))
    return matches


def score_sentences(
    generation: Generation,
    question: Question,
    candidates: Sequence[Candidate],
    settings: AnswerSettings,
) -> list[ScoredSentence]:
    """Score the sentences of the candidates, best first; of equal scores the newest, then by (article id, start).

    score = mean MaxSim + sentence_terms x (BM25 of the sentence + BM25 of its passage)
    """
    weights = question.weights
    sentences = []
    generation.expect([candidate.row for candidate in candidates])
    for candidate in candidates:
        rows, age = generation.sentences_of(candidate.row), generation.age(candidate.row)
        cosines = similarities(generation.bits(candidate.row), question.tokens.vectors, generation.centre) * weights
        bm25 = generation.sentence_terms.scores_of(rows, question.terms).tolist()
        spans = generation.sentences[rows.start : rows.stop, 4:6].astype(np.int64)
        matches = _matches(cosines, spans)
        whole = cosines.max(axis=0) if len(cosines) else np.zeros(cosines.shape[1], dtype=np.float32)
        means = matches.mean(axis=1).tolist()
        for row, match, mean, own, (first, last) in zip(rows, matches, means, bm25, spans.tolist(), strict=True):
            score = mean + settings.sentence_terms * (own + candidate.terms)
            sentences.append(
                ScoredSentence(
                    row=row,
                    passage=candidate.row,
                    score=score,
                    matches=match,
                    cosines=cosines[first:last],
                    passage_matches=whole,
                    passage_bm25=candidate.terms,
                    passage_cosine=candidate.dense,
                    is_first=row == rows.start,
                    age=age,
                )
            )
    return sorted(sentences, key=lambda sentence: (-sentence.score, sentence.place))
