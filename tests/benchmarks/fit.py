"""Fits the small models in ranking.json: from questions with their gold to `RankingModels` and a confidence model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval import Engine
from retrieval.answering.confidence import ConfidenceModel
from retrieval.answering.confidence import fit as fit_logistic
from retrieval.answering.features import Evidence
from retrieval.answering.quoter import Quoter
from retrieval.answering.ranking_models import FORMAT, Linear, RankingModels, log_share, softmax
from retrieval.sealed import seal
from tests.benchmarks.common import Asked, covers

Values = NDArray[np.float64]
SHRINK = 3e-3  # L2 penalty on the sentence model's standardised weights, beside the mean log-likelihood
SUPPORT_PART = 0.85
"""What support counts beside topic. The log-loss would have it count double, for part A has twice as many questions
that are on topic and unanswered as off-corpus ones; then more off-corpus ones are answered (AUROC .991, not .994)."""

TOPIC = (
    "passage_maxsim", "absent_meaning", "passage_score", "rarest_absent", "function", "passage_absent",
)  # fmt: skip
SUPPORT = (
    "negated", "least_word", "passage_cosine", "absent_numbers", "where", "least_content", "rarest_absent",
    "absent_extreme", "share", "numbers", "in_order", "scatter",
)  # fmt: skip
"""Chosen forwards from some ninety candidates, by the log-loss on held-out articles of part A."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the evidence for its best sentences."""

    asked: Asked
    kind: str
    """answerable, unanswered (on topic) or off (off-corpus)."""
    fold: int
    names: tuple[str, ...]
    evidence: Values
    """[n, k], of the sentences in order of the first stage."""
    right: NDArray[np.bool_]
    """[n], whether the sentence covers a gold answer."""
    source: Evidence
    best_passage: float


def example(engine: Engine, asked: Asked, fold: int) -> Example:
    """The evidence that the engine finds for a question."""
    found = engine.find(asked.question, (), Quoter(engine.generation, engine.settings))
    if found.evidence is None:
        raise ValueError("retrieval/answering/ranking.json has no models of this encoder: give it some, of any weights")
    named = found.evidence.sentences()
    right = []
    for one in found.evidence.best:
        sentence = engine.generation.sentence(one.row)
        article = engine.generation.article(sentence.article).id
        right.append(article == asked.article and covers(sentence.start, sentence.end, asked.gold))
    return Example(
        asked=asked,
        kind="answerable" if asked.gold else "unanswered" if asked.article else "off",
        fold=fold,
        names=tuple(named),
        evidence=np.column_stack(list(named.values())),
        right=np.array(right),
        source=found.evidence,
        best_passage=found.candidates[0].score,
    )


def learn(examples: Sequence[Example]) -> tuple[RankingModels, ConfidenceModel]:
    """The models that the examples teach.

    Topic and support are taught by sentences that were chosen by weights which did not see their article, as a new
    question's sentence is.
    """
    folds = sorted({one.fold for one in examples})
    weights = {fold: _sentence([one for one in examples if one.fold != fold]) for fold in folds}
    answers, hits = [], []
    for one in examples:
        beliefs = softmax(one.evidence @ weights[one.fold])
        place = int(np.argmax(beliefs))
        answers.append(one.source.answer(one.source.best[place].row, float(beliefs[place]), one.best_passage))
        hits.append(bool(one.right[place]))
    kinds = np.array([one.kind for one in examples])
    sentence = Linear(0.0, dict(zip(examples[0].names, _sentence(examples).tolist(), strict=True)))
    topic, support = _logistic(TOPIC, answers, kinds, "off"), _logistic(SUPPORT, answers, kinds, "unanswered")
    said = [log_share(topic.of(one)) + SUPPORT_PART * log_share(support.of(one)) for one in answers]
    fitted = fit_logistic(np.array(said)[:, None], np.array(hits, dtype=float))
    (weight,) = fitted.weights
    return RankingModels(sentence, topic, support), ConfidenceModel(
        fitted.intercept, (0.0, 0.0, weight, SUPPORT_PART * weight)
    )


def write(file: Path, digest: str, name: str, learned: RankingModels) -> None:
    """Write the models of one encoder, with a checksum, without which they are not read."""
    models = {part: _object(getattr(learned, part)) for part in ("sentence", "topic", "support")}
    fitted_on = "SQuAD 2.0 part A and off-corpus questions, by tests/benchmarks/folds.py"
    said = {"format": FORMAT, "models": [{"encoder": digest, "name": name, "fitted_on": fitted_on, **models}]}
    file.write_bytes(seal(said))


def _object(model: Linear) -> dict[str, Any]:
    weights = {name: round(weight, 6) for name, weight in model.weights.items()}
    return {"intercept": round(model.intercept, 6), "weights": weights}


def _sentence(examples: Sequence[Example]) -> Values:
    found = [one for one in examples if one.right.any()]
    return conditional_logit([one.evidence for one in found], [one.right for one in found])


def _logistic(
    names: Sequence[str], answers: Sequence[Mapping[str, float]], kinds: NDArray[np.str_], against: str
) -> Linear:
    chosen = [number for number, kind in enumerate(kinds) if kind in ("answerable", against)]
    values = np.array([[answers[number][name] for name in names] for number in chosen])
    fitted = fit_logistic(values, (kinds[chosen] == "answerable").astype(float))
    return Linear(fitted.intercept, dict(zip(names, fitted.weights, strict=True)))


def conditional_logit(evidence: Sequence[Values], right: Sequence[NDArray[np.bool_]]) -> Values:
    """Weights [k] that maximise the mean log of the right sentences' softmax share (McFadden 1974), with SHRINK."""
    from scipy.optimize import minimize

    stacked, hits = np.concatenate(list(evidence)), np.concatenate(list(right))
    scale = np.where(stacked.std(axis=0) > 1e-9, stacked.std(axis=0), 1.0)
    stacked = stacked / scale
    begins = np.cumsum([0, *[len(one) for one in evidence]])[:-1]
    of = np.repeat(np.arange(len(begins)), [len(one) for one in evidence])

    def loss(weights: Values) -> tuple[float, Values]:
        logits = stacked @ weights
        raised = np.exp(logits - np.maximum.reduceat(logits, begins)[of])
        whole, won = np.add.reduceat(raised, begins), np.add.reduceat(np.where(hits, raised, 0), begins)
        slope = stacked.T @ (raised / whole[of] - np.where(hits, raised, 0) / won[of]) / len(begins)
        value = float((np.log(whole) - np.log(won)).mean() + SHRINK * weights @ weights)
        return value, slope + 2 * SHRINK * weights

    found = minimize(loss, np.zeros(stacked.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return np.asarray(found.x / scale)
