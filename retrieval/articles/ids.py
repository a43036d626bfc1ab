"""The ids that documents give themselves, or their paths -> ids that a permalink can hold, each article its own."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

LONGEST = 200
_KEPT = 180  # characters of an id that is too long, before a digest of it


def has_meaning(mark: str) -> bool:
    """Return whether a permalink gives a character a meaning, or cannot show it."""
    return mark in "@#" or unicodedata.category(mark) in {"Cc", "Cs", "Zl", "Zp"}


def without_meaning(text: str) -> str:
    """Return a text with a hyphen for each character that a permalink gives a meaning."""
    return "".join("-" if has_meaning(mark) else mark for mark in text)


def path_id(path: str) -> str:
    """Make an article's id of its path: without the ending, and without what a permalink gives a meaning."""
    stem = path.removesuffix(PurePosixPath(path).suffix) or path
    return without_meaning(stem)


def fitted(id_: str) -> str:
    """Return an id as a permalink can hold it; most are as they were given."""
    plain = without_meaning(id_)
    if len(plain) <= LONGEST:
        return plain
    return f"{plain[:_KEPT]}-{hashlib.sha256(id_.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def unfit(id_: str) -> str | None:
    """Say why an id cannot stand in a permalink, and what stands there instead; None where it can."""
    if len(id_) > LONGEST:
        return f"has more than {LONGEST} characters: it is shortened"
    return "holds '@', '#' or a control character: each is made '-'" if any(map(has_meaning, id_)) else None


def distinct(own_ids: Sequence[str]) -> list[str]:
    """Fit ids so that no two are the same: the first article that was given an id has it, the others get a number."""
    claimed = {fitted(id_) for id_ in own_ids}
    taken = set[str]()
    ids: list[str] = [""] * len(own_ids)
    for row in sorted(range(len(own_ids)), key=lambda row: fitted(own_ids[row]) != own_ids[row]):
        id_, number = fitted(own_ids[row]), 1
        while id_ in taken or (number > 1 and id_ in claimed):
            number += 1
            id_ = f"{fitted(own_ids[row])}-{number}"
        taken.add(id_)
        ids[row] = id_
    return ids
