"""Measures question by question."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.evaluation.measures.per_question import MEANS, per_question
from tests.retrieval.evaluation.builders import outcome, run_of


def test_each_measure_is_of_the_questions_that_it_says() -> None:
    measures = per_question(run_of(outcome("a", "x"), outcome("b", ".", answer=None), outcome("c", "", answer="...")))
    assert list(measures) == [measure.key for measure in MEANS]
    of = {key: measure.ids for key, measure in measures.items()}
    assert of.pop("refusals false answers") == ("b",)
    assert of.pop("speed elapsed") == ("a", "b", "c")
    assert of.pop("quotes F1") == of.pop("quotes EM") == ("a",)
    assert set(of.values()) == {("a", "c")}
    assert measures["speed elapsed"].values.tolist() == [20.0, 20.0, 20.0]
    assert measures["quotes words"].values.tolist() == [3, 0]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.text(".x", max_size=10), st.booleans(), st.booleans(), st.integers(0, 3)), min_size=1, max_size=12
    )
)
def test_quote_measures_against_plain_counting(drawn: list[tuple[str, bool, bool, int]]) -> None:
    outcomes = [
        outcome(f"q{n}", rights, answer="five" if answerable else None, answered=answered, confidence=confidence / 3)
        for n, (rights, answerable, answered, confidence) in enumerate(drawn)
    ]
    measures = per_question(run_of(*outcomes))
    of = [outcome for outcome in outcomes if outcome.answerable]
    if not of:
        assert list(measures) == ["refusals false answers", "speed elapsed"]
        return
    assert measures["quotes P@1"].ids == tuple(outcome.id for outcome in of)
    ranks = [outcome.rank for outcome in of]
    assert measures["quotes P@1"].values.tolist() == [rank == 1 for rank in ranks]
    assert measures["quotes Success@3"].values.tolist() == [rank is not None and rank <= 3 for rank in ranks]
    assert measures["quotes RR@10"].values.tolist() == pytest.approx([1 / rank if rank else 0 for rank in ranks])
    assert measures["refusals answered right"].values.tolist() == [
        outcome.answered and outcome.rank == 1 for outcome in of
    ]


def test_per_question_of_some() -> None:
    precision = per_question(run_of(outcome("a", "x"), outcome("b", "."), outcome("c", "x")))["quotes P@1"]
    some = precision.of({"c", "b", "elsewhere"})
    assert (some.ids, some.values.tolist()) == (("b", "c"), [0.0, 1.0])
    assert (some.name, some.group, some.unit, some.better, some.key) == ("P@1", "quotes", "", "higher", "quotes P@1")
    assert some.label == precision.label != ""
