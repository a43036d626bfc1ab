"""What a question asks for, and what a sentence offers: years, numbers, names.

The patterns are English; in other languages they match little, and the models then rely on the similarities alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from retrieval.analysis import stem, terms, words
from retrieval.records import ENGLISH

Kind = Literal["when", "number", "who", "where", ""]

ASKING = frozenset({"what", "which", "who", "whom", "whose", "when", "where", "why", "how"})
FUNCTION = ASKING | frozenset({
    "many", "much", "did", "does", "do", "was", "were", "is", "are", "has", "have", "had", "the", "a", "an", "of", "in",
    "on", "at", "to", "for", "by", "with", "from",
})  # fmt: skip
"""Words of a question that do not say what it is about."""

_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|long|old|far|big|large|tall|often|high|few)\b|\bpopulation\b|"
            r"\b(?:what|which) (?:percent|percentage|number|proportion|share|amount|fraction)\b|\bthe number\b"
        ),
    ),
    (
        "when",
        re.compile(r"\bwhen\b|\b(?:what|which) (?:\w+ )?(?:years?|dates?|day|month|century|decade|time|era|period)\b"),
    ),
    ("who", re.compile(r"\b(?:who|whom|whose)\b")),
    (
        "where",
        re.compile(
            r"\bwhere\b|\b(?:what|which) (?:\w+ )?(?:countr(?:y|ies)|cit(?:y|ies)|places?|regions?|areas?|states?|"
            r"continent|town|location|province|island|river|fort|colon(?:y|ies)|streets?)\b"
        ),
    ),
)
_YEAR = re.compile(r"\b1[0-9]{3}\b|\b20[0-9]{2}\b|\b\d{1,2}(?:st|nd|rd|th) centur|\b\d{3,4}s\b|\bcentury\b")
_DATE = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Aug|Sept|Oct|"
    r"Nov|Dec)\b|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:yesterday|today|tomorrow|spring|summer|autumn|winter)\b"
)
_NUMBER = re.compile(
    r"\b\d[\d,.]*\b|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|half|twenty|thirty|forty|fifty|"
    r"sixty|seventy|eighty|ninety|percent|hundreds?|thousands?|million|billion)\b",
    re.IGNORECASE,
)
# Not the first word of a sentence, which is always capitalised.
_NAME = re.compile(r"(?<![.!?“\"] )(?<!^)\b[A-Z][\w’'-]+")
# Bounded, and without adjacent runs of white space: the rest is tried from each capital of "Aa-Aa-Aa-...".
_PERSON = re.compile(
    r"\b[A-Z][\w’'-]{1,100}(?:\s+(?:(?:de|of|von|van|le|la|du|da|bin|al)\s*)?[A-Z][\w’'-]{1,100})+|\b(?:King|Queen|President|General|Lord|"
    r"Sir|Emperor|Prime Minister|Minister|Duke|Count|Captain|Colonel|Dr|Mr|Mrs|Pope|Khan)\b"
)
_PLACE = re.compile(
    r"\b(?:[Ii]n|[Aa]t|[Ff]rom|to|[Nn]ear|[Oo]n|into|of|[Aa]cross|[Tt]hroughout|[Aa]round|towards?)\s+(?:the\s+)?"
    r"(?:[a-z]+ern\s+|north |south |east |west )?([A-Z][\w’-]+)"
)
_POINTS_BACK = re.compile(r"(?:He|She|It|They|This|These|His|Her|Their|Its|Those|That|The)\b")
_NEGATION = re.compile(r"n['’]t\b|\b(?:not|never|none|no|without|except|cannot|nor|neither)\b", re.IGNORECASE)
_FROM_WHEN = (
    r"(?:(?:the|last|this|early|late|mid|his|her|their|its) )*(?:then|when|\d|\w+day\b|(?:spring|summer|autumn|fall|"
    r"winter|season|year|month|week|day|decade|century|morning|evening|night|beginning|start|end|outbreak|opening|"
    r"birth|childhood|war|january|february|march|april|may|june|july|august|september|october|november|december)s?\b)"
)
"""What stands behind a "since" that says from when on."""
_REASON = re.compile(
    rf"\b(?:because|(?<!ever )since(?! {_FROM_WHEN})|so (?:that|as to)|in order (?:to|that)|due to|owing to|thanks to|"
    r"on account of|therefore|thus|hence|otherwise|lest|for fear|reasons?|caused by|blam(?:e[ds]?|ing)|in response to|"
    r"led to|leads? to|down to|given (?:that|the|its|their)|as (?:it|they|he|she|we|you|there|this)|"
    r"result(?:s|ed)? (?:in|from)|too \w+ (?:to|for)|"
    r"to (?:avoid|prevent|protect|ensure|make sure|keep|allow|help|save|reduce|stop|let))\b",
    re.IGNORECASE,
)
_EXTREME = re.compile(
    r"most|least|first|last|only|main|best|worst|primary|final|sole|majority|fewest|\w{4,}est", re.IGNORECASE
)

_NOT_EXTREME = frozenset({"request", "interest", "contest", "suggest", "protest", "harvest", "conquest", "budapest"})


def kind(question: str) -> Kind:
    """Return what a question asks for; "" where no pattern could find it in a sentence."""
    plain = question.lower()
    return next((name for name, pattern in _KINDS if pattern.search(plain)), "")


def negated(text: str) -> bool:
    """Return whether a text has a negation, such as no, not or never."""
    return bool(_NEGATION.search(text))


def gives_reason(text: str) -> bool:
    """Return whether a text has a word that opens or names a reason, such as because, since or to avoid."""
    return bool(_REASON.search(text))


def extreme(word: str) -> bool:
    """Return whether a word is a superlative or singles something out: first, only, biggest."""
    return word not in _NOT_EXTREME and bool(_EXTREME.fullmatch(word))


def names(text: str) -> frozenset[str]:
    """Return the parts of a text's capitalised words but the first: O'Brien-Smith's has brien and smith."""
    return _parts(_NAME.findall(text))


def _parts(capitals: Iterable[str]) -> frozenset[str]:
    return frozenset(word for capital in capitals for word in words(capital) if len(word) > 1)


@dataclass(frozen=True, slots=True)
class Cues:
    """What a sentence consists of and offers as an answer."""

    words: frozenset[str]
    stems: frozenset[str]
    years: frozenset[str]
    dated: bool
    """Whether it names a month, a weekday or a season."""
    numbers: frozenset[str]
    names: frozenset[str]
    persons: tuple[frozenset[str], ...]
    """The words of each name or title that looks like a person's."""
    places: frozenset[str]
    points_back: bool
    """Whether it opens with a word that refers to the previous sentence."""

    def offers(self, kind: Kind, question: Cues) -> bool:
        """Return whether it offers what the question asks for, beyond the question's own words."""
        if kind == "when":
            return self.dated or bool(self.years - question.years)
        if kind == "number":
            return bool(self.numbers - question.numbers)
        if kind == "who":
            return bool(self.names - question.words) or self.names_person(question)
        return kind == "where" and bool(self.places - question.words)

    def names_person(self, question: Cues) -> bool:
        """Return whether it names a person whom the question does not name."""
        return any(not person <= question.words for person in self.persons)


def words_and_stems(text: str, language: str = ENGLISH) -> tuple[frozenset[str], frozenset[str]]:
    """Return a text's distinct words, and its stems and terms in its language."""
    distinct = frozenset(words(text))
    return distinct, frozenset([*(stem(word, language) for word in distinct), *terms(text, language)])


def cues(text: str, language: str = ENGLISH) -> Cues:
    """Extract the cues of a sentence or a question; only its stems depend on its language."""
    distinct, stems = words_and_stems(text, language)
    return Cues(
        words=distinct,
        stems=stems,
        years=frozenset(_YEAR.findall(text)),
        dated=bool(_DATE.search(text)),
        numbers=frozenset(_NUMBER.findall(text)),
        names=names(text),
        persons=tuple(frozenset(words(person)) for person in _PERSON.findall(text)),
        places=_parts(place for place in _PLACE.findall(text) if not _DATE.fullmatch(place)),
        points_back=bool(_POINTS_BACK.match(text)),
    )
