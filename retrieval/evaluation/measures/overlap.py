"""How near a quote is to the gold answer: SQuAD's exact match and word F1 (Rajpurkar et al. 2016)."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Collection, Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normal(text: str) -> str:
    """Normalise by SQuAD's rule: lower case, no ASCII punctuation or English articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def best(text: str, answers: Collection[str]) -> tuple[float, float]:
    """Return word F1 and exact match (0 or 1) with the best-matching answer; answers are in `normal` form."""
    normalized = normal(text)
    words = normalized.split()
    return max((_f1(words, answer.split()) for answer in answers), default=0.0), float(normalized in answers)


def _f1(words: Sequence[str], answer_words: Sequence[str]) -> float:
    shared = (Counter(words) & Counter(answer_words)).total()
    return 2 * shared / (len(words) + len(answer_words)) if shared else 0.0
