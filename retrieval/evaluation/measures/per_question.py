"""The measures that are means over questions, question by question.

Passages and quotes are measured on the answerable questions. A question that found nothing counts as 0.
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
    """What a figure measures; the fields are those of `Figure`."""

    name: str
    group: str
    label: str
    unit: str = ""
    better: str = "higher"

    @property
    def key(self) -> str:
        """Return group and name: RR@10 is measured both of passages and of quotes."""
        return f"{self.group} {self.name}"


@dataclass(frozen=True, slots=True)
class PerQuestion(Measure):
    """A measure's value for each question, whose mean is the figure."""

    ids: tuple[str, ...] = ()
    values: Values = field(default_factory=lambda: np.zeros(0))
    """[questions], in the order of `ids`."""

    def of(self, ids: Collection[str]) -> PerQuestion:
        """Return the measure restricted to some of the questions."""
        places = [place for place, id_ in enumerate(self.ids) if id_ in ids]
        return replace(self, ids=tuple(self.ids[place] for place in places), values=self.values[places])


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
"""The means over questions, in the order of a report."""


def per_question(run: Run) -> dict[str, PerQuestion]:
    """Compute the measures of MEANS that apply to any question, by "GROUP NAME", such as "quotes RR@10".

    Answerable questions count for passages, quotes (F1 and EM: those with an answer in words), false refusals and
    answered right; unanswerable ones for false answers; all for the time taken.
    """
    answerable = [outcome for outcome in run.outcomes if outcome.answerable]
    unanswerable = [outcome for outcome in run.outcomes if not outcome.answerable]
    correct = (outcome.answered and outcome.rank == 1 for outcome in answerable)
    measured = {
        **{f"passages {name}": (answerable, values) for name, values in rankings.of_passages(answerable).items()},
        **{f"quotes {name}": (answerable, values) for name, values in rankings.of_quotes(answerable).items()},
        **_words(answerable),
        "refusals answered right": (answerable, column(correct)),
        "refusals false refusals": (answerable, column(not outcome.answered for outcome in answerable)),
        "refusals false answers": (unanswerable, column(outcome.answered for outcome in unanswerable)),
        "speed elapsed": (run.outcomes, column(outcome.elapsed_ms for outcome in run.outcomes)),
    }
    means = {}
    for measure in MEANS:
        outcomes, values = measured[measure.key]
        if outcomes:
            ids = tuple(outcome.id for outcome in outcomes)
            means[measure.key] = PerQuestion(**asdict(measure), ids=ids, values=values)
    return means


def _words(answerable: Sequence[Outcome]) -> dict[str, tuple[Sequence[Outcome], Values]]:
    """Measure the first quote's words; a question without an answer in words (whole articles) has no F1 or EM."""
    first = [outcome.quotes[0].text if outcome.quotes else "" for outcome in answerable]
    answers = [{overlap.normal(target.answer) for target in outcome.targets} - {""} for outcome in answerable]
    worded = [place for place, wordings in enumerate(answers) if wordings]
    matches = np.array([overlap.best(first[place], answers[place]) for place in worded]).reshape(-1, 2)
    of = [answerable[place] for place in worded]
    return {
        "quotes F1": (of, matches[:, 0]),
        "quotes EM": (of, matches[:, 1]),
        "quotes words": (answerable, column(len(text.split()) for text in first)),
    }


def column(values: Iterable[float]) -> Values:
    """Return one value per question as an array."""
    return np.fromiter(values, dtype=np.float64)
