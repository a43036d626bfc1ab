"""The questions of a run that failed, as a terminal names them."""

from __future__ import annotations

from collections import Counter

from bot.evaluation.numbers import count, number
from bot.evaluation.tables import GAP
from bot.evaluation.verdicts import Verdict
from bot.formats.visible import one_line
from bot.terminal.screen import Screen
from retrieval.evaluation.records import Outcome, Run

NAMED = 8  # questions


def show_failures(output: Screen, run: Run) -> None:
    """How many questions failed and by what, and the first of them."""
    from rich.text import Text

    failed = [(one, verdict) for one in run.outcomes if (verdict := Verdict.of(one)).is_failure]
    output.line()
    if not failed:
        output.line(Text("No question failed", style="bold"))
        return
    output.line(Text("First failures" if len(failed) > NAMED else "Failures", style="bold"))
    counts = Counter(verdict for _, verdict in failed)
    said = ", ".join(count(counts[verdict], verdict.label) for verdict in Verdict if counts[verdict])
    output.line(f"{len(failed):,} of {len(run.outcomes):,} questions: {said}", first=GAP, rest=GAP)
    for one, verdict in failed[:NAMED]:
        output.line(one_line(one.question), first=GAP, rest=GAP)
        told = f"{one_line(one.id)}  {_happened(one, verdict)}, confidence {number(one.confidence)}"
        output.line(Text(told, style="dim"), first=GAP * 3)
    output.line("(--html has all questions, with their gold and quotes)", first=GAP)


def _happened(one: Outcome, verdict: Verdict) -> str:
    if verdict is Verdict.FALSE:
        return verdict.meaning
    if one.rank is None:
        where = "no right one follows" if verdict is Verdict.WRONG else "no right quote found"
    elif one.rank == 1:
        where = "its first quote is right"
    else:
        where = f"the right one is quote {one.rank}"
    return f"{'wrong first quote' if verdict is Verdict.WRONG else 'refused'}; {where}"
