"""The questions of a run that failed, as a terminal names them."""

from __future__ import annotations

from collections import Counter
from enum import Enum

from bot.evaluation.tables import GAP, number
from bot.formats.visible import one_line
from bot.terminal.screen import Screen
from retrieval.evaluation.records import Outcome, Run

NAMED = 8  # questions


class Failure(Enum):
    """What an answer failed by, in words that follow a number of questions."""

    WRONG = "by a wrong first quote"
    ANSWERED = "wrongly answered"
    REFUSED = "wrongly refused"


def failure_of(one: Outcome) -> Failure | None:
    """What a question failed by; None where it was answered or refused rightly."""
    if not one.answerable:
        return Failure.ANSWERED if one.answered else None
    if not one.answered:
        return Failure.REFUSED
    return None if one.rank == 1 else Failure.WRONG


def show_failures(output: Screen, run: Run) -> None:
    """How many questions failed and by what, and the first of them."""
    from rich.text import Text

    failed = [(one, failure) for one in run.outcomes if (failure := failure_of(one)) is not None]
    output.line()
    if not failed:
        output.line(Text("No question failed", style="bold"))
        return
    output.line(Text("First failures" if len(failed) > NAMED else "Failures", style="bold"))
    counted = Counter(failure for _, failure in failed)
    said = ", ".join(f"{counted[failure]:,} {failure.value}" for failure in Failure if counted[failure])
    output.line(f"{len(failed):,} of {len(run.outcomes):,} questions: {said}", first=GAP, rest=GAP)
    for one, failure in failed[:NAMED]:
        output.line(one_line(one.question), first=GAP, rest=GAP)
        told = f"{one_line(one.id)}  {_happened(one, failure)}, confidence {number(one.confidence)}"
        output.line(Text(told, style="dim"), first=GAP * 3)
    output.line("(--html has all questions, with their gold and quotes)", first=GAP)


def _happened(one: Outcome, failure: Failure) -> str:
    if failure is Failure.ANSWERED:
        return "answered, and the corpus does not"
    if one.rank is None:
        where = "no right one follows" if failure is Failure.WRONG else "no right quote found"
    elif failure is Failure.REFUSED and one.rank == 1:
        where = "its first quote is right"
    else:
        where = f"the right one is quote {one.rank}"
    return f"{'wrong first quote' if failure is Failure.WRONG else 'refused'}; {where}"
