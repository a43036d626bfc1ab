"""Which terms of a question a passage has, whole or by their letters: all that tells where nothing reads a language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRAM = 4
"""Letters in a row by which a term is found within others, so that it may have another ending or be part of a word."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TermMatches:
    """The distinct terms of a question, and those of a passage."""

    asked: tuple[str, ...]
    weights: tuple[float, ...]
    """Their idf."""
    passage: frozenset[str]
    rarity: float
    """The idf of a term that is in one passage."""

    @property
    def share(self) -> float:
        """The share, by idf, of the question's terms that the passage has; 0 for a question without any."""
        return self._mean([term in self.passage for term in self.asked])

    @property
    def by_letters(self) -> float:
        """As `share`, each term counted by the share of its letters, GRAM in a row, that are in the passage's terms."""
        there = frozenset[str]().union(*map(_grams, self.passage))
        return self._mean([len(grams & there) / len(grams) for grams in map(_grams, self.asked)])

    @property
    def rarest(self) -> float:
        """The idf of the rarest term that the passage has, over that of one in a single passage; 0 for none."""
        present = (weight for term, weight in zip(self.asked, self.weights, strict=True) if term in self.passage)
        return max(present, default=0.0) / self.rarity

    def _mean(self, found: Iterable[float]) -> float:
        weights = np.array(self.weights)
        values: Values = np.array(list(found), dtype=np.float64)
        return float((values * weights).sum() / weights.sum()) if len(weights) and weights.sum() else 0.0


def _grams(term: str) -> frozenset[str]:
    """Return each GRAM letters in a row of a term, whose ends count as letters; a shorter one is a gram itself."""
    padded = f" {term} "
    return frozenset(padded[at : at + GRAM] for at in range(max(1, len(padded) - GRAM + 1)))
