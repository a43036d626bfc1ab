"""The lines of a PDF's text -> the same, with words whole that a hyphen breaks at the end of a line."""

from __future__ import annotations

import re
from collections.abc import Callable

SOFT_END = "\ufdd4"
"""A noncharacter for the end of a line within a paragraph that is set anew."""
_BROKEN = re.compile(
    rf"(?P<first>[^\s{SOFT_END}]*\w)(?P<hyphen>[-\u2010\u00ad])[ \t]*(?P<end>\n|{SOFT_END})"
    rf"[ \t]*(?P<second>\w[^\s{SOFT_END}]*)(?P<gap>[ \t]*)"
)
_HALVES = re.compile(rf"\S*[-\u2010\u00ad][ \t]*[\n{SOFT_END}][ \t]*\S*")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LETTERS = re.compile(r"[^\W\d_]+")
_SUSPENDED = frozenset({"and", "or", "to", "und", "oder", "bis", "et", "ou", "y", "o", "e", "en", "of"})
"""What stands behind a hyphen that another word shares: "pre- and post-war"."""
_FIRSTS = frozenset({
    "well", "self", "half", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    "long", "short",
})  # fmt: skip
_SECONDS = frozenset({
    "known", "based", "year", "years", "term", "like", "free", "made", "born", "looking", "class", "level", "scale",
    "sized", "speed", "style", "minded", "paid", "door", "friendly", "related", "driven",
})  # fmt: skip
_ENDINGS = frozenset({
    "ish", "ness", "ing", "ings", "iest", "ieth", "age", "ages", "en", "ens", "ened", "ening",
    "est", "itude", "coming", "comings", "fall", "falls", "hand", "list", "listed"})  # fmt: skip
_USUAL = frozenset({
    ("so", "called"), ("long", "lasting"), ("in", "depth"), ("up", "to"), ("full", "time"), ("part", "time"),
    ("second", "hand"), ("year", "old"), ("years", "old"),
})  # fmt: skip
_PREFIX = "non"
"""A prefix before whole words, which writers part from them by a hyphen."""
_LEAST = 4  # letters of a word whose compounds may keep their hyphen


def with_whole_words(text: str) -> str:
    """Join words that a line end breaks; a hyphen of the word's own is kept, and the whole word ends the line."""
    text = re.sub("\u00ad(?![ \t]*[\n\ufdd4])", "", text)
    if not _BROKEN.search(text):
        return text
    words = frozenset(word.lower() for word in _WORD.findall(_HALVES.sub(" ", text)))
    is_known = (words | {part for word in words for part in word.split("-")}).__contains__

    def whole(match: re.Match[str]) -> str:
        first, second = match["first"], match["second"]
        ahead = _LETTERS.match(second)
        if match["hyphen"] != "\u00ad" and (ahead and ahead.group() in _SUSPENDED and "-" not in second):
            return match.group()
        keeps = match["hyphen"] != "\u00ad" and _keeps_hyphen(first, second, words.__contains__, is_known)
        gap = match["end"] if match["gap"] else ""  # else the line ends here already
        return f"{first}{'-' if keeps else ''}{second}{gap}"

    return _BROKEN.sub(whole, _BROKEN.sub(whole, text))  # a word may be broken twice


def _keeps_hyphen(first: str, second: str, is_word: Callable[[str], bool], is_known: Callable[[str], bool]) -> bool:
    """Return whether the hyphen between two parts is the word's own: it is, where neither reads as part of a word."""
    start, end = re.split(r"[^\w’'-]", first)[-1].lower(), re.split(r"[^\w’'-]", second)[0].rstrip("-").lower()
    if "-" in start or "-" in end or not start.isalpha() or not _LETTERS.match(end):
        return True
    if any(mark in first for mark in "/@_") or not second[0].islower() or (first[-1].isupper() and len(start) > 1):
        return True
    end = _LETTERS.match(end).group()  # type: ignore[union-attr]
    if is_word(start + end):
        return False
    if is_word(f"{start}-{end}") or (start, end) in _USUAL:
        return True
    if start == _PREFIX:
        return is_known(end) and end != "sense"
    if len(start) < _LEAST or len(end) < 3:
        return False
    return (start in _FIRSTS and end not in _ENDINGS) or end in _SECONDS or (is_known(start) and is_known(end))
