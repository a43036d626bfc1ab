"""Calibrating on a run's questions, and estimating how the calibration does on others."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from retrieval.answering import confidence as confidence_module
from retrieval.answering.confidence import FEATURES, ConfidenceModel
from retrieval.errors import InputInvalid
from retrieval.evaluation import calibrate as module
from retrieval.evaluation import folds as folds_module
from retrieval.evaluation.calibrate import _choice, _fitted, _threshold, point, wilson
from retrieval.evaluation.folds import folds_of, question_arrays
from retrieval.evaluation.records import JudgedQuote, Outcome, Provenance, Run, Target
from retrieval.remedies import AllowMoreFalseAnswers
from tests.toy import SPEC

MADE = Provenance(
    "gold.jsonl", "a" * 64, "corpus", "0123456789ab", "toy", 0.3, (), "0.1.0", "2025-01-31T12:00:00+00:00"
)

BLIND = ConfidenceModel(0.0, (0.0,) * len(FEATURES))
"""A built-in model that any other beats."""
calibrate = partial(module.calibrate, built_in=BLIND)


def outcome(
    id_: str, first: float, article: str = "", *, right: bool = False, others: float = 0.5, quoted: bool = True
) -> Outcome:
    """Return a question by its first feature; it is answerable if it has an article."""
    quote = JudgedQuote("a", 0, 1, "a@0#0-1", "x", 1.0, right, True)
    return Outcome(
        id=id_,
        question=f"{id_}?",
        history=(),
        tags=(),
        targets=(Target(article, 0, 1, "x"),) if article else (),
        answered=True,
        confidence=0.5,
        features=(first, others, *[0.0] * (len(FEATURES) - 2)) if quoted else (),
        quotes=(quote,) if quoted else (),
        passages=(),
        relevant=(),
        elapsed_ms=1.0,
        searched=f"{id_}?",
    )


def drawn(answerable: int, unanswerable: int, articles: int = 8, seed: int = 1, apart: float = 2.0) -> Run:
    """Return a run whose first feature separates answerable questions, 4 in 5 right, from others, with some overlap."""
    noise = np.random.default_rng(seed)
    listed = [
        outcome(
            f"in{number}",
            apart * (number % 5 != 0) + noise.normal(),
            f"article {number % articles}",
            right=number % 5 != 0,
        )
        for number in range(answerable)
    ]
    listed += [outcome(f"off{number}", noise.normal(), others=noise.random()) for number in range(unanswerable)]
    return Run(MADE, tuple(listed), 1.0)


def test_wilson_is_the_textbooks_interval() -> None:
    for hits, count, low, high in ((0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 100, 0.0215, 0.1118)):
        rate = wilson(hits, count)
        assert (rate.value, rate.count) == (hits / count, count)
        assert [rate.low, rate.high] == pytest.approx([low, high], abs=1e-4)


def test_a_calibration_says_what_it_is() -> None:
    run = drawn(200, 100)
    progress = list[tuple[int, int]]()
    calibration = calibrate(run, SPEC, 0.05, lambda step, total: progress.append((step, total)))
    assert (calibration.gold, calibration.gold_sha256, calibration.fingerprint) == (
        "gold.jsonl",
        "a" * 64,
        "0123456789ab",
    )
    assert (calibration.answerable, calibration.unanswerable, calibration.questions, calibration.folds) == (
        200,
        100,
        300,
        8,
    )
    assert (calibration.encoder, calibration.features, calibration.max_false_answers) == (SPEC, tuple(FEATURES), 0.05)
    assert (calibration.version, calibration.made) == ("0.1.0", "2025-01-31T12:00:00+00:00")
    assert progress == [(number, 8) for number in range(1, 9)]
    assert calibration.model.weights[0] > 0
    assert 0 < calibration.threshold < 1
    assert (calibration.false_answers.count, calibration.false_refusals.count) == (100, 200)
    assert calibration.false_answers.low < calibration.false_answers.value < calibration.false_answers.high
    assert calibrate(run, SPEC, 0.05) == calibration


def test_the_order_of_the_questions_changes_nothing() -> None:
    run = drawn(100, 60)
    turned = replace(run, outcomes=run.outcomes[::-1])
    forward, backward = calibrate(run, SPEC, 0.1), calibrate(turned, SPEC, 0.1)
    assert replace(backward, model=forward.model) == forward
    assert backward.model.weights == pytest.approx(forward.model.weights, rel=1e-6)


def test_the_figures_are_of_questions_held_out() -> None:
    """Random features do well on the questions they are fitted to, and no better than chance on others."""
    noise = np.random.default_rng(3)
    wide = tuple(f"noise {number}" for number in range(30))
    with pytest.MonkeyPatch.context() as patch:
        for patched in (module, folds_module, confidence_module):
            patch.setattr(patched, "FEATURES", wide)
        listed = [
            replace(
                outcome(f"q{number}", 0.0, f"article {number % 10}" if number % 2 else "", right=number % 2 == 1),
                features=tuple(noise.normal(size=len(wide)).tolist()),
            )
            for number in range(120)
        ]
        run = Run(MADE, tuple(listed), 1.0)
        calibration = calibrate(run, SPEC, 0.05, built_in=ConfidenceModel(0.0, (0.01, *[0.0] * (len(wide) - 1))))
        seen = point(run, _fitted(question_arrays(run.outcomes)), calibration.threshold)
    assert seen.auroc > 0.75
    assert calibration.choice is not None
    assert not calibration.choice.fitted
    assert 0.35 < calibration.choice.auroc_fitted < 0.65
    assert 0.35 < calibration.auroc < 0.65
    assert calibration.false_refusals.value > 0.75


def test_the_built_in_model_stays_where_a_fit_is_not_better() -> None:
    """Only the first feature separates the questions: a model that knows this beats any fit to few questions."""
    run = drawn(40, 40)
    knowing = ConfidenceModel(-1.0, (2.0, *[0.0] * (len(FEATURES) - 1)))
    calibration = calibrate(run, SPEC, 0.1, built_in=knowing)
    assert calibration.choice is not None
    assert not calibration.choice.fitted
    assert calibration.choice.auroc_fitted <= calibration.choice.auroc_built_in + calibration.choice.error
    assert (calibration.model, calibration.auroc) == (knowing, calibration.choice.auroc_built_in)
    assert calibration.auroc == point(run, knowing, 0.5).auroc
    blind = calibrate(run, SPEC, 0.1)
    assert blind.choice is not None
    assert (blind.choice.fitted, blind.choice.auroc_built_in) == (True, 0.5)
    assert blind.choice.auroc_fitted - 0.5 > blind.choice.error
    assert (blind.choice.auroc_fitted, blind.model) == (blind.auroc, _fitted(question_arrays(run.outcomes)))


def test_the_choice_by_hand() -> None:
    """Two folds of 3 and 2 right questions and 2 others each: 10 pairs."""
    listed = [outcome(f"in{n}", 0.0, f"article {n % 2}", right=True) for n in range(5)]
    arrays = question_arrays([*listed, *(outcome(f"off{n}", 0.0) for n in range(4))])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "folds_of", lambda _: np.array([0, 1, 0, 1, 0, 0, 0, 1, 1]))
        perfect, tied = np.array([1.0] * 5 + [0.0] * 4), np.zeros(9)
        better, same = _choice(arrays, perfect, tied), _choice(arrays, tied, tied)
        one_lost = np.array([-1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
        mostly = _choice(arrays, one_lost, tied)
    assert (better.fitted, better.auroc_fitted, better.auroc_built_in, better.error) == (True, 1.0, 0.5, 0.0)
    assert (same.fitted, same.auroc_fitted, same.error) == (False, 0.5, 0.0)
    assert (mostly.fitted, mostly.auroc_fitted) == (True, 0.8)
    # Gains of .5 but for the two pairs of the lost question, -.5, around a mean of .3: by question they add up to
    # -1.6, four times .4, and beside them -.4 twice and .4 twice.
    assert mostly.error == pytest.approx((1.6**2 + 4 * 0.4**2 + 2 * 0.4**2 + 2 * 0.4**2) ** 0.5 / 10)


def test_a_fit_weighs_what_fitted_models_tell_where_they_do() -> None:
    run = drawn(100, 60)
    assert _fitted(question_arrays(run.outcomes)).weights[2:] == (0.0,) * (len(FEATURES) - 2)
    outcomes = [
        replace(
            original,
            features=(
                *original.features[:2],
                original.features[0],
                -original.features[1],
                *[0.0] * (len(FEATURES) - 4),
            ),
        )
        for original in run.outcomes
    ]
    weights = _fitted(question_arrays(outcomes)).weights
    assert weights[:2] == (0.0, 0.0)
    assert weights[2] > 0


def test_the_threshold_of_a_fold_comes_from_the_others() -> None:
    """Over many gold sets the share of false answers is on average the allowed one."""
    rates = [calibrate(drawn(80, 60, seed=seed), SPEC, 0.1).false_answers.value for seed in range(20)]
    assert np.mean(rates) == pytest.approx(0.1, abs=0.03)
    assert len(set(rates)) > 3, "a threshold chosen on the questions it is counted on would hit 0.1 each time"


def test_more_false_answers_allowed_mean_fewer_refusals() -> None:
    run = drawn(200, 100)
    points = [calibrate(run, SPEC, share) for share in (0.0, 0.02, 0.1, 0.3, 0.99)]
    assert [point.threshold for point in points] == sorted((point.threshold for point in points), reverse=True)
    refused = [point.false_refusals.value for point in points]
    assert refused == sorted(refused, reverse=True)
    assert refused[0] > refused[-1]


def test_the_smallest_threshold_that_does_it() -> None:
    confidences = np.array([0.9, 0.1, 0.35, 0.3, 0.2, 0.6])
    answerable = np.array([True, False, False, False, False, False])
    expected = {0.0: 0.6001, 0.19: 0.6001, 0.2: 0.3501, 0.4: 0.3001, 0.6: 0.2001, 0.8: 0.1001, 0.99: 0.1001}
    thresholds = {share: _threshold(confidences, answerable, share) for share in expected}
    assert thresholds == expected
    for share, threshold in thresholds.items():
        assert ((confidences >= threshold) & ~answerable).sum() <= share * 5
    assert _threshold(np.array([0.5, -1.0]), np.array([True, False]), 0.0) == 0.0
    assert _threshold(np.array([0.5, 0.99999]), np.array([True, False]), 0.0) == 1.0


@pytest.mark.parametrize("value", [0.3, 0.0001, 0.7, 0.1 + 0.2, 0.9998, 0.0])
def test_a_threshold_is_above_the_confidence_it_refuses(value: float) -> None:
    threshold = _threshold(np.array([value]), np.array([False]), 0.0)
    assert value < threshold <= value + 1.0001e-4
    assert threshold == round(threshold, 4)


def test_folds_keep_articles_together_and_deal_the_rest_out() -> None:
    run = drawn(95, 50, articles=12)
    folds = folds_of(question_arrays(run.outcomes)).tolist()
    of_article = {
        (question.targets[0].article, fold)
        for question, fold in zip(run.outcomes, folds, strict=True)
        if question.targets
    }
    assert len(of_article) == 12
    assert len(set(folds)) == 10
    off = Counter(fold for question, fold in zip(run.outcomes, folds, strict=True) if not question.targets)
    assert set(off.values()) == {5}


@pytest.mark.parametrize(("articles", "count"), [(1, 10), (2, 10), (3, 3), (5, 5), (10, 10), (40, 10)])
def test_how_many_folds(articles: int, count: int) -> None:
    assert set(folds_of(question_arrays(drawn(80, 30, articles=articles).outcomes)).tolist()) == set(range(count))


def test_where_one_article_has_all_that_is_right_folds_are_of_questions() -> None:
    listed = [outcome(f"in{n}", n % 7, f"article {n % 4}", right=n % 4 == 0) for n in range(60)]
    listed += [outcome(f"off{n}", 1 - n % 7) for n in range(20)]
    run = Run(MADE, tuple(listed), 1.0)
    assert set(folds_of(question_arrays(run.outcomes)).tolist()) == set(range(10))
    assert calibrate(run, SPEC, 0.2).folds == 10


def test_the_smallest_set_that_is_enough() -> None:
    listed = [outcome(f"in{n}", n, f"article {n % 3}", right=True) for n in range(10)]
    listed += [outcome(f"off{n}", -n) for n in range(10)]
    calibration = calibrate(Run(MADE, tuple(listed), 1.0), SPEC, 0.0)
    assert (calibration.folds, calibration.false_answers.count, calibration.false_refusals.count) == (3, 10, 10)
    assert calibration.auroc > 0.9


def test_a_question_for_which_nothing_is_found_is_refused() -> None:
    listed = [outcome(f"in{n}", 5.0 + n % 3, f"article {n % 5}", right=True) for n in range(30)]
    listed += [outcome("lost", 0, "article 1", quoted=False)]
    listed += [outcome(f"off{n}", n % 3, quoted=n % 2 == 0) for n in range(30)]
    run = Run(MADE, tuple(listed), 1.0)
    calibration = calibrate(run, SPEC, 0.0)
    assert calibration.false_refusals == wilson(1, 31)
    always = point(run, ConfidenceModel(9.0, (0.0,) * len(FEATURES)), 0.0)
    assert (always.false_answers, always.false_refusals) == (wilson(15, 30), wilson(1, 31))


def test_another_model_on_the_same_questions() -> None:
    run = drawn(50, 40)
    first = ConfidenceModel(0.0, (1.0, *[0.0] * (len(FEATURES) - 1)))
    seen = point(run, first, 0.5)
    above = [question.features[0] >= 0 for question in run.outcomes]
    assert seen.threshold == 0.5
    assert seen.false_refusals == wilson(above[:50].count(False), 50)
    assert seen.false_answers == wilson(above[50:].count(True), 40)
    nothing = point(run, ConfidenceModel(0.0, (0.0,) * len(FEATURES)), 0.6)
    assert (nothing.false_answers.value, nothing.false_refusals.value, nothing.auroc) == (0.0, 1.0, 0.5)


@pytest.mark.parametrize(
    ("answerable", "unanswerable", "message"),
    [
        (
            40,
            0,
            "The gold set gold.jsonl has no unanswerable question, so it cannot show when to refuse: "
            'add at least 10 questions that the corpus does not answer, with "answerable": false.',
        ),
        (
            12,
            30,
            "The gold set gold.jsonl has 9 questions that are answered correctly and 30 questions without an answer in "
            "the corpus, too few to calibrate on: add questions until there are at least 10 of each.",
        ),
        (
            2,
            1,
            "The gold set gold.jsonl has 1 question that is answered correctly and 1 question without an answer in "
            "the corpus, too few to calibrate on: add questions until there are at least 10 of each.",
        ),
        (
            0,
            0,
            "The gold set gold.jsonl has no unanswerable question, so it cannot show when to refuse: "
            'add at least 10 questions that the corpus does not answer, with "answerable": false.',
        ),
    ],
)
def test_too_few_questions_are_told(answerable: int, unanswerable: int, message: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        calibrate(drawn(answerable, unanswerable), SPEC, 0.05)
    assert str(caught.value) == message


@pytest.mark.parametrize("share", [-0.01, 1.0, 5.0, float("nan")])
def test_a_share_that_is_none(share: float) -> None:
    with pytest.raises(InputInvalid, match=r"^The share of false answers \S+ must be at least 0 and below 1: try 0"):
        calibrate(drawn(50, 50), SPEC, share)


def test_a_bound_that_no_threshold_reaches() -> None:
    """One unanswerable question has full confidence; all others are separated with certainty."""
    listed = [outcome(f"in{n}", 9.0, f"article {n % 5}", right=True) for n in range(400)]
    listed += [outcome(f"wrong{n}", -9.0, f"article {n % 5}") for n in range(400)]
    listed += [outcome(f"off{n}", -9.0 if n else 900.0) for n in range(12)]
    run = Run(MADE, tuple(listed), 1.0)
    with pytest.raises(InputInvalid) as caught:
        calibrate(run, SPEC, 0.05)
    assert str(caught.value) == (
        "A share of false answers of at most 5 % cannot be reached with any threshold below 1, since the "
        "confidence is full for 1 of 12 unanswerable questions: allow more, or check whether "
        "the corpus answers those questions after all."
    )
    assert caught.value.remedies == (AllowMoreFalseAnswers(),)
    assert calibrate(run, SPEC, 0.1).threshold < 1
