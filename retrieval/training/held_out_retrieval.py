"""Figures of an encoder on held-out questions: whether the first stage ranks what answers high."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retrieval.analysis import terms
from retrieval.index.bm25 import BM25
from retrieval.settings import AnswerSettings
from retrieval.training.answer_places import STRUCTURED, AnswerPlaces
from retrieval.training.encoder_texts import EncoderTexts, PassagePieces, QuestionPieces
from retrieval.training.late_interaction import centred, encode, sentence_scores, signs
from retrieval.training.prepared import Prepared

AT_ONCE = 16  # questions whose matches are in memory together
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RetrievalFigures:
    """How often what answers is among the best, by kind of question."""

    passages: int
    """Number of passages searched."""
    questions: dict[str, int]
    """Kind -> number of its questions."""
    shares: dict[str, dict[str, float]]
    """Kind -> measure -> share of its questions."""

    def __str__(self) -> str:
        if not self.questions:
            return "no answered question is held out"
        kinds = (
            f"{kind} ({self.questions[kind]}) " + ", ".join(f"{name} {share:.3f}" for name, share in shares.items())
            for kind, shares in self.shares.items()
        )
        return f"held out, {self.passages:,} passages: {'; '.join(kinds)}"


@dataclass(frozen=True, slots=True)
class HeldOutQuestions:
    """`q` held-out questions, and `p` passages with `s` sentences that hold their answers or resemble those."""

    kinds: list[str]
    questions: list[QuestionPieces]
    passages: list[PassagePieces]
    passage_terms: Floats
    """[q, p], BM25 scores."""
    sentence_terms: Floats
    """[q, s]"""
    answering: Flags
    """[q, p], whether a passage answers."""
    right: Flags
    """[q, s], whether a sentence answers."""

    @classmethod
    def of(cls, prepared: Prepared, texts: EncoderTexts, rows: Sequence[int], most: int) -> HeldOutQuestions:
        """Draw at most `most` answered questions of the rows, and take the negatives found for them."""
        places = AnswerPlaces(prepared)
        rows = [row for row in rows if places.holding(row)]
        rows = random.Random(1).sample(rows, min(most, len(rows)))
        pool: dict[int, None] = {}
        for row in rows:
            pool |= dict.fromkeys([*places.holding(row), *(int(other) for other in prepared.near[row] if other >= 0)])
        passages, questions = list(pool), [prepared.questions[row] for row in rows]
        passage_texts, sentence_texts = list[str](), list[str]()
        for passage in (prepared.passages[row] for row in passages):
            text = prepared.documents[passage.document].text
            passage_texts.append(text[passage.start : passage.end])
            sentence_texts += [text[start:end] for start, end in passage.sentences]
        passage_terms, sentence_terms = (BM25.of(map(terms, each)) for each in (passage_texts, sentence_texts))
        return cls(
            ["structured" if question.set.startswith(STRUCTURED) else "natural" for question in questions],
            [texts.question(row) for row in rows],
            [texts.passage(row) for row in passages],
            np.array([passage_terms.scores(terms(question.text)) for question in questions]),
            np.array([sentence_terms.scores(terms(question.text)) for question in questions]),
            places.answering(rows, passages),
            places.right(rows, passages),
        )

    def measure(self, transformer: Any, centre: Tensor) -> RetrievalFigures:
        """Measure an encoder; the best sentences are those of the passages that the first stage scores."""
        if not self.questions:
            return RetrievalFigures(0, {}, {})
        settings = AnswerSettings()
        cosines, matches = self._scores(transformer, centre)
        passages = cosines + settings.passage_terms * self.passage_terms
        counts = [passage.count for passage in self.passages]
        candidates = np.repeat(_ranks(passages) < settings.candidates, counts, axis=1)
        own_terms = self.sentence_terms + np.repeat(self.passage_terms, counts, axis=1)
        sentences = np.where(candidates, matches + settings.sentence_terms * own_terms, -np.inf)
        measures = {
            "passage@1": _within(passages, self.answering, 1),
            "passage@10": _within(passages, self.answering, 10),
            "passage@10 without BM25": _within(cosines, self.answering, 10),
            "sentence@1": _within(sentences, self.right, 1),
            "sentence@3": _within(sentences, self.right, 3),
            "sentence@20": _within(sentences, self.right, 20),
        }
        kinds = sorted(set(self.kinds))
        own = {kind: np.array(self.kinds) == kind for kind in kinds}
        shares = {kind: {name: float(flags[own[kind]].mean()) for name, flags in measures.items()} for kind in kinds}
        return RetrievalFigures(len(self.passages), {kind: int(own[kind].sum()) for kind in kinds}, shares)

    def _scores(self, transformer: Any, centre: Tensor) -> tuple[Floats, Floats]:
        """Return the cosines with passages [q, p] and the mean matches with sentences [q, s]."""
        with torch.no_grad():
            pieces, pooled = encode(transformer, [passage.ids for passage in self.passages])
            passage_signs = signs(pieces, centre)
            cosines, matches = list[Floats](), list[Floats]()
            for first in range(0, len(self.questions), AT_ONCE):
                questions = self.questions[first : first + AT_ONCE]
                tokens, pooled_questions = encode(transformer, [question.ids for question in questions])
                scores = sentence_scores(questions, centred(tokens, centre), self.passages, passage_signs)
                cosines.append((pooled_questions @ pooled.T).cpu().numpy())
                matches.append(scores.cpu().numpy())
        return np.concatenate(cosines), np.concatenate(matches)


def _ranks(scores: Floats) -> NDArray[np.int64]:
    """Return the rank of each score in its row, 0 for the highest; of equal ones the first is higher."""
    order = np.argsort(-scores, axis=1, kind="stable")
    return np.argsort(order, axis=1, kind="stable")


def _within(scores: Floats, right: Flags, count: int) -> Flags:
    """Return [q], whether a right one is among the best `count`; one with the score -inf is none of them."""
    best = (_ranks(scores) < count) & right & np.isfinite(scores)
    any_right: Flags = np.any(best, axis=1)
    return any_right
