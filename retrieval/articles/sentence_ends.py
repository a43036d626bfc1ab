"""Tells texts that end as sentences do from fragments, such as headings, names and labels."""

from __future__ import annotations

import re

HANGS = re.compile(
    r"(?:\b(?:that|whether|if|not|never|is|are|was|were|be|been|being|has|have|had|will|would|could|should|may|might|must|"
    r"cannot|can|no|nor|neither|who|which|whom|said|says|claimed|claims|denied|denies|alleged|says?)|n['’]t)\s*\Z",
    re.IGNORECASE,
)
"""A line end behind such a word is within a sentence, and what follows says another thing without it."""
_ENDS = re.compile(r"(?:[.!?…。！？؟۔।॥។៕။։።][”’»\"')\]}」』）*_]*(?:\[\w{1,4}\])*)\s*\Z")
_TITLE_ENDS = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Lt|Col|Sgt|Capt|Rev|Hon|St)\.\s*\Z")
_ENDS_WITHIN = re.compile(r"(?<=[^\W\d_]{3})[.!…][”’\"')\]]*\s+[“‘\"'(]?[^\W\d_a-zß-öø-ÿ]|[。！](?=.)")
_LEAST_SENTENCE = 5  # words
_CLAUSES = re.compile(r"[\u0e00-\u0eff]\s+[\u0e00-\u0eff]")
_LONGEST_CLAUSE = 60
"""Characters of the longest title in Thai or Lao that has a space in it: nothing else ends their sentences."""
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def ends_sentence(text: str) -> bool:
    """Return whether a text ends as a sentence does: punctuation, and quotes or brackets behind it."""
    return bool(_ENDS.search(text[-60:])) and not ends_in_title(text)


def ends_in_title(text: str) -> bool:
    """Return whether a text ends in a title with a full stop ("Mr."), which ends no sentence."""
    return bool(_TITLE_ENDS.search(text[-60:]))


def is_fragment(text: str) -> bool:
    """Return whether a text is too short for a sentence that lost its full stop: a heading, a name, a label."""
    if text.endswith((":", "：")):
        return word_count(text) < 12
    return len(text) < 90 and not ends_sentence(text) and word_count(text) < 12


def word_count(text: str) -> int:
    """Count the words in the first 1,000 characters; two characters of a script without spaces count as one."""
    text = text[:1000]
    return sum(any(map(str.isalnum, word)) for word in text.split()) + len(_CJK.findall(text)) // 2


def holds_sentence(text: str) -> bool:
    """Return whether a whole sentence ends within a text, so that it is no heading."""
    ends = _ENDS_WITHIN.finditer(text)
    return holds_clauses(text) or any(word_count(text[: end.start() + 1]) >= _LEAST_SENTENCE for end in ends)


def holds_clauses(text: str) -> bool:
    """Return whether a text is of several clauses in a script that has no full stop."""
    return len(text) > _LONGEST_CLAUSE and bool(_CLAUSES.search(text))
