"""Sets the confidence model and the threshold on the questions of a run, and tells what they are worth on others.

The model is the built-in one, or one fitted to the questions where that is better: where its AUROC on questions held
out is higher by more than the standard error of the difference (the one-standard-error rule of Breiman and others 1984;
the error by DeLong and others 1988). A fit to few questions is mostly no better than the built-in model, which was
fitted to thousands: to 20 questions of SQuAD part A it is worse by .029 AUROC, to 60 by .002, to 600 better by .001.

The figures are of questions that neither choice, model nor threshold had seen (nested cross-validation, Varma and Simon
2006): for each fold, models are fitted and chosen on the other folds, the threshold on their own out-of-fold
confidences, and all is then counted on the fold. What is to be used comes from all questions in the same way.

AUROC counts pairs of questions of one fold: each fold's model has an intercept of its own, and pairs of several folds
would be told apart by that, to the disadvantage of what is fitted (Parker and others 2007). Intervals are Wilson's
score intervals (1927), which hold up where a share is 0 or 1 or the questions are few.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import floor, sqrt

import numpy as np

from retrieval.answering.calibration import Calibration, Choice, Rate
from retrieval.answering.confidence import FEATURES, ConfidenceModel, fit
from retrieval.encoding.encoder import EncoderSpec
from retrieval.errors import InputInvalid
from retrieval.evaluation.folds import AskedSet, Flags, Numbers, Values, asked_set, folds_of
from retrieval.evaluation.measures.intervals import wilson_interval
from retrieval.evaluation.records import Run

FEWEST = 10
"""Questions answered rightly, and unanswerable ones, below which nothing is fitted."""
NEVER = -1.0
"""The confidence of a question for which nothing was found: no threshold lets it be answered."""
GRID = 10_000
"""Thresholds are whole multiples of 1 / GRID, the precision that answers tell their confidence with."""
LEARNED = ("topic", "support")
"""Features that models fitted to thousands of questions tell. Where they do, a fit weighs these alone: with the others
it is worse on questions held out, by .024 AUROC on the seeds, .014 on their originals, .008 on SQuAD part A."""


@dataclass(frozen=True, slots=True)
class Point:
    """An operating point: a threshold, and what it does to a set of questions."""

    threshold: float
    false_answers: Rate
    """Share of the unanswerable questions that are answered."""
    false_refusals: Rate
    """Share of the answerable questions that are refused."""
    auroc: float
    """Probability that an answerable question is trusted more than an unanswerable one."""


def check_share(max_false_answers: float) -> None:
    """Raise InputInvalid for a share of false answers that is not from 0 to below 1."""
    if not 0 <= max_false_answers < 1:
        raise InputInvalid(
            f"The share of false answers {max_false_answers:g}",
            "is not from 0 to below 1",
            "give one, such as 0.05 for one unanswerable question in 20",
        )


def calibrate(
    run: Run,
    encoder: EncoderSpec,
    max_false_answers: float,
    tell: Callable[[int, int], None] = lambda *_: None,
    *,
    built_in: ConfidenceModel,
    reranker: str | None = None,
) -> Calibration:
    """The calibration that a run's questions give; `tell` is called with (folds done, all) after each.

    `encoder` and `reranker` are those that the questions were asked with, `built_in` is the model that is kept where a
    fitted one is not better.

    The threshold is the smallest at which no more than the share `max_false_answers` of the unanswerable questions is
    answered, by their out-of-fold confidences. Raises InputInvalid where the questions are too few, or no threshold
    below 1 does it.
    """
    check_share(max_false_answers)
    asked = asked_set(run.outcomes)
    _check(asked, run.provenance.gold)
    folds = folds_of(asked)
    count = int(folds.max()) + 1
    fitted, built = np.empty(len(asked)), _confidences(built_in, asked)
    used, answered = np.empty(len(asked)), np.empty(len(asked), dtype=bool)
    for number in range(count):
        held, others = folds == number, asked.of(folds != number)
        fitted[held] = _confidences(_fitted(others), asked.of(held))
        inner, kept = _out_of_fold(others), _confidences(built_in, others)
        pays = _choice(others, inner, kept).fitted
        used[held] = (fitted if pays else built)[held]
        answered[held] = used[held] >= _threshold(inner if pays else kept, others.answerable, max_false_answers)
        tell(number + 1, count)
    choice = _choice(asked, fitted, built)
    confidences = fitted if choice.fitted else built
    threshold = _threshold(confidences, asked.answerable, max_false_answers)
    if threshold >= 1:
        raise _unreachable(confidences[~asked.answerable], max_false_answers)
    made, worth = run.provenance, _point(asked, used, answered, threshold)
    return Calibration(
        model=_fitted(asked) if choice.fitted else built_in,
        threshold=threshold,
        features=tuple(FEATURES),
        encoder=encoder,
        fingerprint=made.index,
        gold=made.gold,
        gold_sha256=made.gold_sha256,
        answerable=int(asked.answerable.sum()),
        unanswerable=int((~asked.answerable).sum()),
        max_false_answers=max_false_answers,
        false_answers=worth.false_answers,
        false_refusals=worth.false_refusals,
        auroc=worth.auroc,
        folds=count,
        version=made.version,
        made=made.made,
        reranker=reranker,
        choice=choice,
    )


def point(run: Run, model: ConfidenceModel, threshold: float) -> Point:
    """What a model and a threshold of other origin do to a run's questions, of which some have an answer, some none."""
    asked = asked_set(run.outcomes)
    confidences = _confidences(model, asked)
    return _point(asked, confidences, confidences >= threshold, threshold)


def wilson(hits: int, count: int) -> Rate:
    """A share of questions with its 95 % Wilson score interval; there is at least one question."""
    return Rate(hits / count, *wilson_interval(hits, count), count)


def _point(asked: AskedSet, confidences: Values, answered: Flags, threshold: float) -> Point:
    answerable, others = asked.answerable, ~asked.answerable
    return Point(
        threshold,
        wilson(int((answered & others).sum()), int(others.sum())),
        wilson(int((~answered & answerable).sum()), int(answerable.sum())),
        _auroc(asked, confidences),
    )


def _choice(asked: AskedSet, fitted: Values, built: Values) -> Choice:
    """Which model tells the questions apart better, by out-of-fold confidences [n] of the fitted one."""
    gains = [_won(fitted, *pairs) - _won(built, *pairs) for pairs in _pairs(asked)]
    count = sum(fold.size for fold in gains)
    gain = sum(float(fold.sum()) for fold in gains) / count
    # The variance of a mean over pairs, by what each question adds to it.
    spread = sum(float(((fold - gain).sum(axis=axis) ** 2).sum()) for fold in gains for axis in (0, 1))
    error = sqrt(spread) / count
    return Choice(gain > error, _auroc(asked, fitted), _auroc(asked, built), error)


def _auroc(asked: AskedSet, confidences: Values) -> float:
    """The share of the pairs of an answerable question and another, of one fold, in which the first is trusted more."""
    won = [_won(confidences, *pairs) for pairs in _pairs(asked)]
    return sum(float(fold.sum()) for fold in won) / sum(fold.size for fold in won)


def _won(confidences: Values, answerable: Numbers, others: Numbers) -> Values:
    """[answerable, others] 1 where the answerable question is trusted more, .5 where as much."""
    own, other = confidences[answerable][:, None], confidences[others]
    won: Values = (own > other) + 0.5 * (own == other)
    return won


def _pairs(asked: AskedSet) -> list[tuple[Numbers, Numbers]]:
    """The answerable questions of each fold and its others; of all questions where no fold has both."""
    folds = folds_of(asked)
    kinds = (asked.answerable, ~asked.answerable)
    listed = [[np.flatnonzero(kind & (folds == fold)) for kind in kinds] for fold in sorted(set(folds.tolist()))]
    found = [(answerable, others) for answerable, others in listed if len(answerable) and len(others)]
    return found or [(np.flatnonzero(kinds[0]), np.flatnonzero(kinds[1]))]


def _check(asked: AskedSet, gold: str) -> None:
    right, unanswerable = int(asked.right.sum()), int((~asked.answerable).sum())
    what = f"The gold set {gold}"
    if not unanswerable:
        raise InputInvalid(
            what,
            "has no question that the corpus does not answer, so when to refuse cannot be told by it",
            f'add at least {FEWEST} such questions, with "answerable": false',
        )
    if right < FEWEST or unanswerable < FEWEST:
        raise InputInvalid(
            what,
            f"has {_counted(right, 'question that is', 'questions that are')} answered rightly and "
            f"{_counted(unanswerable, 'question', 'questions')} without an answer in the corpus, "
            "too few to calibrate on",
            f"add questions until there are at least {FEWEST} of each",
        )


def _fitted(asked: AskedSet) -> ConfidenceModel:
    """A model of whether the first quote is right; features that it does not weigh have weight 0."""
    names = list(FEATURES)
    learned = [names.index(name) for name in LEARNED if name in names]
    weighed = learned if asked.features[:, learned].any() else list(range(len(names)))
    model = fit(asked.features[:, weighed], asked.right.astype(np.float64))
    weights = dict(zip(weighed, model.weights, strict=True))
    return replace(model, weights=tuple(weights.get(place, 0.0) for place in range(len(names))))


def _confidences(model: ConfidenceModel, asked: AskedSet) -> Values:
    """[n] as the engine tells them; NEVER where nothing was found."""
    said = np.array([model.probability(one) for one in asked.features.tolist()])
    return np.where(asked.found, said, NEVER)


def _out_of_fold(asked: AskedSet) -> Values:
    """[n] each question's confidence by a model fitted on the other folds."""
    folds, said = folds_of(asked), np.empty(len(asked))
    for number in set(folds.tolist()):
        held = folds == number
        said[held] = _confidences(_fitted(asked.of(~held)), asked.of(held))
    return said


def _threshold(confidences: Values, answerable: Flags, max_false_answers: float) -> float:
    """The smallest threshold of the grid at which the share of unanswerable questions answered is small enough; 1 or
    more where none below 1 does it."""
    others = np.sort(confidences[~answerable])[::-1].tolist()
    allowed = min(int(max_false_answers * len(others) + 1e-9), len(others) - 1)
    steps = max(0, floor(others[allowed] * GRID))
    return next(step / GRID for step in range(steps, GRID + 2) if step / GRID > others[allowed])


def _unreachable(others: Values, max_false_answers: float) -> InputInvalid:
    sure = int((others >= (GRID - 1) / GRID).sum())
    return InputInvalid(
        f"A share of false answers of at most {100 * max_false_answers:g} %",
        f"is reached by no threshold below 1, since {sure} of {len(others)} unanswerable questions are trusted fully",
        "allow more with --max-false-answers, or look whether the corpus answers those questions after all",
    )


def _counted(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
