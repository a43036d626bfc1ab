"""The failures of a run, as they are printed."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bot.evaluation.failures import show_failures
from bot.evaluation.verdicts import Verdict
from bot.terminal.screen import Screen
from retrieval.evaluation.records import JudgedQuote, Outcome, Provenance, Run, Target

MADE = Provenance(
    "gold.jsonl", "0" * 64, "articles", "0123456789ab", "toy", 0.2, (), "1.0", "2026-01-02T03:04:05+00:00"
)


def outcome(id_: str, rank: int | None, *, answered: bool = True, answerable: bool = True) -> Outcome:
    """A question with three quotes, of which the one at `rank` is right."""
    quotes = tuple(JudgedQuote("bees", 0, 9, "bees@0#0-9", "x", 1.0, place == rank, True) for place in (1, 2, 3))
    targets = (Target("bees", 0, 9, "The hives"),) if answerable else ()
    question = f"Who is {id_}\x1b[31m?"
    return Outcome(id_, question, (), (), targets, answered, 0.5, (0.5,), quotes, (), (), 3.0, question)


WRONG = outcome("w", 3)
LOST = outcome("l", None)
ANSWERED = outcome("a", None, answerable=False)
REFUSED = outcome("r", 1, answered=False)
FINE = (outcome("f", 1), outcome("g", None, answered=False, answerable=False))


def printed(*outcomes: Outcome, width: int | None = None) -> str:
    stream = io.StringIO()
    console = Console(file=stream, highlight=False, width=width, force_terminal=width is not None, color_system=None)
    show_failures(Screen(console), Run(MADE, outcomes, 1.0))
    return stream.getvalue()


def test_how_a_question_ended() -> None:
    verdicts = list(map(Verdict.of, (WRONG, LOST, ANSWERED, REFUSED, *FINE)))
    assert verdicts == [*(Verdict.WRONG, Verdict.WRONG, Verdict.FALSE, Verdict.MISSED, Verdict.RIGHT, Verdict.REFUSED)]
    assert [verdict.is_failure for verdict in verdicts] == [True, True, True, True, False, False]


def test_failures_in_a_pipe() -> None:
    others = (outcome("s", 2, answered=False), outcome("t", None, answered=False))
    assert (
        printed(WRONG, FINE[0], LOST, ANSWERED, REFUSED, *others)
        == r"""
Failures
  6 of 7 questions: 2 wrong answers, 3 false refusals, 1 false answer
  Who is w\x1b[31m?
      w  wrong first quote; the right one is quote 3, confidence 0.500
  Who is l\x1b[31m?
      l  wrong first quote; no right one follows, confidence 0.500
  Who is a\x1b[31m?
      a  answered, though the corpus does not answer it, confidence 0.500
  Who is r\x1b[31m?
      r  refused; its first quote is right, confidence 0.500
  Who is s\x1b[31m?
      s  refused; the right one is quote 2, confidence 0.500
  Who is t\x1b[31m?
      t  refused; no right quote found, confidence 0.500
  (--html has all questions, with their gold and quotes)
""".replace(r"\\", "\\")
    )


def test_of_many_failures_the_first_are_listed() -> None:
    lines = printed(*(outcome(f"q{number}", 2) for number in range(9))).splitlines()
    assert lines[1:3] == ["First failures", "  9 of 9 questions: 9 wrong answers"]
    assert [line.split()[0] for line in lines if line.startswith(" " * 6)] == [f"q{number}" for number in range(8)]


def test_a_run_without_failures_says_so() -> None:
    assert printed(*FINE) == "\nNo question failed\n"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    long = outcome("and so on " * 20, 3)
    assert max(map(len, printed(long, REFUSED, ANSWERED, width=width).splitlines())) <= width
