"""Rank passages for a question by dense and BM25 search together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.answering.question import Question
from retrieval.answering.scope import Scope
from retrieval.encoding.encoder import Floats
from retrieval.index.generation import Generation
from retrieval.settings import AnswerSettings


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage with its scores."""

    row: int
    score: float
    dense: float
    """Cosine of the passage's vector with the question's."""
    terms: float
    """BM25 score of the passage."""


def rank(
    generation: Generation, question: Question, settings: AnswerSettings, count: int, scope: Scope | None = None
) -> list[Candidate]:
    """Return the `count` best passages of the scope, best first; of equal scores the newest, then by (id, start).

    The pools of both searches are united, and each passage is scored as dense + passage_terms x BM25.
    """
    pool, among = max(settings.pool, count), scope.passages if scope else None
    nearest = generation.vectors.search(question.tokens.pooled, pool, among)
    rows = np.union1d(nearest, generation.passage_terms.best(question.terms, pool, among))
    bm25 = generation.passage_terms.scores_of(rows, question.terms)
    # Row by row: a matrix product may give equal rows unequal last digits, which would decide ties.
    dense = (generation.vectors.rows(rows) * question.tokens.pooled).sum(axis=1)
    scores = dense + settings.passage_terms * bm25
    best = np.lexsort((rows, _ages(generation, rows, scores), -scores))[:count]
    return [Candidate(int(rows[i]), float(scores[i]), float(dense[i]), float(bm25[i])) for i in best]


def _ages(generation: Generation, rows: NDArray[np.int64], scores: Floats) -> NDArray[np.int64]:
    """Return the ages of the rows whose scores equal another's, which they break the tie of; 0 of all others."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    tied = counts[places] > 1
    return np.array([generation.age(int(row)) if tie else 0 for row, tie in zip(rows, tied, strict=True)], np.int64)
