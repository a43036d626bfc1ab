"""Builders of outcomes and runs for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from retrieval.evaluation.records import JudgedQuote, Outcome, Provenance, RankedPassage, Run, Target

PROVENANCE = Provenance(
    gold="gold.jsonl",
    gold_sha256="ab" * 32,
    corpus="articles",
    index="0123456789ab",
    model="toy",
    threshold=0.5,
    settings=(("top", "3"), ("threshold", "0.5")),
    version="0.1.0",
    made="2026-01-02T03:04:05+00:00",
)


def outcome(
    id_: str,
    rights: str = "",
    *,
    answer: str | None = "five",
    passages: Sequence[str] = (),
    relevant: Sequence[tuple[str, int]] = (),
    **fields: object,
) -> Outcome:
    """Return an outcome whose quotes are given by `rights`, "x" for a right one and "." for a wrong one.

    `answer` is None where the corpus has none. The text of a quote is "The five masons" or "A toll of two crowns"; its
    confidence is 0.9, and it is answered.
    """
    texts = {"x": "The five masons", ".": "A toll of two crowns"}
    judged = Outcome(
        id=id_,
        question=f"What of {id_}?",
        history=(),
        tags=(),
        targets=() if answer is None else (Target("bridge", 4, 8, answer),),
        answered=True,
        confidence=0.9,
        features=(0.5, 0.25),
        quotes=tuple(
            JudgedQuote(
                "bridge", 10 * n, 10 * n + 9, f"bridge@0123456789ab#{n}", texts[mark], 1 - n / 8, mark == "x", True
            )
            for n, mark in enumerate(rights)
        ),
        passages=tuple(RankedPassage(name, 1 - n / 128) for n, name in enumerate(passages)),
        relevant=tuple(relevant),
        elapsed_ms=20.0,
        searched=f"What of {id_}?",
    )
    return replace(judged, **fields)  # type: ignore[arg-type]


def run_of(*outcomes: Outcome, seconds: float = 1.0) -> Run:
    """Return a run of these outcomes."""
    return Run(PROVENANCE, outcomes, seconds)
