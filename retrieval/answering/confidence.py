"""The confidence of an answer: a logistic model of its features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

FEATURES: Mapping[str, str] = {
    "maxsim": "the first quote's MaxSim: how well its words match the question's in meaning; 0 where the question is "
    "in a script that the encoder does not know",
    "terms": "the share of the question's terms, by idf, that occur in the first quote's title or passage",
    "topic": "the log of the probability that the question is on the corpus' topic; 0 without ranking models",
    "support": "the log of the probability that the first quote answers it, given that; 0 without ranking models",
    "odds": "the reader's log-odds that the first quote answers; 0 without a reader",
    "share": "the log-odds of the first quote's share of the belief in both stages; 0 without a reader",
    "unread": "1 where no reader and no ranking model knows the language of the first quote, or the question's script",
    "letters": "for unread ones: as terms, each term counted by the share of its letters, four in a row, that occur",
    "rarest": "for unread ones: the idf of the rarest of the terms found, over that of one in a single passage",
    "apart": "for unread ones: how far the first quote's MaxSim lies above that of the median sentence; 0 where the "
    "question is in a script that the encoder does not know",
    "belief": "for unread ones: the log-odds of the first quote's share of the belief",
}
"""The features of the confidence model, in the order that `Engine.features` returns them: name -> meaning.

Those of the ranking models and of the reader are 0 for unread ones, and those for unread ones are 0 for all others.
"""

READER_FEATURES = ("odds", "share")
"""Those that are 0 where nothing was read."""
UNREAD_FEATURES = ("unread", "letters", "rarest", "apart", "belief")
"""Those that are 0 unless the first quote is in a language that nothing reads."""

PENALTY = 1e-3
"""L2 penalty on the weights of standardised features, beside the log-likelihood's sum over the questions."""
STEPS = 100  # limit of Newton's method, which needs about ten
CLOSE = 1e-10  # change of a weight at which Newton's method has converged


@dataclass(frozen=True, slots=True)
class ConfidenceModel:
    """A logistic model: the probability that the first quote answers the question."""

    intercept: float
    weights: tuple[float, ...]
    """One for each feature, in the order of FEATURES."""

    def probability(self, features: Sequence[float]) -> float:
        """Return the estimate, 0 to 1, for features as of `Engine.features`; raises ValueError for another number."""
        model = self.applied(features)
        logit = model.intercept + sum(weight * feature for weight, feature in zip(model.weights, features, strict=True))
        return 1 / (1 + exp(-max(-60.0, min(60.0, logit))))

    def applied(self, features: Sequence[float]) -> ConfidenceModel:
        """Return the model for a question: where this one lacks its features, a built-in one stands in.

        A model that was fitted on nothing unread, whether built in or a calibration, says nothing of what is unread.
        """
        values, weights = dict(zip(FEATURES, features, strict=False)), dict(zip(FEATURES, self.weights, strict=False))
        if values.get("unread") and not any(map(weights.get, UNREAD_FEATURES)):
            return UNREAD
        return self if any(map(values.get, READER_FEATURES)) else _WITHOUT_READER.get(self, self)


def _model(intercept: float, **weights: float) -> ConfidenceModel:
    return ConfidenceModel(intercept, tuple(weights.get(name, 0.0) for name in FEATURES))


def level(value: float) -> str:
    """Return which of LEVELS a confidence is called: that of its two printed places, as in "high (0.80)"."""
    return next((name for name, least in LEVELS.items() if round(value, 2) >= least), "low")


def formula(model: ConfidenceModel, features: Sequence[float] | None = None) -> str:
    """Write the model's sum out: each weight but 0 with its feature's name, and the feature's value where given."""
    terms = [f"{model.intercept:.4g}"]
    for place, (weight, name) in enumerate(zip(model.weights, FEATURES, strict=True)):
        if not weight:
            continue
        value = "" if features is None else f" {features[place]:.3f}"
        terms.append(f"{'-' if weight < 0 else '+'} {abs(weight):.4g} × {name}{value}")
    return " ".join(terms)


BUILT_IN = _model(0.637, topic=1.618, support=1.375)
"""The model without a reader or a calibration, for an encoder with fitted `ranking_models`.

Fitted on SQuAD part A by tests/benchmarks/folds.py: one model for each kind of unanswered question, off-corpus and on
topic, and a weighted sum of their log-probabilities.
"""

BUILT_IN_THRESHOLD = 0.2
"""The confidence below which quoth abstains, unless a calibration or the user sets another."""

LEVELS: Mapping[str, float] = {"high": 0.8, "fair": 0.5, "low": 0.0}
"""What a confidence is called, from the highest, each with the least confidence that is called so."""

UNFITTED = _model(-7.94, maxsim=13.95, terms=3.5)
"""The model without a reader, for an encoder without ranking models: the default encoder's, from MaxSim and terms
alone. For any other encoder it is a guess: calibrate."""

READING = _model(-0.442, topic=0.441, odds=0.328, share=0.425)
"""The model with a reader, for an encoder with fitted `ranking_models`.

Fitted on articles of six kinds that were held out of the reader's training (tests/benchmarks/FINDINGS.md).
"""

READING_UNFITTED = _model(-0.7, odds=0.406, share=0.463)
"""The model with a reader, for an encoder without ranking models; fitted on the same questions."""


UNREAD = _model(-7.412, letters=3.976, rarest=4.1, apart=6.830, belief=0.207)
"""The model for what nothing reads, whatever the encoder.

Fitted by tests/benchmarks/fit_unread.py on English questions that were asked to know, in languages that nothing knows:
English with its letters exchanged, with and without its small words as endings, in Latin and in Cyrillic letters. The
weight of `rarest` is the fitted one (4.9) times .84: it was fitted over the idf of a term that is nowhere, which in
some hundreds of passages is that much larger than the idf of one in a single passage, and in a handful far larger.
"""

_WITHOUT_READER = {READING: BUILT_IN, READING_UNFITTED: UNFITTED}
"""What stands in where the reader did not read."""


def fit(features: NDArray[np.float64], labels: NDArray[np.float64]) -> ConfidenceModel:
    """Fit a logistic regression of labels, 0 or 1, [n], on features, [n, k].

    Uses Newton's method with step halving on standardised features. A small L2 penalty keeps the weights finite where
    the labels can be separated, and those of constant features at 0. The weights are in the features' own units.
    Raises ValueError where the labels are all the same or the shapes differ.
    """
    if features.ndim != 2 or labels.shape != (len(features),) or len(set(labels.tolist())) < 2:
        raise ValueError(
            f"labels of both kinds are needed, one per row: features {features.shape}, labels {labels.shape}"
        )
    centre, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-9, scale, np.inf)
    design = np.column_stack([np.ones(len(features)), (features - centre) / scale])
    intercept, *weights = _newton(design, labels)
    own = np.array(weights) / scale
    return ConfidenceModel(float(intercept - own @ centre), tuple(own.tolist()))


def _newton(design: NDArray[np.float64], labels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the column weights that minimise the penalised log-loss; the first column's is penalised as well."""
    weights = np.zeros(design.shape[1])
    loss = _loss(design, labels, weights)
    for _ in range(STEPS):
        probabilities = 1 / (1 + np.exp(-np.clip(design @ weights, -60, 60)))
        slope = design.T @ (labels - probabilities) - PENALTY * weights
        curvature = design.T @ (design * (probabilities * (1 - probabilities))[:, None]) + PENALTY * np.eye(
            len(weights)
        )
        step = np.linalg.solve(curvature, slope)
        while (stepped := _loss(design, labels, weights + step)) > loss and np.abs(step).max() > CLOSE:
            step /= 2
        if np.abs(step).max() <= CLOSE:
            break
        weights, loss = weights + step, stepped
    return weights


def _loss(design: NDArray[np.float64], labels: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    logits = design @ weights
    return float((np.logaddexp(0, logits) - labels * logits).sum() + PENALTY / 2 * (weights @ weights))
