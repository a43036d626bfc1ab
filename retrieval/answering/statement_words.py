"""The words of a statement as statements are compared: a number is its value, however it is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.analysis import stem

_WORD = re.compile(r"[+\-−$€£¥]?\w+(?:[.,:’'/-]\w+)*[%€£°]?")
_NO_WORD = re.compile(r"(?<=\S)\[\^\d{1,4}\]|^[ \t>]*(?:[-*+•]|\(?\w{1,3}[.)])[ \t]+", re.MULTILINE)
"""The number of a footnote, and the mark of a list item: no words of the text."""
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)$")
_RANGE = re.compile(r"(\d{1,4})-(\d{1,4})")
_LONGEST_NUMBER = 12  # words
_EXACT = re.compile(r"(?<=\d)[.:]00$")
"""Minutes and cents that are none."""
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
_HEDGES = frozenset({
    "about", "around", "roughly", "approximately", "circa", "ca", "some", "nearly", "almost", "over", "under", "above",
    "below", "than", "least", "most", "up", "maybe", "perhaps",
})  # fmt: skip
"""Words before a number with which it need not be another than a number that is written otherwise."""
_SMALL = {
    name: value
    for value, name in enumerate((
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ))
}  # fmt: skip
_TENS = {
    name: 10 * value
    for value, name in enumerate(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), 2)
}
_SCALES = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or the words of one number."""

    text: str
    start: int
    end: int
    form: str
    """In lower case, without the marks within numbers and abbreviations, and what makes ordinals; of a number in words
    its figures."""
    is_number: bool = False
    """Whether it is a whole number, in figures or in words."""
    is_hedged: bool = False
    """Whether words before it make it another number than it says: about, more than."""

    @property
    def stem(self) -> str:
        """The stem of a word; of a number its figures."""
        return self.form if self.is_number else stem(self.text.lower())

    @property
    def is_name(self) -> bool:
        """Whether it is capitalised, though it does not open its text."""
        return self.start > 0 and self.text[0].isupper()


def words_of(text: str) -> list[Word]:
    """Return the words of a statement, those of a number together."""
    words = list[Word]()
    without_marks = _NO_WORD.sub(lambda mark: " " * len(mark.group()), text)
    matches = [part for match in _WORD.finditer(without_marks) for part in _parts(match)]
    at = 0
    while at < len(matches):
        count, value = _number(text, matches[at : at + _LONGEST_NUMBER])
        first, last = matches[at], matches[at + max(count, 1) - 1]
        start, end = first[1], last[1] + len(last[0])
        hedged = any(word.text.lower() in _HEDGES for word in words[-2:])
        if count:
            words.append(Word(text[start:end], start, end, str(value), is_number=True, is_hedged=hedged))
        else:
            words.append(Word(first[0], start, end, _plain(first[0]), is_hedged=hedged))
        at += max(count, 1)
    return words


def _parts(match: re.Match[str]) -> list[tuple[str, int]]:
    """Return a word and where it begins, or the two numbers of a range."""
    if limits := _RANGE.fullmatch(match.group()):
        return [(limits[number], match.start() + limits.start(number)) for number in (1, 2)]
    return [(match.group(), match.start())]


def _number(text: str, words: Sequence[tuple[str, int]]) -> tuple[int, int]:
    """Return how many words from the first one on are one whole number, and its value; no words where none is."""
    total, current, count, least = 0, -1, 0, 10**12
    for place, (word, start) in enumerate(words):
        if place and text[words[place - 1][1] + len(words[place - 1][0]) : start].strip(" \t\n-"):
            break
        parts = _EXACT.sub("", word.lower()).split("-")
        for part in parts:
            value = _SMALL.get(part, _TENS.get(part, -1))
            if part == "and" and (total or current >= 100) and current % 100 == 0 and _is_small(words[place + 1 :]):
                continue
            if _DIGITS.fullmatch(part) and not place and len(parts) == 1:
                current = int(part.replace(",", ""))
            elif value >= 0 and current < 0:
                current = value
            elif value >= 0 and (_fits_hundreds(current, value) or _fits_tens(current, value)):
                current += value
            elif part == "hundred" or (part == "dozen" and not total):
                if current > 99:
                    return count, total + current
                current = max(current, 1) * _SCALES[part]
            elif part in _SCALES and _SCALES[part] < least and current:
                least = _SCALES[part]
                total, current = total + max(current, 1) * least, 0
            else:
                return count, total + max(current, 0)
        count = count if parts == ["and"] else place + 1
    return count, total + max(current, 0)


def _is_small(words: Sequence[tuple[str, int]]) -> bool:
    """Return whether the first of some words is, or begins with, a number below a hundred."""
    first = words[0][0].lower().split("-")[0] if words else ""
    return first in _SMALL or first in _TENS


def _fits_hundreds(current: int, value: int) -> bool:
    return value > 0 and current < 1000 and current % 100 == 0


def _fits_tens(current: int, value: int) -> bool:
    return 20 <= current % 100 <= 90 and current % 10 == 0 and 0 < value < 10


def _plain(word: str) -> str:
    plain = _EXACT.sub("", word.lower().replace("’", "'"))
    if plain.replace(",", "").isdigit():
        return plain.replace(",", "")
    if plain.replace(".", "").isalpha():
        return plain.replace(".", "")
    return _ORDINAL.sub("", plain)
