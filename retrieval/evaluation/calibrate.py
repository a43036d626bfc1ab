"""Chooses the confidence model and the threshold on the questions of a run, and estimates how they do on new ones.

The model is the built-in one, or one fitted to the questions if that is better: if its AUROC on held-out questions is
higher by more than the standard error of the difference (the one-standard-error rule of Breiman et al. 1984; the error
of DeLong et al. 1988). The built-in model was fitted to thousands of questions, and a fit to a few rarely beats it.

The figures describe questions that neither the choice, the model nor the threshold has seen (nested cross-validation,
Varma and Simon 2006): for each fold, models are fitted and compared on the other folds, the threshold is set on their
own out-of-fold confidences, and the errors are counted on the fold. The final model and threshold come from all
questions in the same way.

AUROC compares questions within a fold only: each fold's model has its own intercept, and pairs across folds would
reflect that, to the fitted model's disadvantage (Parker et al. 2007). Intervals are Wilson's score intervals (1927),
which hold up where a share is 0 or 1 or the questions are few.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import floor, sqrt

import numpy as np

from retrieval.answering.calibration import Calibration, Choice, Rate
from retrieval.answering.confidence import FEATURES, UNREAD_FEATURES, ConfidenceModel, fit
from retrieval.encoding.encoder import EncoderSpec
from retrieval.errors import InputInvalid
from retrieval.evaluation.folds import Flags, Numbers, QuestionArrays, Values, folds_of, question_arrays
from retrieval.evaluation.measures.intervals import wilson_interval
from retrieval.evaluation.records import Run
from retrieval.remedies import AllowMoreFalseAnswers

FEWEST = 10
"""Correctly answered questions, and unanswerable ones, needed to fit a model."""
NEVER = -1.0
"""The confidence of a question for which nothing was found: below every threshold."""
GRID = 10_000
"""Thresholds are whole multiples of 1 / GRID, the precision with which answers report their confidence."""
LEARNED = ("topic", "support", "odds", "share", *UNREAD_FEATURES)
"""Features computed by models that were themselves fitted to thousands of questions, and those of what nothing reads.
Where present, a fit uses these alone: with the others it does worse on held-out questions."""


@dataclass(frozen=True, slots=True)
class Point:
    """An operating point: a threshold, and its errors on a set of questions."""

    threshold: float
    false_answers: Rate
    """Share of the unanswerable questions that are answered."""
    false_refusals: Rate
    """Share of the answerable questions that are refused."""
    auroc: float
    """Probability that an answerable question is trusted more than an unanswerable one."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """Nested cross-validation: each question's confidences [n] by models, and decisions, that have not seen it."""

    fitted: Values
    """By a model fitted on the other folds."""
    built: Values
    """By the built-in model."""
    chosen: Values
    """By whichever of the two was better on the other folds."""
    answered: Flags
    """Whether `chosen` reaches the threshold that was set on the other folds."""
    folds: int


def check_share(max_false_answers: float) -> None:
    """Raise InputInvalid if the share of false answers is not at least 0 and below 1."""
    if not 0 <= max_false_answers < 1:
        raise InputInvalid(
            f"The share of false answers {max_false_answers:g}",
            "must be at least 0 and below 1",
            "try 0.05, which allows one unanswerable question in 20",
        )


def calibrate(
    run: Run,
    encoder: EncoderSpec,
    max_false_answers: float,
    tell: Callable[[int, int], None] = lambda *_: None,
    *,
    built_in: ConfidenceModel,
    reranker: str | None = None,
    reader: str | None = None,
) -> Calibration:
    """Calibrate on a run's questions; call `tell` with (folds done, all folds) after each.

    `encoder`, `reranker` and `reader` (its digest) are those that answered the questions; `built_in` is the model to
    keep unless a fitted one is better.

    The threshold is the smallest at which at most the share `max_false_answers` of the unanswerable questions is
    answered, by their out-of-fold confidences. Raises InputInvalid if there are too few questions, or if no threshold
    below 1 is high enough.
    """
    check_share(max_false_answers)
    questions = question_arrays(run.outcomes)
    _check(questions, run.provenance.gold)
    trial = _cross_validated(questions, built_in, max_false_answers, tell)
    choice = _choice(questions, trial.fitted, trial.built)
    confidences = trial.fitted if choice.fitted else trial.built
    threshold = _threshold(confidences, questions.answerable, max_false_answers)
    if threshold >= 1:
        raise _unreachable(confidences[~questions.answerable], max_false_answers)
    provenance, estimate = run.provenance, _point(questions, trial.chosen, trial.answered, threshold)
    return Calibration(
        model=_fitted(questions) if choice.fitted else built_in,
        threshold=threshold,
        features=tuple(FEATURES),
        encoder=encoder,
        fingerprint=provenance.index,
        gold=provenance.gold,
        gold_sha256=provenance.gold_sha256,
        answerable=int(questions.answerable.sum()),
        unanswerable=int((~questions.answerable).sum()),
        max_false_answers=max_false_answers,
        false_answers=estimate.false_answers,
        false_refusals=estimate.false_refusals,
        auroc=estimate.auroc,
        folds=trial.folds,
        version=provenance.version,
        made=provenance.made,
        reranker=reranker,
        reader=reader,
        choice=choice,
    )


def _cross_validated(
    questions: QuestionArrays, built_in: ConfidenceModel, max_false_answers: float, tell: Callable[[int, int], None]
) -> _Trial:
    folds = folds_of(questions)
    count = int(folds.max()) + 1
    fitted, built = np.empty(len(questions)), _confidences(built_in, questions)
    chosen, answered = np.empty(len(questions)), np.empty(len(questions), dtype=bool)
    for number in range(count):
        test, training = folds == number, questions.of(folds != number)
        fitted[test] = _confidences(_fitted(training), questions.of(test))
        inner, baseline = _out_of_fold(training), _confidences(built_in, training)
        better = _choice(training, inner, baseline).fitted
        chosen[test] = (fitted if better else built)[test]
        cutoff = _threshold(inner if better else baseline, training.answerable, max_false_answers)
        answered[test] = chosen[test] >= cutoff
        tell(number + 1, count)
    return _Trial(fitted, built, chosen, answered, count)


def point(run: Run, model: ConfidenceModel, threshold: float) -> Point:
    """Return the errors of another model and threshold on a run, which needs answerable and unanswerable questions."""
    questions = question_arrays(run.outcomes)
    confidences = _confidences(model, questions)
    return _point(questions, confidences, confidences >= threshold, threshold)


def wilson(hits: int, count: int) -> Rate:
    """Return a share of `count` questions, at least one, with its 95 % Wilson score interval."""
    return Rate(hits / count, *wilson_interval(hits, count), count)


def _point(questions: QuestionArrays, confidences: Values, answered: Flags, threshold: float) -> Point:
    answerable, others = questions.answerable, ~questions.answerable
    return Point(
        threshold,
        wilson(int((answered & others).sum()), int(others.sum())),
        wilson(int((~answered & answerable).sum()), int(answerable.sum())),
        _auroc(questions, confidences),
    )


def _choice(questions: QuestionArrays, fitted: Values, built: Values) -> Choice:
    """Choose between the fitted model, by its out-of-fold confidences [n], and the built-in one, by its own [n]."""
    gains = [_won(fitted, *pairs) - _won(built, *pairs) for pairs in _pairs(questions)]
    count = sum(fold.size for fold in gains)
    gain = sum(float(fold.sum()) for fold in gains) / count
    # The variance of a mean over pairs, from each question's contribution.
    spread = sum(float(((fold - gain).sum(axis=axis) ** 2).sum()) for fold in gains for axis in (0, 1))
    error = sqrt(spread) / count
    return Choice(gain > error, _auroc(questions, fitted), _auroc(questions, built), error)


def _auroc(questions: QuestionArrays, confidences: Values) -> float:
    """Return the share of within-fold pairs in which the answerable question has the higher confidence."""
    won = [_won(confidences, *pairs) for pairs in _pairs(questions)]
    return sum(float(fold.sum()) for fold in won) / sum(fold.size for fold in won)


def _won(confidences: Values, answerable: Numbers, others: Numbers) -> Values:
    """Return [answerable, others] scores: 1 where the answerable question has more confidence, .5 where equal."""
    own, other = confidences[answerable][:, None], confidences[others]
    won: Values = (own > other) + 0.5 * (own == other)
    return won


def _pairs(questions: QuestionArrays) -> list[tuple[Numbers, Numbers]]:
    """Return each fold's answerable and unanswerable questions, or those of all folds if none has both."""
    folds = folds_of(questions)
    kinds = (questions.answerable, ~questions.answerable)
    by_fold = [[np.flatnonzero(kind & (folds == fold)) for kind in kinds] for fold in sorted(set(folds.tolist()))]
    pairs = [(answerable, others) for answerable, others in by_fold if len(answerable) and len(others)]
    return pairs or [(np.flatnonzero(kinds[0]), np.flatnonzero(kinds[1]))]


def _check(questions: QuestionArrays, gold: str) -> None:
    right, unanswerable = int(questions.right.sum()), int((~questions.answerable).sum())
    what = f"The gold set {gold}"
    if not unanswerable:
        raise InputInvalid(
            what,
            "has no unanswerable question, so it cannot show when to refuse",
            f'add at least {FEWEST} questions that the corpus does not answer, with "answerable": false',
        )
    if right < FEWEST or unanswerable < FEWEST:
        raise InputInvalid(
            what,
            f"has {_counted(right, 'question that is', 'questions that are')} answered correctly and "
            f"{_counted(unanswerable, 'question', 'questions')} without an answer in the corpus, "
            "too few to calibrate on",
            f"add questions until there are at least {FEWEST} of each",
        )


def _fitted(questions: QuestionArrays) -> ConfidenceModel:
    """Fit a model of whether the first quote is right; features that it ignores have weight 0."""
    names = list(FEATURES)
    learned = [names.index(name) for name in LEARNED if name in names]
    weighed = learned if questions.features[:, learned].any() else list(range(len(names)))
    model = fit(questions.features[:, weighed], questions.right.astype(np.float64))
    weights = dict(zip(weighed, model.weights, strict=True))
    return replace(model, weights=tuple(weights.get(place, 0.0) for place in range(len(names))))


def _confidences(model: ConfidenceModel, questions: QuestionArrays) -> Values:
    """Return the confidences [n] that the engine would report; NEVER where nothing was found."""
    probabilities = np.array([model.probability(row) for row in questions.features.tolist()])
    return np.where(questions.has_features, probabilities, NEVER)


def _out_of_fold(questions: QuestionArrays) -> Values:
    """Return each question's confidence [n] by a model fitted on the other folds."""
    folds, confidences = folds_of(questions), np.empty(len(questions))
    for number in set(folds.tolist()):
        test = folds == number
        confidences[test] = _confidences(_fitted(questions.of(~test)), questions.of(test))
    return confidences


def _threshold(confidences: Values, answerable: Flags, max_false_answers: float) -> float:
    """Return the smallest threshold on the grid that lets few enough unanswerable questions through.

    It is at least 1 if none below 1 does.
    """
    unanswerable = np.sort(confidences[~answerable])[::-1].tolist()
    allowed = min(int(max_false_answers * len(unanswerable) + 1e-9), len(unanswerable) - 1)
    steps = max(0, floor(unanswerable[allowed] * GRID))
    return next(step / GRID for step in range(steps, GRID + 2) if step / GRID > unanswerable[allowed])


def _unreachable(unanswerable: Values, max_false_answers: float) -> InputInvalid:
    sure = int((unanswerable >= (GRID - 1) / GRID).sum())
    return InputInvalid(
        f"A share of false answers of at most {100 * max_false_answers:g} %",
        "cannot be reached with any threshold below 1, "
        f"since the confidence is full for {sure} of {len(unanswerable)} unanswerable questions",
        (
            "allow more",
            AllowMoreFalseAnswers(),
            ", or check whether the corpus answers those questions after all",
        ),
    )


def _counted(count: int, singular: str, plural: str) -> str:
    return f"{count:,} {singular if count == 1 else plural}"
