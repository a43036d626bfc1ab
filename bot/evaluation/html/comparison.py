"""Which questions flipped between two runs, as the page lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.evaluation.records import Comparison, Flip, Outcome


@dataclass(frozen=True, slots=True)
class FlippedQuestion:
    """A question with everything about it that flipped the same way."""

    question: str
    place: int | None
    """Its place in the table of questions; None if it is not there."""
    flipped: str


@dataclass(frozen=True, slots=True)
class FlipList:
    """The questions that flipped the same way."""

    kind: str
    title: str
    questions: tuple[FlippedQuestion, ...]


def flip_lists(comparison: Comparison, outcomes: Sequence[Outcome]) -> list[FlipList]:
    """Return the questions that are better now, and those that are worse; an empty list if none flipped."""
    if not comparison.flips:
        return []
    places = {outcome.id: place for place, outcome in enumerate(outcomes)}
    return [
        FlipList(kind, title, _questions([flip for flip in comparison.flips if flip.gained is gained], places))
        for kind, title, gained in (
            ("better", "Right now, wrong before", True),
            ("worse", "Wrong now, right before", False),
        )
    ]


def _questions(flips: Sequence[Flip], places: dict[str, int]) -> tuple[FlippedQuestion, ...]:
    by_question: dict[str, list[Flip]] = {}
    for flip in flips:
        by_question.setdefault(flip.id, []).append(flip)
    return tuple(
        FlippedQuestion(same[0].question, places.get(id_), " and ".join(map(_name, same)))
        for id_, same in by_question.items()
    )


def _name(flip: Flip) -> str:
    return "first quote" if flip.what == "quote" else flip.what
