"""The confidence of an answer: a logistic model of what the answer was found by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

FEATURES: Mapping[str, str] = {
    "maxsim": "the first quote's MaxSim: how well its words match the question's in meaning",
    "terms": "the share of the question's terms, by idf, that stand in the first quote's title or passage",
    "topic": "the log of the probability that the question is of the corpus' topic at all; 0 where no model tells it",
    "support": "the log of the probability that the first quote answers it, given that; 0 where no model tells it",
}
"""What the confidence is told by, in the order that `Engine.features` gives it: name -> meaning."""

PENALTY = 1e-3
"""L2 penalty on the weights of standardised features, beside the log-likelihood's sum over the questions."""
STEPS = 100  # of Newton's method, which needs about ten
CLOSE = 1e-10  # change of a weight at which it has arrived


@dataclass(frozen=True, slots=True)
class ConfidenceModel:
    """A logistic model: the probability that the first quote answers the question."""

    intercept: float
    weights: tuple[float, ...]
    """One for each feature, in the order of FEATURES."""

    def probability(self, features: Sequence[float]) -> float:
        """The estimate, 0 to 1, from what `Engine.features` gives; raises ValueError for another number of features."""
        logit = self.intercept + sum(weight * one for weight, one in zip(self.weights, features, strict=True))
        return 1 / (1 + exp(-max(-60.0, min(60.0, logit))))


def formula(model: ConfidenceModel, features: Sequence[float] | None = None) -> str:
    """The model's sum to read, each weight but 0 with its feature's name, and its value where features are given."""
    terms = [f"{model.intercept:.4g}"]
    for place, (weight, name) in enumerate(zip(model.weights, FEATURES, strict=True)):
        if not weight:
            continue
        value = "" if features is None else f" {features[place]:.3f}"
        terms.append(f"{'-' if weight < 0 else '+'} {abs(weight):.4g} × {name}{value}")
    return " ".join(terms)


BUILT_IN = ConfidenceModel(0.640, (0.0, 0.0, 1.664, 1.414))
"""The model of an index that was not calibrated, for an encoder that models were fitted for (`ranking_models`).

Fitted on SQuAD part A by tests/benchmarks/folds.py. On articles it was not fitted on it tells off-corpus questions
apart at AUROC .994, and those that are on topic and unanswered at .70. Tried, each AUROC held out, on topic /
off-corpus: MaxSim and terms found alone .608 / .993; the sentence model's own evidence and everything else in one
logistic model .66 / .989; boosted trees over the same .65 / .989; one model for each kind of unanswered question,
their log-probabilities added, is what is kept. Of support's .70 some .05 come from questions that deny something ("Who
did not ..."), which SQuAD's writers made by hand: a community's questions will show less of it.
"""

BUILT_IN_THRESHOLD = 0.2
"""The confidence below which quoth abstains, where neither a calibration nor the user says otherwise."""

UNFITTED = ConfidenceModel(-7.94, (13.95, 3.5, 0.0, 0.0))
"""BUILT_IN for an encoder that no models were fitted for: by the default encoder's MaxSim and the terms found alone. It
is a guess there: calibrate."""


def fit(features: NDArray[np.float64], labels: NDArray[np.float64]) -> ConfidenceModel:
    """The logistic regression of labels, 0 or 1, [n], on features, [n, k].

    Newton's method with step halving on standardised features; the small L2 penalty keeps the weights finite where
    the labels can be separated, and those of constant features at 0. The weights are returned in the features' own
    units. Raises ValueError where the labels are all the same or the shapes differ.
    """
    if features.ndim != 2 or labels.shape != (len(features),) or len(set(labels.tolist())) < 2:
        raise ValueError(f"features {features.shape} and labels {labels.shape} of both kinds are needed")
    centre, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-9, scale, np.inf)
    design = np.column_stack([np.ones(len(features)), (features - centre) / scale])
    intercept, *weights = _newton(design, labels)
    own = np.array(weights) / scale
    return ConfidenceModel(float(intercept - own @ centre), tuple(own.tolist()))


def _newton(design: NDArray[np.float64], labels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of the columns that minimise the penalised log-loss; the first column's is penalised as little."""
    weights = np.zeros(design.shape[1])
    loss = _loss(design, labels, weights)
    for _ in range(STEPS):
        said = 1 / (1 + np.exp(-np.clip(design @ weights, -60, 60)))
        slope = design.T @ (labels - said) - PENALTY * weights
        curvature = design.T @ (design * (said * (1 - said))[:, None]) + PENALTY * np.eye(len(weights))
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
