"""The settings of an answer, with their defaults. The front ends map their settings files to this record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AUTO_READER, BUILT_IN_READER = "auto", "built-in"


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How quotes are found, chosen and trusted."""

    top: int = 3
    """Maximum number of quotes in an answer."""
    threshold: float | Literal["auto"] = "auto"
    """Confidence below which quoth abstains; "auto" uses the index's calibration, or else the built-in threshold."""
    candidates: int = 10
    """Number of passages whose sentences are scored."""
    pool: int = 100
    """Number of passages from each of the two searches that are ranked together."""
    passage_terms: float = 0.06
    """Weight of a passage's BM25 score beside its cosine with the question."""
    sentence_terms: float = 0.01
    """Weight of the BM25 scores of a sentence and of its passage beside the sentence's MaxSim."""
    weighed: int = 20
    """Number of the first stage's best sentences that the ranking models weigh."""
    word_cost: float = 0.009
    """Cost in belief of each word of the shorter of two neighbouring sentences: they become one quote where the belief
    in both, less that cost, exceeds the belief in either."""
    least: float = 0.005
    """Belief below which no further quote is added."""
    max_question: int = 1000
    """Maximum length of a question, in characters."""
    reader: str | None = AUTO_READER
    """The reader of the best passages: "auto" takes the one tuned for the index, or else the built-in one; a folder
    names another, and None does without one."""
    reranker: str | None = None
    """A CrossEncoder that reorders the best sentences, as a folder or a hub name; None leaves their order."""
    rerank: int = 20
    """Number of sentences that the reranker reads."""
