"""Hard negatives: passages that a search finds for a question and that do not answer it.

`near` ones are from the question's own family of texts; `far` ones are the best of other families, for questions that
are off a corpus' topic. Both come from BM25 here and from the encoder in `dense`, as in the first stage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from retrieval.analysis import terms, words
from retrieval.index.bm25 import BM25
from retrieval.training.passages import TrainingPassage
from retrieval.training.questions import Document, TrainingQuestion

Rows = NDArray[np.int32]

NEAR, FAR = 8, 3
LONGEST_ANSWER = 8  # words; a passage with the words of an answer this short counts as answering
FAMILIES = {
    "squad11": "squad", "squad2-unans": "squad", "squad-otherpara": "squad", "dstc9-faq": "travel",
    "dstc11-faq": "travel", "qed-nq": "search", "nq-oracle": "search", "tydiqa-en": "search",
}  # fmt: skip
"""Sets whose texts may answer each other's questions; any other set is its own family."""
BOUND = frozenset({
    "cuad", "dstc9-faq", "dstc11-faq", "doc2dial", "fairytaleqa", "qadiscourse", "qamr", "squad-otherpara",
    "tatqa-text",
})  # fmt: skip
"""Sets whose questions mean their own document ("does it have parking?"), so that other documents seem to answer."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """For each of `q` questions, rows of passages, best first, padded with -1."""

    near: Rows
    """[q, NEAR]"""
    far: Rows
    """[q, FAR]"""


@dataclass(frozen=True)
class Pool:
    """The searchable passages."""

    documents: Sequence[Document]
    passages: Sequence[TrainingPassage]
    _words: dict[int, str] = field(default_factory=dict)

    def text(self, row: int) -> str:
        """Return a passage's text, preceded by its title."""
        passage = self.passages[row]
        document = self.documents[passage.document]
        return f"{document.title}. {document.text[passage.start : passage.end]}"

    def words(self, row: int) -> str:
        """Return a passage's words, with a blank between them and at each end."""
        if row not in self._words:
            self._words[row] = f" {' '.join(words(self.text(row)))} "
        return self._words[row]

    def families(self) -> NDArray[np.int32]:
        """Return [passages], the number of each passage's family."""
        numbers: dict[str, int] = {}
        names = (family(self.documents[passage.document].set) for passage in self.passages)
        return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int32)

    def of_document(self) -> NDArray[np.int32]:
        """Return [passages], the row of each passage's document."""
        return np.array([passage.document for passage in self.passages], dtype=np.int32)


def family(name: str) -> str:
    """Return the family of a set."""
    return FAMILIES.get(name, name)


def is_answered(question: TrainingQuestion, pool: Pool, row: int) -> bool:
    """Return whether a passage has an answer, or the words of a short one."""
    passage = pool.passages[row]
    if passage.document == question.document and any(
        start < passage.end and end > passage.start for start, end in question.answers
    ):
        return True
    text = pool.documents[question.document].text
    answers = (words(text[start:end]) for start, end in question.answers)
    return any(f" {' '.join(answer)} " in pool.words(row) for answer in answers if len(answer) <= LONGEST_ANSWER)


def choose(
    question: TrainingQuestion, scores: NDArray[np.float32], pool: Pool, own: Rows, families: Rows
) -> tuple[list[int], list[int]]:
    """Choose the best near and far passages of a question by scores [passages]; `own` are its document's passages."""
    count = 4 * NEAR
    near = own[np.argsort(-scores[own], kind="stable")][:count] if question.set in BOUND else _best(scores, count)
    mine = families[own[0]] if len(own) else -1
    elsewhere = np.where(families == mine, 0.0, scores).astype(np.float32)
    far = _best(elsewhere, FAR)
    unanswered = (row for row in near.tolist() if not is_answered(question, pool, row))
    return [row for row, _ in zip(unanswered, range(NEAR), strict=False)], [
        row for row in far.tolist() if elsewhere[row] > 0
    ]


def mine(
    questions: Sequence[TrainingQuestion], pool: Pool, progress: Callable[[int, int], None] = lambda count, total: None
) -> Candidates:
    """Return the candidates of all questions from BM25."""
    index = BM25.of(terms(pool.text(row)) for row in range(len(pool.passages)))
    families, of_document = pool.families(), pool.of_document()
    near = np.full((len(questions), NEAR), -1, dtype=np.int32)
    far = np.full((len(questions), FAR), -1, dtype=np.int32)
    for row, question in enumerate(questions):
        progress(row, len(questions))
        own = np.arange(*np.searchsorted(of_document, [question.document, question.document + 1]), dtype=np.int32)
        rows_of_question = choose(question, index.scores(terms(question.text)), pool, own, families)
        for table, rows in zip((near, far), rows_of_question, strict=True):
            table[row, : len(rows)] = rows
    return Candidates(near, far)


def _best(scores: NDArray[np.float32], count: int) -> Rows:
    rows = np.argpartition(-scores, count)[:count] if len(scores) > count else np.arange(len(scores))
    return rows[np.lexsort((rows, -scores[rows]))].astype(np.int32)
