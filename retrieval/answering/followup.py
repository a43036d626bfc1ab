"""Follow-up questions: what is searched for when a question leans on the ones before it.

Nothing is rewritten: the earlier question's words are put before the question, and both are searched for together, the
earlier words with the weight CONTEXT_WEIGHT (question.py) in the match of a sentence. Where it asks who or why and has
no word of its own, the words quoted last join too: a name or a reason hangs on them.

Measured on the pairs of seeds/gold.jsonl, 40 answerable questions that go on and the same written out in full (P@1 of
these: .700; odd pairs .619, even .789), each searched with earlier questions alone:

- P@1 by the weight: .1: .800, .15: .850, .2: .800, .25: .750, .3: .725, .5: .675, 1: .575. No weight does better
  than .15 on either half (.762, .947). On SQuAD part A, which the ranking was fitted on, 350 questions that stand alone
  and are taken for follow-ups of the question before fall from P@1 .814 to .797 at .15, to .711 at .5 and to .634 at 1;
  its 47 answerable ones that do lean have .553 alone and, with the question before, .638 at weights from .05 to .2.
- Pronouns that mean nothing of their own clause (`_clause`): at weight .5 P@1 .675, without .625. Of part A's 2,828
  questions 73 lean, without it 75; most of them do point back, at a paragraph that their writer had before him.
- Of a chain of follow-ups, the turn that stands alone and the last join: MRR .877; the last only .865, the first only
  .836, all .877.
- Tried and left: earlier words counting less in the passage's vector and BM25 too (same or up to .05 worse); the words
  quoted last before every question that leans (.575), or before every one without a word of its own (same); what is
  asked for (who, when, where) read from the question's own words alone (.800).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from retrieval.analysis import words
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
_BEFORE_POINTER = frozenset({
    "is", "was", "are", "were", "did", "does", "do", "has", "have", "had", "with", "of", "about", "after", "before",
    "by", "at", "in", "on", "for", "to", "from", "and", "than", "like", "over", "under", "since", "until", "during",
    "against",
})  # fmt: skip
_OPENERS = frozenset({"and", "but", "or", "so", "then", "also"})
_INITIALS = re.compile(r"(?<!\w)(\w)\.(?=\w\b)")
_OPENING = re.compile(r"(?:what|how) about\b|who else\b|what else\b|why not\b", re.IGNORECASE)
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
    "that") where it names nothing itself that could be meant, or has no word of its own ("why?"). It then leans on
    the last turn that stood on its own, and on the turn just before.
    """
    if not history or not leans(question):
        return Resolved(question, False)
    said = _said(question)
    beyond = not _own(said) and not _BEYOND_QUOTE.isdisjoint(said) and bool(history[-1].quotes)
    context = _context(history)
    if beyond and history[-1].question:  # else the quote stands there already
        context = f"{context} {history[-1].quotes[0]}"
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
    said, breaks = _parts(question)
    return any(_points_back(said, breaks, place) for place in range(len(said)))


def _points_back(said: Sequence[str], breaks: frozenset[int], place: int) -> bool:
    """Whether a word points at something before the question: nothing of the question itself can be meant."""
    if said[place] in _PRONOUNS:
        # As in "how long does it take to", "is it true that".
        if said[place] == "it" and _MEANS_NOTHING.match(" ".join(said[max(place - 1, 0) :])):
            return False
        # In "how many years has he" and "who signed it" the word asked with is not what the pronoun means; in "which
        # countries said they would" it is.
        asked = frozenset() if said[place - 1] in _SAYING else _ASKING
        before = said[: _clause(said, breaks, place)]
        own = _own([word for at, word in enumerate(before) if at == 0 or said[at - 1] not in asked])
        return _SAYING.issuperset(own)
    if said[place] not in _POINTERS or place == 0 or (place + 1 < len(said) and said[place + 1] in _TIMES):
        return False
    # "... drafts that Russia sent" and "he says that ..." point at nothing; "was that", "with that number" do.
    return place == len(said) - 1 or said[place - 1] in _BEFORE_POINTER


def _clause(said: Sequence[str], breaks: frozenset[int], place: int) -> int:
    """Where the pronoun's own clause begins: what it means was named before, else it would be "himself", "itself".

    That is principle B of binding theory (Chomsky 1981). A possessive may mean what its own clause names: for one it
    is the possessive's place.
    """
    word, last = said[place], place == len(said) - 1
    if word in _POSSESSIVES and not (word == "her" and last):
        return place
    acts = word in _SUBJECTS
    if word == "it" and not last:
        acts = said[place - 1] in _SAYING or said[place + 1] in _AUXILIARIES
    if acts and place > 0 and said[place - 1] not in _AUXILIARIES:  # "know they are", not "did they"
        return place
    return next((at for at in range(place, 0, -1) if at in breaks or _opens_clause(said, at, place)), 0)


def _opens_clause(said: Sequence[str], at: int, place: int) -> bool:
    """Whether a word opens the clause in which the pronoun at `place` stands."""
    word, apart = said[at], at < place - 1
    if word == "to":  # "to drop it", but not "to it", "right to security under it"
        return apart and not _NOUN.search(said[at + 1])
    if word in _CLAUSE_OR_NAME:  # "before it rose", but not "before it?", "before him"
        return apart or (place < len(said) - 1 and said[place] not in _OBJECTS)
    gerund = len(word) > 4 and word.endswith("ing") and word not in _NO_GERUND and said[at - 1] not in _DETERMINERS
    return gerund or word in _OPENS_CLAUSE


def _parts(question: str) -> tuple[list[str], frozenset[int]]:
    """The question's words, and where those begin that stand behind a comma or the like.

    "and", "or" and "to" are left out between names: there they open no clause.
    """
    parts = [_said(_JOINS_NAMES.sub("", part)) for part in _BREAK.split(question)]
    return [word for part in parts for word in part], frozenset(accumulate(map(len, parts)))


def _said(question: str) -> list[str]:
    """The question's words; initials are one word, since "U.S." is a name and a single letter is none."""
    return words(_INITIALS.sub(r"\1", question))


def _own(said: Sequence[str]) -> list[str]:
    """The words that say what is asked about."""
    empty = _EMPTY | _PRONOUNS | _POINTERS | _OPENERS
    return [word for word in said if word not in empty and (len(word) > 1 or not word.isascii())]


def _context(history: Sequence[Turn]) -> str:
    """The last question that stood on its own, and those that leaned on it since; a quote for one without words."""
    chain: list[str] = []
    for turn in reversed(history):
        chain.insert(0, turn.question or next(iter(turn.quotes), ""))
        if not turn.question or not leans(turn.question):
            break
    return chain[0] if len(chain) == 1 else f"{chain[0]} {chain[-1]}"
