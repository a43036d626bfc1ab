"""The measures that are means over questions, question by question.

Passages and quotes are measured on the answerable questions. One that found nothing counts 0 and leaves no mean.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from retrieval.evaluation.measures import overlap, rankings
from retrieval.evaluation.measures.intervals import Values
from retrieval.evaluation.records import Outcome, Run


@dataclass(frozen=True, slots=True)
class Measure:
    """What a figure is of; the fields are those of `Figure`."""

    name: str
    group: str
    label: str
    unit: str = ""
    better: str = "higher"

    @property
    def key(self) -> str:
        """Group and name: RR@10 is a figure of passages and one of quotes."""
        return f"{self.group} {self.name}"


@dataclass(frozen=True, slots=True)
class PerQuestion(Measure):
    """A measure that is a mean over questions, question by question."""

    ids: tuple[str, ...] = ()
    values: Values = field(default_factory=lambda: np.zeros(0))
    """[questions], in the order of `ids`."""

    def of(self, ids: Collection[str]) -> PerQuestion:
        """The same of some of the questions."""
        kept = [place for place, id_ in enumerate(self.ids) if id_ in ids]
        return replace(self, ids=tuple(self.ids[place] for place in kept), values=self.values[kept])


MEANS = (
    Measure("R@1", "passages", "passages with the answer, found at rank 1"),
    Measure("R@5", "passages", "passages with the answer, found among the first five"),
    Measure("R@10", "passages", "passages with the answer, found among the first ten"),
    Measure("R@100", "passages", "passages with the answer, found among the first hundred"),
    Measure("RR@10", "passages", "1 / rank of the first passage with the answer"),
    Measure("nDCG@10", "passages", "order of the first ten passages against the best order"),
    Measure("P@1", "quotes", "first quote holds the answer"),
    Measure("Success@3", "quotes", "one of the first three quotes holds the answer"),
    Measure("RR@10", "quotes", "1 / rank of the first quote that holds the answer"),
    Measure("F1", "quotes", "words that the first quote and the answer share"),
    Measure("EM", "quotes", "first quote is the answer and no word more"),
    Measure("words", "quotes", "words in the first quote", "words", ""),
    Measure("answered right", "refusals", "answerable questions answered, the first quote right", "%"),
    Measure("false refusals", "refusals", "answerable questions refused", "%", "lower"),
    Measure("false answers", "refusals", "unanswerable questions answered", "%", "lower"),
    Measure("elapsed", "speed", "time that a question takes", "ms", "lower"),
)
"""The means over questions, in the order that they are told."""


def per_question(run: Run) -> dict[str, PerQuestion]:
    """Every measure of MEANS that has a question to be of, by "GROUP NAME", such as "quotes RR@10".

    Of the answerable questions: passages, quotes (F1 and EM of those with an answer in words), false refusals and
    answered right. Of the unanswerable ones: false answers. Of all: the time they took.
    """
    answerable = [one for one in run.outcomes if one.answerable]
    others = [one for one in run.outcomes if not one.answerable]
    measured = {
        **{f"passages {name}": (answerable, values) for name, values in rankings.of_passages(answerable).items()},
        **{f"quotes {name}": (answerable, values) for name, values in rankings.of_quotes(answerable).items()},
        **_words(answerable),
        "refusals answered right": (answerable, column(one.answered and one.rank == 1 for one in answerable)),
        "refusals false refusals": (answerable, column(not one.answered for one in answerable)),
        "refusals false answers": (others, column(one.answered for one in others)),
        "speed elapsed": (run.outcomes, column(one.elapsed_ms for one in run.outcomes)),
    }
    found = {}
    for measure in MEANS:
        of, values = measured[measure.key]
        if of:
            found[measure.key] = PerQuestion(**asdict(measure), ids=tuple(one.id for one in of), values=values)
    return found


def _words(answerable: Sequence[Outcome]) -> dict[str, tuple[Sequence[Outcome], Values]]:
    """Measures of the first quote's words; a question whose gold has no words (whole articles) has no F1 and no EM."""
    first = [one.quotes[0].text if one.quotes else "" for one in answerable]
    answers = [{overlap.normal(target.answer) for target in one.targets} - {""} for one in answerable]
    worded = [place for place, wanted in enumerate(answers) if wanted]
    matches = np.array([overlap.best(first[place], answers[place]) for place in worded]).reshape(-1, 2)
    of = [answerable[place] for place in worded]
    return {
        "quotes F1": (of, matches[:, 0]),
        "quotes EM": (of, matches[:, 1]),
        "quotes words": (answerable, column(len(text.split()) for text in first)),
    }


def column(values: Iterable[float]) -> Values:
    """One value a question."""
    return np.fromiter(values, dtype=np.float64)
