"""Bytes that are not UTF-8 -> the encoding that they are most likely in.

charset-normalizer drops the encodings whose text would be a mess, and rates how well the rest fits a language. A text
of few letters beyond ASCII fits several: then the one wins whose letters and signs stand where letters and signs do,
and among those the one that the text's language is usually written in.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from retrieval.articles.language import language_of

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

_USUAL = {
    "cp1250": "pl cs sk hu hr sl ro bs sr",
    "iso8859_2": "pl cs sk hu hr sl ro bs sr",
    "cp1251": "ru uk bg be sr mk",
    "cp1253": "el",
    "cp1254": "tr az",
    "cp1255": "he yi",
    "cp1256": "ar fa ur",
    "cp1257": "lt lv et",
    "cp1258": "vi",
    "cp932": "ja",
    "gb18030": "zh",
    "big5": "zh",
    "cp949": "ko",
    "cp874": "th",
}
"""By encoding, the languages that are usually written in it; all others are written in the Western ones."""
_WESTERN = ("cp1252", "iso8859_15", "mac_roman")
_ENCODINGS = (*_WESTERN, *_USUAL, "koi8_r", "koi8_u", "euc_jp")
"""The likelier first."""
_ELSEWHERE = frozenset(" ".join(_USUAL.values()).split())
_CHAOS = 0.1
"""By how much a likely text may be more of a mess than the best one: signs beside figures count as such."""
_SAMPLE = 20_000
_MOSTLY = 0.8
_LATIN_END = "\u024f"
_WORDS_OF_ONE = frozenset("àáéèíóòôöåúùýæøÀÁÉÈÍÓÔÖÅÚØįĮ")
_SIGN = r"\xa1-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7\u2020\u2021\u2030\u02c7-\u02dd\u2200-\u22ff\u2500-\u25ff"
_LETTER = r"[^\W\d_]"
_IN_WORD = re.compile(
    rf"(?<={_LETTER})[{_SIGN}](?={_LETTER})|(?<={_LETTER})[\xa1-\xa8\xac\xaf\xb1\xb4\xb8\xb9\xbc-\xbf\u2030]|(?<!{_LETTER})"
    rf"[\xa2-\xa6\xa8-\xaf\xb1-\xb4\xb8-\xbe\u2030](?={_LETTER})"
)
"""A sign where a letter should be: within a word, at its end or at its beginning."""
_NEVER = re.compile("[\x80-\x9f¤¦¬\ufffd]")


class _Reading(NamedTuple):
    """The beginning of a text as an encoding has it."""

    encoding: str
    text: str
    coherence: float
    """How well it fits a language."""


def guess(data: bytes) -> str:
    """Return the likeliest encoding of bytes that are not UTF-8; "" if none is likely."""
    if b"\0" in data:
        return ""
    from charset_normalizer import from_bytes

    guesses = list(from_bytes(data, cp_isolation=list(_ENCODINGS)))
    least = min((match.chaos for match in guesses), default=0.0)
    readings = (_likeliest(match) for match in guesses if match.chaos <= least + _CHAOS)
    return min(readings, key=_unlikeliness, default=_Reading("", "", 0.0)).encoding


def _unlikeliness(reading: _Reading) -> tuple[int, bool, int, float, int]:
    name = reading.encoding
    western = _WESTERN.index(name) if name in _WESTERN else len(_WESTERN)
    rank = _ENCODINGS.index(name) if name in _ENCODINGS else len(_ENCODINGS)
    return _oddities(reading.text), _is_unusual(name, reading.text), western, -reading.coherence, rank


def _likeliest(match: CharsetMatch) -> _Reading:
    """Return the likeliest of the encodings that decode to the same text."""
    names = [name for name in _ENCODINGS if name in match.could_be_from_charset]
    return _Reading(names[0] if names else match.encoding, str(match)[:_SAMPLE], match.coherence)


def _is_unusual(encoding: str, text: str) -> bool:
    """Return whether the language of a text is usually written in other encodings."""
    language = language_of(text)
    if encoding in _USUAL:
        return language not in _USUAL[encoding].split()
    return encoding in _WESTERN and language in _ELSEWHERE


def _oddities(text: str) -> int:
    """Count the characters beyond ASCII that stand where no writer would put them."""
    letters = [mark for mark in text if mark.isalpha()]
    is_latin = sum(mark <= _LATIN_END for mark in letters) >= _MOSTLY * len(letters)
    odd = len(_NEVER.findall(text)) + len(_IN_WORD.findall(text))
    pairs = pairwise(text)
    odd += sum(before.islower() and mark.isupper() and not (before + mark).isascii() for before, mark in pairs)
    if not is_latin:
        return odd
    for place, mark in enumerate(text):
        if mark.isascii() or not mark.isalpha():
            continue
        beside = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
        is_alone = not any(map(str.isalpha, beside)) and mark not in _WORDS_OF_ONE
        odd += mark > _LATIN_END or is_alone
    return odd
