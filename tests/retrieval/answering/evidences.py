"""Evidence of made-up matches, that a reader can compute."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from retrieval.analysis import terms
from retrieval.answering.cues import cues
from retrieval.answering.features import Evidence, QuestionAnalysis
from retrieval.answering.question import Question
from retrieval.answering.scoring import ScoredSentence
from retrieval.encoding.encoder import Floats, Tokens

_PIECE = re.compile(r"\w+|[^\w\s]")


def question(text: str, context: int = 0) -> Question:
    """A question of one token a word or mark; its vectors say nothing."""
    offsets = np.array([piece.span() for piece in _PIECE.finditer(text)], dtype=np.int32).reshape(-1, 2)
    vectors = np.zeros((len(offsets), 8), dtype=np.float32)
    return Question(text, tuple(terms(text)), Tokens(vectors, offsets, vectors.sum(axis=0)), context)


def analysis(text: str, context: int = 0, idfs: Mapping[str, float] | None = None) -> QuestionAnalysis:
    """The question taken apart; a term has the idf named, or 0.5."""
    return QuestionAnalysis(question(text, context), lambda term: (idfs or {}).get(term, 0.5))


def sentence(
    row: int, cosines: Sequence[Sequence[float]] | Floats, *, among: Sequence[float] | None = None, passage: int = 0
) -> ScoredSentence:
    """A sentence of these cosines, [tokens, q]; `among` are its passage's matches, where they are not its own."""
    own = np.asarray(cosines, dtype=np.float32)
    matches = own.max(axis=0) if len(own) else np.zeros(own.shape[1], dtype=np.float32)
    return ScoredSentence(
        row=row,
        passage=passage,
        score=0.0,
        matches=matches,
        cosines=own,
        passage_matches=matches if among is None else np.array(among, dtype=np.float32),
        passage_bm25=2.0,
        passage_cosine=0.5,
        is_first=row % 10 == 0,
    )


def evidence(
    analysed: QuestionAnalysis, texts: Mapping[int, str], scored: Sequence[ScoredSentence], depth: int = 20
) -> Evidence:
    """The evidence for the sentences, whose rows have these texts."""
    return Evidence(analysed, scored, depth, lambda row: cues(texts[row]))


def evidence_of(text: str) -> Evidence:
    """The evidence for one sentence, that matches every token of the question by a half."""
    analysed = analysis(text)
    return evidence(analysed, {10: "He came."}, [sentence(10, np.full((3, len(analysed.classes)), 0.5))])
