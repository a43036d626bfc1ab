"""A word diff: what must change in a text for it to be a quote."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Literal

Piece = tuple[Literal["same", "old", "new"], str]


def word_diff(text: str, source: str) -> list[Piece]:
    """Return runs of words in reading order: in both texts, only in the first ("old"), only in the source ("new")."""
    old, new = text.split(), source.split()
    pieces: list[Piece] = []
    for action, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if action == "equal":
            pieces.append(("same", " ".join(new[c:d])))
            continue
        if a < b:
            pieces.append(("old", " ".join(old[a:b])))
        if c < d:
            pieces.append(("new", " ".join(new[c:d])))
    return pieces
