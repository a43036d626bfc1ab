"""Fit the small models in ranking.json: `RankingModels` and a confidence model, from questions with their gold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval import Engine
from retrieval.answering.confidence import FEATURES, ConfidenceModel
from retrieval.answering.confidence import fit as fit_logistic
from retrieval.answering.features import Evidence
from retrieval.answering.quoter import Quoter
from retrieval.answering.ranking_models import FORMAT, Linear, RankingModels, log_share, softmax
from retrieval.sealed import seal
from tests.benchmarks.common import SquadQuestion, covers

Values = NDArray[np.float64]
SHRINK = 3e-3  # L2 penalty on the sentence model's standardised weights, beside the mean log-likelihood
SUPPORT_PART = 0.85
"""Weight of support relative to topic. Log-loss alone would double it, because part A has twice as many unanswered
questions on topic as off the corpus; then more off-corpus questions would be answered."""

TOPIC = (
    "passage_maxsim", "absent_meaning", "passage_score", "rarest_absent", "function", "passage_absent",
)  # fmt: skip
SUPPORT = (
    "negated", "least_word", "passage_cosine", "absent_numbers", "where", "least_content", "rarest_absent",
    "absent_extreme", "share", "numbers", "in_order", "scatter",
)  # fmt: skip
"""Chosen by forward selection among some ninety candidates, by log-loss on held-out articles of part A."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the evidence for its best sentences."""

    question: SquadQuestion
    kind: str
    """answerable, unanswered (on topic) or off (off-corpus)."""
    fold: int
    names: tuple[str, ...]
    evidence: Values
    """[n, k], the sentences in the first stage's order."""
    right: NDArray[np.bool_]
    """[n], whether the sentence covers a gold answer."""
    source: Evidence
    best_passage: float


def example(engine: Engine, question: SquadQuestion, fold: int) -> Example:
    """Return the evidence that an engine without a reader finds for a question."""
    search = engine.find(question.text, (), Quoter(engine.generation, engine.settings))
    if search.evidence is None:
        raise ValueError("retrieval/answering/ranking.json has no models for this encoder: add some with any weights")
    features = search.evidence.sentences()
    right = []
    for ranked in search.evidence.best:
        sentence = engine.generation.sentence(ranked.row)
        article = engine.generation.article(sentence.article).id
        right.append(article == question.article and covers(sentence.start, sentence.end, question.gold))
    return Example(
        question=question,
        kind="answerable" if question.gold else "unanswered" if question.article else "off",
        fold=fold,
        names=tuple(features),
        evidence=np.column_stack(list(features.values())),
        right=np.array(right),
        source=search.evidence,
        best_passage=search.candidates[0].score,
    )


def learn(examples: Sequence[Example]) -> tuple[RankingModels, ConfidenceModel]:
    """Fit the models to the examples.

    Topic and support are fitted to sentences chosen by weights that did not see their article, as holds for a new
    question.
    """
    folds = sorted({example.fold for example in examples})
    by_fold = {fold: _sentence([example for example in examples if example.fold != fold]) for fold in folds}
    answers, hits = [], []
    for example in examples:
        beliefs = softmax(example.evidence @ by_fold[example.fold])
        place = int(np.argmax(beliefs))
        answers.append(
            example.source.answer(example.source.best[place].row, float(beliefs[place]), example.best_passage)
        )
        hits.append(bool(example.right[place]))
    kinds = np.array([example.kind for example in examples])
    sentence = Linear(0.0, dict(zip(examples[0].names, _sentence(examples).tolist(), strict=True)))
    topic, support = _logistic(TOPIC, answers, kinds, "off"), _logistic(SUPPORT, answers, kinds, "unanswered")
    log_shares = [log_share(topic.of(answer)) + SUPPORT_PART * log_share(support.of(answer)) for answer in answers]
    fitted = fit_logistic(np.array(log_shares)[:, None], np.array(hits, dtype=float))
    (weight,) = fitted.weights
    weights = {"topic": weight, "support": SUPPORT_PART * weight}
    return RankingModels(sentence, topic, support), ConfidenceModel(
        fitted.intercept, tuple(weights.get(name, 0.0) for name in FEATURES)
    )


def write(file: Path, digest: str, name: str, learned: RankingModels) -> None:
    """Write the models of one encoder with the checksum that their reader requires."""
    models = {part: _object(getattr(learned, part)) for part in ("sentence", "topic", "support")}
    fitted_on = "SQuAD 2.0 part A and off-corpus questions, by tests/benchmarks/folds.py"
    contents = {"format": FORMAT, "models": [{"encoder": digest, "name": name, "fitted_on": fitted_on, **models}]}
    file.write_bytes(seal(contents))


def _object(model: Linear) -> dict[str, Any]:
    weights = {name: round(weight, 6) for name, weight in model.weights.items()}
    return {"intercept": round(model.intercept, 6), "weights": weights}


def _sentence(examples: Sequence[Example]) -> Values:
    answerable = [example for example in examples if example.right.any()]
    return conditional_logit([example.evidence for example in answerable], [example.right for example in answerable])


def _logistic(
    names: Sequence[str], answers: Sequence[Mapping[str, float]], kinds: NDArray[np.str_], against: str
) -> Linear:
    chosen = [number for number, kind in enumerate(kinds) if kind in ("answerable", against)]
    values = np.array([[answers[number][name] for name in names] for number in chosen])
    fitted = fit_logistic(values, (kinds[chosen] == "answerable").astype(float))
    return Linear(fitted.intercept, dict(zip(names, fitted.weights, strict=True)))


def conditional_logit(evidence: Sequence[Values], right: Sequence[NDArray[np.bool_]]) -> Values:
    """Return weights [k] that maximise the right sentences' mean log softmax share (McFadden 1974), with SHRINK."""
    from scipy.optimize import minimize

    stacked, hits = np.concatenate(list(evidence)), np.concatenate(list(right))
    scale = np.where(stacked.std(axis=0) > 1e-9, stacked.std(axis=0), 1.0)
    stacked = stacked / scale
    begins = np.cumsum([0, *[len(rows) for rows in evidence]])[:-1]
    owners = np.repeat(np.arange(len(begins)), [len(rows) for rows in evidence])

    def loss(weights: Values) -> tuple[float, Values]:
        logits = stacked @ weights
        raised = np.exp(logits - np.maximum.reduceat(logits, begins)[owners])
        whole, won = np.add.reduceat(raised, begins), np.add.reduceat(np.where(hits, raised, 0), begins)
        slope = stacked.T @ (raised / whole[owners] - np.where(hits, raised, 0) / won[owners]) / len(begins)
        value = float((np.log(whole) - np.log(won)).mean() + SHRINK * weights @ weights)
        return value, slope + 2 * SHRINK * weights

    optimum = minimize(loss, np.zeros(stacked.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return np.asarray(optimum.x / scale)
