"""The labels of a Markdown article: of links whose targets, and of footnotes whose texts, stand elsewhere in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from retrieval.articles.comments import comments_and_code
from retrieval.articles.marks import blanked, footnotes
from retrieval.records import Label

_DEFINED = re.compile(r"^[ \t>]*\[(?!\^)((?:[^\[\]\\]|\\.){1,200})\]:[ \t]*(?:\r?\n[ \t>]*)?\S", re.MULTILINE)
_USED = re.compile(r"\[(\^?(?:[^\[\]\\]|\\.){1,200})\]")
_SMALL = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def labels_in(text: str, start: int, end: int) -> tuple[Label, ...]:
    """Return the labels in a span of a Markdown text that the text defines, each with the small number of a footnote.

    The label of a link comes without a number, and as it is written in the span.
    """
    if "[" not in text[start:end]:
        return ()
    defined = _defined(text)
    used = dict.fromkeys(_USED.findall(text, start, end))
    return tuple((label, defined[key]) for label in used if (key := _folded(label)) in defined)


@lru_cache(maxsize=32)
def _defined(text: str) -> Mapping[str, str]:
    """Return the labels that a text defines, folded; a footnote's with its number: its label, or in order."""
    prose = blanked(text, (span for span, _ in comments_and_code(text)))
    notes = footnotes(prose)
    places = {label: text.find(f"[^{label}]") for label in notes}
    order = sorted(notes, key=places.__getitem__)
    if all(label.isdecimal() and label.isascii() for label in notes):
        numbers = {label: label for label in notes}
    else:
        numbers = {label: str(number) for number, label in enumerate(order, 1)}
    small = {_folded(f"^{label}"): number.translate(_SMALL) for label, number in numbers.items()}
    return {**dict.fromkeys(map(_folded, _DEFINED.findall(prose)), ""), **small}


def _folded(label: str) -> str:
    return " ".join(label.split()).casefold()
