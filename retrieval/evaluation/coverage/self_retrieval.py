"""Sentences asked for in their own words: one that these do not find, no question easily finds."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from retrieval.engine import Engine, Trace
from retrieval.errors import QuestionInvalid
from retrieval.evaluation.coverage.lines import Line, covers, line_of, plain, rows_within
from retrieval.evaluation.coverage.near_duplicates import LIKENESS
from retrieval.evaluation.measures.intervals import wilson_interval
from retrieval.records import Quote

Cause = Literal["cut", "not ranked", "outscored", "beside", "within", "twin", "refused", "not asked"]
"""Why asking a sentence in its own words does not give it as the first quote:

- "cut": the sentence goes on beyond the word pieces that the encoder reads, so that at most its beginning finds it
- "not ranked": its passage is not among those whose sentences are scored
- "outscored": another sentence scores higher
- "beside": the sentence before or behind it does
- "within": its words stand within another sentence, which is quoted
- "twin": a sentence that is too alike to tell apart is quoted
- "refused": it is the first quote, and the confidence lies below the threshold
- "not asked": its words are no question that could be asked
"""

SEED = 4
RANKS = 10  # quotes looked through for the sentence's own place


@dataclass(frozen=True, slots=True)
class Unreached:
    """A sentence that its own words do not find, or not the whole of it."""

    line: Line
    cause: Cause
    instead: Line | None
    """The first quote; None where nothing was found."""
    rank: int | None
    """Which of the first ten quotes holds the sentence, from 1; None where none does."""
    confidence: float
    """0 to 1, that of the answer."""


@dataclass(frozen=True, slots=True)
class Selves:
    """Sentences asked for in their own words."""

    asked: int
    sentences: int
    """All sentences of the corpus, those that were not asked too."""
    unreached: tuple[Unreached, ...]
    """In order of the corpus."""
    refused: tuple[Unreached, ...] = ()
    """Those that are found and refused, in order of the corpus. They are not lost: the confidence is fitted to
    questions, and in its own words a sentence mostly makes none."""

    @property
    def is_sample(self) -> bool:
        """Whether sentences were left out."""
        return self.asked < self.sentences

    @property
    def share(self) -> tuple[float, float, float]:
        """The share that is not reached, with the ends of its 95 % interval (Wilson's) where they are a sample."""
        if not self.asked:
            return 0.0, 0.0, 0.0
        share = len(self.unreached) / self.asked
        if not self.is_sample:
            return share, share, share
        return share, *wilson_interval(len(self.unreached), self.asked)


def ask_selves(engine: Engine, sample: int, tell: Callable[[int, int], None] = lambda done, total: None) -> Selves:
    """Ask sentences in their own words: all of them, or where there are more, `sample` drawn with SEED; 0 asks all."""
    total = len(engine.generation.sentences)
    rows = range(total) if not 0 < sample < total else sorted(random.Random(SEED).sample(range(total), sample))
    unreached: list[Unreached] = []
    refused: list[Unreached] = []
    for number, row in enumerate(rows, start=1):
        found = ask_self(engine, row)
        if found is not None:
            (refused if found.cause == "refused" else unreached).append(found)
        tell(number, len(rows))
    return Selves(len(rows), total, tuple(unreached), tuple(refused))


def ask_self(engine: Engine, row: int) -> Unreached | None:
    """Ask a sentence in its own words; None where it is the first quote of the answer, or part of it."""
    line = line_of(engine.generation, row)
    try:
        trace = engine.trace(line.text[: engine.settings.max_question], top=RANKS)
    except QuestionInvalid:
        return Unreached(line, "not asked", None, None, 0.0)
    answer = trace.answer
    covering = (rank for rank, quote in enumerate(answer.quotes, start=1) if covers(quote.citation, line.citation))
    rank = next(covering, None)
    cause = _cause(engine, row, line, trace, rank)
    first = Line(answer.quotes[0].text, answer.quotes[0].citation) if answer.quotes else None
    return Unreached(line, cause, first, rank, answer.confidence) if cause else None


def _cause(engine: Engine, row: int, line: Line, trace: Trace, rank: int | None) -> Cause | None:
    sentence = engine.generation.sentence(row)
    tokens = sentence.last_token - sentence.first_token
    if tokens < engine.encoder.pieces(line.text) - 1:  # a piece that reaches into the next sentence may be lost
        return "cut"
    if rank == 1:
        return None if trace.answer.answered else "refused"
    if trace.answer.quotes and (cause := _stead(engine, row, line, trace.answer.quotes[0])):
        return cause
    scored = {candidate.row for candidate in trace.candidates[: engine.settings.candidates]}
    return "outscored" if sentence.passage in scored else "not ranked"


def _stead(engine: Engine, row: int, line: Line, quote: Quote) -> Cause | None:
    """What a quote has to do with the sentence in whose stead it is given, if anything."""
    quoted = rows_within(engine.generation, quote.citation)
    if any(_alike(line, line_of(engine.generation, other)) for other in quoted):
        return "twin"
    if f" {plain(line.text)} " in f" {plain(quote.text)} ":
        return "within"
    beside = {row - 1, row + 1} & set(quoted) and quote.citation.article == line.citation.article
    return "beside" if beside else None


def _alike(one: Line, other: Line) -> bool:
    from rapidfuzz import fuzz

    return bool(fuzz.ratio(plain(one.text), plain(other.text), score_cutoff=LIKENESS))
