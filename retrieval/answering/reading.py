"""Read the best passages with the question, and join the reader's log-odds with the first stage's belief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.answering.ranking_models import softmax
from retrieval.answering.reader import PassageReader, ReadablePassage
from retrieval.answering.scoring import RankedSentence
from retrieval.index.generation import Generation

READ = 6
"""Passages that are read: those that hold the sentences that the first stage believes most."""
FIRST, READER = 0.4, 0.58
"""Weights of the log of the first stage's belief and of the reader's log-odds in the logit of their joint belief.

Fitted as a conditional logit on articles of six kinds that were held out of the reader's training
(tests/benchmarks/FINDINGS.md), as DOUBT and UNREAD were.
"""
DOUBT = 0.007
"""Belief added to the first stage's, so that the reader can put first what that does not believe at all."""
UNREAD = -10.0
"""Least log-odds, which a sentence has that was not read or was cut off."""


@dataclass(frozen=True, slots=True)
class ReadingTask:
    """What a reader is given for a question."""

    question: str
    earlier: tuple[str, ...]
    """The earlier questions that it leans on, the latest first."""
    passages: tuple[int, ...]
    """Rows, the most believed first."""


def read(
    generation: Generation, reader: PassageReader, question: str, earlier: Sequence[str], passages: Sequence[int]
) -> dict[int, float]:
    """Return the log-odds that a sentence answers, against nothing in its passage: row -> mean of both heads.

    `earlier` are the questions that the question leans on, the latest first.
    """
    readings = reader.read(question, earlier, [readable(generation, passage) for passage in passages])
    odds = dict[int, float]()
    for passage, reading in zip(passages, readings, strict=True):
        means = (reading.sentences + reading.spans) / 2
        odds.update(zip(generation.sentences_of(passage), np.maximum(means, UNREAD).tolist(), strict=True))
    return odds


def most_believed(ranked: Sequence[RankedSentence], count: int) -> list[int]:
    """Return the passages of the sentences that are believed most, best first."""
    return list(dict.fromkeys(sentence.passage for sentence in ranked))[:count]


def joined(ranked: Sequence[RankedSentence], odds: dict[int, float], depth: int) -> list[RankedSentence]:
    """Rank the sentences by both stages; the best `depth` share the belief, the others have none."""
    logits = np.array(
        [FIRST * np.log(sentence.belief + DOUBT) + READER * odds.get(sentence.row, UNREAD) for sentence in ranked]
    )
    order = sorted(range(len(ranked)), key=lambda place: (-logits[place], ranked[place].place))
    shares = softmax(logits[order[:depth]]).tolist()
    beliefs = [*shares, *[0.0] * (len(ranked) - len(shares))]
    return [
        RankedSentence(ranked[place].sentence, belief, odds=odds.get(ranked[place].row))
        for place, belief in zip(order, beliefs, strict=True)
    ]


def readable(generation: Generation, row: int) -> ReadablePassage:
    """Return a passage as the reader knows text: what it stands under, then its sentences, all without marks."""
    article, at, _ = generation.passage(row)
    text, spans = generation.plain_context(row), list[tuple[int, int]]()
    for sentence in map(generation.sentence, generation.sentences_of(row)):
        lead = generation.plain(article, at, sentence.start)
        text += f"{lead} " if any(map(str.isalnum, lead)) else ""
        words = generation.plain(article, sentence.start, sentence.end)
        spans.append((len(text), len(text) + len(words)))
        text, at = f"{text}{words} ", sentence.end
    return ReadablePassage(generation.name(article), text, spans)
