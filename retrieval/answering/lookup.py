"""Questions that ask in no words: an identifier (a code, a version, a date, the number of a rule), or keywords.

The models were fitted on whole questions. These are looked up: what answers an identifier has it to the letter, and
what has all keywords, in the sentence or in its headings, answers them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from retrieval.analysis import STOP, identifiers, stem, terms, words
from retrieval.answering.cues import FUNCTION
from retrieval.answering.followup import has_content
from retrieval.answering.scoring import RankedSentence

FOUND, MISSING = 0.7, 0.05
"""The confidence where the first quote has the identifier, at least, and where it has not, at most."""
SHORTEST = 3  # characters of an identifier that stands for itself; "9" needs a word like "rule" before it
MOST_KEYWORDS = 3
_LABEL = re.compile(
    r"\b(rule|step|section|chapter|article|part|item|point|question|paragraph|clause|version|release|error|code|number|"
    r"issue|ticket|port|sheet|page|figure|table|level|room|line|note)s?\b"
)
_FILLER = re.compile(r"\b(?:no|nr|year|date|day|about|means?|stands?)\b")
_NUMBERED = re.compile(r"(?:\b[A-Z]\w*|\bversion|\brelease) v?(\d+(?:\.\d+)+)")
_CODED = re.compile(r"(?<![\w./:])(?=[\w.-]{0,40}\d)(?=[\w.-]{0,40}[A-Z])[^\W\d]\w*(?:[-.]\w+)+(?![\w/:])|\w+_\w*\d\w*")
_MARK = re.compile(r"[\W_]")


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

    def is_in(self, place: Place) -> bool:
        """Return whether a sentence has what is looked up."""
        if not self.terms <= frozenset(terms(f"{place.under} {place.lead} {place.text}")):
            return False
        if not self.label:
            return True
        named = "|".join(map(re.escape, self.terms))
        phrase = re.compile(
            rf"\b{self.label}s?\W{{0,3}}(?:no\b|nr\b|number\b)?\W{{0,3}}(?:{named})\b(?!\.\d)", re.IGNORECASE
        )
        if phrase.search(place.under) or phrase.search(place.text):
            return True
        return self.terms <= frozenset(terms(place.lead)) and stem(self.label) in terms(place.under)


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
    looked_for, rest = identifiers(question)
    labels = _LABEL.findall(rest)
    if not looked_for or has_content(_FILLER.sub(" ", _LABEL.sub(" ", rest))) or len(labels) > 1:
        return _keywords(question)
    if any(char.isalpha() for term in looked_for for char in term):
        labels = []  # a code says by itself what it is
    if not labels and max(map(len, looked_for)) < SHORTEST:
        return None
    return Lookup(looked_for, labels[0] if labels else "")


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
