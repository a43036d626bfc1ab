"""Tells the lines of a plain text that go on with the sentence before them from those that are meant as lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from retrieval.articles.abbreviations import without_stops
from retrieval.articles.sentence_ends import HANGS, ends_in_title, ends_sentence, word_count
from retrieval.articles.speakers import OPENERS

FIELD = re.compile(r"[^\W\d_][^:\n]{0,40}:\s+\S")
"""A line that names a field and its value."""
_LINKS = frozenset({
    "a", "an", "the", "of", "and", "or", "but", "with", "from", "by", "for", "to", "at", "in", "on", "into",
    "onto", "upon", "about", "against", "among", "between", "behind", "beyond", "during", "within", "without",
    "toward", "towards", "under", "than", "because", "although", "though", "unless", "until", "while", "whereas",
    "whose", "when", "where", "what", "why", "how", "if", "as", "via", "per", "his", "their", "its", "our", "my",
    "your", "this", "these", "those", "every", "each", "any", "some", "only", "even", "such", "very", "more",
    "most", "all", "both", "few", "many", "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen",
    "einem", "einer", "eines", "und", "oder", "aber", "mit", "von", "vom", "zu", "zum", "zur", "bei", "beim",
    "im", "auf", "aus", "für", "über", "unter", "zwischen", "gegen", "ohne", "durch", "um", "dass", "ob", "weil",
    "wenn", "als", "wie", "nicht", "kein", "keine", "keinen", "keiner", "het", "een", "en", "maar", "met", "van",
    "voor", "naar", "bij", "op", "uit", "tegen", "zonder", "dat", "niet", "geen", "le", "la", "les", "un", "une",
    "du", "de", "et", "ou", "mais", "avec", "sans", "sous", "sur", "dans", "par", "pour", "chez", "vers", "entre",
    "que", "qui", "dont", "au", "aux", "ne", "el", "los", "las", "una", "unos", "unas", "del", "y", "con", "sin",
    "sobre", "desde", "hasta", "al", "ni", "il", "lo", "gli", "uno", "ed", "da", "dal", "dalla", "della", "dei",
    "delle", "su", "tra", "fra", "che", "non", "uma", "e", "o", "dos", "em", "nos", "nas", "com", "sem", "ao",
    "aos", "não",
})  # fmt: skip
"""Words that hardly a sentence, a name or a verse ends in, in the languages of the West."""
_LAST_WORD = re.compile(r"(?<![\w’'.-])[^\W\d_]+\Z")
_FIRST_WORD = re.compile(r"[“‘«„\"'(\[…—–,;*_ ]{0,4}(?P<word>[^\W\d_][\w’'-]*)")
_ENDS_WITHIN = re.compile(
    r"(?:(?<=[^\W\d_]{3})|(?<=\s[a-zß-öø-ÿ]{2})|(?<=['’][^\W\d_])|(?<=\d{3})|(?<=[)\]]))"
    r"[.!?…][”’»\"')\]]*\s+[“‘«„\"'(]?[^\W\d_a-zß-öø-ÿ]"
)
_ALONE = re.compile(
    r"\t|\S {3,}\S"  # a row of a table
    r"|\d:\d\d(?: ?[AaPp]\.?[Mm]\.?)?\W*\Z"  # who wrote what is below, and when
)
_BEGINS = re.compile(
    r"\W*(?:\w{3} +\d{1,2} )?(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}\b|\d{1,2}:\d\d)"  # a line of a log or a chat
    r"|(?:[QA]\.|<\S+>)\s"  # a speaker's line
)
_IS_PART = re.compile(
    r"\b(?:that|which|who|whom|has|have|had|is|are|was|were|will|would|could|should|denied|denies|claims?|claimed|says?|said)\b"
    r"|\A(?:Only|Even|Neither|Nobody|None|Never|Not|Nothing|Unless|Except|In \d{4}\Z)\b"
    r"|(?<!,)\s(?:Mr|Mrs|Ms|Dr|Herrn?|Frau|President|Minister|Chancellor|Senator|Governor|Mayor|Judge|King|Queen)\Z"
    r"|[(\[][^)\]]{0,60}\Z"
)
"""What a heading, a name or a label hardly has, but the beginning of a sentence."""
_GOES_ON = (",", "-", "–", "—")
_MAY_ABBREVIATE = re.compile(r"(?:\A|\W)[\w.]{1,8}\.\Z")
_ABBREVIATION = 30  # characters around it
_LEAST_ENDING = 5  # characters of the end of a sentence; fewer are the number or the letter of an item
_SHORT = 0.6
"""Of the shortest other line of a paragraph but its last: one that is even shorter is a heading."""
_LAST_SHORT = 0.4
"""The same of the only other line."""
_WIDEST = 200
"""Characters of the longest line that is broken by hand; longer ones are paragraphs."""
_LONG = 6
"""Words of a line that is hardly a heading, a name or a label."""


def goes_on(paragraph: Sequence[str]) -> list[bool]:
    """Return for each line of a paragraph whether it goes on with the line before it."""
    if _is_wide(paragraph):
        return [False] * len(paragraph)
    headings = _headings(paragraph)
    runs = _runs(paragraph, headings)
    pairs = enumerate(pairwise(paragraph))
    return [False, *(_goes_on(*pair, runs=runs and row not in headings) for row, pair in pairs)]


def is_running(paragraph: Sequence[str]) -> bool:
    """Return whether lines are running text: more of them end within a sentence for certain than may be whole."""
    return not _is_wide(paragraph) and _runs(paragraph, _headings(paragraph))


def _runs(paragraph: Sequence[str], headings: frozenset[int]) -> bool:
    pairs = enumerate(pairwise(paragraph))
    broken = [pair for row, pair in pairs if row not in headings and not are_apart(*pair)]
    broken = [(before, line) for before, line in broken if not _is_ended(before)]
    certain = [hangs(before) or line[0].islower() for before, line in broken]
    loose = [pair for pair, known in zip(broken, certain, strict=True) if not known and not pair[0].endswith(",")]
    signs = sum(certain) + sum(map(_ends_within, paragraph))
    if signs:
        is_ended = _is_ended(paragraph[-1])
        return signs + is_ended > len(loose) and (is_ended or any(hangs(before) for before, _ in broken))
    return _is_ended(paragraph[-1]) and all(_is_part(before, line) for before, line in loose)


def hangs(line: str) -> bool:
    """Return whether a line ends in a word that another one has to follow."""
    last = _LAST_WORD.search(line)
    return (last is not None and last.group() in _LINKS) or bool(HANGS.search(line))


def _is_wide(paragraph: Sequence[str]) -> bool:
    """Return whether each line is a paragraph, since one is too wide for a line that was broken; links do not count."""
    return any(len(line) > _WIDEST and " " in line for line in paragraph)


def _headings(paragraph: Sequence[str]) -> frozenset[int]:
    """Return the rows that are headings of what stands right below them."""
    shortest = sorted(map(len, paragraph[:-1]))[:2]
    rows: list[int] = []
    for row, (line, following) in enumerate(pairwise(paragraph)):
        follows = row == 0 or row - 1 in rows or _is_ended(paragraph[row - 1])
        if not follows or _is_ended(line) or _is_linked(line, following):
            continue
        others = shortest[len(line) == shortest[0]] if len(shortest) > 1 else len(following) * _LAST_SHORT / _SHORT
        is_short = len(line) < _SHORT * others and not _IS_PART.search(line)
        if is_short or line.isupper() or _opens(following, OPENERS):
            rows.append(row)
    return frozenset(rows)


def are_apart(before: str, line: str) -> bool:
    """Return whether one of two lines is a line of its own, or both are fields or what two speakers say."""
    return any(map(_is_apart, (before, line))) or bool(
        _BEGINS.match(line) or (FIELD.match(line) and FIELD.match(before))
    )


def _goes_on(before: str, line: str, *, runs: bool) -> bool:
    if are_apart(before, line):
        return False
    if hangs(before) or _is_abbreviated(before, line):
        return True
    return not FIELD.match(line) and not _is_ended(before) and (runs or before.endswith(_GOES_ON))


def _is_linked(before: str, line: str) -> bool:
    """Return whether it is plain that a line goes on."""
    return hangs(before) or before.endswith(_GOES_ON) or line[0].islower()


def _is_part(before: str, line: str) -> bool:
    """Return whether a line may go on with one that is hardly anything but a part of a sentence."""
    is_part = word_count(before) >= _LONG or bool(_IS_PART.search(before))
    return is_part and not FIELD.match(line) and not _opens(line, OPENERS | _LINKS)


def _is_ended(line: str) -> bool:
    return ends_sentence(line) or line.endswith((":", "："))


def _is_abbreviated(before: str, line: str) -> bool:
    """Return whether the full stop at a line's end belongs to an abbreviation before what follows."""
    if not _MAY_ABBREVIATE.search(before):
        return False
    start = before[-_ABBREVIATION:]
    return without_stops(f"{start} {line[:_ABBREVIATION]}", "en")[len(start) - 1] != "."


def _is_apart(line: str) -> bool:
    """Return whether a line is no part of a text: a rule, a row of a table, a line with a time."""
    return not any(map(str.isalnum, line)) or bool(_ALONE.search(line))


def _ends_within(line: str) -> int:
    """Count the sentences that end within a line."""
    ends = (line[: end.start() + 1] for end in _ENDS_WITHIN.finditer(line))
    return sum(len(part) >= _LEAST_ENDING and not ends_in_title(part) for part in ends)


def _opens(line: str, words: frozenset[str]) -> bool:
    """Return whether a line begins with one of the words, which would be in lower case within a sentence."""
    first = _FIRST_WORD.match(line)
    return first is not None and first["word"] != "I" and first["word"].lower().replace("’", "'") in words
