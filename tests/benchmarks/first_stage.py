"""Measure what the first stage finds: whether an answer is among the passages and sentences that later stages see.

    python -m tests.benchmarks.first_stage [MODEL ...]

Several models are compared question by question with the first one; each is a model's name or its folder.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from retrieval import Engine
from retrieval.answering.question import Question
from retrieval.answering.quoter import Quoter
from retrieval.answering.retriever import rank
from retrieval.answering.scoring import score_sentences
from retrieval.encoding.models import DEFAULT_MODEL
from retrieval.evaluation.gold import sets, targets
from retrieval.index.generation import Generation
from retrieval.index.rows import PassageRow, SentenceRow
from retrieval.settings import AnswerSettings
from tests.benchmarks.common import (
    DOCUMENTS,
    GOLD,
    ORIGINALS,
    SCRAPES,
    SEEDS,
    SHARED,
    STRUCTURE,
    available,
    index,
    table,
    temporary,
)  # fmt: skip
from tests.benchmarks.reading import BenchQuestion, overlaps, question_file, turns

SETS = ("onestop-news", "emanual", "clapnq-dev", "doc2dial-test", "mlqa-de-dev", "tydiqa-other")
QUESTIONS = 300  # of a set, drawn
BM25_ALONE = 1e6  # weight of BM25 at which the encoder decides between equal scores only
WORDS_ALONE = "BM25 alone"


@dataclass(frozen=True, slots=True)
class Found:
    """Whether an answer to a question was found."""

    passage: bool
    """Among the passages whose sentences are scored."""
    sentence: bool
    """Among the sentences that the ranking models weigh."""


def main(models: Sequence[str] = (DEFAULT_MODEL,)) -> None:
    """Print the table."""
    found: dict[str, dict[str, list[Found]]] = {name: {} for name in (WORDS_ALONE, *models)}
    for name, corpus, questions in _sets():
        with temporary() as folder:
            articles = corpus(folder)
            for number, model in enumerate(models):
                index(articles, folder / str(number), model=model)
                engine = Engine.open(folder / str(number), AnswerSettings(reader=None))
                asked = _prepared(engine, _drawn(questions(engine)))
                found[model][name] = _search(engine.generation, asked, engine.settings)
                if not number:
                    words = replace(engine.settings, passage_terms=BM25_ALONE, sentence_terms=BM25_ALONE)
                    found[WORDS_ALONE][name] = _search(engine.generation, asked, words)
    _show(found, models[0])


def _sets() -> Iterator[tuple[str, Callable[[Path], Path], Callable[[Engine], Sequence[BenchQuestion]]]]:
    """Yield each set's name, what gives its corpus, and what gives its questions."""
    for name, gold, corpus in (
        ("seeds", GOLD, SEEDS),
        ("originals", ORIGINALS, SCRAPES),
        ("documents", STRUCTURE, DOCUMENTS),
    ):
        if available(corpus, f"first stage, {name}"):
            yield name, partial(_as_it_is, corpus), partial(_gold, gold)
    for name in SETS:
        file = SHARED / "qa-dev" / f"{name}-00.jsonl.gz"
        if available(file, f"first stage, {name}"):
            questions: list[BenchQuestion] = []
            yield name, partial(_written, file, questions), partial(_as_read, questions)


def _as_it_is(corpus: Path, folder: Path) -> Path:
    return corpus


def _written(file: Path, questions: list[BenchQuestion], folder: Path) -> Path:
    corpus = folder / "corpus"
    corpus.mkdir()
    questions += question_file(file, corpus)
    return corpus


def _as_read(questions: list[BenchQuestion], engine: Engine) -> Sequence[BenchQuestion]:
    return questions


def _gold(file: Path, engine: Engine) -> Sequence[BenchQuestion]:
    posed, _ = targets.pose(sets.read(file, engine.settings.max_question), engine.generation)
    return [
        BenchQuestion(
            each.gold.question,
            tuple(reversed(each.gold.history)),
            [(span.article, span.start, span.end) for span in each.gold.gold],
        )
        for each in posed
    ]


def _drawn(questions: Sequence[BenchQuestion]) -> list[BenchQuestion]:
    answerable = [question for question in questions if question.gold]
    return random.Random(0).sample(answerable, min(QUESTIONS, len(answerable)))


def _prepared(engine: Engine, questions: Sequence[BenchQuestion]) -> list[tuple[BenchQuestion, Question]]:
    """Return the questions with what the engine searches for."""
    generation, settings = engine.generation, engine.settings
    quoters = [Quoter(generation, settings, question.text) for question in questions]
    return [
        (question, engine.find(question.text, turns(question), quoter).question)
        for question, quoter in zip(questions, quoters, strict=True)
    ]


def _search(
    generation: Generation, asked: Sequence[tuple[BenchQuestion, Question]], settings: AnswerSettings
) -> list[Found]:
    """Search as the engine does."""
    found = []
    for question, query in asked:
        passages = rank(generation, query, settings, settings.candidates)
        sentences = score_sentences(generation, query, passages, settings)[: settings.weighed]
        found.append(
            Found(
                any(_answers(generation, generation.passage(each.row), question) for each in passages),
                any(_answers(generation, generation.sentence(each.row), question) for each in sentences),
            )
        )
    return found


def _answers(generation: Generation, span: PassageRow | SentenceRow, question: BenchQuestion) -> bool:
    return overlaps(generation.article(span.article).id, span.start, span.end, question.gold or ())


def _show(found: dict[str, dict[str, list[Found]]], first: str) -> None:
    names = list(found[first])
    columns = [f"{Path(model).name}, {kind}" for model in found for kind in ("passages", "sentences")]
    rows = []
    for name in (*names, "all"):
        row = [name, str(len(_of(found[first], name)))]
        for model, own in found.items():
            others = None if model in (first, WORDS_ALONE) else _of(found[first], name)
            row += [_cell(_of(own, name), others, kind) for kind in ("passage", "sentence")]
        rows.append(row)
    table(
        "The first stage: answer within the best ten passages, and within the best twenty sentences of these",
        ("", "asked", *columns),
        rows,
        "+ and -: questions whose answer is found where the first model misses it, and the other way round",
    )


def _of(own: dict[str, list[Found]], name: str) -> list[Found]:
    return own[name] if name in own else [each for part in own.values() for each in part]


def _cell(own: Sequence[Found], others: Sequence[Found] | None, kind: str) -> str:
    flags = np.array([getattr(each, kind) for each in own])
    if others is None:
        return f"{flags.mean():.3f}"
    before = np.array([getattr(each, kind) for each in others])
    return f"{flags.mean():.3f} (+{(flags & ~before).sum()} -{(before & ~flags).sum()})"


if __name__ == "__main__":
    main(sys.argv[1:] or (DEFAULT_MODEL,))
