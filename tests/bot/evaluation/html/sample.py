"""A small evaluation made by hand: one question of every outcome, one of every kind that could break the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from retrieval.evaluation.measures.reliability import reliability
from retrieval.evaluation.records import (
    Comparison,
    Curve,
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

DIGEST = "ab12cd34ef56"
HOSTILE = '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 2">'
ARTICLES = {
    "harbour": (
        "The harbour was dug by hand.\n\n"
        "The lighthouse was built in 1874 by Marta Oliveira. It stands forty metres high. Nobody lives in it.\n\n"
        "The fleet lost eleven boats in March 1911."
    ),
    "emoji": "\U0001f41d\U0001f41d Bees. \U0001f36f The school keeps nine beehives on its roof. \U0001f41d",
    "bad": f"Once \u202eupon a time</script>. {HOSTILE} stood in the register. {'W' * 400} Done.",
}
PROVENANCE = Provenance(
    gold="mine.jsonl",
    gold_sha256="0f" * 32,
    corpus="articles",
    index="0123456789ab",
    model="toy",
    threshold=0.3,
    settings=(("top", "3"), ("threshold", "0.3")),
    version="0.1.0",
    made="2026-11-21T23:52:57+00:00",
)


def target(article: str, words: str) -> Target:
    """A target that is these words of the article."""
    start = ARTICLES[article].index(words)
    return Target(article, start, start + len(words), words)


def quote(article: str, words: str, score: float = 0.5, *, right: bool = False, exact: bool = True) -> JudgedQuote:
    """A quote that is these words of the article."""
    start = ARTICLES[article].index(words)
    end = start + len(words)
    return JudgedQuote(article, start, end, f"{article}@{DIGEST}#{start}-{end}", words, score, right, exact)


def outcome(
    name: str, question: str, targets: Sequence[Target] = (), quotes: Sequence[JudgedQuote] = (), **fields: object
) -> Outcome:
    """What became of a question, answered unless `fields` say otherwise."""
    plain = Outcome(
        id=name,
        question=question,
        history=(),
        tags=(),
        targets=tuple(targets),
        answered=True,
        confidence=0.5,
        features=(),
        quotes=tuple(quotes),
        passages=(),
        relevant=(),
        elapsed_ms=10.0,
        searched=question,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


BUILT = quote("harbour", "The lighthouse was built in 1874 by Marta Oliveira.", 0.9, right=True)
STANDS = quote("harbour", "It stands forty metres high.", 0.8)
LIVES = quote("harbour", "Nobody lives in it.", 0.7)
FLEET = quote("harbour", "The fleet lost eleven boats in March 1911.", 0.6)
DUG = quote("harbour", "The harbour was dug by hand.", 0.4)
NINE = quote("emoji", "The school keeps nine beehives on its roof.", 0.9, right=True)
TYPED = quote("bad", f"{HOSTILE} stood in the register.", 0.9, right=True)

OUTCOMES = (
    outcome(
        "q1",
        "When was the lighthouse built?",
        [target("harbour", "1874")],
        [BUILT, STANDS, LIVES, FLEET],
        tags=("plain", "when"),
        confidence=0.9,
        elapsed_ms=9.0,
        searched="When was the lighthouse built",
    ),
    outcome(
        "q2",
        "How many boats were lost?",
        [target("harbour", "eleven boats")],
        [STANDS, LIVES, DUG, replace(FLEET, right=True)],
        tags=("plain",),
        confidence=0.6,
        elapsed_ms=100.0,
    ),
    outcome(
        "q3",
        "And how tall is it?",
        [target("harbour", "forty metres")],
        [LIVES],
        tags=("follow-up",),
        history=("When was the lighthouse built?", "Who built it?"),
        answered=False,
        confidence=0.1,
        elapsed_ms=20.0,
    ),
    outcome("q4", "Who won the cup?", (), [DUG], tags=("off-topic",), answered=False, confidence=0.05, elapsed_ms=3.0),
    outcome("q5", "Who is the mayor?", (), [LIVES], tags=("on-topic", "plain"), confidence=0.35, elapsed_ms=30.0),
    outcome(
        "q6", "Which school has bees?", [target("emoji", "nine beehives")], [NINE], confidence=0.8, elapsed_ms=10.0
    ),
    outcome(
        HOSTILE,
        f"{HOSTILE} \u202eesrever {'Z' * 300} \U0001f41d</script>",
        [target("bad", HOSTILE)],
        [TYPED],
        tags=("</option><b>bold</b>", "\u202eflipped"),
        history=(HOSTILE,),
        searched=HOSTILE,
        confidence=0.7,
        elapsed_ms=10.0,
    ),
    outcome(
        "q8",
        "What is gone?",
        [Target("gone", 0, 4, "lost"), Target("harbour", 0, 0, "", whole=True)],
        [replace(DUG, article="gone", ref="gone@0#0-28"), replace(STANDS, text="It stands elsewhere.", exact=False)],
        confidence=0.4,
        elapsed_ms=40.0,
    ),
)
FIGURES = (
    Figure("R@10", "passages", 0.953, 0.928, 0.975, 6, label="passages with the answer among the first ten"),
    Figure("P@1", "quotes", 0.5, 0.125, 0.875, 6, label="first quote holds the answer"),
    Figure("false answers", "refusals", 0.5, 0.0, 1.0, 2, "%", "lower", "unanswerable questions answered"),
    Figure("exact", "proof", 1.0, 1.0, 1.0, 8, "%", label="quotes that are exact slices"),
    Figure("p50", "speed", 10.0, 9.0, 30.0, 8, "ms", "lower", "half of the questions take no longer"),
    Figure("p95", "speed", 100.0, 40.0, 100.0, 8, "ms", "lower", "95 of 100 questions take no longer"),
    Figure("ECE", "confidence", 0.343, 0.12, 0.41, 8, "", "lower", "gap between the confidence and the share right"),
)
REPORT = Report(
    Run(PROVENANCE, OUTCOMES, 0.22),
    FIGURES,
    (Slice("plain", 3, FIGURES[1:3]), Slice("unanswerable", 2, FIGURES[2:3])),
    Curve((0.25, 0.5, 0.75, 1.0), (0.0, 0.25, 0.5, 0.625), (0.9, 0.7, 0.35, 0.05), 0.34),
    reliability(OUTCOMES),
)
COMPARISON = Comparison(
    before=replace(REPORT.run, provenance=replace(PROVENANCE, index="ffffffffffff")),
    after=REPORT.run,
    differences=(
        Difference("P@1", "quotes", 0.25, 0.5, 0.25, 0.1, 0.4, 0.0004, 6, "higher", label="first quote"),
        Difference("false answers", "refusals", 0.2, 0.5, 0.3, 0.1, 0.5, 0.03, 2, "lower", "%"),
        Difference("R@10", "passages", 0.95, 0.95, 0.0, -0.1, 0.1, 1.0, 6, "higher"),
    ),
    flips=(
        Flip("q1", "When was the lighthouse built?", True, "quote"),
        Flip("q1", "When was the lighthouse built?", True, "refusal"),
        Flip("q5", "Who is the mayor?", False, "refusal"),
        Flip("old", "What became of me?", False, "quote"),
    ),
    left_out=1,
)


def many(count: int) -> Report:
    """An evaluation of so many questions, in ten tags."""
    outcomes = tuple(
        outcome(
            f"n{number}",
            f"What is the number of question {number}?",
            [target("harbour", "1874")] if number % 3 else (),
            [BUILT, STANDS, LIVES, FLEET, DUG],
            tags=(f"tag {number % 10}",),
            confidence=number % 100 / 100,
            elapsed_ms=float(count - number),
            answered=number % 100 >= 30,
        )
        for number in range(count)
    )
    return replace(REPORT, run=replace(REPORT.run, outcomes=outcomes), reliability=reliability(outcomes))
