"""The tables of a run and of a comparison, as they are printed."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from bot.evaluation.tables import Row, show_comparison, show_report, show_table
from bot.terminal.screen import Screen
from retrieval.evaluation.measures.report import report
from retrieval.evaluation.records import (
    Comparison,
    Difference,
    Figure,
    Flip,
    JudgedQuote,
    Outcome,
    Provenance,
    Report,
    Run,
    Slice,
    Target,
)

PROVENANCE = Provenance(
    gold="gold.jsonl",
    gold_sha256="ab" * 32,
    corpus="articles",
    index="0123456789ab",
    model="toy",
    threshold=0.3,
    settings=(("top", "3"), ("word_cost", "0.009")),
    version="1.0",
    made="2026-01-02T03:04:05+00:00",
)


def outcome(id_: str, *, answerable: bool) -> Outcome:
    targets = (Target("bees", 0, 9, "The hives"),) if answerable else ()
    return Outcome(id_, f"Who {id_}?", (), (), targets, True, 0.5, (0.5,), (), (), (), 3.0, f"Who {id_}?")


RUN = Run(PROVENANCE, (outcome("a", answerable=True), outcome("b", answerable=True), outcome("c", answerable=False)), 1)
FIGURES = (
    Figure("R@10", "passages", 1.0, 0.5, 1.0, 2, label="passages with the answer among the first ten"),
    Figure("P@1", "quotes", 0.7571, 0.4, 1.0, 2, label="first quote holds the answer"),
    Figure("words", "quotes", 23.44, 20, 30, 2, unit="words", better="", label="words in the first quote"),
    Figure("false answers", "refusals", 1.0, 1.0, 1.0, 1, unit="%", better="lower", label="unanswerable ones answered"),
    Figure("p95", "speed", 1234.5, 3.0, 2000, 3, unit="ms", better="lower", label="95 of 100 take no longer"),
    Figure("throughput", "speed", 160.2, 99.96, 200, 3, unit="/s"),
)
REPORT = Report(RUN, FIGURES, (), None)


def printed(output: Screen) -> str:
    stream = output.console.file
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def screen(width: int = 80, *, terminal: bool = True) -> Screen:
    return Screen(Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None, highlight=False))


def test_a_report_in_a_pipe() -> None:
    output = screen(terminal=False)
    show_report(output, REPORT)
    assert (
        printed(output)
        == """\
gold.jsonl: 3 questions, 2 answerable, 1 not
over articles, index 0123456789ab, toy, threshold 0.3

Passages                                        95 % interval
  gold passages among the first ten     1.000  0.500 to 1.000  R@10

Quotes
  first quote holds the answer          0.757  0.400 to 1.000  P@1
  words in the first quote               23.4    20.0 to 30.0  words

Refusals
  unanswerable ones answered          100.0 %  100.0 to 100.0  false answers

Speed
  95 of 100 take no longer           1,234 ms      3 to 2,000  p95
  questions answered a second           160/s      100 to 200  throughput
"""
    )


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    output = screen(width)
    tags = tuple(Slice(f"tag-{number:02}", 100 - number, FIGURES[:2]) for number in range(12))
    show_report(output, replace(REPORT, slices=tags))
    show_comparison(output, COMPARISON)
    lines = printed(output).splitlines()
    assert max(map(len, lines)) <= width
    assert not [line for line in lines if line != line.rstrip()]
    assert "…" not in printed(output), "no name is cut"


def test_a_whole_report_needs_eighty_columns_and_no_more() -> None:
    output = screen(80)
    outcomes = [
        replace(outcome, quotes=(JudgedQuote("bees", 0, 9, "b@0#0-9", "x", 1.0, True, True),))
        for outcome in RUN.outcomes
    ]
    everything = report(replace(RUN, outcomes=tuple(outcomes)))
    show_report(output, everything)
    names = re.findall(r"^  \S.* to [\d.,]+  (.+)$", printed(output), re.MULTILINE)
    assert names == [figure.name for figure in everything.figures]
    assert not re.search(r"^    ", printed(output), re.MULTILINE), "no name goes on in the next line"


def test_a_name_that_has_no_room_goes_on_in_the_next_line() -> None:
    output = screen(40)
    show_table(output, (Row("Head", ("", "x"), heading=True), Row("some words that are too many", ("1.000", "[0, 1]"))))
    assert printed(output).splitlines() == [
        "",
        "Head                                   x",
        "  some words that are too  1.000  [0, 1]",
        "    many",
    ]


def test_the_largest_slices_are_shown() -> None:
    output = screen(terminal=False)
    refused = replace(FIGURES[3], value=0.25)
    tags = (
        *(Slice(f"tag{number}", 10, FIGURES[1:2]) for number in range(9)),
        Slice("most", 1200, FIGURES),
        Slice("off-topic", 20, (refused,)),
        Slice("one", 1, FIGURES[1:2]),
    )
    show_report(output, replace(REPORT, slices=tags))
    table = printed(output).partition("\n\nBy tag")[2].splitlines()
    assert table[0].split() == ["asked", "R@10", "P@1", "false", "answers"]
    assert table[1] == "  most       1,200  1.000  0.757        100.0 %"
    assert table[2] == "  off-topic     20      –      –         25.0 %"
    assert table[3] == "  tag0          10      –  0.757              –"
    assert table[-1] == "  and 2 more (--json and --html have all)"
    assert len(table) == 12


def test_tags_that_say_nothing_are_left_out() -> None:
    outcomes = [*(outcome(f"a{number}", answerable=True) for number in range(8)), *([RUN.outcomes[2]] * 6)]
    right, refused = FIGURES[1], FIGURES[3]
    few, every = Slice("few", 4, (right,)), Slice("every", 14, (right, refused))
    whole = (
        Slice("unanswerable", 6, (refused,)),
        Slice("answerable", 8, (right, replace(right, name="false refusals"))),
    )
    unsliced = replace(REPORT, run=replace(RUN, outcomes=tuple(outcomes)), slices=(few, every, *whole))
    output = screen(terminal=False)
    show_report(output, unsliced)
    assert "By tag" not in printed(output)
    assert "more (" not in printed(output)
    show_report(output, replace(unsliced, slices=(*unsliced.slices, Slice("mixed", 8, (right, refused)))))
    assert printed(output).partition("\n\nBy tag")[2].splitlines()[1:] == [
        "  mixed      8  0.757        100.0 %",
        "  and 4 more (--json and --html have all)",
    ]


def difference(name: str, group: str, change: float, p: float, better: str = "higher") -> Difference:
    low, high = sorted((change / 2, change * 2))
    return Difference(name, group, 0.5, 0.5 + change, change, low, high, p, 3, better, label=f"what {name} is of")


COMPARISON = Comparison(
    replace(RUN, provenance=replace(PROVENANCE, index="ba9876543210", made="yesterday", gold_sha256="cd" * 32)),
    replace(RUN, provenance=replace(PROVENANCE, settings=(("top", "3"), ("word_cost", "1.0")), threshold=0.25)),
    (
        difference("P@1", "quotes", -0.03, 0.0004),
        difference("RR@10", "quotes", 0.02, 0.03),
        difference("AURC", "refusals", 0.1, 0.2, "lower"),
        difference("p50", "speed", 0.2, 0.001, ""),
    ),
    (
        *(Flip(f"q{number}", f"Question {number}?", True, "quote") for number in range(7)),
        Flip("x", "What\x1b[31m?", False, "refusal"),
    ),
    left_out=1200,
)


def test_a_comparison_in_a_pipe() -> None:
    output = screen(terminal=False)
    show_comparison(output, COMPARISON)
    assert (
        printed(output)
        == r"""
Compared with the run of yesterday
Changed: index ba9876543210 → 0123456789ab, word_cost 0.009 → 1.0, threshold 0.3 → 0.25.
The gold set differs: gold.jsonl before, gold.jsonl now.
Left out because only one of the runs has them: 1,200 questions.

Quotes    before  after  change     95 % interval       p
  P@1      0.500  0.470  −0.030  −0.060 to −0.015  <0.001  loss  what P@1 is of
  RR@10    0.500  0.520  +0.020  +0.010 to +0.040   0.030  gain  1 / rank of the first that holds it

Refusals
  AURC     0.500  0.600  +0.100  +0.050 to +0.200   0.200        wrong answers, over all thresholds

Speed
  p50      0.500  0.700  +0.200  +0.100 to +0.400   0.001        what p50 is of

First quote right now, not before: 7
  q0  Question 0?
  q1  Question 1?
  q2  Question 2?
  q3  Question 3?
  q4  Question 4?
  and 2 more (--html has all)

Wrongly answered or refused now, not before: 1
  x  What\x1b[31m?
"""
    )


def test_a_comparison_of_any_unit_needs_eighty_columns_and_no_more() -> None:
    share = replace(COMPARISON.differences[0], low=-0.5, high=-0.25)
    rates = (("false refusals", 0.2, 0.6, 0.4), ("false answers", 1.0, 0.1, -0.9), ("exact", 1.0, 1.0, 0.0))
    percentages = [
        Difference(name, "refusals", before, after, change, change - 0.1, change + 0.1, 0.0004, 3, "lower", "%")
        for name, before, after, change in rates
    ]
    time = Difference("p95", "speed", 112.5, 98.2, -14.3, -30.0, 1.0, 0.02, 3, "lower", "ms")
    output = screen(80)
    show_comparison(output, replace(COMPARISON, differences=(share, *percentages, time)))
    table = printed(output).partition("\n\nQuotes")[2].splitlines()
    assert "  false refusals   20.0 %   60.0 %  +40.0 points    +30.0 to +50.0  <0.001  loss" in table
    assert max(map(len, table)) <= 80
    assert not [line for line in table[1:] if line.startswith("    ")], "no name goes on in the next line"


def test_two_runs_of_the_same_say_so() -> None:
    output = screen(terminal=False)
    show_comparison(output, Comparison(RUN, RUN, (), ()))
    assert printed(output) == (
        "\nCompared with the run of 2 January 2026, 03:04 UTC\nThe version, index, model and settings are the same.\n"
    )


def test_a_gain_and_a_loss_have_their_colours() -> None:
    output = Screen(Console(file=io.StringIO(), width=100, force_terminal=True, color_system="standard"))
    show_comparison(output, COMPARISON)
    assert "\x1b[1;31m  P@1" in printed(output)
    assert "\x1b[32m  RR@10" in printed(output)
