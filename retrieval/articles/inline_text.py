"""Collects the text of a block of a web page: spaces, quotation marks, struck and raised text as a browser has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.articles.html_elements import DOUBT, PRE_TAGS, is_block, is_link, is_struck, unseen
from retrieval.articles.replaced import (
    placed,
    replacement,
    value_of,
    with_all,
    with_replacements,
    without_places,
)
from retrieval.articles.sentence_ends import ends_sentence, is_fragment
from retrieval.articles.typesetting import Setting, runs_on, setting_of, typeset, with_fractions
from retrieval.stand_ins import STRUCK, UNSURE

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_QUOTES = ("“”", "‘’")
_COLLAPSED = re.compile(r"[ \t\n\r\f]+")
_NO_BREAK = re.compile(r"[\x0b\x1c-\x1e\x85\u2028\u2029]")
"""Characters that end a line of plain text, though none in a browser."""
_BREAK = "\x0b"
_BREAKS = re.compile(rf" ?{_BREAK} ?")
_BLANK_LINE = re.compile(r"\n{2,}")
_APART = frozenset({Setting.BOX, Setting.DENOMINATOR, Setting.RADICAND, Setting.GLOSS})
_LEAST_BEFORE = 20


class InlineText:
    """The text since the last block ended, and the open elements that change how text goes on."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._linked = 0
        self._links = 0
        self._pres = 0
        self._settings: list[tuple[Setting, int]] = []
        """Open elements that do not just go on, and how many of the texts stand before each."""
        self._is_apart = False
        """Whether what comes next stands apart from what is before it."""
        self._is_marked = False
        """Whether what is before is an exponent or an index that only a sign sets apart."""
        self._struck = 0
        self._doubts = 0
        self._quotes: list[str] = []
        """Of every open quotation, the mark it began with; empty before its text begins."""
        self._unseen = [frozenset[str]()]
        """Of every open element, why its own text is invisible."""
        self.hidden: list[str] = []
        """Text that is struck or cannot be seen."""

    def begin(self, element: HtmlElement) -> None:
        """Begin an element, with the text before its first child."""
        if not is_block(element) and (setting := setting_of(element)):
            self._settings.append((setting, len(self._texts)))
        self._links += is_link(element)
        self._struck += is_struck(element)
        if element.tag == "q":
            self._quotes.append("")
        self._unseen.append(unseen(element, self._unseen[-1]))
        self._pres += element.tag in PRE_TAGS
        self._doubts += _is_doubtful(element, "hidden")
        self._add_generated(element, "before")
        if element.tag == "br":
            self._texts.append(_BREAK)
        self.add_replaced(element)
        self.add(element.text)

    def end(self, element: HtmlElement) -> None:
        """End an element, but for the marks of a quotation."""
        self._add_generated(element, "after")
        if not is_block(element) and setting_of(element):
            self._end_setting()
        self._links -= is_link(element)
        self._struck -= is_struck(element)
        self._doubts -= _is_doubtful(element, "hidden")
        self._unseen.pop()
        self._pres -= element.tag in PRE_TAGS

    def end_quote(self, *, is_first: bool) -> str:
        """End a quotation; return its closing mark if it belongs to the block before, which the first text has not."""
        if not self._quotes.pop():
            return ""
        closing = _QUOTES[len(self._quotes) % 2][1]
        if not is_first and not "".join(self._texts).strip():
            return closing
        self._texts.append(closing)
        return ""

    def take(self) -> tuple[list[str], float]:
        """Return the text, cut at its blank lines, and the share of it that stands in links; begin anew."""
        collected = "".join(self._texts)
        text = with_fractions(with_replacements(collected, _BREAK))
        share = self._linked / max(1, len(_COLLAPSED.sub("", with_fractions(without_places(collected)))))
        self._texts, self._linked, self._is_apart, self._is_marked = [], 0, False, False
        self._settings = [(setting, 0) for setting, _ in self._settings]
        return _laid_out(text, pre=self._pres > 0), share

    def add(self, text: str | None) -> None:
        """Collect the text of an element, or behind one."""
        if text and self._doubts:
            self._add_mark(text, UNSURE)
        elif text and self._unseen[-1]:
            self._texts.append(" ")  # the space that the text takes up
            self.hidden.append(text)
        elif text and self._struck:
            self._add_mark(text, STRUCK)
        elif text:
            self._begin_quotes(text)
            text = _NO_BREAK.sub(" ", text)
            if self._runs_on(text):
                text = f" {text}"
            self._is_apart = self._is_marked = False
            self._texts.append(text)
            if self._links:
                self._linked += len(_COLLAPSED.sub("", text))

    def add_replaced(self, element: HtmlElement) -> None:
        """Leave what stands for an element that is shown though it has no text, where a sentence goes on around it."""
        words = _NO_BREAK.sub(" ", replacement(element))
        if not words or unseen(element, self._unseen[-1]):
            return
        self.hidden.append(value_of(element))
        if self._struck or self._doubts or _is_doubtful(element, "hidden"):
            words = STRUCK
        if words != STRUCK or not self._before(len(self._texts)).rstrip().endswith(STRUCK):
            self._is_apart = self._is_marked = False
            self._texts.append(placed(words))

    def _add_generated(self, element: HtmlElement, place: str) -> None:
        """Leave a mark for words that a style sheet adds."""
        if _is_doubtful(element, place) and not self._unseen[-1]:
            self._texts.append(UNSURE)

    def _add_mark(self, text: str, mark: str) -> None:
        """Leave a mark for text that the page takes back, or may hide."""
        self.hidden.append(text)
        before = self._before(len(self._texts))
        if text.strip() and not before.rstrip().endswith(mark):
            self._texts.append(text[: len(text) - len(text.lstrip())] + mark + text[len(text.rstrip()) :])
        elif (text[0].isspace() or text[-1].isspace()) and not before.endswith(" "):
            self._texts.append(" ")

    def _begin_quotes(self, text: str) -> None:
        """Set the marks of quotations whose first text comes now."""
        for depth, mark in enumerate(self._quotes):
            if not mark and text.strip():
                self._quotes[depth] = _QUOTES[depth % 2][0]
                self._texts.append(self._quotes[depth])

    def _end_setting(self) -> None:
        """Typeset the text of the element that ends."""
        setting, start = self._settings.pop()
        text, before = "".join(self._texts[start:]), self._before(start)
        if setting is not Setting.BOX:
            text = with_all(text)  # an exponent is no icon
        line = typeset(setting, text, before)
        self._texts[start:] = filter(None, [line])
        self._is_marked = line[:1] in {"^", "_"} and line[-1].isalnum()
        if setting in _APART:
            self._is_apart = len(text.strip()) != 1 or not text.strip().isalpha()

    def _runs_on(self, text: str) -> bool:
        """Return whether a text would seem to belong to what is before it, from which it is set apart."""
        if self._is_marked and text[:1].isalnum():
            return True
        return self._is_apart and runs_on(self._before(len(self._texts)), text)

    def _before(self, end: int) -> str:
        """Return the end of the text that was collected before the part at `end`."""
        before = ""
        while end and len(before) < _LEAST_BEFORE:
            end -= 1
            before = self._texts[end] + before
        return before[-_LEAST_BEFORE:]


def _is_doubtful(element: HtmlElement, what: str) -> bool:
    return what in element.get(DOUBT, "").split()


def _laid_out(texts: str, *, pre: bool) -> list[str]:
    """Collapse white space as a browser does, and cut at blank lines; preformatted text keeps all of it."""
    if pre:
        text = texts.replace("\r\n", "\n").replace("\r", "\n").replace(_BREAK, "\n").strip("\n")
        return [text] if text.strip() else []
    text = _BREAKS.sub("\n", _COLLAPSED.sub(" ", texts))
    return [_unbroken(part.strip()) for part in _BLANK_LINE.split(text) if part.strip()]


def _unbroken(text: str) -> str:
    """Replace the line breaks within sentences, behind long lines that end none, by spaces."""
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and not ends_sentence(lines[-1]) and not is_fragment(lines[-1]):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return "\n".join(lines)
