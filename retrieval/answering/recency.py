"""Questions that ask for the latest, or for how things were by a time: of what answers, the newer is preferred."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retrieval.answering.scoring import RankedSentence, reweighted
from retrieval.dates import Period, period_in

_LATEST = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|currently|nowadays|these days|up[- ]to[- ]date|at the moment|at present|"
    r"right now|as of (?:now|today)|(?:the|your|our|their|its|is|are) current|now|today)\b(?! than\b)",
    re.IGNORECASE,
)
_AS_OF = re.compile(r"\bas of (?P<date>(?!now\b|today\b)[^?!;]{4,30})", re.IGNORECASE)
CONTENDS = 0.1
"""Share of the greatest belief from which a sentence is one of those that may answer."""
NEWEST = 2.0
"""Factor of the belief in the newest of them; that in the oldest stays as it is."""


@dataclass(frozen=True, slots=True)
class TimeAsked:
    """The time that a question asks about."""

    until: str | None = None
    """The last day of it, as ISO 8601; None for now."""

    def fits(self, published: str) -> bool:
        """Return whether something was published by then; `published` is in ISO 8601."""
        return self.until is None or published <= self.until


def time_asked(question: str) -> TimeAsked | None:
    """Return the time that a question asks about; None where it names none."""
    if (as_of := _AS_OF.search(question)) and (named := period_in(as_of["date"])):
        return TimeAsked(named.last)
    return TimeAsked() if _LATEST.search(question) else None


def prefer(
    ranked: Sequence[RankedSentence], asked: TimeAsked, published: Callable[[int], Period | None]
) -> list[RankedSentence]:
    """Rank the sentences again, with more belief in the newer ones; as many share the belief.

    `published` returns when the article of the passage at a row was. What was published later than asked comes last.
    """
    least = CONTENDS * max((sentence.belief for sentence in ranked), default=0.0)
    days: dict[int, str] = {}
    for sentence in ranked:
        if sentence.belief > 0 and sentence.belief >= least and (when := published(sentence.passage)):
            days[sentence.row] = when.first
    order = sorted(set(days.values()), key=lambda day: (asked.fits(day), day))
    if len(order) < 2:
        return list(ranked)
    factors = {day: NEWEST ** (place / (len(order) - 1)) for place, day in enumerate(order)}
    return reweighted(ranked, (factors.get(days.get(sentence.row, ""), 1.0) for sentence in ranked))
