"""Ranking measures question by question, as ir-measures computes them (MacAvaney, Macdonald and Ounis 2022).

ir-measures sorts by score, breaks ties by id, and leaves out a question with nothing ranked or nothing judged. So the
score passed to it is the negative rank, questions are identified by number, and one left out gets 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retrieval.evaluation.measures.intervals import Values
from retrieval.evaluation.records import Outcome
from retrieval.extras import require

PASSAGES = ("R@1", "R@5", "R@10", "R@100", "RR@10", "nDCG@10")
QUOTES = ("P@1", "Success@3", "RR@10")

_Judged = dict[str, dict[str, int]]
_Ranked = dict[str, dict[str, float]]


def of_passages(outcomes: Sequence[Outcome]) -> dict[str, Values]:
    """Return the [questions] values of each measure in PASSAGES."""
    judged = {str(number): dict(outcome.relevant) for number, outcome in enumerate(outcomes)}
    ids = ([passage.id for passage in outcome.passages] for outcome in outcomes)
    ranked = {str(number): _by_rank(passage_ids) for number, passage_ids in enumerate(ids)}
    return _measured(PASSAGES, judged, ranked, len(outcomes))


def of_quotes(outcomes: Sequence[Outcome]) -> dict[str, Values]:
    """Return the [questions] values of each measure in QUOTES; the quotes are the documents."""
    judged, ranked = {}, {}
    for number, outcome in enumerate(outcomes):
        names = [f"q{rank}" for rank in range(1, len(outcome.quotes) + 1)]
        judged[str(number)] = {name: int(quote.right) for name, quote in zip(names, outcome.quotes, strict=True)}
        ranked[str(number)] = _by_rank(names)
    return _measured(QUOTES, judged, ranked, len(outcomes))


def _by_rank(ids: Sequence[str]) -> dict[str, float]:
    return {id_: -float(rank) for rank, id_ in enumerate(ids)}


def _measured(names: Sequence[str], judged: _Judged, ranked: _Ranked, count: int) -> dict[str, Values]:
    require("evaluation", "An evaluation")
    import ir_measures

    values = {name: np.zeros(count) for name in names}
    judged = {number: grades for number, grades in judged.items() if grades}
    ranked = {number: ranks for number, ranks in ranked.items() if ranks and number in judged}
    if ranked:
        measures = [ir_measures.parse_measure(name) for name in names]
        for metric in ir_measures.iter_calc(measures, judged, ranked):
            values[str(metric.measure)][int(metric.query_id)] = metric.value
    return values
