"""What became of a question, in one of five ways."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.evaluation.records import Flip, Outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """One way for a question to end."""

    key: str
    label: str
    meaning: str


RIGHT = Verdict("right", "right", "answered, and the first quote is right")
WRONG = Verdict("wrong", "wrong", "answered, and the first quote is not right")
MISSED = Verdict("missed", "refused wrongly", "refused, though the corpus answers it")
REFUSED = Verdict("refused", "refused rightly", "refused, and the corpus does not answer it")
FALSE = Verdict("false", "answered, should not", "answered, though the corpus does not answer it")
VERDICTS = (RIGHT, WRONG, MISSED, REFUSED, FALSE)
"""From best to worst, those of answerable questions first."""

CHANGES = {
    ("quote", True): "first quote right now",
    ("quote", False): "first quote wrong now",
    ("refusal", True): "decides rightly now",
    ("refusal", False): "decides wrongly now",
}


def verdict(outcome: Outcome) -> Verdict:
    """How the question ended."""
    if not outcome.answerable:
        return FALSE if outcome.answered else REFUSED
    if not outcome.answered:
        return MISSED
    return RIGHT if outcome.rank == 1 else WRONG


def change(flip: Flip) -> str:
    """What is different about a question that flipped, in the reader's words."""
    return CHANGES.get((flip.what, flip.gained), f"{flip.what} {'gained' if flip.gained else 'lost'}")
