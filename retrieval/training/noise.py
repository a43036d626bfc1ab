"""Questions as people type them: without case or apostrophes, with typos, dropped words and greetings."""

from __future__ import annotations

import random
import re
import string

_WORD = re.compile(r"[^\W\d_]{4,}")
_SMALL = frozenset(["a", "an", "the", "of", "is", "are", "was", "were", "do", "does", "did", "to", "in", "on", "for"])
_BEFORE = (
    "hey, ", "hi, ", "hi all, ", "hello! ", "quick question: ", "question - ", "sorry if this was asked before but ",
    "does anyone know ", "can someone tell me ", "i was wondering ", "so ", "um ", "ok so ", "just curious, ",
    "please tell me ", "anyone know ",
)  # fmt: skip
_BEHIND = (" thanks", " thx", " pls", " please?", " :)", " thank you!", " ty", " anyone?", "??", " ?")
CLEAN = 0.35  # share of the questions that stay unchanged


def typed(question: str, drawn: random.Random) -> str:
    """Return the question as someone might type it."""
    if drawn.random() < CLEAN:
        return question
    if drawn.random() < 0.15:
        question = _dropped(question, drawn)
    if drawn.random() < 0.25:
        question = _misspelt(question, drawn)
    if drawn.random() < 0.4:
        question = question.replace("'", "").replace("’", "")
    if drawn.random() < 0.5:
        question = question.rstrip("?. ")
    if drawn.random() < 0.2:
        question = _wrapped(question, drawn)
    return question.lower() if drawn.random() < 0.5 else question


def _dropped(question: str, drawn: random.Random) -> str:
    words = question.split()
    small = [place for place, word in enumerate(words) if word.lower() in _SMALL]
    if small and len(words) > 3:
        del words[drawn.choice(small)]
    return " ".join(words)


def _misspelt(question: str, drawn: random.Random) -> str:
    matches = list(_WORD.finditer(question))
    if not matches:
        return question
    word = drawn.choice(matches)
    at = drawn.randrange(word.start() + 1, word.end() - 1)
    letter = drawn.choice(string.ascii_lowercase)
    edits = (
        question[:at] + question[at + 1] + question[at] + question[at + 2 :],
        question[:at] + question[at + 1 :],
        question[:at] + letter + question[at:],
        question[:at] + letter + question[at + 1 :],
    )
    return drawn.choice(edits)


def _wrapped(question: str, drawn: random.Random) -> str:
    before = drawn.choice(_BEFORE) if drawn.random() < 0.7 else ""
    behind = drawn.choice(_BEHIND) if not before or drawn.random() < 0.5 else ""
    return f"{before}{question}{behind}"
