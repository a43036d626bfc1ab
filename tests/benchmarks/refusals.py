"""Does the confidence tell questions that the corpus answers from those it does not?

The two weights and the intercept were fitted on SQuAD part A's answerable questions and the off-corpus ones (label: the
first quote covers a gold answer). The table scores each article by a model fitted on the other seven.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval import Engine
from retrieval.engine import confidence
from retrieval.quoter import Quoter, score_sentences
from retrieval.retriever import rank
from tests.benchmarks.common import (
    SEEDS,
    SQUAD,
    available,
    covers,
    gold_questions,
    index,
    off_corpus,
    squad,
    table,
    temporary,
)

Values = NDArray[np.float64]


def main() -> None:
    """Print the table."""
    with temporary() as folder:
        rows = _seeds(folder)
        if available(SQUAD, "refusals on SQuAD part A"):
            rows = [*_squad(folder), *rows]
        table(
            "Refusals at the default threshold",
            ("", "questions", "refused", "AUROC against the answerable"),
            rows,
            "held out: weights fitted on the other articles; seeds and unanswered questions: the default weights",
        )


def _squad(folder: Path) -> list[tuple[str, str, str, str]]:
    (folder / "squad").mkdir()
    questions = squad(folder / "squad")
    index(folder / "squad", folder / "index")
    engine = Engine.open(folder / "index")
    inside, right, articles, unanswered = [], [], [], []
    for asked in questions:
        features, hit = _features(engine, asked.question, asked.article, asked.gold)
        if asked.gold:
            inside.append(features)
            right.append(hit)
            articles.append(asked.article)
        else:
            unanswered.append(features)
    off = [_features(engine, question, "", ())[0] for question in off_corpus()]
    names = sorted(set(articles))
    fold = np.array(
        [names.index(article) for article in articles] + [number % len(names) for number in range(len(off))]
    )
    values, labels = np.array(inside + off), np.array([*right, *[False] * len(off)], dtype=float)
    held_out = np.zeros(len(values))
    for number in range(len(names)):
        weights = _fit(values[fold != number], labels[fold != number])
        held_out[fold == number] = _logistic(values[fold == number], weights)
    whole = _fit(values, labels)
    fitted = ", ".join(f"{weight:.2f}" for weight in whole)
    print(f"confidence, fitted on all of part A: {fitted}; the default: {engine.settings.confidence}")
    answerable, away = held_out[: len(inside)], held_out[len(inside) :]
    on_topic = np.array([confidence(one, engine.settings) for one in unanswered])
    threshold = engine.settings.threshold
    return [
        _row("part A, answerable, held out", answerable, None, threshold),
        _row("part A, off-corpus, held out", away, answerable, threshold),
        _row("part A, on topic and unanswered (SQuAD's adversarial ones)", on_topic, answerable, threshold),
    ]


def _seeds(folder: Path) -> list[tuple[str, str, str, str]]:
    index(SEEDS, folder / "seeds")
    engine = Engine.open(folder / "seeds")
    found: dict[str, list[float]] = {"answerable": [], "off-topic": [], "on-topic": []}
    for one in gold_questions():
        kind = "answerable" if one["answerable"] else ("on-topic" if "on-topic" in one["tags"] else "off-topic")
        found[kind].append(engine.ask(one["question"]).confidence)
    threshold, answerable = engine.settings.threshold, np.array(found["answerable"])
    return [
        _row("seeds, answerable", answerable, None, threshold),
        _row("seeds, off topic", np.array(found["off-topic"]), answerable, threshold),
        _row("seeds, on topic and unanswered", np.array(found["on-topic"]), answerable, threshold),
    ]


def _features(
    engine: Engine, question: str, article: str, gold: tuple[tuple[int, int], ...]
) -> tuple[tuple[float, ...], bool]:
    asked = engine.prepare(question)
    candidates = rank(engine.generation, asked, engine.settings, engine.settings.candidates)
    scored = score_sentences(engine.generation, engine.encoder.centre, asked, candidates, engine.settings)
    quoter = Quoter(engine.generation, engine.settings)
    draft = quoter.choose(scored, 1)[0]
    cited = quoter.quote(draft, weak=False).citation
    return engine.features(asked, draft), cited.article == article and covers(cited.start, cited.end, gold)


def _fit(features: Values, labels: Values) -> Values:
    """Logistic regression by Newton's method: intercept and weights."""
    design = np.column_stack([np.ones(len(features)), features])
    weights = np.zeros(design.shape[1])
    for _ in range(30):
        said = 1 / (1 + np.exp(-design @ weights))
        curvature = design.T @ (design * (said * (1 - said))[:, None]) + 1e-6 * np.eye(len(weights))
        weights += np.linalg.solve(curvature, design.T @ (labels - said))
    return weights


def _logistic(features: Values, weights: Values) -> Values:
    return np.asarray(1 / (1 + np.exp(-(weights[0] + features @ weights[1:]))))


def _row(name: str, values: Values, answerable: Values | None, threshold: float) -> tuple[str, str, str, str]:
    auroc = "" if answerable is None else f"{_auroc(answerable, values):.3f}"
    return name, str(len(values)), f"{100 * float(np.mean(values < threshold)):.1f} %", auroc


def _auroc(positive: Values, negative: Values) -> float:
    above = (positive[:, None] > negative).sum() + 0.5 * (positive[:, None] == negative).sum()
    return float(above / (len(positive) * len(negative)))
