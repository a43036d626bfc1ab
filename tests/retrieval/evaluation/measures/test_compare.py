"""Comparing two runs: pairs of questions, differences and their significance, and what fails a gate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from retrieval.errors import InputInvalid
from retrieval.evaluation.measures import report
from retrieval.evaluation.measures.compare import MOST, Loss, check_shared, compare, holm, losses
from retrieval.evaluation.records import (
    Comparison,
    Difference,
    Flip,
    GoldQuestion,
    JudgedQuote,
    Outcome,
    Posed,
    Provenance,
    RankedPassage,
    Run,
    Target,
)

PROVENANCE = Provenance(
    "gold.jsonl", "ab" * 32, "articles", "0123456789ab", "toy", 0.5, (), "1", "2026-01-01T00:00:00+00:00"
)
TARGET = Target("bees", 10, 20, "nine hives")


def outcome(number: int, *, right: bool = True, confidence: float = 0.8, answerable: bool = True) -> Outcome:
    """Return an outcome; a wrong one has the answer in its second quote and passage."""
    quotes = [JudgedQuote("bees", 10, 20, "bees@0#10-20", "nine hives", 1.0, answerable, True)]
    quotes.insert(0 if not right else 1, JudgedQuote("bees", 0, 9, "bees@0#0-9", "The hives", 0.9, False, True))
    passages = [RankedPassage("bees#0-50", 1.0), RankedPassage("harbour#0-50", 0.5)]
    return Outcome(
        id=f"q{number}",
        question=f"Question {number}?",
        history=(),
        tags=(),
        targets=(TARGET,) if answerable else (),
        answered=confidence >= PROVENANCE.threshold,
        confidence=confidence,
        features=(confidence, 0.5),
        quotes=tuple(quotes),
        passages=tuple(passages if right else passages[::-1]),
        relevant=(("bees#0-50", 1),) if answerable else (),
        elapsed_ms=4.0 + number % 3,
        searched=f"Question {number}?",
    )


def a_run(outcomes: Sequence[Outcome], **changes: str) -> Run:
    """Return a run of these outcomes."""
    return Run(replace(PROVENANCE, **changes), tuple(outcomes), 1.0)  # type: ignore[arg-type]


def questions(change: Callable[[Outcome], Outcome] = lambda unchanged: unchanged) -> list[Outcome]:
    """Return forty answerable questions, every fourth of them wrong, and twenty unanswerable ones."""
    spread = np.linspace(0, 0.3, 60)
    outcomes = [outcome(number, right=number % 4 > 0, confidence=0.65 + spread[number]) for number in range(40)]
    outcomes += [outcome(number, answerable=False, confidence=0.05 + spread[number]) for number in range(40, 60)]
    return [change(unchanged) for unchanged in outcomes]


def the(comparison: Comparison, group: str, name: str) -> Difference:
    """Return the difference of this figure."""
    matches = [
        difference for difference in comparison.differences if (difference.group, difference.name) == (group, name)
    ]
    assert len(matches) == 1, (
        group,
        name,
        [(difference.group, difference.name) for difference in comparison.differences],
    )
    return matches[0]


def test_a_run_compared_with_itself_differs_in_nothing() -> None:
    run = a_run(questions())
    progress: list[tuple[int, int]] = []
    comparison = compare(run, run, lambda step, total: progress.append((step, total)))
    assert progress == [(step, MOST) for step in range(1, len(comparison.differences) + 1)]
    assert len(progress) <= MOST
    assert (comparison.before, comparison.after, comparison.flips, comparison.left_out) == (run, run, (), 0)
    for difference in comparison.differences:
        assert (difference.difference, difference.low, difference.high, difference.p, difference.verdict) == (
            0,
            0,
            0,
            1,
            "same",
        ), difference
    assert losses(comparison) == ()


def test_both_values_are_those_that_the_reports_have() -> None:
    before = a_run(questions())
    after = a_run([outcome(number, right=number > 5, confidence=0.3 + number / 100) for number in range(30)])
    after = replace(after, outcomes=(*after.outcomes, *questions()[30:]))
    comparison = compare(before, after)
    reported = [report.report(run).figures for run in (before, after)]
    compared = [(difference.group, difference.name) for difference in comparison.differences]
    left_to_the_reports = {("proof", "exact"), ("speed", "p95"), ("speed", "throughput")}
    assert {(difference.group, difference.name) for difference in reported[0]} - left_to_the_reports == set(compared)
    assert len(compared) == len(set(compared))
    for was, now in zip(*reported, strict=True):
        if (was.group, was.name) not in left_to_the_reports:
            difference = the(comparison, was.group, was.name)
            assert (difference.before, difference.after) == pytest.approx((was.value, now.value)), difference.name
            assert difference.difference == pytest.approx(difference.after - difference.before)
            assert (difference.unit, difference.label) == (was.unit, was.label)
            assert difference.count == was.count or was.name.startswith("right if"), "which may be of other questions"
            assert difference.low <= difference.difference <= difference.high


def test_a_loss_that_chance_does_not_explain_is_one_for_the_gate() -> None:
    def spoilt(original: Outcome) -> Outcome:
        return (
            outcome(int(original.id[1:]), right=False, confidence=original.confidence)
            if original.answerable
            else original
        )

    comparison = compare(a_run(questions()), a_run(questions(spoilt)))
    first = the(comparison, "quotes", "P@1")
    assert (first.before, first.after, first.count, first.verdict) == (0.75, 0.0, 40, "loss")
    assert first.high < 0
    assert first.p < 0.01
    assert the(comparison, "refusals", "false refusals").verdict == "same"
    assert the(comparison, "refusals", "AUROC").verdict == "same"
    assert the(comparison, "refusals", "AURC").verdict == "loss", "lower is better there"
    lost = {(loss.difference.group, loss.difference.name): loss.p for loss in losses(comparison)}
    assert {("quotes", "P@1"), ("quotes", "RR@10"), ("passages", "RR@10"), ("refusals", "AURC")} <= lost.keys()
    assert first.p < lost["quotes", "P@1"] < 0.05, "corrected for the number of figures"
    gained = compare(a_run(questions(spoilt)), a_run(questions()))
    assert (the(gained, "quotes", "P@1").verdict, losses(gained)) == ("gain", ())


def test_a_change_of_a_few_questions_is_chance() -> None:
    def one_less(original: Outcome) -> Outcome:
        return outcome(1, right=False, confidence=original.confidence) if original.id == "q1" else original

    comparison = compare(a_run(questions()), a_run(questions(one_less)))
    first = the(comparison, "quotes", "P@1")
    assert first.difference == pytest.approx(-1 / 40)
    assert (first.p, first.verdict) == (1.0, "same")
    assert losses(comparison) == ()
    assert comparison.flips == (Flip("q1", "Question 1?", False, "quote"),)


def test_confidence_that_tells_nothing_is_a_loss_of_the_refusals() -> None:
    def blind(original: Outcome) -> Outcome:
        return replace(original, confidence=0.7, answered=True)

    comparison = compare(a_run(questions()), a_run(questions(blind)))
    auroc = the(comparison, "refusals", "AUROC")
    assert (auroc.before, auroc.after, auroc.count, auroc.verdict) == (1.0, 0.5, 60, "loss")
    false = the(comparison, "refusals", "false answers")
    assert (false.before, false.after, false.count, false.verdict) == (0.0, 1.0, 20, "loss")
    assert {flip.what for flip in comparison.flips} == {"refusal"}
    assert [flip.gained for flip in comparison.flips] == [False] * 20
    assert {"AUROC", "false answers"} <= {loss.difference.name for loss in losses(comparison)}


def test_a_confidence_that_is_further_from_the_truth_is_a_loss() -> None:
    def boastful(original: Outcome) -> Outcome:
        return replace(original, confidence=min(1.0, original.confidence + 0.25))

    comparison = compare(a_run(questions()), a_run(questions(boastful)))
    error = the(comparison, "confidence", "ECE")
    assert (error.count, error.verdict) == (60, "loss")
    assert error.low < error.difference < error.high
    assert "ECE" in {loss.difference.name for loss in losses(comparison)}
    high = the(comparison, "confidence", "right if high")
    assert [high.before, high.after, high.count] == pytest.approx([9 / 11, 0.75, 40])


def test_a_level_that_one_run_has_no_answer_of_is_not_compared() -> None:
    before, after = ([outcome(number, confidence=confidence) for number in range(4)] for confidence in (0.9, 0.6))
    names = {difference.name for difference in compare(a_run(before), a_run(after)).differences}
    assert {name for name in names if name.startswith("right if")} == set()


def test_levels_of_other_questions_are_compared_over_both() -> None:
    before = [outcome(0, confidence=0.9), outcome(1, confidence=0.6), outcome(2, confidence=0.6)]
    after = [outcome(0, confidence=0.6), outcome(1, confidence=0.9, right=False), outcome(2, confidence=0.6)]
    high = the(compare(a_run(before), a_run(after)), "confidence", "right if high")
    assert (high.before, high.after, high.count) == (1.0, 0.0, 2)
    assert high.p == 1.0, "half of the swaps have answers on one side only; the others differ as much"


def test_speed_is_compared_and_never_gates() -> None:
    def slow(original: Outcome) -> Outcome:
        return replace(original, elapsed_ms=50 * original.elapsed_ms)

    comparison = compare(a_run(questions()), a_run(questions(slow)))
    median = the(comparison, "speed", "p50")
    assert (median.before, median.after, median.better, median.verdict) == (5.0, 250.0, "", "same")
    assert median.p < 0.01
    assert losses(comparison) == ()


@pytest.mark.parametrize("count", [1, 2, 5, 6])
def test_the_median_is_the_median(count: int) -> None:
    outcomes = [replace(outcome(number), elapsed_ms=float((number * 7) % 11)) for number in range(count)]
    median = the(compare(a_run(outcomes), a_run(outcomes)), "speed", "p50")
    assert median.before == median.after == float(np.median([timed.elapsed_ms for timed in outcomes]))


def test_questions_pair_by_id_words_history_and_kind() -> None:
    old = [outcome(number) for number in range(6)]
    new = [
        replace(old[0], question="Another question?"),
        replace(old[1], history=("And before?",)),
        replace(old[2], targets=(), relevant=()),
        replace(old[3], confidence=0.1, answered=False),
        old[4],
        outcome(99),
    ]
    comparison = compare(a_run(old), a_run(new[::-1]))
    assert comparison.left_out == 8
    assert the(comparison, "quotes", "P@1").count == 2
    assert comparison.flips == (Flip("q3", "Question 3?", False, "refusal"),)
    assert len(comparison.before.outcomes) == len(comparison.after.outcomes) == 6


def test_the_order_of_the_questions_changes_nothing() -> None:
    before, after = questions(), [replace(original, confidence=1 - original.confidence) for original in questions()]
    forth = compare(a_run(before), a_run(after)).differences
    mixed = compare(a_run(before[::-1]), a_run(after)).differences
    assert forth == mixed


def test_runs_without_a_common_question_are_refused() -> None:
    before = a_run([outcome(1), outcome(2, answerable=False)], gold="old.jsonl")
    message = r"old\.jsonl.* shares no question with gold\.jsonl: compare runs of one gold"
    for other in (outcome(3), outcome(1, answerable=False), replace(outcome(1), history=("Who?",))):
        with pytest.raises(InputInvalid, match=message):
            compare(before, a_run([other]))
        posed = Posed(GoldQuestion(other.id, other.question, other.history), other.targets)
        with pytest.raises(InputInvalid, match=message):
            check_shared(before, [posed], "gold.jsonl")
    same = Posed(GoldQuestion("q1", "Question 1?"), (TARGET,))
    check_shared(before, [posed, same], "gold.jsonl")


def test_without_unanswerable_questions_there_is_no_auroc() -> None:
    run = a_run([outcome(number) for number in range(3)])
    assert {difference.name for difference in compare(run, run).differences}.isdisjoint(
        {"AUROC", "AURC", "false answers"}
    )


def test_holms_correction() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_what_is_significant_by_itself_may_be_chance_among_many() -> None:
    run = a_run([outcome(1)])

    def difference(p: float, group: str = "quotes") -> Difference:
        return Difference(f"p{p}", group, 0.5, 0.4, -0.1, -0.2, -0.01, p, 100, "higher")

    several = Comparison(run, run, (difference(0.02), difference(0.03), difference(0.001)), ())
    assert [loss.difference for loss in losses(several)] == list(several.differences)
    assert [loss.p for loss in losses(several)] == pytest.approx([0.04, 0.04, 0.003])
    assert losses(replace(several, differences=(difference(0.02), difference(0.03), difference(0.5)))) == ()
    assert losses(replace(several, differences=(difference(0.02), difference(0.001, "proof")))) == (
        Loss(difference(0.02), 0.02),
    )
