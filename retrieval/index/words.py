"""The words of passages as they are printed, by language, first letter and length: the nearest to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from retrieval.analysis import frequent_words
from retrieval.files import NewFiles
from retrieval.index.store import Store
from retrieval.index.strings import Strings, encoded, save_strings

MOST = 2**20
"""Words of a language that are counted at a time: of more, the rarest are forgotten."""
_RANK = len("000000000 ")
_BEFORE_WORD = len(" a00000 ") + _RANK
"""Characters of an entry between its language and its word: the first letter, the length and the rank."""


class WordsWriter:
    """Counts the words of passages."""

    def __init__(self, files: NewFiles, most: int = MOST) -> None:
        self._files, self._most = files, most
        self._printed: dict[str, dict[str, int]] = {}

    def add(self, printed: Iterable[tuple[str, int]], language: str) -> None:
        """Count words as they are printed, each with how often it is."""
        counts = self._printed.setdefault(language, {})
        for word, count in printed:
            counts[word] = counts.get(word, 0) + count
        if len(counts) > self._most:
            ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            self._printed[language] = dict(ranked[: self._most // 2])

    def finish(self) -> None:
        """Write words.bin and its array."""
        save_strings(self._files, "words", sorted(self._entries()))

    def _entries(self) -> Iterator[bytes]:
        for language, counter in self._printed.items():
            yield encoded(language)
            for rank, word in enumerate(frequent_words(counter)):
                yield _group(language, word.lower()[0], len(word.lower())) + encoded(f"{rank:0{_RANK - 1}d} {word}")


class Words:
    """The words of the passages of a generation."""

    def __init__(self, store: Store) -> None:
        self._entries = Strings(store, "words")

    def languages(self) -> tuple[str, ...]:
        """Return the languages of the passages, in order of their codes."""
        languages = list[str]()
        row = 0
        while row < len(self._entries):
            languages.append(self._entries[row].decode())
            row = self._entries.beginning_with(encoded(f"{languages[-1]} ")).stop
        return tuple(languages)

    def has(self, word: str, language: str) -> bool:
        """Return whether a language has a word, in small letters, in any spelling."""
        rows = self._beginning_with(word[0], language, len(word), len(word))
        return word in self._in_small_letters(rows, language)

    def nearest(self, word: str, language: str, edits: int) -> str | None:
        """Return the word with the same first letter that is nearest to one in small letters, within so many edits.

        Of equally near ones it is the most frequent. Edits are insertions, deletions, substitutions and swaps of
        neighbours (optimal string alignment).
        """
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import cdist

        rows = self._beginning_with(word[0], language, max(1, len(word) - edits), len(word) + edits)
        if not rows:
            return None
        near = self._in_small_letters(rows, language)
        distances = cdist([word], near, scorer=OSA.distance, score_cutoff=edits, dtype=np.uint8)[0]
        least = int(distances.min())
        if least > edits:
            return None
        return min(self._ranked(rows[at], language) for at in np.flatnonzero(distances == least).tolist())[1]

    def _beginning_with(self, letter: str, language: str, shortest: int, longest: int) -> range:
        """Return the rows of the words with this first letter, and of these lengths; they follow each other."""
        first, last = (self._entries.beginning_with(_group(language, letter, each)) for each in (shortest, longest))
        return range(first.start, last.stop)

    def _in_small_letters(self, rows: range, language: str) -> list[str]:
        begin = len(language) + _BEFORE_WORD
        return [entry[begin:] for entry in self._entries.text(rows).lower().split("\n")] if rows else []

    def _ranked(self, row: int, language: str) -> tuple[int, str]:
        """Return the place of a word among all of its language, the most frequent first, and the word."""
        entry, begin = self._entries.text(range(row, row + 1)), len(language) + _BEFORE_WORD
        return int(entry[begin - _RANK : begin]), entry[begin:]


def _group(language: str, letter: str, length: int) -> bytes:
    return encoded(f"{language} {letter}{length:05d} ")
