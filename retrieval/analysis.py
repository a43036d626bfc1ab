"""Split text into words, and words into the terms that BM25 counts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

ANALYSIS = "word-en-2"
"""Name of this analysis; an index built with another is refused."""

# Scripts without spaces are split into characters, all others into words.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_LETTERS = re.compile(r"[^\W\d_]{4,}")
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?!\w|,\d)")
_GROUPS = re.compile(r"(?<=\d)[\u00a0\u2009\u202f'’](?=\d{3}(?!\d))")
# An identifier with a digit in it (CVE-2031-40417, 4.11, L-6, 10:30), or one that its marks make (C++, C#, .NET).
_CODE = re.compile(r"(?<![\w.])(?=[\w./:-]{0,60}\d)\w+(?:[-./:]\w+)+|(?<!\w)\w+(?:\+\+|#)(?!\w)|(?<![\w.])\.[a-z]\w+")
_DIGITS = re.compile(r"(?<!\w)(?=\w{0,60}[\d_])\w+")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH = r"(?P<month>" + "|".join(f"{month[:3]}(?:{month[3:]}|t)?" for month in _MONTHS) + r")\.?"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\w-])(?P<year>\d{4})-(?P<number>\d{2})-(?P<day>\d{2})(?![\d-])",
        r"(?<![\w.])(?P<day>\d{1,2})\.(?P<number>\d{1,2})\.(?P<year>\d{4})(?!\w)",
        rf"(?<!\w)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?:of )?{_MONTH},? (?P<year>\d{{4}})(?!\w)",
        rf"(?<!\w){_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})(?!\w)",
    )
)
STOP = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
    "on", "or", "s", "such", "t", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was",
    "will", "with",
})  # fmt: skip


def words(text: str) -> list[str]:
    """Return the words of a text in order, in lower case and without accents."""
    return _WORD.findall(_plain(text))


def terms(text: str) -> list[str]:
    """Return the BM25 terms of a text: its words, stemmed, without stop words, then its identifiers and its dates.

    Numbers, identifiers and dates have one form: 25,000 is 25000, CVE-2031-40417 is a term beside its parts, and a date
    is its day, month and year and the term 2022-01-14, however it is printed.
    """
    plain = _GROUPED.sub(lambda number: number.group().replace(",", ""), _plain(_GROUPS.sub(",", text)))
    own = [stem(word) for word in _WORD.findall(plain) if word not in STOP]
    if not any(char.isdigit() or char in "+#." for char in plain):
        return own
    return [*own, *_CODE.findall(plain), *(term for term in _dates(plain) if term not in own)]


def identifiers(text: str) -> tuple[frozenset[str], str]:
    """Return the terms of a text's identifiers, numbers and dates, and its other words, in lower case."""
    plain = _GROUPED.sub(lambda number: number.group().replace(",", ""), _plain(_GROUPS.sub(",", text)))
    exact = {term for term in _dates(plain) if "-" in term}
    for pattern in (*_DATES, _CODE, _DIGITS):
        exact |= {match.group() for match in pattern.finditer(plain) if pattern not in _DATES}
        plain = pattern.sub(" ", plain)
    return frozenset(exact), plain


def _plain(text: str) -> str:
    plain = text.lower()
    if plain.isascii():
        return plain
    return "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))


def _dates(plain: str) -> list[str]:
    """Return the terms of each whole date in a text in lower case."""
    dates = []
    for pattern in _DATES:
        for match in pattern.finditer(plain):
            parts = match.groupdict()
            name = parts.get("month", "")
            number = int(parts["number"]) if not name else 1 + _month(name)
            if 1 <= number <= len(_MONTHS) and 1 <= int(parts["day"]) <= 31:
                iso = f"{parts['year']}-{number:02}-{int(parts['day']):02}"
                dates += [str(int(parts["day"])), stem(_MONTHS[number - 1]), parts["year"], iso]
    return dates


def _month(name: str) -> int:
    return next(at for at, month in enumerate(_MONTHS) if month.startswith(name[:3]))


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
