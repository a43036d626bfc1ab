"""Self-retrieval: asks for sentences in their own words. One that these do not find, hardly any question finds."""

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
"""Why a sentence asked for in its own words is not the first quote:

- "cut": it is longer than the word pieces that the encoder reads, so at most its beginning can be found
- "not ranked": its passage is not among those whose sentences are scored
- "outscored": another sentence scores higher
- "beside": the sentence before or after it scores higher
- "within": its words are part of another sentence, which is quoted
- "twin": a sentence too alike to distinguish is quoted
- "refused": it is the first quote, but the confidence is below the threshold
- "not asked": its words are not a valid question
"""

SEED = 4
RANKS = 10  # quotes searched for the sentence


@dataclass(frozen=True, slots=True)
class Unreached:
    """A sentence that its own words do not find, or not completely."""

    line: Line
    cause: Cause
    instead: Line | None
    """The first quote; None if nothing was found."""
    rank: int | None
    """Rank of the quote that contains the sentence, from 1; None if it is not among the first ten."""
    confidence: float
    """Of the answer, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Selves:
    """Sentences asked for in their own words."""

    asked: int
    sentences: int
    """All sentences of the corpus, asked or not."""
    unreached: tuple[Unreached, ...]
    """In order of the corpus."""
    refused: tuple[Unreached, ...] = ()
    """Those found but refused, in order of the corpus. They do not count as unreached: the confidence is fitted to
    questions, and most sentences are not questions."""

    @property
    def is_sample(self) -> bool:
        """Return whether some sentences were not asked."""
        return self.asked < self.sentences

    @property
    def share(self) -> tuple[float, float, float]:
        """Return the share not reached, with its 95 % Wilson interval if only a sample was asked."""
        if not self.asked:
            return 0.0, 0.0, 0.0
        share = len(self.unreached) / self.asked
        if not self.is_sample:
            return share, share, share
        return share, *wilson_interval(len(self.unreached), self.asked)


def ask_selves(engine: Engine, sample: int, tell: Callable[[int, int], None] = lambda count, total: None) -> Selves:
    """Ask for at most `sample` sentences, drawn with SEED, in their own words; 0 asks for all."""
    total = len(engine.generation.sentences)
    rows = range(total) if not 0 < sample < total else sorted(random.Random(SEED).sample(range(total), sample))
    unreached: list[Unreached] = []
    refused: list[Unreached] = []
    for number, row in enumerate(rows, start=1):
        outcome = ask_self(engine, row)
        if outcome is not None:
            (refused if outcome.cause == "refused" else unreached).append(outcome)
        tell(number, len(rows))
    return Selves(len(rows), total, tuple(unreached), tuple(refused))


def ask_self(engine: Engine, row: int) -> Unreached | None:
    """Ask for a sentence in its own words; return None if the first quote contains it and is not refused."""
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
    if tokens < engine.encoder.pieces(line.text) - 1:  # one piece may reach into the next sentence
        return "cut"
    if rank == 1:
        return None if trace.answer.answered else "refused"
    if trace.answer.quotes and (cause := _relation(engine, row, line, trace.answer.quotes[0])):
        return cause
    scored = {candidate.row for candidate in trace.candidates[: engine.settings.candidates]}
    return "outscored" if sentence.passage in scored else "not ranked"


def _relation(engine: Engine, row: int, line: Line, quote: Quote) -> Cause | None:
    """Return how the first quote is related to the sentence that it displaces, if at all."""
    quoted = rows_within(engine.generation, quote.citation)
    if any(_alike(line, line_of(engine.generation, other)) for other in quoted):
        return "twin"
    if f" {plain(line.text)} " in f" {plain(quote.text)} ":
        return "within"
    beside = {row - 1, row + 1} & set(quoted) and quote.citation.article == line.citation.article
    return "beside" if beside else None


def _alike(line: Line, other: Line) -> bool:
    from rapidfuzz import fuzz

    return bool(fuzz.ratio(plain(line.text), plain(other.text), score_cutoff=LIKENESS))
