"""Questions that ask in no words: an identifier (a code, a version, a date, the number of a rule), or keywords.

The models were fitted on whole questions. These are looked up: what answers an identifier has it to the letter, and
what has all keywords, in the sentence or in its headings, answers them. A question in words that names one is about it:
what stands under it, or beside it, is preferred.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from retrieval.analysis import STOP, identifiers, stem, terms, words
from retrieval.answering.cues import FUNCTION
from retrieval.answering.followup import has_content
from retrieval.answering.scoring import RankedSentence, reweighted

FOUND, MISSING = 0.7, 0.05
"""The confidence where the first quote has the identifier, at least, and where it has not, at most."""
HAS_KEYWORDS = 0.3
"""The confidence where the first quote has all keywords, at least.

What has them all is right about so often (tests/benchmarks/FINDINGS.md).
"""
SHORTEST = 3  # characters of an identifier that stands for itself; "9" needs a word like "rule" before it
MOST_KEYWORDS = 3
_LABEL = re.compile(
    r"\b(rule|step|section|chapter|article|part|item|point|question|paragraph|clause|version|release|error|code|number|"
    r"issue|ticket|port|sheet|page|figure|table|level|room|line|note)s?\b"
)
_FILLER = re.compile(
    r"\b(?:no|nr|year|date|day|about|means?|stands?|new|chang(?:es?|ed)|add(?:s|ed)?|fix(?:es|ed)?|includes?|brings?)\b"
)
_NUMBERED = re.compile(r"(?:\b[A-Z]\w*|\bversion|\brelease) v?(\d+(?:\.\d+)+)")
_CODED = re.compile(r"(?<![\w./:])(?=[\w.-]{0,40}\d)(?=[\w.-]{0,40}[A-Z])[^\W\d]\w*(?:[-.]\w+)+(?![\w/:])|\w+_\w*\d\w*")
_VERSION = frozenset({"version", "release"})
_DIGITS = {
    word: str(number)
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 1
    )
}
_BETWEEN = r"\W{0,3}(?:(?:no|nr|number)\b\W{0,3})?"
"""What may stand between a label and its number: "rule 5", "rule #5", "rule no. 5", "rule number 5"."""
_LABELLED = re.compile(
    rf"{_LABEL.pattern}(?:{_BETWEEN}v?(?P<digits>\d[\d.]*)(?!\w)|\s+(?:number\s+)?(?P<word>{'|'.join(_DIGITS)})\b)"
)
_MARK = re.compile(r"[\W_]")
_PARTS = re.compile(r"\d+")
_NAMED = 3.0
"""Factor of the belief in a sentence that has, or stands with, what a question in words names."""


def missing_codes(question: str, is_term: Callable[[str], bool], passage: str) -> list[str]:
    """Return the identifiers of a question that neither the corpus has as a term nor a passage in another form.

    They are codes (CVE-2031-40417) and numbered names (Marlow 3.17): what says something of another one is no answer.
    """
    codes = [*_CODED.findall(question), *_NUMBERED.findall(question)]
    if not codes:
        return []
    plain = _MARK.sub("", passage).lower()
    return [code for code in codes if not is_term(code.lower()) and _MARK.sub("", code).lower() not in plain]


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a question looks up."""

    terms: frozenset[str]
    """The identifiers or keywords, in the form in which they are searched."""
    label: str = ""
    """The word that says what they number, such as rule; empty where they stand for themselves."""
    is_exact: bool = True
    """Whether only what has them answers: so with identifiers, while keywords can be meant in other words."""
    is_any: bool = False
    """Whether what has one of them answers: so with "rule 4 and rule 6"."""

    @property
    def confidence(self) -> float:
        """The least confidence in what has it."""
        return FOUND if self.is_exact else HAS_KEYWORDS

    def is_in(self, place: Place) -> bool:
        """Return whether a sentence has what is looked up."""
        present = self.terms & self._with_parts(f"{place.under} {place.lead} {place.text}")
        if not present or (present < self.terms and not self.is_any):
            return False
        if not self.label:
            return True
        named = "|".join(map(re.escape, present))
        phrase = re.compile(rf"\b{self.label}s?{_BETWEEN}(?:{named})\b(?!\.\d)", re.IGNORECASE)
        if phrase.search(place.under) or phrase.search(place.text):
            return True
        if self.label in _VERSION:
            return present <= self._with_parts(place.under)
        return present <= frozenset(terms(place.lead)) and stem(self.label) in terms(place.under)

    def _with_parts(self, text: str) -> frozenset[str]:
        """Return the terms of a text, with those of the versions that a version has: 3.2 is that of 3.2.0."""
        own = frozenset(terms(text))
        if self.label not in _VERSION:
            return own
        return own | {term for term in self.terms if any(other.startswith(f"{term}.") for other in own)}


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence with what is read with it."""

    text: str
    lead: str
    """What stands before it though never quoted: its number in a list."""
    under: str
    """What it stands under: the title and the headings of its article."""


def looked_up(question: str) -> Lookup | None:
    """Return what a question looks up; None where it asks in words."""
    looked_for, rest = identifiers(_LABELLED.sub(_in_digits, question.lower()))
    labels = sorted(set(_LABEL.findall(rest)))
    if any(_is_code(term) for term in looked_for):
        labels = []  # a code says by itself what it is
    if not looked_for or has_content(_FILLER.sub(" ", _LABEL.sub(" ", rest))) or len(labels) > 1:
        return _keywords(question)
    if not labels and max(map(len, looked_for)) < SHORTEST:
        return None
    return Lookup(looked_for, labels[0] if labels else "", is_any=bool(labels))


def named(question: str) -> Lookup | None:
    """Return what a question in words names as its subject or its time: a day, a code, a numbered thing; else None."""
    looked_for, _ = identifiers(question)
    codes = frozenset(term for term in looked_for if _MARK.search(term) and _is_code(term))
    if codes:
        return Lookup(codes, is_exact=False)
    labelled = [(match[1], number) for match in _LABELLED.finditer(question.lower()) if (number := _number(match))]
    if not labelled or len({label for label, _ in labelled}) > 1:
        return None
    numbers = frozenset(term for _, number in labelled for term in identifiers(number)[0])
    return Lookup(numbers, labelled[0][0], is_exact=False, is_any=True)


def _in_digits(match: re.Match[str]) -> str:
    number = _number(match)
    return f"{match[1]} {number}" if number else match[0]


def _number(match: re.Match[str]) -> str:
    """Return a labelled number in digits; empty where it is none, as in "the number one reason"."""
    if match["digits"]:
        return match["digits"].rstrip(".")
    return "" if match[1] == "number" else _DIGITS[match["word"]]


def _is_code(term: str) -> bool:
    """Return whether a term says by itself what it is: a day, a version in three parts, anything with letters."""
    return any(map(str.isalpha, term)) or len(_PARTS.findall(term)) > 2


def _keywords(question: str) -> Lookup | None:
    keywords = words(question)
    if not 0 < len(keywords) <= MOST_KEYWORDS or STOP.union(FUNCTION) & set(keywords):
        return None
    return Lookup(frozenset(terms(question)), is_exact=False)


def first(ranked: Sequence[RankedSentence], lookup: Lookup, place_of: Callable[[int], Place]) -> list[RankedSentence]:
    """Put the sentences that have what is looked up first, in their order; `place_of` returns that of a row."""
    exact = [sentence for sentence in ranked if sentence.belief > 0 and lookup.is_in(place_of(sentence.row))]
    if not exact:
        return list(ranked)
    total = sum(sentence.belief for sentence in exact)
    rows = {sentence.row for sentence in exact}
    certain = [replace(sentence, belief=sentence.belief / total) for sentence in exact]
    return [*certain, *(replace(sentence, belief=0.0) for sentence in ranked if sentence.row not in rows)]


def prefer(ranked: Sequence[RankedSentence], lookup: Lookup, place_of: Callable[[int], Place]) -> list[RankedSentence]:
    """Rank the sentences again, with more belief in those that have what a question names; as many share the belief."""
    return reweighted(
        ranked,
        (_NAMED if sentence.belief > 0 and lookup.is_in(place_of(sentence.row)) else 1.0 for sentence in ranked),
    )
