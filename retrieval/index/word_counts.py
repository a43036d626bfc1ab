"""words.txt: the words of each language as they are printed most often, the most frequent first."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.analysis import frequent_words

MOST = 2**20
"""Words of a language that are counted at a time: of more, the rarest are forgotten."""


class WordCounts:
    """Counts the words of each language."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._counts: dict[str, dict[str, int]] = {}

    def add(self, language: str, printed: Sequence[tuple[str, int]]) -> None:
        """Count words, each with how often it is printed."""
        counts = self._counts.setdefault(language, {})
        for word, count in printed:
            counts[word] = counts.get(word, 0) + count
        if len(counts) > self._most:
            kept = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: self._most // 2]
            self._counts[language] = dict(kept)

    def dump(self) -> bytes:
        """Return a line for each language: its code and its words."""
        lines = (" ".join([language, *frequent_words(counts)]) for language, counts in sorted(self._counts.items()))
        return "\n".join(lines).encode()
