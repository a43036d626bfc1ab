"""Split text into words, and words into the terms that BM25 counts; tell the script of a text."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from retrieval.question_words import without_question_words
from retrieval.records import ENGLISH
from retrieval.snowball import stemmer, stop_words

ANALYSIS = "words-4"
"""Name of this analysis; an index built with another is refused."""

# Signs of the scripts of South and Southeast Asia that are no letters to `\w`, though words are written with them.
_SIGNS = r"\u0900-\u0963\u0971-\u0df3\u0f71-\u0f84\u0f90-\u0fbc\u1cd0-\u1cfa\ua8e0-\ua8f1"
# Han and kana go by the character; Hangul, and the scripts of Southeast Asia, by two characters at a time.
_ALONE = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PAIRED = (
    r"\uac00-\ud7af\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e45\u0e47-\u0e4e\u0e81-\u0ebd\u0ec0-\u0ec5\u0ec8-\u0ece"
    r"\u0edc-\u0edf\u1000-\u103f\u1050-\u109f\u1780-\u17d3\u17dd\u1950-\u19df\u1a20-\u1aad\ua9e0-\ua9ef\uaa60-\uaadf"
)
_ROW = re.compile(rf"[{_ALONE}]{{2,}}")
_WORD = re.compile(rf"[{_ALONE}]|(?P<paired>[{_PAIRED}]+)|(?:[^\W{_ALONE}{_PAIRED}]|[{_SIGNS}])+")
# Accents, and points that the reader of Hebrew or Arabic does without; marks of other scripts are vowels and tones.
_ACCENTS = (
    r"\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1ace\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
)
# Signs within a word that belong to its sentence (Armenian), to its joins, or to the end of its line.
_WITHIN = r"\u055b\u055c\u055e\u055f\u0640\u00ad\u200c\u200d\u2060\ufeff"
_DROPPED = re.compile(f"[{_ACCENTS}{_WITHIN}]")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
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
MONTH = r"(?P<month>" + "|".join(f"{month[:3]}(?:{month[3:]}|t)?" for month in _MONTHS) + r")\.?"
"""Matches the name of a month, or its first letters, in lower case."""
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\w-])(?P<year>\d{4})-(?P<number>\d{2})-(?P<day>\d{2})(?![\d-])",
        r"(?<![\w.])(?P<day>\d{1,2})\.(?P<number>\d{1,2})\.(?P<year>\d{4})(?!\w)",
        rf"(?<!\w)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?:of )?{MONTH},? (?P<year>\d{{4}})(?!\w)",
        rf"(?<!\w){MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})(?!\w)",
    )
)
STOP = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
    "on", "or", "s", "such", "t", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was",
    "will", "with",
})  # fmt: skip

_ENGLISH = frozenset({
    "what", "who", "whom", "whose", "when", "where", "which", "why", "how", "the", "does", "did", "has", "have", "had",
    "can", "could", "should", "would", "are", "were", "for", "from", "with", "that", "this", "there", "and", "you",
    "your", "my", "it", "its",
})  # fmt: skip
"""Words that a question in English has one of, and one in another language hardly ever."""


def words(text: str) -> list[str]:
    """Return the words of a text in order, in lower case and without accents.

    Where a script writes no spaces between words, each two characters in a row are one, as in Lucene's CJK analysis.
    """
    return _words(_plain(text))


def terms(text: str, language: str = ENGLISH) -> list[str]:
    """Return the BM25 terms of a text: its words, stemmed, without stop words, then its identifiers and its dates.

    Numbers, identifiers and dates have one form: 25,000 is 25000, CVE-2031-40417 is a term beside its parts, and a date
    is its day, month and year and the term 2022-01-14, however it is printed.
    """
    plain = _with_whole_numbers(text)
    if language == ENGLISH:
        own = [stem(word) for word in _words(plain) if word not in STOP]
    else:
        own = [*_stems(text, language), *_pairs(plain)]
    if not any(char.isdigit() or char in "+#." for char in plain):
        return own
    return [*own, *_CODE.findall(plain), *(term for term in _dates(plain) if term not in own)]


def question_terms(question: str, language: str) -> list[str]:
    """Return the BM25 terms of what a question is about."""
    return terms(without_question_words(question, language), language)


def terms_in_each(question: str, languages: Sequence[str]) -> list[str]:
    """Return the BM25 terms that a question has in any of the languages."""
    if len(languages) == 1:
        return question_terms(question, languages[0])
    every = Counter[str]()
    for language in languages:
        every |= Counter(question_terms(question, language))
    return list(every.elements())


def is_stop_word(word: str, language: str) -> bool:
    """Return whether a word says nothing of what a text is about."""
    return word.lower() in (STOP if language == ENGLISH else stop_words(language))


def identifiers(text: str) -> tuple[frozenset[str], str]:
    """Return the terms of a text's identifiers, numbers and dates, and its other words, in lower case."""
    plain = _with_whole_numbers(text)
    exact = {term for term in _dates(plain) if "-" in term}
    for pattern in _DATES:
        plain = pattern.sub(" ", plain)
    exact |= set(_CODE.findall(plain))
    plain = _CODE.sub(" ", plain)
    exact |= set(map(stem, _DIGITS.findall(plain)))
    return frozenset(exact), _DIGITS.sub(" ", plain)


def days(text: str) -> list[str]:
    """Return the whole dates in a text, as ISO 8601."""
    return [term for term in _dates(_plain(text)) if "-" in term]


def _with_whole_numbers(text: str, plain: Callable[[str], str] | None = None) -> str:
    """Return a text as `words` reads it, in which 25,000 is 25000."""
    return _GROUPED.sub(lambda number: number.group().replace(",", ""), (plain or _plain)(_GROUPS.sub(",", text)))


def _stems(text: str, language: str) -> list[str]:
    """Return the stems of a text's words but stop words; stemmers know words with their accents."""
    stops, stem_of = stop_words(language), stemmer(language)
    return [_plain(stem_of(word)) for word in _words(_with_whole_numbers(text, _accented)) if word not in stops]


def _accented(text: str) -> str:
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text.lower()))


def _pairs(plain: str) -> list[str]:
    """Return each two characters in a row of those that go by the character, which mostly have their sense together."""
    rows = (match.group() for match in _ROW.finditer(plain))
    return [row[at : at + 2] for row in rows for at in range(len(row) - 1)]


def _plain(text: str) -> str:
    plain = text.lower()
    if plain.isascii():
        return plain
    plain = unicodedata.normalize("NFC", _DROPPED.sub("", unicodedata.normalize("NFKD", plain)))
    return _OTHER_DIGIT.sub(lambda digit: str(int(digit.group())), plain)


def _words(plain: str) -> list[str]:
    split: list[str] = []
    for match in _WORD.finditer(plain):
        word = match.group()
        if match["paired"] and len(word) > 1:
            split += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            split.append(word)
    return split


def _dates(plain: str) -> list[str]:
    """Return the terms of each whole date in a text in lower case."""
    dates = []
    for pattern in _DATES:
        for match in pattern.finditer(plain):
            parts = match.groupdict()
            name = parts.get("month", "")
            number = int(parts["number"]) if not name else month_number(name)
            if 1 <= number <= len(_MONTHS) and 1 <= int(parts["day"]) <= 31:
                iso = f"{parts['year']}-{number:02}-{int(parts['day']):02}"
                dates += [str(int(parts["day"])), stem(_MONTHS[number - 1]), parts["year"], iso]
    return dates


def month_number(name: str) -> int:
    """Return the number of a month, from 1, whose name `MONTH` matches."""
    return 1 + next(at for at, month in enumerate(_MONTHS) if month.startswith(name[:3]))


def printed_words(text: str) -> list[str]:
    """Return the words of a text, of letters alone and not too short to be corrected, as they are printed."""
    return _LETTERS.findall(text)


def frequent_words(printed: Mapping[str, int]) -> list[str]:
    """Return the distinct words, counted as printed, in their most common spelling, the most frequent first."""
    often = Counter[str]()
    spelling: dict[str, str] = {}
    for form, count in printed.items():
        small = form.lower()
        often[small] += count
        known = spelling.setdefault(small, form)
        if (-count, form) < (-printed[known], known):
            spelling[small] = form
    return [spelling[small] for small, _ in sorted(often.items(), key=lambda item: (-item[1], item[0]))]


def stem(word: str, language: str = ENGLISH) -> str:
    """Return the stem of a word (of an English one, by Porter 2)."""
    return stemmer(language)(word)


def is_in_english(question: str) -> bool:
    """Return whether a question is in English by its small words; not where it is a few names or keywords."""
    return not _ENGLISH.isdisjoint(words(question))


def script_of(text: str) -> str | None:
    """Return the script of most of a text's letters ("LATIN"), or None if it has no letters."""
    if text.isascii():
        return "LATIN" if any(map(str.isalpha, text)) else None
    scripts: Counter[str] = Counter()
    for letter, times in Counter(filter(str.isalpha, text)).items():
        scripts[_script(letter)] += times
    return max(scripts, key=lambda name: (scripts[name], name), default=None)


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    script = unicodedata.name(letter, "UNKNOWN").partition(" ")[0]
    return "CJK" if script in {"HIRAGANA", "KATAKANA"} else script
