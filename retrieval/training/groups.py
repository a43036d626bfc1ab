"""Groups: a question with a passage that answers it, if any, and passages that do not."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from retrieval.answering.reader import with_history
from retrieval.training.noise import typed
from retrieval.training.prepared import Prepared
from retrieval.training.questions import TrainingQuestion

WEIGHTS = {
    "squad-otherpara": 0.5, "medquad": 0.8, "qed-nq": 1.5, "nq-oracle": 1.5, "tydiqa-en": 2.0, "qadiscourse": 0.6,
    "qamr": 0.7, "dstc9-faq": 1.5, "tsqa": 0.7, "dstc11-faq": 2.0, "doc2dial": 3.0, "tatqa-text": 2.0,
    "structured-sections": 2.0, "structured-entries": 2.0, "structured-lists": 2.0, "structured-tables": 2.0,
    "structured-settings": 2.0, "structured-commands": 2.0,
}  # fmt: skip
"""How often a question of a set is read in one pass, on average; 1 for any other set."""
HELD_OUT = 0.015  # share of the documents, by title, whose questions are held out of training
UNTITLED = 0.15  # share of the groups that are read without titles
EARLIER_TURN = 0.1  # share of the questions that get another question of their document as an earlier turn
SENTENCE_LIKE = 0.8  # an answer that covers this share of its sentence counts as the sentence, not a span


@dataclass(frozen=True, slots=True)
class Group:
    """A question and the passages read with it; the first passage is from the question's own document."""

    question: str
    """The question as typed, followed by earlier turns."""
    passages: tuple[int, ...]
    answers: tuple[tuple[int, int], ...]
    """Spans of the first passage's document that answer, in characters; empty where no passage answers."""
    titled: bool
    set: str


@dataclass(frozen=True, slots=True)
class Split:
    """Rows of the training questions and of the held-out ones."""

    train: tuple[int, ...]
    held_out: tuple[int, ...]


def split(prepared: Prepared) -> Split:
    """Hold documents out by title, so that no passage of a held-out article is an answer in training."""
    apart = prepared.held_out or _drawn_apart(prepared)
    train, held_out = list[int](), list[int]()
    for row, question in enumerate(prepared.questions):
        (held_out if article(prepared, question) in apart else train).append(row)
    return Split(tuple(train), tuple(held_out))


def in_random_order(
    prepared: Prepared, rows: Sequence[int], weight_of: Callable[[str], float], drawn: random.Random
) -> list[int]:
    """Return the rows of questions for one pass, each as often, on average, as the weight of its set."""
    order = list[int]()
    for row in rows:
        weight = weight_of(prepared.questions[row].set)
        order += [row] * (int(weight) + (drawn.random() < weight % 1))
    drawn.shuffle(order)
    return order


def _drawn_apart(prepared: Prepared) -> frozenset[str]:
    titles = sorted({article(prepared, question) for question in prepared.questions})
    random.Random(3).shuffle(titles)
    return frozenset(titles[: int(HELD_OUT * len(titles))])


def article(prepared: Prepared, question: TrainingQuestion) -> str:
    """Return the title by which a question's document is held out."""
    document = prepared.documents[question.document]
    return document.article or document.title or f"{document.set} {question.document}"


class Groups:
    """Draws groups of a prepared set."""

    def __init__(self, prepared: Prepared, negatives: int) -> None:
        """`negatives` is the number of passages without an answer beside each one with an answer."""
        self._prepared, self._negatives = prepared, negatives
        self._begins = prepared.document_begins()
        self._siblings: dict[int, list[int]] = {}
        for row, question in enumerate(prepared.questions):
            self._siblings.setdefault(question.document, []).append(row)

    def one_pass(self, rows: Sequence[int], seed: int) -> Iterator[Group]:
        """Yield the groups of one pass over the questions, in a random order given by `seed`."""
        drawn = random.Random(seed)
        for row in in_random_order(self._prepared, rows, lambda name: WEIGHTS.get(name, 1.0), drawn):
            group = self.draw(row, drawn)
            if group is not None:
                yield group

    def draw(self, row: int, drawn: random.Random, *, noisy: bool = True) -> Group | None:
        """Draw a group for one question; None where its document has no suitable passage."""
        question = self._prepared.questions[row]
        first = self._first(question, drawn)
        if first is None:
            return None
        near = [int(other) for other in self._prepared.near[row] if other >= 0 and other != first]
        far = [int(other) for other in self._prepared.far[row] if other >= 0]
        others = drawn.sample(near, min(len(near), self._negatives))
        if far and (len(others) < self._negatives or drawn.random() < 0.3):
            others = [*others[: self._negatives - 1], drawn.choice(far)]
        return Group(
            self._text(question, row, drawn, noisy),
            (first, *others),
            question.answers,
            not noisy or drawn.random() >= UNTITLED,
            question.set,
        )

    def _first(self, question: TrainingQuestion, drawn: random.Random) -> int | None:
        """Return a passage with an answer, or any of its document for an unanswered question."""
        own = range(int(self._begins[question.document]), int(self._begins[question.document + 1]))
        if question.answers:
            start, _ = drawn.choice(question.answers)
            own_passages = ((row, self._prepared.passages[row]) for row in own)
            holding = [row for row, passage in own_passages if passage.start <= start < passage.end]
            return holding[0] if holding else None
        return drawn.choice(own) if own else None

    def _text(self, question: TrainingQuestion, row: int, drawn: random.Random, noisy: bool) -> str:
        own = typed(question.text, drawn) if noisy else question.text
        history = question.history
        siblings = self._siblings[question.document]
        if noisy and not history and len(siblings) > 1 and drawn.random() < EARLIER_TURN:
            other = drawn.choice(siblings)
            history = (typed(self._prepared.questions[other].text, drawn),) if other != row else ()
        return with_history(own, history)
