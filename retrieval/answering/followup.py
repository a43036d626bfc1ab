"""Follow-up questions: what to search for when a question depends on earlier ones.

Nothing is rewritten: the earlier question's words are put before the question, and both are searched for together, with
the earlier words at CONTEXT_WEIGHT (question.py) in the match of a sentence. Where the question asks who or why and has
no content words, the last quote's words join too, since a name or a reason depends on them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from retrieval.analysis import words as words_of
from retrieval.readable import readable
from retrieval.records import Turn

_SUBJECTS = frozenset({"he", "she", "they"})
_OBJECTS = frozenset({"him", "them"})
_POSSESSIVES = frozenset({"his", "her", "hers", "its", "their", "theirs"})
_PRONOUNS = _SUBJECTS | _OBJECTS | _POSSESSIVES | {"it"}
_POINTERS = frozenset({"that", "this", "those", "these"})
_ASKING = frozenset({"how", "many", "much", "what", "which", "who", "whose"})
_SAYING = frozenset({
    "say", "says", "said", "think", "thinks", "thought", "know", "knows", "knew", "believe", "believes", "believed",
    "that",
})  # fmt: skip
_AUXILIARIES = frozenset({
    "is", "was", "are", "were", "do", "does", "did", "has", "have", "had", "will", "would", "can", "could", "shall",
    "should", "may", "might", "must", "not", "t", "s",
})  # fmt: skip
_OPENS_CLAUSE = frozenset({
    "that", "if", "when", "while", "because", "where", "who", "whom", "whose", "which", "what", "why", "how", "whether",
    "although", "though", "unless", "once", "and", "or", "but",
})  # fmt: skip
_CLAUSE_OR_NAME = frozenset({"before", "after", "since", "until", "till", "as", "than", "like"})
_NO_GERUND = frozenset({"anything", "everything", "nothing", "something", "during", "according"})
_DETERMINERS = frozenset({"the", "a", "an", "this", "that", "no", "any"})
_TIMES = frozenset({"day", "week", "month", "year", "summer", "winter", "spring", "autumn"})
_BACK = frozenset({"there", "then"})
_BEYOND_QUOTE = frozenset({"who", "whom", "why", "more"})
_WHY = re.compile(r"\bwhy\b|\bhow come\b|\bwhat for\b", re.IGNORECASE)
_BEFORE_POINTER = frozenset({
    "is", "was", "are", "were", "did", "does", "do", "has", "have", "had", "with", "of", "about", "after", "before",
    "by", "at", "in", "on", "for", "to", "from", "and", "than", "like", "over", "under", "since", "until", "during",
    "against",
})  # fmt: skip
OPENERS = frozenset({"and", "but", "or", "so", "then", "also"})
"""Words that open what goes on with the question before."""
_INITIALS = re.compile(r"(?<!\w)(\w)\.(?=\w\b)")
_OPENING = re.compile(r"(?:what|how) about\b|who else\b|what else\b|why not\b|how come\W*$", re.IGNORECASE)
_BREAK = re.compile(r"[,;:?!()\u2013\u2014]")
_JOINS_NAMES = re.compile(r"(?<=\w )(?:and|or|to) (?=[A-Z]|the |an? )")
_NOUN = re.compile(r"(?:ity|ship|ism|[^su]s)$")
_MEANS_NOTHING = re.compile(
    r"(?:\w+ )?it (?:takes?|took|costs?|means?|meant)\b.* (?:to|if|when|that)\b"
    r"|(?:is|was) it \w+ that\b|(?:\w+ )?it (?:is|was) \w+ that\b"
)
_EMPTY = frozenset({
    "what", "who", "whom", "whose", "which", "when", "where", "why", "how", "did", "do", "does", "was", "were", "is",
    "are", "be", "been", "has", "have", "had", "the", "a", "an", "of", "in", "on", "at", "to", "for", "by", "with",
    "from", "about", "say", "says", "said", "happen", "happened", "much", "many", "long", "will", "would", "can",
    "could", "not", "exactly", "really", "there", "else", "one", "ones", "also", "please", "tell", "me", "more", "i",
    "we", "you", "next", "since", "sure", "anything", "something", "nothing", "everything", "anyone", "someone",
})  # fmt: skip
_MARKDOWN = "quote.md"  # a name of the kind of file that has marks
LONGEST = 400  # characters of context that join a search
TURNS = 3  # earlier questions that are read with a question, as in the reader's training


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question with its context, as searched for."""

    text: str
    leans: bool
    """Whether earlier turns joined the question."""
    context: int = 0
    """Length of the text before the question, in characters."""
    beyond: bool = False
    """Whether the last quotes are no answer, since the question asks for more about them."""
    earlier: tuple[str, ...] = ()
    """The earlier questions that it leans on, the latest first."""


def resolve(question: str, history: Sequence[Turn]) -> Resolved:
    """Return the question as it is, or with the context that it leans on before it.

    A question leans when it opens like a continuation ("and ...", "what about ..."), has a pronoun or pointer ("he",
    "that") that nothing in the question can explain, or has no content words ("why?"). It then leans on the last turn
    that stood alone, and on the turn just before.
    """
    if not history or not leans(question):
        return Resolved(question, False)
    words = _words(question)
    beyond = not _content_words(words) and not _BEYOND_QUOTE.isdisjoint(words) and bool(history[-1].quotes)
    chain = _chain(history)
    context = _context(chain)
    if beyond and history[-1].question:  # else the context is the quote already
        context = f"{context} {_quoted(history[-1])}"
    # As `clean` does for questions: no control character of a quote may reach the terminal with the searched text.
    printable = "".join(" " if unicodedata.category(char).startswith("C") else char for char in context)
    context = " ".join(printable.split())[:LONGEST].rstrip()
    earlier = tuple(turn.question for turn in reversed(chain[-TURNS:]) if turn.question)
    return Resolved(f"{context} {question}" if context else question, True, len(context), beyond, earlier)


def leans(question: str) -> bool:
    """Return whether a question cannot be understood without the one before it."""
    words = _words(question)
    if not words:
        return False
    if words[0] in OPENERS or _OPENING.match(question.strip()) or not _content_words(words) or words[-1] in _BACK:
        return True
    words, breaks = _parts(question)
    return any(_points_back(words, breaks, place) for place in range(len(words)))


def asks_why_alone(question: str) -> bool:
    """Return whether a question asks for the reason of what was said before, and says nothing itself."""
    return bool(_WHY.search(question)) and not has_content(_WHY.sub(" ", question))


def has_content(question: str) -> bool:
    """Return whether a question has words that say what it is about."""
    return bool(_content_words(_words(question)))


def _points_back(words: Sequence[str], breaks: frozenset[int], place: int) -> bool:
    """Return whether a word refers to something before the question, since nothing within it can be meant."""
    if words[place] in _PRONOUNS:
        # As in "how long does it take to", "is it true that".
        if words[place] == "it" and _MEANS_NOTHING.match(" ".join(words[max(place - 1, 0) :])):
            return False
        # In "how many years has he" and "who signed it" the pronoun does not mean what the question word asks for; in
        # "which countries said they would" it does.
        asking = frozenset() if words[place - 1] in _SAYING else _ASKING
        before = words[: _clause(words, breaks, place)]
        own = _content_words([word for at, word in enumerate(before) if at == 0 or words[at - 1] not in asking])
        return _SAYING.issuperset(own)
    if words[place] not in _POINTERS or place == 0 or (place + 1 < len(words) and words[place + 1] in _TIMES):
        return False
    # "that" refers to nothing in "... drafts that Russia sent" and "he says that ...", but does in "was that".
    return place == len(words) - 1 or words[place - 1] in _BEFORE_POINTER


def _clause(words: Sequence[str], breaks: frozenset[int], place: int) -> int:
    """Return where the pronoun's clause begins: what it means is named before, else it would be "himself" or "itself".

    This is principle B of binding theory (Chomsky 1981). A possessive may mean something in its own clause, so for
    a possessive it is its own place.
    """
    word, last = words[place], place == len(words) - 1
    if word in _POSSESSIVES and not (word == "her" and last):
        return place
    acts = word in _SUBJECTS
    if word == "it" and not last:
        acts = words[place - 1] in _SAYING or words[place + 1] in _AUXILIARIES
    if acts and place > 0 and words[place - 1] not in _AUXILIARIES:  # "know they are", not "did they"
        return place
    return next((at for at in range(place, 0, -1) if at in breaks or _opens_clause(words, at, place)), 0)


def _opens_clause(words: Sequence[str], at: int, place: int) -> bool:
    """Return whether a word opens the clause of the pronoun at `place`."""
    word, apart = words[at], at < place - 1
    if word == "to":  # "to drop it", but not "to it", "right to security under it"
        return apart and not _NOUN.search(words[at + 1])
    if word in _CLAUSE_OR_NAME:  # "before it rose", but not "before it?", "before him"
        return apart or (place < len(words) - 1 and words[place] not in _OBJECTS)
    gerund = len(word) > 4 and word.endswith("ing") and word not in _NO_GERUND and words[at - 1] not in _DETERMINERS
    return gerund or word in _OPENS_CLAUSE


def _parts(question: str) -> tuple[list[str], frozenset[int]]:
    """Return the question's words, and the places where its parts between commas and the like begin.

    "and", "or" and "to" between names are left out, since they open no clause there.
    """
    parts = [_words(_JOINS_NAMES.sub("", part)) for part in _BREAK.split(question)]
    return [word for part in parts for word in part], frozenset(accumulate(map(len, parts)))


def _words(question: str) -> list[str]:
    """Return the question's words; initials are one word, since "U.S." is a name and a single letter is not."""
    return words_of(_INITIALS.sub(r"\1", question))


def _content_words(words: Sequence[str]) -> list[str]:
    """Return the words that say what the question is about."""
    empty = _EMPTY | _PRONOUNS | _POINTERS | OPENERS
    return [word for word in words if word not in empty and (len(word) > 1 or not word.isascii())]


def _chain(history: Sequence[Turn]) -> list[Turn]:
    """Return the last turn that stood alone and those after it, each of which leaned on the one before."""
    alone = next((at for at in range(len(history) - 1, 0, -1) if _stands_alone(history[at])), 0)
    return list(history[alone:])


def _stands_alone(turn: Turn) -> bool:
    return not turn.question or not leans(turn.question)


def _context(chain: Sequence[Turn]) -> str:
    """Return the question that stood alone and the latest that leaned on it; for one without words, its quote."""
    first, last = (turn.question or _quoted(turn) for turn in (chain[0], chain[-1]))
    return first if len(chain) == 1 else f"{first} {last}"


def _quoted(turn: Turn) -> str:
    """Return the words of a turn's first quote; what would be marks in Markdown is no word in any format."""
    return readable(turn.quotes[0], _MARKDOWN) if turn.quotes else ""
