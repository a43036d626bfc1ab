"""Contrastive batches for the encoder: questions, the passages that answer them, and passages that do not."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import InputInvalid
from retrieval.training.answer_places import STRUCTURED, AnswerPlaces
from retrieval.training.encoder_texts import EncoderTexts, PassagePieces, QuestionPieces
from retrieval.training.groups import UNTITLED, in_random_order
from retrieval.training.prepared import Prepared

WEIGHTS = {
    "squad11": 0.6, "medquad": 0.8, "qed-nq": 1.5, "nq-oracle": 1.5, "tydiqa-en": 2.0, "qadiscourse": 0.5, "qamr": 0.5,
    "fairytaleqa": 0.5, "dstc9-faq": 1.5, "tsqa": 0.5, "dstc11-faq": 2.0, "doc2dial": 3.0,
}  # fmt: skip
"""How often a question of a set is read in one pass, on average; 1 for any other set but the structured ones."""
STRUCTURED_WEIGHT = 0.25


@dataclass(frozen=True, slots=True)
class Contrast:
    """`q` questions and `p` different passages with `s` sentences in all."""

    questions: list[QuestionPieces]
    passages: list[PassagePieces]
    answering: NDArray[np.bool_]
    """[q, p], whether a passage answers."""
    compared: NDArray[np.bool_]
    """[q, p], whether a passage answers or can be told not to."""
    right: NDArray[np.bool_]
    """[q, s], whether a sentence answers; sentences are in the order of the passages."""


class Contrasts:
    """Draws batches of a prepared set; the same ones again for the same numbers."""

    def __init__(
        self, prepared: Prepared, texts: EncoderTexts, rows: Sequence[int], *, questions: int, negatives: int
    ) -> None:
        """Each batch has `questions` questions of `rows` and, for each of them, `negatives` negatives.

        Raises InputInvalid where no passage answers any question of `rows`.
        """
        self._prepared, self._texts, self._places = prepared, texts, AnswerPlaces(prepared)
        self._questions, self._negatives = questions, negatives
        self.rows = [row for row in rows if self._places.holding(row)]
        """The questions that are drawn from: those that a passage answers."""
        if not self.rows:
            raise InputInvalid("The training set", "has no answered question to train on", "prepare more questions")

    def one_pass(self, number: int, first: int = 0) -> Iterator[Contrast]:
        """Yield the batches of the pass with a number, from the batch `first` on."""
        order = in_random_order(self._prepared, self.rows, _weight, random.Random(number))
        for batch in range(first, -(-len(order) // self._questions)):
            begin = batch * self._questions
            yield self._batch(order[begin : begin + self._questions], random.Random(f"{number} {batch}"))

    def _batch(self, rows: Sequence[int], drawn: random.Random) -> Contrast:
        passages: dict[int, None] = {}
        for row in rows:
            holding = self._places.holding(row)
            near = [int(other) for other in self._prepared.near[row] if other >= 0 and int(other) not in holding]
            negatives = drawn.sample(near, min(len(near), self._negatives))
            passages |= dict.fromkeys([drawn.choice(holding), *negatives])
        questions = [self._texts.question(row, drawn) for row in rows]
        pieces = [self._texts.passage(passage, titled=drawn.random() >= UNTITLED) for passage in passages]
        own = list(passages)
        answering = self._places.answering(rows, own)
        compared = answering | self._places.comparable(rows, own)
        return Contrast(questions, pieces, answering, compared, self._places.right(rows, own))


def _weight(name: str) -> float:
    return STRUCTURED_WEIGHT if name.startswith(STRUCTURED) else WEIGHTS.get(name, 1.0)
