"""What is learned, scored where it was not: each article of SQuAD 2.0 part A by models of the other seven.

`python -m tests.benchmarks quality` prints the tables; `python -m tests.benchmarks.folds --write` prints them, writes
the models fitted on all of part A to retrieval/answering/ranking.json and tells the numbers of `confidence.BUILT_IN`.
`word_cost` and the threshold were chosen on part A as a whole: 1.3 times the words of a sentence, 1.5 % of off-corpus
questions answered.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval import Engine
from retrieval.answering.confidence import BUILT_IN_THRESHOLD
from retrieval.answering.ranking_models import FILE
from tests.benchmarks import fit
from tests.benchmarks.common import (
    Asked,
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
    """A question, answered by models that did not see its article."""

    asked: Asked
    fold: int
    kind: str
    first: bool
    three: bool
    words: int
    confidence: float


def run(engine: Engine, questions: list[Asked], *, write: bool = False) -> list[Result]:
    """Ask every question by models that did not see its article; `write` the models of all of them."""
    articles = sorted({asked.article for asked in questions})
    dealt = [(asked, articles.index(asked.article)) for asked in questions]
    # Off-corpus questions belong to no article: they are dealt out.
    dealt += [(Asked(text, "", ()), number % len(articles)) for number, text in enumerate(off_corpus())]
    examples = [fit.example(engine, asked, fold) for asked, fold in dealt]
    if write:
        learned, confidence = fit.learn(examples)
        fit.write(FILE, engine.encoder.spec.digest, engine.encoder.spec.name, learned)
        weights = ", ".join(f"{weight:.3f}" for weight in confidence.weights)
        print(f"{FILE} is written; confidence.BUILT_IN is {confidence.intercept:.3f}, ({weights})", file=sys.stderr)
    shipped = engine.ranking_models, engine.model
    results = []
    for fold in range(len(articles)):
        engine.ranking_models, engine.model = fit.learn([one for one in examples if one.fold != fold])
        results += [_result(engine, one) for one in examples if one.fold == fold]
    engine.ranking_models, engine.model = shipped
    return results


def show(results: list[Result], length: float) -> None:
    """Print the tables; `length` is the words of the mean sentence."""
    _quotes(results, length)
    _refusals(results)


def _result(engine: Engine, one: fit.Example) -> Result:
    answer = engine.ask(one.asked.question, show_weak=True)
    right = [
        quote.citation.article == one.asked.article and covers(quote.citation.start, quote.citation.end, one.asked.gold)
        for quote in answer.quotes
    ]
    return Result(
        asked=one.asked,
        fold=one.fold,
        kind=one.kind,
        first=right[0] if right else False,
        three=any(right),
        words=len(answer.quotes[0].text.split()) if answer.quotes else 0,
        confidence=answer.confidence,
    )


def _quotes(results: list[Result], length: float) -> None:
    rows: list[tuple[str, ...]] = []
    articles = sorted({one.asked.article for one in results if one.asked.article})
    for name, fold in [*((name, number) for number, name in enumerate(articles)), ("all held-out articles", None)]:
        own = [one for one in results if one.kind == "answerable" and fold in (None, one.fold)]
        figures = mean([one.first for one in own]), mean([one.three for one in own])
        words = f"{mean([one.words for one in own]) / length:.3f}"
        rows.append((name, str(len(own)), *(f"{figure:.4f}" for figure in figures), words))
    table(
        "SQuAD 2.0 part A, each article by models of the other seven",
        ("article", "questions", "P@1", "in first three", "words / mean sentence"),
        rows,
        "bars: P@1 >= .78, words <= 1.3",
    )


def _refusals(results: list[Result]) -> None:
    of = {
        kind: np.array([one.confidence for one in results if one.kind == kind])
        for kind in ("answerable", "off", "unanswered")
    }
    rows = [
        _row(name, of[kind], of["answerable"] if kind != "answerable" else None, BUILT_IN_THRESHOLD)
        for name, kind in (
            ("answerable", "answerable"),
            ("off-corpus", "off"),
            ("on topic and unanswered (SQuAD's adversarial ones)", "unanswered"),
        )
    ]
    table(
        f"Refusals of the same, at the default threshold {BUILT_IN_THRESHOLD}",
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
    for fold in sorted({one.fold for one in results}):
        others = [one.confidence for one in results if one.kind == "off" and one.fold != fold]
        threshold = float(np.quantile(others, 1 - MOST_OFF))
        own = [one for one in results if one.fold == fold]
        refused += [one.confidence < threshold for one in own if one.kind == "answerable"]
        answered += [one.confidence >= threshold for one in own if one.kind == "off"]
    return mean(refused), mean(answered)


def _row(name: str, values: Values, answerable: Values | None, threshold: float) -> tuple[str, str, str, str]:
    against = "" if answerable is None else f"{auroc(answerable, values):.3f}"
    return name, str(len(values)), f"{100 * float(np.mean(values >= threshold)):.1f} %", against


if __name__ == "__main__":
    with temporary() as working:
        (working / "corpus").mkdir()
        asked = squad(working / "corpus")
        index(working / "corpus", working / "index")
        opened = Engine.open(working / "index")
        show(run(opened, asked, write="--write" in sys.argv), mean_words(opened))
