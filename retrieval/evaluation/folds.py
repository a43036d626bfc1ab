"""The questions of a run as arrays, and the folds that they are held out in.

Folds keep the answerable questions of an article together, since questions of one article are alike; unanswerable ones
belong to no article and are dealt out evenly.
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
"""Articles with gold below which folds are of questions."""
NEEDED = 2
"""Questions of each kind that every training set has, so that it can be cut into folds once more."""


@dataclass(frozen=True, slots=True)
class AskedSet:
    """Questions of a run as arrays, [n] but for the features."""

    features: Values
    """[n, k]; zeros where nothing was found."""
    found: Flags
    right: Flags
    """Whether the first quote is right."""
    answerable: Flags
    articles: tuple[str, ...]
    """The article of a question's first gold; "" for an unanswerable one."""
    ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, chosen: Flags) -> AskedSet:
        """The chosen questions alone."""
        rows = np.flatnonzero(chosen).tolist()
        return AskedSet(
            self.features[chosen],
            self.found[chosen],
            self.right[chosen],
            self.answerable[chosen],
            tuple(self.articles[row] for row in rows),
            tuple(self.ids[row] for row in rows),
        )


def asked_set(outcomes: Sequence[Outcome]) -> AskedSet:
    """The questions with what became of them."""
    nothing = (0.0,) * len(FEATURES)
    return AskedSet(
        np.array([one.features or nothing for one in outcomes], dtype=np.float64).reshape(len(outcomes), len(FEATURES)),
        np.array([bool(one.features) for one in outcomes], dtype=bool),
        np.array([one.rank == 1 for one in outcomes], dtype=bool),
        np.array([one.answerable for one in outcomes], dtype=bool),
        tuple(one.targets[0].article if one.targets else "" for one in outcomes),
        tuple(one.id for one in outcomes),
    )


def folds_of(asked: AskedSet) -> Numbers:
    """[n] the fold of each question, 0 up: by article where there are enough of them, and enough questions of each
    kind beside every fold; else by question."""
    articles = sorted({article for article in asked.articles if article})
    if len(articles) >= FEWEST_ARTICLES:
        folds = _by_article(asked, articles)
        kinds = (asked.right, ~asked.answerable)
        if all(int((kind & (folds != fold)).sum()) >= NEEDED for kind in kinds for fold in set(folds.tolist())):
            return folds
    return _dealt(asked, np.ones(len(asked), dtype=bool), MOST_FOLDS)


def _by_article(asked: AskedSet, articles: Sequence[str]) -> Numbers:
    """The largest article to the smallest fold, one after the other; unanswerable questions dealt out."""
    counts = Counter(article for article in asked.articles if article)
    sizes = [0] * min(MOST_FOLDS, len(articles))
    placed = {"": 0}
    for article in sorted(articles, key=lambda article: (-counts[article], article)):
        placed[article] = sizes.index(min(sizes))
        sizes[placed[article]] += counts[article]
    folds = np.array([placed[article] for article in asked.articles])
    return np.where(asked.answerable, folds, _dealt(asked, ~asked.answerable, len(sizes)))


def _dealt(asked: AskedSet, chosen: Flags, count: int) -> Numbers:
    """The chosen questions dealt out to the folds, kind by kind, in the order of their ids' hashes."""
    kinds = asked.answerable.astype(int) + asked.right
    hashes = [hashlib.sha256(id_.encode("utf-8", "surrogatepass")).digest() for id_ in asked.ids]
    rows = sorted(np.flatnonzero(chosen).tolist(), key=lambda row: (kinds[row], hashes[row], row))
    folds = np.zeros(len(asked), dtype=np.int64)
    folds[rows] = np.arange(len(rows)) % count
    return folds
