"""An offset to a reader's log-odds, so that a tuned reader refuses as many questions as the one it was tuned from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.answering.confidence import FEATURES
from retrieval.answering.reader import PassageReader, ReadablePassage, Reading
from retrieval.evaluation.records import Outcome

LOW = 0.1
"""The quantile of the log-odds that is restored: near the threshold it decides what is refused."""
ODDS = list(FEATURES).index("odds")


@dataclass(frozen=True, slots=True)
class OffsetReader:
    """A reader with an offset to its log-odds."""

    reader: PassageReader
    offset: float

    @property
    def digest(self) -> str:
        """The reader's own."""
        return self.reader.digest

    @property
    def languages(self) -> Collection[str]:
        """ISO 639-1 codes of the languages it was trained on."""
        return self.reader.languages

    def read(self, question: str, history: Sequence[str], passages: Iterable[ReadablePassage]) -> list[Reading]:
        """Read each passage with the question."""
        return [
            Reading(reading.sentences + self.offset, reading.spans + self.offset)
            for reading in self.reader.read(question, history, passages)
        ]


def restoring(before: Sequence[Outcome], after: Sequence[Outcome]) -> float:
    """Return what to add to the log-odds in `after`, so that their low tenth is that in `before`.

    Only the answers to answerable questions that are in both count, and only where both were read; 0 without any.
    """
    odds = {outcome.id: odds for outcome in before if (odds := _odds(outcome))}
    pairs = [(odds[outcome.id], own) for outcome in after if outcome.id in odds and (own := _odds(outcome))]
    if not pairs:
        return 0.0
    low = np.quantile(np.array(pairs), LOW, axis=0)
    return float(low[0] - low[1])


def _odds(outcome: Outcome) -> float:
    """Return the log-odds of the first quote of an answerable question; 0 where nothing was read."""
    return outcome.features[ODDS] if outcome.answerable and outcome.features else 0.0
