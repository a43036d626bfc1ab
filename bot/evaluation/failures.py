"""The failed questions of a run, as a terminal lists them."""

from __future__ import annotations

from collections import Counter

from bot.evaluation.tables import GAP
from bot.evaluation.verdicts import Verdict
from bot.formats.numbers import count, number
from bot.formats.visible import one_line
from bot.terminal.screen import Screen
from retrieval.evaluation.records import Outcome, Run

MAX_FAILURES = 8  # questions listed


def show_failures(output: Screen, run: Run) -> None:
    """Print how many questions failed in which way, and the first of them."""
    from rich.text import Text

    failures = [(outcome, verdict) for outcome in run.outcomes if (verdict := Verdict.of(outcome)).is_failure]
    output.line()
    if not failures:
        output.line(Text("No question failed", style="bold"))
        return
    output.line(Text("First failures" if len(failures) > MAX_FAILURES else "Failures", style="bold"))
    counts = Counter(verdict for _, verdict in failures)
    kinds = ", ".join(count(counts[verdict], verdict.label) for verdict in Verdict if counts[verdict])
    output.line(f"{len(failures):,} of {count(len(run.outcomes), 'question')}: {kinds}", first=GAP, rest=GAP)
    for outcome, verdict in failures[:MAX_FAILURES]:
        output.line(one_line(outcome.question), first=GAP, rest=GAP)
        reason = f"{one_line(outcome.id)}  {_reason(outcome, verdict)}, confidence {number(outcome.confidence)}"
        output.line(Text(reason, style="dim"), first=GAP * 3)
    output.line("(--html has all questions, with their gold and quotes)", first=GAP)


def _reason(outcome: Outcome, verdict: Verdict) -> str:
    if verdict is Verdict.FALSE:
        return verdict.meaning
    if outcome.rank is None:
        place = "no right one follows" if verdict is Verdict.WRONG else "no right quote found"
    elif outcome.rank == 1:
        place = "its first quote is right"
    else:
        place = f"the right one is quote {outcome.rank}"
    return f"{'wrong first quote' if verdict is Verdict.WRONG else 'refused'}; {place}"
