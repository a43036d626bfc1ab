"""Questions that are nothing but an identifier: a code, a version, a year, a date, the number of a rule.

The models were fitted on questions in words. These are looked up: what answers has the identifier to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from retrieval.analysis import identifiers
from retrieval.answering.followup import has_content
from retrieval.answering.scoring import RankedSentence

FOUND, MISSING = 0.8, 0.05
"""The confidence where the first quote has the identifier, at least, and where it has not, at most."""
SHORTEST = 3  # characters of an identifier that stands for itself; "9" needs a word like "rule" before it
_LABEL = re.compile(
    r"\b(?:rules?|steps?|sections?|chapters?|articles?|parts?|items?|points?|questions?|paragraphs?|clauses?|versions?|release|"
    r"errors?|codes?|numbers?|no|nr|year|date|day|issues?|ticket|port|about|mean|means|stand)\b"
)


def looked_up(question: str) -> frozenset[str]:
    """Return the terms that a question looks up; none where it asks in words."""
    terms, rest = identifiers(question)
    bare = _LABEL.sub(" ", rest)
    if has_content(bare) or (bare == rest and max(map(len, terms), default=0) < SHORTEST):
        return frozenset()
    return terms


def first(
    ranked: Sequence[RankedSentence], terms: frozenset[str], terms_of: Callable[[int], frozenset[str]]
) -> list[RankedSentence]:
    """Put the sentences with all the terms first, in their order; `terms_of` returns the terms of a sentence's row."""
    exact = [sentence for sentence in ranked if sentence.belief > 0 and terms <= terms_of(sentence.row)]
    if not exact:
        return list(ranked)
    total = sum(sentence.belief for sentence in exact)
    rows = {sentence.row for sentence in exact}
    certain = [replace(sentence, belief=sentence.belief / total) for sentence in exact]
    return [*certain, *(replace(sentence, belief=0.0) for sentence in ranked if sentence.row not in rows)]
