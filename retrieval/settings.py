"""What may be set of an answer, with the defaults. The front ends map their settings files to this record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How quotes are found, chosen and trusted."""

    top: int = 3
    """Quotes an answer has at most."""
    threshold: float = 0.3
    """Confidence below which quoth abstains."""
    candidates: int = 10
    """Passages whose sentences are scored."""
    pool: int = 100
    """Passages taken from each of the two searches before they are ranked together."""
    passage_terms: float = 0.06
    """Weight of a passage's BM25 score beside its cosine with the question."""
    sentence_terms: float = 0.01
    """Weight of the BM25 scores of a sentence and of its passage beside the sentence's MaxSim."""
    join_gain: float = 0.045
    """Rise of the MaxSim from which a neighbouring sentence joins a quote: the answer is split between them."""
    spread: float = 0.12
    """How far below the best quote's score another quote's may lie."""
    alike: float = 92.0
    """Likeness, 0 to 100, from which sentences of several articles count as one line that they all print."""
    max_question: int = 1000
    """Characters a question may have."""
    confidence: tuple[float, float, float] = (-7.94, 13.95, 3.5)
    """Intercept, weight of the MaxSim, weight of the share of the question's terms found: a logistic model."""
