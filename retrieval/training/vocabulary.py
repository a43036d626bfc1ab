"""Names, places, numbers and words for structured passages, taken from the answers of question files."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.training.questions import Document, TrainingQuestion

STOP = frozenset({
    "a", "an", "the", "of", "is", "are", "was", "were", "be", "been", "do", "does", "did", "to", "in", "on", "for",
    "at", "by", "from", "with", "and", "or", "what", "who", "whom", "whose", "when", "where", "which", "why", "how",
    "many", "much", "it", "its", "he", "his", "she", "her", "they", "their", "that", "this", "these", "those", "has",
    "have", "had", "can", "could", "would", "will", "there", "as", "into", "about", "not", "you", "your", "i", "my",
    "me", "we", "our", "s",
})  # fmt: skip
_NAME = re.compile(r"[A-Z][a-z]+ [A-Z][a-z]+")
_PLACE = re.compile(r"[A-Z][a-z]{3,10}")
_WORD = re.compile(r"[a-z]{4,10}")
_DATE = re.compile(
    r"(?:\d{1,2} )?(?:January|March|April|May|June|July|August|October|November|December) \d{1,4}(?:, \d{4})?"
)
_BEGINS = (
    "Bar",
    "Ves",
    "Kor",
    "Lin",
    "Tar",
    "Mel",
    "Dor",
    "Han",
    "Ril",
    "Os",
    "Fen",
    "Gal",
    "Pel",
    "Sum",
    "Wex",
    "Yar",
    "Zin",
)
_ENDS = ("ton", "ela", "mar", "ix", "ora", "wick", "dale", "ian", "o", "ard", "is", "field", "una", "eth", "ow", "ley")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the pages are filled with."""

    names: Sequence[str]
    places: Sequence[str]
    words: Sequence[str]
    dates: Sequence[str]
    articles: Sequence[str]

    def name(self, drawn: random.Random) -> str:
        """Return a person's name, its two parts often from different people."""
        first, last = drawn.choice(self.names).split()[0], drawn.choice(self.names).split()[-1]
        return f"{first} {last}"

    def proper(self, drawn: random.Random) -> str:
        """Return a name for a thing: a place's, a word or two, or one that was made up, now and then with a number."""
        kind = drawn.random()
        if kind < 0.3:
            name = drawn.choice(self.places)
        elif kind < 0.6:
            name = " ".join(word.capitalize() for word in drawn.sample(self.words, drawn.choice((1, 2))))
        else:
            name = made_up(drawn)
        if drawn.random() >= 0.2:
            return name
        version = f"{drawn.randint(1, 6)}.{drawn.randint(0, 20)}"
        return f"{name} {drawn.choice((str(drawn.randint(2, 40)), version))}"

    def propers(self, count: int, drawn: random.Random) -> list[str]:
        """Return different names, now and then so alike that only their number differs."""
        if drawn.random() < 0.12:
            name, first = made_up(drawn), drawn.randint(1, 30)
            return [f"{name} {first + step}" for step in range(count)]
        return list(dict.fromkeys(self.proper(drawn) for _ in range(4 * count)))[:count]


def made_up(drawn: random.Random) -> str:
    """Return a made-up name."""
    return drawn.choice(_BEGINS) + drawn.choice(("", drawn.choice(("a", "en", "il", "or")))) + drawn.choice(_ENDS)


def vocabulary(documents: Sequence[Document], questions: Sequence[TrainingQuestion]) -> Vocabulary:
    """Collect the vocabulary from short answers and titles."""
    answers = sorted(
        {documents[source.document].text[start:end] for source in questions for start, end in source.answers}
    )
    return Vocabulary(
        _matching(_NAME, answers),
        _matching(_PLACE, answers),
        _matching(_WORD, answers),
        _matching(_DATE, answers),
        sorted({document.title for document in documents if 3 <= len(document.title) <= 40}),
    )


def _matching(pattern: re.Pattern[str], answers: Sequence[str]) -> list[str]:
    return [answer for answer in answers if pattern.fullmatch(answer)]


def few(drawn: random.Random, least: int, most: int) -> int:
    """Return a number from `least` to `most`, more often a small one."""
    return min(drawn.randint(least, most), drawn.randint(least, most))
