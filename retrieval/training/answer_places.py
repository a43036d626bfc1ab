"""Which passages and sentences of a prepared set answer a question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.training.negatives import BOUND
from retrieval.training.prepared import Prepared
from retrieval.training.questions import TrainingQuestion

STRUCTURED = "structured-"  # how the names of the sets begin that `structured` writes


class AnswerPlaces:
    """Looks up where the questions of a prepared set are answered; `q` and `p` count questions and passages."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared, self._begins = prepared, prepared.document_begins()

    def holding(self, row: int) -> list[int]:
        """Return the passages that answer the question in a row, in their order."""
        question = self._prepared.questions[row]
        own = range(int(self._begins[question.document]), int(self._begins[question.document + 1]))
        return [passage for passage in own if self._answers(question, passage)]

    def answering(self, rows: Sequence[int], passages: Sequence[int]) -> NDArray[np.bool_]:
        """Return [q, p], whether a passage answers: an answer begins in it."""
        questions = [self._prepared.questions[row] for row in rows]
        return np.array([[self._answers(question, passage) for passage in passages] for question in questions])

    def comparable(self, rows: Sequence[int], passages: Sequence[int]) -> NDArray[np.bool_]:
        """Return [q, p], whether it is known if a passage answers.

        It always is in the question's own document and for its negatives. In other documents of its set it is not where
        the set's questions mean their own document without naming it: another one may answer as well.
        """
        return np.array([[self._is_comparable(row, passage) for passage in passages] for row in rows])

    def right(self, rows: Sequence[int], passages: Sequence[int]) -> NDArray[np.bool_]:
        """Return [q, sentences of the passages], whether a sentence has part of an answer."""
        questions = [self._prepared.questions[row] for row in rows]
        return np.array(
            [[flag for passage in passages for flag in self._right(question, passage)] for question in questions]
        )

    def _answers(self, question: TrainingQuestion, row: int) -> bool:
        passage = self._prepared.passages[row]
        return passage.document == question.document and any(
            passage.start <= start < passage.end for start, _ in question.answers
        )

    def _is_comparable(self, row: int, passage: int) -> bool:
        question, document = self._prepared.questions[row], self._prepared.passages[passage].document
        if document == question.document or passage in self._prepared.near[row]:
            return True
        bound = question.set in BOUND or question.set.startswith(STRUCTURED)
        return not bound or self._prepared.documents[document].set != question.set

    def _right(self, question: TrainingQuestion, row: int) -> list[bool]:
        passage = self._prepared.passages[row]
        own = passage.document == question.document
        return [
            own and any(start < last and end > first for start, end in question.answers)
            for first, last in passage.sentences
        ]
