"""Questions about an index's own articles as a training set, each passage as the engine has it read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.answering.reader import ReadablePassage, with_history
from retrieval.answering.reading import readable
from retrieval.encoding.folding import folded
from retrieval.engine import Engine
from retrieval.evaluation.records import Target
from retrieval.index.generation import Generation
from retrieval.records import Turn
from retrieval.training.groups import Group
from retrieval.training.negatives import NEAR, Pool, is_answered
from retrieval.training.passages import TrainingPassage
from retrieval.training.prepared import Prepared
from retrieval.training.questions import Document, TrainingQuestion

SET = "own"
NEGATIVES = 1
"""Passages without an answer that are read with each question, the first stage's best: more of them make the reader
refuse what it could answer, and some of them do answer, though nobody has marked where."""
PLACES = 2  # passages with an answer that a question is read with, one at a time

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CorpusQuestion:
    """A question to learn from."""

    text: str
    history: tuple[str, ...]
    """Earlier questions, oldest first."""
    targets: tuple[Target, ...]
    """Places of articles that answer it; empty where the corpus does not."""
    wrong: tuple[int, ...] = ()
    """Rows of passages that people have found not to answer it, where nothing is known of the others."""


class CorpusQuestions:
    """Makes groups of questions about one index; each passage becomes a document of the set, ready to be read."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._generation = engine, engine.generation
        self._rows: dict[int, int] = {}
        self._documents: list[Document] = []
        self._passages: list[TrainingPassage] = []

    def groups(self, question: CorpusQuestion) -> Iterator[Group]:
        """Yield a group for each of its places, or one where it has none.

        The passages that do not answer are those that the engine would have read: the first stage's best.
        """
        history = [Turn(earlier) for earlier in question.history]
        task = self._engine.to_read(question.text, history, NEAR)
        text = folded(with_history(task.question, task.earlier)).text
        if any(target.whole for target in question.targets):
            return  # nothing says which of its sentences answer
        if not question.targets:
            passages = question.wrong or task.passages[: 1 + NEGATIVES]
            if passages:
                yield Group(text, tuple(map(self._row, passages)), (), titled=True, set=SET)
            return
        holding = list(
            dict.fromkeys(row for target in question.targets for row in passages_with(self._generation, target))
        )
        for passage in holding[:PLACES]:
            answers = tuple(self._answers(passage, question.targets))
            row = self._row(passage)
            others = [self._row(other) for other in task.passages if other not in holding]
            asked = TrainingQuestion("", SET, text, (), row, answers)
            pool = Pool(self._documents, self._passages)
            negatives = [other for other in others if not is_answered(asked, pool, other)]
            yield Group(text, (row, *negatives[:NEGATIVES]), answers, titled=True, set=SET)

    def articles_of(self, passages: Sequence[int]) -> list[str]:
        """Return the ids of the articles of passages."""
        return [self._generation.ref(self._generation.passage(row).article).article for row in passages]

    def prepared(self) -> Prepared:
        """Return the passages of all groups so far, without questions: the groups have them."""
        none = np.zeros((0, 0), dtype=np.int32)
        return Prepared(self._documents, self._passages, [], none, none)

    def _row(self, passage: int) -> int:
        """Return the row of a passage in the set."""
        if passage not in self._rows:
            self._rows[passage] = len(self._documents)
            document = _document(readable(self._generation, passage))
            self._documents.append(document)
            self._passages.append(TrainingPassage(self._rows[passage], 0, document.sentences))
        return self._rows[passage]

    def _answers(self, passage: int, targets: Sequence[Target]) -> Iterator[tuple[int, int]]:
        """Yield the answers' places in the text that is read."""
        document = self._documents[self._row(passage)]
        sentences = [self._generation.sentence(row) for row in self._generation.sentences_of(passage)]
        for target in targets:
            if self._generation.row_of(target.article) != self._generation.passage(passage).article:
                continue
            parts = []
            for sentence, (start, end) in zip(sentences, document.sentences, strict=True):
                first, last = max(target.start, sentence.start), min(target.end, sentence.end)
                if first < last:
                    words = folded(self._generation.plain(sentence.article, first, last).strip()).text
                    at = document.text.find(words, start, end)
                    parts.append((at, at + len(words)) if at >= 0 and words else (start, end))
            if parts:
                yield parts[0][0], parts[-1][1]


def passages_with(generation: Generation, target: Target) -> list[int]:
    """Return the rows of the passages with a part of the target."""
    article = generation.row_of(target.article)
    if article is None:
        return []
    passages = ((row, generation.passage(row)) for row in generation.passages_of(article))
    return [row for row, passage in passages if passage.start < target.end and target.start < passage.end]


def _document(passage: ReadablePassage) -> Document:
    usual = folded(passage.text)
    spans: Spans = tuple((start, end) for start, end in passage.sentences)
    if usual.places is not None:
        moved = np.searchsorted(usual.places, np.array(spans, dtype=np.int64)).tolist()
        spans = tuple((start, end) for start, end in moved)
    return Document(SET, folded(passage.title).text, usual.text, spans)
