"""Evaluate questions as people type them on public documents of real communities: guides, manuals, posts of a blog.

The documents are not part of the project: the gold set holds offsets only, and its rows are skipped where they are
missing. A third of the questions is about how something is done; a quarter is not answered.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np

from retrieval.evaluation.records import JudgedQuote, Run
from tests.benchmarks.common import DOCUMENTS, STRUCTURE, auroc, available, table, temporary
from tests.benchmarks.gold_sets import ask, chosen
from tests.benchmarks.reading import overlaps

KINDS = ("prose", "list", "steps", "table", "code", "heading", "callout", "faq", "key-value", "how-to")


def main() -> None:
    """Print the tables."""
    if not available(DOCUMENTS, "questions on the documents of communities"):
        return
    with temporary() as folder:
        run = ask(STRUCTURE, DOCUMENTS, Path(folder) / "structure")
    answerable = chosen(run, lambda outcome: outcome.answerable)
    rows = [_row("all", answerable)]
    rows += [_row(kind, chosen(answerable, lambda outcome, kind=kind: kind in outcome.tags)) for kind in KINDS]  # type: ignore[misc]
    table(
        f"Documents of communities: {len(answerable.outcomes)} answerable questions by the kind of block that answers",
        ("", "questions", "P@1", "in first three", "P@1 in part", "in first three in part", "refused"),
        rows,
        "right: the quote has all that answers; in part: some of it. Bars: P@1 >= .75, in first three >= .88",
    )
    confidence = np.array([outcome.confidence for outcome in answerable.outcomes])
    refusals = []
    for tag in ("off-topic", "on-topic"):
        other = chosen(run, lambda outcome, tag=tag: not outcome.answerable and tag in outcome.tags)  # type: ignore[misc]
        answered = sum(outcome.answered for outcome in other.outcomes)
        separated = auroc(confidence, np.array([outcome.confidence for outcome in other.outcomes]))
        refusals.append((tag, str(len(other.outcomes)), f"{separated:.3f}", f"{answered / len(other.outcomes):.0%}"))
    table("Questions that the documents do not answer", ("", "questions", "AUROC", "answered"), refusals, "")
    _cuts(run)


def _row(name: str, run: Run) -> tuple[str, ...]:
    outcomes = run.outcomes
    if not outcomes:
        return name, "0", "", "", "", "", ""
    first = sum(outcome.rank == 1 for outcome in outcomes) / len(outcomes)
    three = sum(outcome.rank is not None and outcome.rank <= 3 for outcome in outcomes) / len(outcomes)
    refused = sum(not outcome.answered for outcome in outcomes) / len(outcomes)
    in_part = [[_is_right_in_part(outcome.id, quote) for quote in outcome.quotes] for outcome in outcomes]
    shares = (first, three, *(sum(any(right[:count]) for right in in_part) / len(outcomes) for count in (1, 3)))
    return name, str(len(outcomes)), *(f"{share:.2f}" for share in shares), f"{refused:.0%}"


@cache
def _places() -> dict[str, list[tuple[str, int, int]]]:
    lines = map(json.loads, STRUCTURE.read_text("utf-8").splitlines())
    return {line["id"]: [(gold["article"], gold["start"], gold["end"]) for gold in line["gold"]] for line in lines}


def _is_right_in_part(id_: str, quote: JudgedQuote) -> bool:
    return overlaps(quote.article, quote.start, quote.end, _places()[id_])


CUTS = {
    "a mark opens it": re.compile(r"\A(?:[>|)\]}:;,.!?]|[-*+] |\*\*\s|\[[ x]\]|:::|</|\[\^|\{/?\*)"),
    "a mark dangles at its end": re.compile(r"(?:[>|(\[{]|\[\^[^\]]+\]|:::|\n[-*+>])\Z(?<!->)(?<!=>)(?<!/>)"),
    "it is a link and nothing else": re.compile(r"\A!?\[[^\]]*\]\([^)]*\)\Z"),
    "it is a question": re.compile(r"\A[^.!?\n`|]*\?\Z"),
    "it only introduces something": re.compile(r"\A[^\n]*:\Z"),
    "hidden text is in it": re.compile(r"<!--|\{/\*|\A(?:import|export) "),
}
"""What a reader would call badly cut, as far as a pattern can tell; of code, only what hides text counts."""


def _cuts(run: Run) -> None:
    """Print how many of the first three quotes are badly cut."""
    texts = [quote.text for outcome in run.outcomes for quote in outcome.quotes[:3]]
    cuts: Counter[str] = Counter()
    for text in texts:
        prose = "```" not in text
        cuts.update(name for name, pattern in CUTS.items() if pattern.search(text) and (prose or "hidden" in name))
        bold = text.count("**") % 2 and prose
        cuts.update(["a bold mark has no partner"] if bold else [])
    rows = [(name, str(count), f"{count / max(1, len(texts)):.1%}") for name, count in cuts.most_common()]
    table(
        f"Badly cut, of {len(texts)} quotes",
        ("", "quotes", "share"),
        [*rows, ("all", str(cuts.total()), f"{cuts.total() / max(1, len(texts)):.1%}")],
        "bar: <= 2 %",
    )
