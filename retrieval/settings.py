"""What may be set of an answer, with the defaults. The front ends map their settings files to this record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How quotes are found, chosen and trusted."""

    top: int = 3
    """Quotes an answer has at most."""
    threshold: float | Literal["auto"] = "auto"
    """Confidence below which quoth abstains; "auto" is the index's calibrated one, or the built-in one's."""
    candidates: int = 10
    """Passages whose sentences are scored."""
    pool: int = 100
    """Passages taken from each of the two searches before they are ranked together."""
    passage_terms: float = 0.06
    """Weight of a passage's BM25 score beside its cosine with the question."""
    sentence_terms: float = 0.01
    """Weight of the BM25 scores of a sentence and of its passage beside the sentence's MaxSim."""
    weighed: int = 20
    """Sentences that the fitted models weigh, of those that the first stage scored best."""
    word_cost: float = 0.009
    """What each word of the shorter of two neighbouring sentences costs, in belief: they are one quote where the belief
    in both, less that, is greater than in either."""
    least: float = 0.005
    """Belief below which no further quote is given."""
    max_question: int = 1000
    """Characters a question may have."""
    reranker: str | None = None
    """A CrossEncoder, as a folder or a hub name, that orders the best sentences again; None leaves them as they are."""
    rerank: int = 20
    """Sentences that the reranker reads."""
