"""Follow-up questions: what is searched for when a question leans on the ones before it.

Nothing is rewritten: the earlier question's words are put before the question, and both are searched for together.
Where it asks who or why and has no word of its own, the words quoted last join too: a name or a reason hangs on them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.records import Turn
from retrieval.terms import words

_PRONOUNS = frozenset({"he", "him", "his", "she", "her", "hers", "it", "its", "they", "them", "their", "theirs"})
_POINTERS = frozenset({"that", "this", "those", "these"})
_ASKING = frozenset({"how", "many", "much", "what", "which", "who", "whose"})
_SAYING = frozenset({"say", "says", "said", "think", "thinks", "thought", "that"})
_TIMES = frozenset({"day", "week", "month", "year", "summer", "winter", "spring", "autumn"})
_BACK = frozenset({"there", "then"})
_BEYOND_QUOTE = frozenset({"who", "whom", "why", "more"})
_BEFORE_POINTER = frozenset({
    "is", "was", "are", "were", "did", "does", "do", "has", "have", "had", "with", "of", "about", "after", "before",
    "by", "at", "in", "on", "for", "to", "from", "and", "than", "like", "over", "under", "since", "until", "during",
    "against",
})  # fmt: skip
_OPENERS = frozenset({"and", "but", "or", "so", "then", "also"})
_INITIALS = re.compile(r"(?<!\w)(\w)\.(?=\w\b)")
_OPENING = re.compile(r"(?:what|how) about\b|who else\b|what else\b|why not\b", re.IGNORECASE)
_EMPTY = frozenset({
    "what", "who", "whom", "whose", "which", "when", "where", "why", "how", "did", "do", "does", "was", "were", "is",
    "are", "be", "been", "has", "have", "had", "the", "a", "an", "of", "in", "on", "at", "to", "for", "by", "with",
    "from", "about", "say", "says", "said", "happen", "happened", "much", "many", "long", "will", "would", "can",
    "could", "not", "exactly", "really", "there", "else", "one", "ones", "also", "please", "tell", "me", "more", "i",
    "we", "you", "next", "since", "sure",
})  # fmt: skip
LONGEST = 400  # characters of what came before that join a search


@dataclass(frozen=True, slots=True)
class Resolved:
    """What is searched for."""

    text: str
    leans: bool
    """Whether earlier turns joined the question."""
    context: int = 0
    """Characters of the text that come before the question."""
    beyond: bool = False
    """Whether what was quoted last is no answer: the question asks for more about it."""


def resolve(question: str, history: Sequence[Turn]) -> Resolved:
    """The question as it is, or with what it leans on before it.

    A question leans when it opens as one that goes on ("and ...", "what about ..."), points at what was said ("he",
    "that"), or has no word of its own ("why?"). It then leans on the last turn that stood on its own, and on the turn
    just before.
    """
    if not history or not leans(question):
        return Resolved(question, False)
    said = _said(question)
    beyond = not _own(said) and not _BEYOND_QUOTE.isdisjoint(said) and bool(history[-1].quotes)
    context = f"{_context(history)} {history[-1].quotes[0]}" if beyond else _context(history)
    # As a question is cleaned: what a terminal would obey is not handed on in what was searched.
    shown = "".join(" " if unicodedata.category(char).startswith("C") else char for char in context)
    context = " ".join(shown.split())[:LONGEST].rstrip()
    return Resolved(f"{context} {question}" if context else question, True, len(context), beyond)


def leans(question: str) -> bool:
    """Whether a question cannot be understood without the one before it."""
    said = _said(question)
    if not said:
        return False
    if said[0] in _OPENERS or _OPENING.match(question.strip()) or not _own(said) or said[-1] in _BACK:
        return True
    return any(_points_back(said, place) for place in range(len(said)))


def _points_back(said: Sequence[str], place: int) -> bool:
    """Whether a word points at something before the question: nothing of the question itself can be meant."""
    if said[place] in _PRONOUNS:
        # In "how many years has he" and "who signed it" the word asked with is not what the pronoun means; in "which
        # countries said they would" it is.
        asked = frozenset() if said[place - 1] in _SAYING else _ASKING
        return not _own([word for at, word in enumerate(said[:place]) if at == 0 or said[at - 1] not in asked])
    if said[place] not in _POINTERS or place == 0 or (place + 1 < len(said) and said[place + 1] in _TIMES):
        return False
    # "... drafts that Russia sent" and "he says that ..." point at nothing; "was that", "with that number" do.
    return place == len(said) - 1 or said[place - 1] in _BEFORE_POINTER


def _said(question: str) -> list[str]:
    """The question's words; initials are one word, since "U.S." is a name and a single letter is none."""
    return words(_INITIALS.sub(r"\1", question))


def _own(said: Sequence[str]) -> list[str]:
    """The words that say what is asked about."""
    empty = _EMPTY | _PRONOUNS | _POINTERS | _OPENERS
    return [word for word in said if word not in empty and (len(word) > 1 or not word.isascii())]


def _context(history: Sequence[Turn]) -> str:
    """The last question that stood on its own, and those that leaned on it since."""
    chain: list[str] = []
    for turn in reversed(history):
        chain.insert(0, turn.question)
        if not leans(turn.question):
            break
    return chain[0] if len(chain) == 1 else f"{chain[0]} {chain[-1]}"
