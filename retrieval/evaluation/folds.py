"""The questions of a run as arrays, and their cross-validation folds.

A fold keeps the answerable questions of an article together, because they are alike; unanswerable questions belong to
no article and are spread evenly.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.answering.confidence import FEATURES
from retrieval.evaluation.records import Outcome

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]

MOST_FOLDS = 10
FEWEST_ARTICLES = 3
"""Articles with gold answers below which folds are made of single questions."""
NEEDED = 2
"""Questions of each kind that every training set needs, so that it can itself be split into folds."""


@dataclass(frozen=True, slots=True)
class QuestionArrays:
    """Questions of a run as arrays of length n."""

    features: Values
    """[n, k]; zeros where no passage was found."""
    has_features: Flags
    right: Flags
    """Whether the first quote is right."""
    answerable: Flags
    articles: tuple[str, ...]
    """The article of a question's first gold; "" for an unanswerable one."""
    ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, chosen: Flags) -> QuestionArrays:
        """Return the chosen questions."""
        rows = np.flatnonzero(chosen).tolist()
        return QuestionArrays(
            self.features[chosen],
            self.has_features[chosen],
            self.right[chosen],
            self.answerable[chosen],
            tuple(self.articles[row] for row in rows),
            tuple(self.ids[row] for row in rows),
        )


def question_arrays(outcomes: Sequence[Outcome]) -> QuestionArrays:
    """Return the outcomes as arrays."""
    zeros = (0.0,) * len(FEATURES)
    features = np.array([outcome.features or zeros for outcome in outcomes], dtype=np.float64)
    return QuestionArrays(
        features.reshape(len(outcomes), len(FEATURES)),
        np.array([bool(outcome.features) for outcome in outcomes], dtype=bool),
        np.array([outcome.rank == 1 for outcome in outcomes], dtype=bool),
        np.array([outcome.answerable for outcome in outcomes], dtype=bool),
        tuple(outcome.targets[0].article if outcome.targets else "" for outcome in outcomes),
        tuple(outcome.id for outcome in outcomes),
    )


def folds_of(questions: QuestionArrays) -> Numbers:
    """Return the fold of each question, [n], numbered from 0.

    Folds are made of articles if there are enough, and enough questions of each kind outside every fold; otherwise of
    single questions.
    """
    articles = sorted({article for article in questions.articles if article})
    if len(articles) >= FEWEST_ARTICLES:
        folds = by_article(questions, MOST_FOLDS)
        kinds = (questions.right, ~questions.answerable)
        if all(int((kind & (folds != fold)).sum()) >= NEEDED for kind in kinds for fold in set(folds.tolist())):
            return folds
    return _spread(questions, np.ones(len(questions), dtype=bool), MOST_FOLDS)


def by_article(questions: QuestionArrays, most: int) -> Numbers:
    """Return the fold of each question, [n]: at most `most` folds, and the questions of an article all in one.

    Articles are assigned, the largest first, to the smallest fold; unanswerable questions are spread evenly.
    """
    counts = Counter(article for article in questions.articles if article)
    sizes = [0] * min(most, len(counts))
    placed = {"": 0}
    for article in sorted(counts, key=lambda article: (-counts[article], article)):
        placed[article] = sizes.index(min(sizes))
        sizes[placed[article]] += counts[article]
    folds = np.array([placed[article] for article in questions.articles])
    return np.where(questions.answerable, folds, _spread(questions, ~questions.answerable, len(sizes)))


def _spread(questions: QuestionArrays, chosen: Flags, count: int) -> Numbers:
    """Assign the chosen questions to folds in turn, kind by kind, in the order of their ids' hashes."""
    kinds = questions.answerable.astype(int) + questions.right
    hashes = [hashlib.sha256(id_.encode("utf-8", "surrogatepass")).digest() for id_ in questions.ids]
    rows = sorted(np.flatnonzero(chosen).tolist(), key=lambda row: (kinds[row], hashes[row], row))
    folds = np.zeros(len(questions), dtype=np.int64)
    folds[rows] = np.arange(len(rows)) % count
    return folds
