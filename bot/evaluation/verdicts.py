"""How a question ended, in one of five ways, and how it flipped between two runs: words for terminal and page."""

from __future__ import annotations

from enum import Enum

from retrieval.evaluation.records import Flip, Outcome


class Verdict(Enum):
    """One way for a question to end: its key in the page, its label, a noun that takes an s, and what it means."""

    RIGHT = ("right", "right answer", "answered, and the first quote is right")
    WRONG = ("wrong", "wrong answer", "answered, and the first quote is not right")
    MISSED = ("missed", "false refusal", "refused, though the corpus answers it")
    REFUSED = ("refused", "right refusal", "refused, and the corpus does not answer it")
    FALSE = ("false", "false answer", "answered, though the corpus does not answer it")

    def __init__(self, key: str, label: str, meaning: str) -> None:
        self.key = key
        self.label = label
        self.meaning = meaning

    @property
    def is_failure(self) -> bool:
        """Whether quoth should have done something else."""
        return self not in (Verdict.RIGHT, Verdict.REFUSED)

    @classmethod
    def of(cls, outcome: Outcome) -> Verdict:
        """Return how a question ended."""
        if not outcome.answerable:
            return cls.FALSE if outcome.answered else cls.REFUSED
        if not outcome.answered:
            return cls.MISSED
        return cls.RIGHT if outcome.rank == 1 else cls.WRONG


FLIPS = {
    ("quote", True): "first quote right now",
    ("quote", False): "first quote wrong now",
    ("refusal", True): "rightly answered or refused now",
    ("refusal", False): "wrongly answered or refused now",
}
"""What is different about a question that flipped, by what flipped and whether it is for the better."""


def flip_in_words(flip: Flip) -> str:
    """Return what is different about a question that flipped."""
    return FLIPS.get((flip.what, flip.gained), flip.what)
