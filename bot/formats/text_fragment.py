"""Links that land on a quote: text fragments (WICG, "URL Fragment Text Directives").

    url#:~:text=[prefix-,]start[,end][,-suffix]

A browser takes the first place in the page where all parts fit, so parts are added until that place is the quote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

LONGEST_WHOLE = 120  # characters of a quote that is written whole
EDGE = 5  # words that a longer quote begins and ends with
_MESSAGE = re.compile(r"https://(?:\w+\.)?discord\.com/channels/")
CONTEXT = ((0, 0), (3, 0), (3, 3), (8, 8))  # words of prefix and suffix, tried in turn


@dataclass(frozen=True, slots=True)
class Directive:
    """The parts of a text directive, white space collapsed."""

    start: str
    end: str = ""
    prefix: str = ""
    suffix: str = ""

    def __str__(self) -> str:
        parts = (
            f"{_encode(self.prefix)}-" if self.prefix else "",
            _encode(self.start),
            _encode(self.end),
            f"-{_encode(self.suffix)}" if self.suffix else "",
        )
        return "text=" + ",".join(part for part in parts if part)


def link(url: str | None, text: str, start: int, end: int) -> str | None:
    """Return the article's URL with a fragment that lands on text[start:end]; None where there is no web address.

    `text` is that of the page. Where nothing of the span is on it, the URL leads to the page. The address of a message
    in Discord leads to the message as it is, and only as it is.
    """
    base = web_address(url)
    if base is None or _MESSAGE.match(base) or not text[start:end].strip():
        return base
    base = base.partition(":~:")[0]
    return f"{base}{'' if '#' in base else '#'}:~:{directive(text, start, end)}"


def web_address(url: str | None) -> str | None:
    """Return the URL, if it is one of the web, with every character escaped that has no place in a URL."""
    try:
        parts = urlsplit((url or "").strip())
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return None
    except ValueError:
        return None
    return quote((url or "").strip(), safe=":/?#[]@!$&'()*+,;=%-._~", errors="replace")


def directive(text: str, start: int, end: int) -> Directive:
    """Return the shortest directive that lands on the span; the longest where the text repeats itself too much."""
    start, end = _whole_words(text, start, end)
    page, at = _Page(text), len(_collapse(text[:start] + "|")) - 1
    place = (at, at + len(_collapse(text[start:end])))
    shortest = Directive(_collapse(text[start:end]))
    for before, behind in CONTEXT:
        for first, last in _edges(text[start:end]):
            shortest = Directive(first, last, _words_before(text, start, before), _words_behind(text, end, behind))
            if page.find(shortest) == place:
                return shortest
    return shortest


def _edges(quoted: str) -> list[tuple[str, str]]:
    """Start and end of the directive, the shortest first: the whole quote, or the words it begins and ends with.

    A start or end of its own lies within one line: a browser looks for it within one block of the page.
    """
    lines = [line.split() for line in quoted.splitlines() if line.strip()]
    if len(lines) == 1:
        whole = " ".join(lines[0])
        if len(whole) <= LONGEST_WHOLE or len(lines[0]) < 2 * EDGE:
            return [(whole, "")]
        return [(" ".join(lines[0][:EDGE]), " ".join(lines[0][-EDGE:])), (whole, "")]
    first, last = lines[0], lines[-1]
    return [(" ".join(first[:EDGE]), " ".join(last[-EDGE:])), (" ".join(first), " ".join(last))]


class _Page:
    """An article as a browser searches it: white space collapsed, letter case of no account."""

    def __init__(self, text: str) -> None:
        self._text = _fold(_collapse(text))

    def find(self, parts: Directive) -> tuple[int, int] | None:
        """Return where the directive lands: the specification's "find a range from a text directive"."""
        opening, at = _fold(parts.prefix or parts.start), 0
        while (at := self._next(opening, at)) >= 0:
            begin = self._skip_space(at + len(opening)) if parts.prefix else at
            if self._stands(_fold(parts.start), begin):
                end = self._end(parts, begin + len(_fold(parts.start)))
                if end is not None:
                    return begin, end
            at += 1
        return None

    def _end(self, parts: Directive, at: int) -> int | None:
        closing, suffix = _fold(parts.end), _fold(parts.suffix)
        if not closing:
            return at if not suffix or self._stands(suffix, self._skip_space(at)) else None
        while (at := self._next(closing, at)) >= 0:
            end = at + len(closing)
            if not suffix or self._stands(suffix, self._skip_space(end)):
                return end
            at += 1
        return None

    def _next(self, part: str, at: int) -> int:
        while (at := self._text.find(part, at)) >= 0 and not self._stands(part, at):
            at += 1
        return at

    def _stands(self, part: str, at: int) -> bool:
        """Return whether the part stands here, and begins and ends between words."""
        return self._text.startswith(part, at) and all(
            not (0 < edge < len(self._text) and self._text[edge - 1].isalnum() and self._text[edge].isalnum())
            for edge in (at, at + len(part))
        )

    def _skip_space(self, at: int) -> int:
        return at + 1 if self._text.startswith(" ", at) else at


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without white space around it, widened to whole words."""
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end -= len(text[start:end]) - len(text[start:end].rstrip())
    while 0 < start < len(text) and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while 0 < end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end


def _words_before(text: str, start: int, count: int) -> str:
    lines = text[:start].rstrip().splitlines()
    return " ".join(lines[-1].split()[-count:]) if lines and count else ""


def _words_behind(text: str, end: int, count: int) -> str:
    lines = text[end:].lstrip().splitlines()
    return " ".join(lines[0].split()[:count]) if lines and count else ""


def _collapse(text: str) -> str:
    return " ".join(text.split())


def _fold(text: str) -> str:
    """Lower case, character by character, so that places stay the same."""
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _encode(part: str) -> str:
    # A hyphen, a comma and an ampersand mean something in a directive; `quote` leaves the hyphen.
    return re.sub("-", "%2D", quote(part, safe="", errors="replace"))
