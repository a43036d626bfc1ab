"""Cross-validate the fitted models: score each article of SQuAD 2.0 part A by models of the other seven.

`python -m tests.benchmarks quality` prints the tables; `python -m tests.benchmarks.folds --write` also writes the
models fitted on all of part A to retrieval/answering/ranking.json and prints the numbers of `confidence.BUILT_IN`.
The reader, its weight beside these models and `confidence.READING` were fitted on other sets.
`word_cost` and the threshold were chosen on part A as a whole: 1.3 times the words of a sentence, 1.5 % of off-corpus
questions answered.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval import Engine
from retrieval.answering.confidence import BUILT_IN_THRESHOLD, ConfidenceModel
from retrieval.answering.ranking_models import FILE, RankingModels
from tests.benchmarks import fit
from tests.benchmarks.common import (
    SquadQuestion,
    auroc,
    covers,
    index,
    mean,
    mean_words,
    off_corpus,
    squad,
    table,
    temporary,
)

Values = NDArray[np.float64]
MOST_OFF = 0.02  # of off-corpus questions that may be answered


@dataclass(frozen=True, slots=True)
class Result:
    """A question's answer by models that did not see its article."""

    question: SquadQuestion
    fold: int
    kind: str
    read: bool
    """Whether by an engine with a reader."""
    first: bool
    three: bool
    words: int
    confidence: float


def run(engine: Engine, questions: list[SquadQuestion], *, write: bool = False) -> list[Result]:
    """Answer every question by models that did not see its article; with `write`, save models fitted on all of them."""
    articles = sorted({question.article for question in questions})
    dealt = [(question, articles.index(question.article)) for question in questions]
    # Off-corpus questions belong to no article: they are dealt out.
    dealt += [(SquadQuestion(text, "", ()), number % len(articles)) for number, text in enumerate(off_corpus())]
    plain = _without_reader(engine)  # the examples read its sources until the last fold
    examples = [fit.example(plain, question, fold) for question, fold in dealt]
    if write:
        learned, confidence = fit.learn(examples)
        fit.write(FILE, engine.encoder.spec.digest, engine.encoder.spec.name, learned)
        weights = ", ".join(f"{weight:.3f}" for weight in confidence.weights)
        print(f"{FILE} is written; confidence.BUILT_IN is {confidence.intercept:.3f}, ({weights})", file=sys.stderr)
    results = []
    for fold in range(len(articles)):
        learned, confidence = fit.learn([example for example in examples if example.fold != fold])
        results += [
            _result(held_out, example)
            for held_out in _held_out(engine, learned, confidence)
            for example in examples
            if example.fold == fold
        ]
    return results


def _without_reader(engine: Engine) -> Engine:
    return Engine(engine.generation, engine.encoder, engine.settings)


def _held_out(engine: Engine, learned: RankingModels, confidence: ConfidenceModel) -> Iterator[Engine]:
    """Yield an engine with models of the other articles and no reader, and one with the reader if this one reads."""
    plain = _without_reader(engine)
    plain.ranking_models, plain.model = learned, confidence
    yield plain
    if engine.reader is not None:
        reading = Engine(engine.generation, engine.encoder, engine.settings, reader=engine.reader)
        reading.ranking_models = learned
        yield reading


def show(results: list[Result], length: float) -> None:
    """Print the tables; `length` is the mean number of words in a sentence."""
    for read in sorted({result.read for result in results}):
        own = [result for result in results if result.read == read]
        _quotes(own, length, named(read))
        _refusals(own, named(read))


def named(read: bool) -> str:
    """Return how the engine of some results is called."""
    return "with the reader" if read else "without the reader"


def _result(engine: Engine, example: fit.Example) -> Result:
    answer = engine.ask(example.question.text, show_weak=True)
    right = [
        quote.citation.article == example.question.article
        and covers(quote.citation.start, quote.citation.end, example.question.gold)
        for quote in answer.quotes
    ]
    return Result(
        question=example.question,
        fold=example.fold,
        kind=example.kind,
        read=engine.reader is not None,
        first=right[0] if right else False,
        three=any(right),
        words=len(answer.quotes[0].text.split()) if answer.quotes else 0,
        confidence=answer.confidence,
    )


def _quotes(results: list[Result], length: float, engine: str) -> None:
    rows: list[tuple[str, ...]] = []
    articles = sorted({result.question.article for result in results if result.question.article})
    for name, fold in [*((name, number) for number, name in enumerate(articles)), ("all held-out articles", None)]:
        own = [result for result in results if result.kind == "answerable" and fold in (None, result.fold)]
        figures = mean([result.first for result in own]), mean([result.three for result in own])
        words = f"{mean([result.words for result in own]) / length:.3f}"
        rows.append((name, str(len(own)), *(f"{figure:.4f}" for figure in figures), words))
    table(
        f"SQuAD 2.0 part A, {engine}, each article by models of the other seven",
        ("article", "questions", "P@1", "in first three", "words / mean sentence"),
        rows,
        "bars: P@1 >= .78, words <= 1.3",
    )


def _refusals(results: list[Result], engine: str) -> None:
    confidences = {
        kind: np.array([result.confidence for result in results if result.kind == kind])
        for kind in ("answerable", "off", "unanswered")
    }
    rows = [
        _row(name, confidences[kind], confidences["answerable"] if kind != "answerable" else None, BUILT_IN_THRESHOLD)
        for name, kind in (
            ("answerable", "answerable"),
            ("off-corpus", "off"),
            ("on topic and unanswered (SQuAD's adversarial ones)", "unanswered"),
        )
    ]
    table(
        f"Refusals of the same, {engine}, at the default threshold {BUILT_IN_THRESHOLD}",
        ("", "questions", "answered", "AUROC against the answerable"),
        rows,
        "bars: AUROC >= .992 off-corpus, >= .70 on topic",
    )
    refused, answered = _calibrated(results)
    print(f"threshold chosen on the other articles, for at most {100 * MOST_OFF:g} % of off-corpus questions answered:")
    print(f"  {100 * answered:.1f} % of them answered, {100 * refused:.1f} % of the answerable refused")
    print("  (bars: 2 % and 8 %)\n")


def _calibrated(results: list[Result]) -> tuple[float, float]:
    refused, answered = [], []
    for fold in sorted({result.fold for result in results}):
        others = [result.confidence for result in results if result.kind == "off" and result.fold != fold]
        threshold = float(np.quantile(others, 1 - MOST_OFF))
        own = [result for result in results if result.fold == fold]
        refused += [result.confidence < threshold for result in own if result.kind == "answerable"]
        answered += [result.confidence >= threshold for result in own if result.kind == "off"]
    return mean(refused), mean(answered)


def _row(name: str, values: Values, answerable: Values | None, threshold: float) -> tuple[str, str, str, str]:
    against = "" if answerable is None else f"{auroc(answerable, values):.3f}"
    return name, str(len(values)), f"{100 * float(np.mean(values >= threshold)):.1f} %", against


if __name__ == "__main__":
    with temporary() as working:
        (working / "corpus").mkdir()
        questions = squad(working / "corpus")
        index(working / "corpus", working / "index")
        opened = Engine.open(working / "index")
        show(run(opened, questions, write="--write" in sys.argv), mean_words(opened))
