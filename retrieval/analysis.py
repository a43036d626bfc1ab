"""Split text into words, and words into the terms that BM25 counts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

ANALYSIS = "word-en-1"
"""Name of this analysis; an index built with another is refused."""

# Scripts without spaces are split into characters, all others into words.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_LETTERS = re.compile(r"[^\W\d_]{4,}")
STOP = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
    "on", "or", "s", "such", "t", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was",
    "will", "with",
})  # fmt: skip


def words(text: str) -> list[str]:
    """Return the words of a text in order, in lower case and without accents."""
    plain = text.lower()
    if plain.isascii():
        return _WORD.findall(plain)
    plain = unicodedata.normalize("NFKD", plain)
    return _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))


def terms(text: str) -> list[str]:
    """Return the BM25 terms of a text in order: its words, stemmed, without stop words."""
    return [stem(word) for word in words(text) if word not in STOP]


def frequent_words(texts: Iterable[str]) -> list[str]:
    """Return the distinct words of the texts in their most common spelling, the most frequent first."""
    printed: dict[str, Counter[str]] = {}
    for text in texts:
        for word in _LETTERS.findall(text):
            printed.setdefault(word.lower(), Counter())[word] += 1
    ranked = sorted(printed.items(), key=lambda item: (-item[1].total(), item[0]))
    return [min(forms, key=lambda form: (-forms[form], form)) for _, forms in ranked]


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def stem(word: str) -> str:
    """Return the word's stem (Porter 2)."""
    return str(_stemmer().stemWord(word))
