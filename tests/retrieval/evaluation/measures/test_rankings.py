"""Ranking measures against their definitions."""

from __future__ import annotations

from math import log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.evaluation.measures import rankings
from retrieval.evaluation.records import Outcome
from tests.retrieval.evaluation.builders import outcome

NAMES = [f"p{n}" for n in range(12)]


def ranked(order: list[str], grades: list[tuple[str, int]]) -> Outcome:
    """Return a question with passages in this order and with these grades."""
    return outcome("q", passages=order, relevant=grades)


def by_definition(order: list[str], grades: dict[str, int]) -> dict[str, float]:
    """Return the measures of one question."""
    gains = [grades.get(name, 0) for name in order]
    first = next((rank for rank, gain in enumerate(gains[:10], start=1) if gain), None)
    best = sorted(grades.values(), reverse=True)
    ideal = sum(gain / log2(rank + 1) for rank, gain in enumerate(best[:10], start=1))
    gained = sum(gain / log2(rank + 1) for rank, gain in enumerate(gains[:10], start=1))
    recall = {f"R@{k}": sum(map(bool, gains[:k])) / len(grades) if grades else 0 for k in (1, 5, 10, 100)}
    return {**recall, "RR@10": 1 / first if first else 0, "nDCG@10": gained / ideal if ideal else 0}


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.permutations(NAMES).flatmap(lambda names: st.integers(0, 12).map(lambda count: names[:count])),
            st.dictionaries(st.sampled_from([*NAMES, "elsewhere"]), st.integers(1, 3)),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_passages_against_the_definitions(drawn: list[tuple[list[str], dict[str, int]]]) -> None:
    measured = rankings.of_passages([ranked(order, list(grades.items())) for order, grades in drawn])
    assert tuple(measured) == rankings.PASSAGES
    for name, values in measured.items():
        assert values.tolist() == pytest.approx([by_definition(*ranking)[name] for ranking in drawn]), name


def test_no_question_has_no_values() -> None:
    assert [len(values) for values in rankings.of_passages([]).values()] == [0] * len(rankings.PASSAGES)
    assert [len(values) for values in rankings.of_quotes([]).values()] == [0] * len(rankings.QUOTES)
