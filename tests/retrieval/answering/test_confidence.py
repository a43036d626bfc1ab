"""The logistic model behind the confidence, and its fit."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.answering.confidence import (
    BUILT_IN,
    BUILT_IN_THRESHOLD,
    FEATURES,
    READING,
    READING_UNFITTED,
    UNFITTED,
    UNREAD,
    ConfidenceModel,
    fit,
    formula,
    level,
)

NOT_UNREAD = (0.0,) * 5
NOTHING_FOUND, ALL_FOUND = (1.0, 0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 0.9, 0.2, 3.0)
"""The features of what nothing reads."""


def sample(count: int, weights: tuple[float, ...], seed: int = 1) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Features of several scales, and labels drawn from the model of these weights and the intercept -1."""
    drawn = np.random.default_rng(seed)
    features = drawn.normal(size=(count, len(weights))) * 10.0 ** np.arange(len(weights))
    truth = 1 / (1 + np.exp(1 - features @ np.array(weights)))
    return features, (drawn.random(count) < truth).astype(float)


def test_a_probability_is_the_logistic_of_the_weighted_sum() -> None:
    model = ConfidenceModel(log(3), (2.0, -1.0, 0.5))
    assert model.probability((0.0, 0.0, 0.0)) == pytest.approx(0.75)
    assert model.probability((1.0, 3.0, 2.0)) == pytest.approx(0.75)
    assert model.probability([1e9, 0, 0]) == pytest.approx(1.0)
    assert 0.0 < model.probability([0, 1e9, 0]) < 1e-20
    for wrong in ((), (0.0, 0.0), (0.0,) * 4):
        with pytest.raises(ValueError, match="zip"):
            model.probability(wrong)


@pytest.mark.parametrize(
    ("model", "nothing", "everything"),
    [
        (BUILT_IN, (0.0, 0.0, -3.0, -3.0, 0.0, 0.0, *NOT_UNREAD), (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, *NOT_UNREAD)),
        (UNFITTED, (0.0,) * 11, (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, *NOT_UNREAD)),
        (READING, (0.0, 0.0, -3.0, -3.0, -6.0, -3.0, *NOT_UNREAD), (1.0, 1.0, 0.0, 0.0, 4.0, 3.0, *NOT_UNREAD)),
        (READING_UNFITTED, (0.0, 0.0, 0.0, 0.0, -8.0, -3.0, *NOT_UNREAD), (1.0, 1.0, 0.0, 0.0, 4.0, 3.0, *NOT_UNREAD)),
        (UNREAD, (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, *NOTHING_FOUND), (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, *ALL_FOUND)),
    ],
)
def test_the_built_in_models_abstain_from_nothing_and_trust_everything(
    model: ConfidenceModel, nothing: tuple[float, ...], everything: tuple[float, ...]
) -> None:
    assert len(model.weights) == len(FEATURES)
    assert min(model.weights) == 0.0
    assert model.probability(nothing) < BUILT_IN_THRESHOLD / 10
    assert model.probability(everything) > 0.6


def test_each_feature_tells_one_of_the_built_in_models() -> None:
    models = (BUILT_IN, UNFITTED, READING, READING_UNFITTED, UNREAD)
    weighed = zip(FEATURES, *(model.weights for model in models), strict=True)
    assert [name for name, *weights in weighed if not sum(weights)] == ["unread"]


@pytest.mark.parametrize("model", [BUILT_IN, UNFITTED, READING, READING_UNFITTED, ConfidenceModel(3.0, (0.0,) * 11)])
def test_a_model_that_was_fitted_on_nothing_unread_leaves_that_to_another(model: ConfidenceModel) -> None:
    unread = (0.9, 1.0, 0.0, 0.0, 0.0, 0.0, *NOTHING_FOUND)
    assert model.applied(unread) == UNREAD
    assert model.applied((0.9, 1.0, -0.1, -0.1, 2.0, 2.0, *NOT_UNREAD)) == model


def test_a_model_that_was_fitted_on_what_is_unread_is_used_for_it() -> None:
    own = ConfidenceModel(0.0, (*[0.0] * 7, 2.0, 0.0, 0.0, 0.0))
    assert own.applied((0.9, 1.0, 0.0, 0.0, 0.0, 0.0, *NOTHING_FOUND)) == own


@pytest.mark.parametrize(("model", "other"), [(READING, BUILT_IN), (READING_UNFITTED, UNFITTED)])
def test_what_the_reader_did_not_read_is_trusted_as_without_one(model: ConfidenceModel, other: ConfidenceModel) -> None:
    assert model.applied((0.5, 0.5, -0.1, -0.1, 0.0, 0.0, *NOT_UNREAD)) == other


def test_the_formula_is_the_models_sum_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.answering.confidence.FEATURES", {"maxsim": "", "terms": "", "moon": ""})
    model = ConfidenceModel(-7.94, (13.951234, -3.5, 0.0))
    assert formula(model) == "-7.94 + 13.95 × maxsim - 3.5 × terms"
    assert formula(model, (0.5, 1, 0.12345)) == "-7.94 + 13.95 × maxsim 0.500 - 3.5 × terms 1.000"


@pytest.mark.parametrize("weights", [(2.0,), (1.5, -0.3), (1.0, 0.0, 0.02)])
def test_a_fit_finds_the_model_that_labels_were_drawn_from(weights: tuple[float, ...]) -> None:
    model = fit(*sample(20_000, weights))
    assert model.intercept == pytest.approx(-1.0, abs=0.1)
    scaled = [weight * 10.0**place for place, weight in enumerate(weights)]
    assert [weight * 10.0**place for place, weight in enumerate(model.weights)] == pytest.approx(scaled, abs=0.12)


def test_the_mean_probability_is_the_share_of_the_ones() -> None:
    features, labels = sample(500, (1.0, 0.2))
    model = fit(features, labels)
    assert np.mean([model.probability(row) for row in features.tolist()]) == pytest.approx(labels.mean(), abs=1e-4)


def test_the_order_of_questions_does_not_matter() -> None:
    features, labels = sample(300, (1.0, 0.2))
    order = np.random.default_rng(2).permutation(300)
    model, shuffled = fit(features, labels), fit(features[order], labels[order])
    assert shuffled.intercept == pytest.approx(model.intercept, abs=1e-8)
    assert shuffled.weights == pytest.approx(model.weights, abs=1e-8)


def test_labels_that_can_be_separated_give_finite_weights() -> None:
    features = np.array([[0.1], [0.2], [0.3], [0.7], [0.8], [0.9]])
    model = fit(features, np.array([0.0, 0, 0, 1, 1, 1]))
    assert 0 < model.weights[0] < 1000
    probabilities = [model.probability(row) for row in features.tolist()]
    assert max(probabilities[:3]) < 0.05
    assert min(probabilities[3:]) > 0.95


@pytest.mark.parametrize(
    ("value", "name"),
    [(1.0, "high"), (0.795001, "high"), (0.7949, "fair"), (0.5, "fair"), (0.494, "low"), (0.0, "low"), (-1.0, "low")],
)
def test_a_level_is_that_of_the_printed_confidence(value: float, name: str) -> None:
    assert level(value) == name


def test_a_constant_feature_tells_nothing() -> None:
    features, labels = sample(400, (1.0,))
    alone = fit(features, labels)
    beside = fit(np.column_stack([np.full(400, 0.3), features]), labels)
    assert beside.weights[0] == 0.0
    assert beside.weights[1] == pytest.approx(alone.weights[0], abs=1e-9)
    assert beside.intercept == pytest.approx(alone.intercept, abs=1e-9)


def test_equal_features_share_a_weight() -> None:
    features, labels = sample(400, (1.0,))
    twice = fit(np.column_stack([features, features]), labels)
    assert twice.weights[0] == pytest.approx(twice.weights[1], rel=1e-6)
    assert sum(twice.weights) == pytest.approx(fit(features, labels).weights[0], rel=1e-3)


@pytest.mark.parametrize(
    ("features", "labels"),
    [
        (np.zeros((4, 2)), np.zeros(4)),
        (np.zeros((4, 2)), np.ones(4)),
        (np.zeros((4, 2)), np.array([0.0, 1.0])),
        (np.zeros(4), np.array([0.0, 1.0, 0.0, 1.0])),
        (np.zeros((0, 2)), np.zeros(0)),
    ],
)
def test_labels_of_one_kind_cannot_be_fitted(features: NDArray[np.float64], labels: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="both kinds are needed"):
        fit(features, labels)
