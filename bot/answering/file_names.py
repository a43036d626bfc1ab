"""Names of files that somebody else chose -> names that are safe below a corpus."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from retrieval.articles.corpus import ENDINGS

LONGEST_STEM = 80  # characters
_UNSAFE = re.compile(r"[^\w-]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
"""Names that mean devices on Windows, whatever their ending."""


def safe_name(name: str) -> str:
    """Return a name for a file like the one given: of letters, digits, dashes, with an ending that a reader knows.

    Raises ValueError for any other ending.
    """
    stem, dot, ending = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2].rpartition(".")
    if f"{dot}{ending.lower()}" not in ENDINGS:
        raise ValueError(ending)
    stem = _UNSAFE.sub("-", stem)[:LONGEST_STEM].strip("-_") or "article"
    while len(stem.encode()) > 2 * LONGEST_STEM:
        stem = stem[:-1]
    return f"article-{stem}.{ending.lower()}" if _RESERVED.fullmatch(stem) else f"{stem}.{ending.lower()}"


def is_safe(name: str) -> bool:
    """Return whether a name can be that of an article in a folder, and leads nowhere else."""
    return not name.startswith(".") and PurePosixPath(name).name == name and PurePosixPath(name).suffix in ENDINGS


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a name whose stem, which its article is called by, no file has, whatever its capitals."""
    used, (stem, _, ending) = {PurePosixPath(each).stem.casefold() for each in taken}, name.rpartition(".")
    number, free = 1, stem
    while free.casefold() in used:
        number += 1
        free = f"{stem}-{number}"
    return f"{free}.{ending}"
