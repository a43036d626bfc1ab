"""How near a quote is to the gold answer: SQuAD's exact match and word F1 (Rajpurkar et al. 2016)."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Collection, Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normal(text: str) -> str:
    """Lower case, without ASCII punctuation and English articles, one space between words: SQuAD's own rule."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def best(text: str, answers: Collection[str]) -> tuple[float, float]:
    """Word F1 and exact match (0 or 1) of the text with the answer that it matches best; answers in `normal` form."""
    given = normal(text)
    words = given.split()
    return max((_f1(words, answer.split()) for answer in answers), default=0.0), float(given in answers)


def _f1(given: Sequence[str], wanted: Sequence[str]) -> float:
    shared = (Counter(given) & Counter(wanted)).total()
    return 2 * shared / (len(given) + len(wanted)) if shared else 0.0
