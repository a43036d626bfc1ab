"""Figures of small runs, against counts by hand."""

from __future__ import annotations

from dataclasses import replace
from math import log2

import pytest

from retrieval.evaluation.measures import report as measures
from retrieval.evaluation.records import Figure, Outcome, Report, Target
from tests.retrieval.evaluation.builders import outcome, run_of


def figures(report: Report) -> dict[str, Figure]:
    """Return figures by group and name."""
    return {f"{figure.group} {figure.name}": figure for figure in report.figures}


def values(*outcomes: Outcome) -> dict[str, float]:
    """Return the figures' values."""
    return {name: figure.value for name, figure in figures(measures.report(run_of(*outcomes))).items()}


def test_every_figure_of_a_run() -> None:
    run = run_of(
        outcome("a", "x.", passages=["p1", "p2"], relevant=[("p1", 1)], confidence=0.9, elapsed_ms=10.0),
        outcome("b", ".x", passages=["p2", "p1"], relevant=[("p1", 1)], confidence=0.8, elapsed_ms=20.0),
        outcome("c", "", passages=[], relevant=[("p1", 1)], answered=False, confidence=0.0, elapsed_ms=30.0),
        outcome("d", ".", answer=None, confidence=0.8, elapsed_ms=40.0),
        seconds=0.2,
    )
    report = measures.report(run)
    assert report.run is run
    rows = [
        (figure.group, figure.name, figure.value, figure.count, figure.unit, figure.better) for figure in report.figures
    ]
    nothing = pytest.approx
    assert rows == [
        ("passages", "R@1", nothing(1 / 3), 3, "", "higher"),
        ("passages", "R@5", nothing(2 / 3), 3, "", "higher"),
        ("passages", "R@10", nothing(2 / 3), 3, "", "higher"),
        ("passages", "R@100", nothing(2 / 3), 3, "", "higher"),
        ("passages", "RR@10", nothing(1.5 / 3), 3, "", "higher"),
        ("passages", "nDCG@10", nothing((1 + 1 / log2(3)) / 3), 3, "", "higher"),
        ("quotes", "P@1", nothing(1 / 3), 3, "", "higher"),
        ("quotes", "Success@3", nothing(2 / 3), 3, "", "higher"),
        ("quotes", "RR@10", nothing(1.5 / 3), 3, "", "higher"),
        # "five" in "five masons": precision 1/2, recall 1; nothing in "toll of two crowns".
        ("quotes", "F1", nothing((2 / 3) / 3), 3, "", "higher"),
        ("quotes", "EM", 0.0, 3, "", "higher"),
        ("quotes", "words", nothing((3 + 5 + 0) / 3), 3, "words", ""),
        ("refusals", "answered right", nothing(1 / 3), 3, "%", "higher"),
        ("refusals", "false refusals", nothing(1 / 3), 3, "%", "lower"),
        ("refusals", "false answers", 1.0, 1, "%", "lower"),
        ("refusals", "AUROC", nothing((1 + 0.5 + 0) / 3), 4, "", "higher"),
        # Wrong: b, c and d. At .9 none of one; at .8 two of three; at 0 three of four.
        ("refusals", "AURC", nothing((0 + 2 * 2 / 3 + 3 / 4) / 4), 4, "", "lower"),
        # Right: a. The bins of .9, .8 and 0 have gaps of .1, 2 x .8 and 0.
        ("confidence", "ECE", nothing(1.7 / 4), 4, "", "lower"),
        ("confidence", "right if high", nothing(1 / 3), 3, "%", "higher"),
        ("proof", "exact", 1.0, 5, "%", "higher"),
        ("speed", "p50", 25.0, 4, "ms", "lower"),
        ("speed", "p95", nothing(38.5), 4, "ms", "lower"),
        ("speed", "throughput", nothing(20.0), 4, "/s", "higher"),
    ]
    assert all(figure.low <= figure.value <= figure.high and figure.label for figure in report.figures)
    assert report.curve is not None
    assert report.curve.area == pytest.approx(figures(report)["refusals AURC"].value)


def test_figures_are_the_same_each_time() -> None:
    run = run_of(*(outcome(f"q{n}", "x." if n % 3 else ".", answer="five" if n % 4 else None) for n in range(40)))
    assert measures.report(run) == measures.report(run)


def test_grades_are_gains_and_every_relevant_passage_counts() -> None:
    measured = values(outcome("a", passages=["p1", "p2", "p3"], relevant=[("p3", 2), ("p1", 1), ("p9", 1)]))
    ideal = 2 + 1 / log2(3) + 1 / log2(4)
    assert measured["passages nDCG@10"] == pytest.approx((1 + 2 / log2(4)) / ideal)
    assert [measured[f"passages R@{k}"] for k in (1, 5)] == pytest.approx([1 / 3, 2 / 3])


def test_ranks_count_whatever_the_scores_and_ids() -> None:
    """ir-measures sorts by score and breaks ties by id; the engine's ranks are kept."""
    ranked = outcome("a b", "x", passages=["z", "a", "m"], relevant=[("z", 1)])
    equal = replace(ranked, passages=tuple(replace(passage, score=0.5) for passage in ranked.passages))
    measured = values(equal, outcome("", ".x" + "." * 8, passages=["a", "z"], relevant=[("z", 1)]))
    assert measured["passages RR@10"] == measured["passages R@1"] + 0.25 == 0.75
    assert measured["quotes RR@10"] == 0.75


def test_a_question_that_found_nothing_counts_nought_and_stays() -> None:
    """Nothing ranked, nothing judged, no quote: each alone, and all at once."""
    complete = outcome("found", "x", passages=["p"], relevant=[("p", 1)])
    missed = [
        outcome("no passages", "", relevant=[("p", 1)]),
        outcome("no passage holds it", "", passages=["p"]),
        outcome("nothing at all", ""),
    ]
    measured = values(complete, *missed)
    for name in ("passages R@1", "passages nDCG@10", "quotes P@1", "quotes Success@3", "quotes RR@10"):
        assert measured[name] == 0.25, name
    assert values(*missed)["passages R@100"] == values(*missed)["quotes P@1"] == values(*missed)["quotes F1"] == 0
    assert "proof exact" not in values(*missed)


def test_only_the_first_three_and_ten_count() -> None:
    measured = values(outcome("a", "...x"), outcome("b", "..x"), outcome("c", "." * 9 + "x"))
    assert measured["quotes Success@3"] == pytest.approx(1 / 3)
    assert measured["quotes RR@10"] == pytest.approx((1 / 4 + 1 / 3 + 1 / 10) / 3)
    assert measured["quotes P@1"] == 0


def test_answers_without_words_have_no_overlap() -> None:
    whole = outcome("a", "x", targets=(Target("bridge", 0, 0, "", whole=True),))
    assert {name for name in values(whole) if name in ("quotes F1", "quotes EM")} == set()
    both = figures(measures.report(run_of(whole, outcome("b", "x", answer="The five masons!"))))
    assert (both["quotes EM"].value, both["quotes EM"].count, both["quotes P@1"].count) == (1.0, 1, 2)
    assert [figure.name for figure in measures.report(run_of(whole, outcome("b", "x"))).figures][6:12] == [
        *("P@1", "Success@3", "RR@10", "F1", "EM", "words")
    ]


def test_the_best_of_several_answers_counts() -> None:
    targets = (Target("bridge", 0, 4, "nobody"), Target("bridge", 4, 8, "five masons"))
    assert values(outcome("a", "x", targets=targets))["quotes F1"] == 1


def test_only_answerable_questions() -> None:
    report = measures.report(run_of(outcome("a", "x"), outcome("b", ".", answered=False)))
    assert report.curve is None
    by_name = figures(report)
    assert {"refusals AUROC", "refusals AURC", "refusals false answers"} & by_name.keys() == set()
    assert by_name["refusals answered right"].value == by_name["refusals false refusals"].value == 0.5


def test_only_unanswerable_questions() -> None:
    report = measures.report(run_of(outcome("a", ".", answer=None), outcome("b", ".", answer=None, answered=False)))
    assert list(figures(report)) == [
        *("refusals false answers", "confidence ECE", "confidence right if high"),
        *("proof exact", "speed p50", "speed p95", "speed throughput"),
    ]
    assert report.curve is None
    assert [(tagged.tag, tagged.count) for tagged in report.slices] == [("unanswerable", 2)]


def test_one_question_has_figures_without_room() -> None:
    for figure in measures.report(run_of(outcome("a", "x", passages=["p"], relevant=[("p", 1)]))).figures:
        if figure.name != "right if high":
            assert figure.low == figure.value == figure.high, figure


def test_equal_confidences_tell_nothing() -> None:
    by_name = figures(measures.report(run_of(outcome("a", "x"), outcome("b", "x"), outcome("c", ".", answer=None))))
    assert (by_name["refusals AUROC"].value, by_name["refusals AUROC"].low, by_name["refusals AUROC"].high) == (
        0.5,
        0.5,
        0.5,
    )
    assert by_name["refusals AURC"].value == pytest.approx(1 / 3)


def test_each_level_has_the_answers_that_are_called_so() -> None:
    by_name = figures(
        measures.report(
            run_of(
                outcome("a", "x", confidence=0.796),
                outcome("b", "x", confidence=1.0),
                outcome("c", "x", confidence=0.79),
                outcome("d", ".", confidence=0.5),
                outcome("e", "x", confidence=0.49, answered=False),
                outcome("f", ".", answer=None, confidence=0.3),
            )
        )
    )
    shares = {name: (figure.value, figure.count) for name, figure in by_name.items() if " if " in name}
    assert shares == {
        "confidence right if high": (1.0, 2),
        "confidence right if fair": (0.5, 2),
        "confidence right if low": (0.0, 1),
    }
    high = by_name["confidence right if high"]
    assert [high.low, high.high] == pytest.approx([0.342, 1.0], abs=0.001), "two right answers prove little"


def test_a_perfect_confidence_may_be_perfect() -> None:
    """Chance makes gaps, more of them in a resample: a percentile interval of ECE would always exclude 0."""
    calibrated = [
        outcome(f"q{level}-{n}", "x" if n < level else ".", confidence=level / 10)
        for level in (2, 5, 8)
        for n in range(10)
    ]
    chance = [
        replace(judged, confidence=min(1.0, judged.confidence + 0.01 * (n % 3))) for n, judged in enumerate(calibrated)
    ]
    error = figures(measures.report(run_of(*chance)))["confidence ECE"]
    assert error.low == 0.0
    assert error.value <= error.high < 0.2


def test_no_question_at_all() -> None:
    assert measures.report(run_of()) == Report(run_of(), (), (), None)


def test_a_quote_that_is_not_exact_is_told() -> None:
    judged = outcome("a", "x.")
    bent = replace(judged, quotes=(judged.quotes[0], replace(judged.quotes[1], exact=False)))
    exact = figures(measures.report(run_of(bent, outcome("b", "xx"))))["proof exact"]
    assert (exact.value, exact.count, exact.low, exact.high) == (0.75, 4, 0.5, 1.0)


def test_speed_is_left_out_where_nothing_took_time() -> None:
    by_name = figures(measures.report(run_of(outcome("a", "x", elapsed_ms=0.0), seconds=0.0)))
    assert [name for name in by_name if name.startswith("speed")] == []


def test_slices_by_tag() -> None:
    report = measures.report(
        run_of(
            outcome("a", "x", tags=("who",), passages=["p"], relevant=[("p", 1)]),
            outcome("b", ".x", tags=("who", "typo"), history=("What?",), answered=False),
            outcome("c", ".", tags=("who", "who"), answer=None),
            outcome("d", "x", tags=("follow-up",), history=("Who?",)),
            outcome("e", "", tags=("typo",), answer=None, answered=False),
        )
    )
    rows = [
        (tagged.tag, tagged.count, [(figure.name, figure.value, figure.count) for figure in tagged.figures])
        for tagged in report.slices
    ]
    assert rows == [
        (
            "who",
            3,
            [
                *(("P@1", 0.5, 2), ("Success@3", 1, 2), ("RR@10", 0.75, 2), ("R@10", 0.5, 2)),
                *(("false refusals", 0.5, 2), ("false answers", 1, 1)),
            ],
        ),
        (
            "follow-up",
            2,
            [("P@1", 0.5, 2), ("Success@3", 1, 2), ("RR@10", 0.75, 2), ("R@10", 0, 2), ("false refusals", 0.5, 2)],
        ),
        (
            "typo",
            2,
            [
                *(("P@1", 0, 1), ("Success@3", 1, 1), ("RR@10", 0.5, 1), ("R@10", 0, 1)),
                *(("false refusals", 1, 1), ("false answers", 0, 1)),
            ],
        ),
        ("unanswerable", 2, [("false answers", 0.5, 2)]),
    ]
    assert [figure.group for figure in report.slices[0].figures] == ["quotes"] * 3 + ["passages"] + ["refusals"] * 2


def test_progress_reaches_its_end() -> None:
    progress = list[tuple[int, int]]()
    measures.report(run_of(outcome("a", "x", tags=("who",))), lambda step, total: progress.append((step, total)))
    assert progress == [(1, 3), (2, 3), (3, 3)]
