"""An article's text as a reader finds it on its page, with the place of each of its characters.

A line is a block of the page, or a part of one: no words beside each other on two lines need be so on the page.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import groupby, takewhile

from retrieval.articles.comments import comments_and_code
from retrieval.articles.html_elements import BLOCK_TAGS
from retrieval.articles.marks import blanked, parts_of
from retrieval.articles.visible import ending_of, visible_text
from retrieval.readable import MARKDOWN
from retrieval.records import Article
from retrieval.stand_ins import STRUCK, UNSURE

_NO_TEXT = re.compile(
    r"^[ \t>]*+(?:(?:`{3,}|~{3,}|:{3,})[^\n]*|[-=*_][-=*_ \t]{2,}|\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?"
    r"|\[(?!\^)[^\]\n]+\]:[^\n]*)$",
    re.MULTILINE,
)
"""Lines of fences, rules, the delimiters of tables, and definitions of links and notes."""
_PREFIX = re.compile(
    r"^[ \t>]*+(?:\[\^[^\]\s]+\]:[ \t]*|(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?|#{1,6}[ \t]+)?", re.MULTILINE
)
_ROW = re.compile(r"^[ \t>]*+\|[^\n]*", re.MULTILINE)
_HEADING = re.compile(r"^[ \t>]*+#{1,6}[ \t][^\n]*", re.MULTILINE)
_HEADING_ID = re.compile(r"\{:?[ \t]*[#.][^{}]*\}")
_LINK = re.compile(
    r"\[([^\[\]]{0,500})\]"
    r"(\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+[\"'(][^\"')]{0,500}[\"')])?\)|\[[^\[\]]{0,500}\])?"
)
_DEFINED = re.compile(r"^[ \t>]*+\[([^\]\n]+)\]:", re.MULTILINE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ADDRESS = re.compile(r"<(?:[A-Za-z]+://|mailto:)")
_TAG_NAME = re.compile(r"</?([A-Za-z][\w.-]*)")
_BULLET = re.compile(r"^(?:-|-?\d{1,9}\.|[A-Za-z]\.) ", re.MULTILINE)
"""What stands before an item of a list, which is no text of its page."""
_BAR = re.compile(r"(?:(?<=[ ])|^)\|(?=[ ]|$)", re.MULTILINE)
"""What stands between the cells of a row, which the page has beside each other."""
_RELAID = re.compile(rf"{re.escape(STRUCK)}|{re.escape(UNSURE)}|[²³¹⁰ⁱ⁴-ⁿ₀-ₜᴬ-ᵪᶛ-ᶿ√^]+")
"""Signs that a page has otherwise: what is struck, raised, lowered or no text at all."""
_LONGEST_WORD = 100
_CACHED = 16

Cut = tuple[int, int, str]
"""Where characters stand that the page does not have, and what it has instead: a line end, where that is not known."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text of a page."""

    text: str
    _starts: tuple[int, ...]
    """Where each piece of the article begins that is on the page."""
    _places: tuple[int, ...]
    """Where each of them begins on the page."""

    def place(self, offset: int) -> int:
        """Return where the character at an offset of the article stands, or would stand."""
        piece = bisect_right(self._starts, offset) - 1
        if piece < 0:
            return 0
        behind = self._places[piece + 1] if piece + 1 < len(self._places) else len(self.text)
        return min(self._places[piece] + offset - self._starts[piece], behind)


@lru_cache(maxsize=_CACHED)
def rendered(article: Article) -> Rendered:
    """Return an article as its page shows it, from its body on."""
    visible = visible_text(article)
    if ending_of(article) in MARKDOWN:
        cuts = [*_replaced(article.text, visible), *_markdown(visible)]
    elif article.converted and ending_of(article) != "jsonl":
        cuts = [(*match.span(), "") for match in _BULLET.finditer(visible)]
        cuts += [(*match.span(), "\n") for match in _BAR.finditer(visible)]
        cuts += [_around(visible, *match.span()) for match in _RELAID.finditer(visible)]
    else:
        cuts = []
    texts, starts, places, at, length = list[str](), list[int](), list[int](), article.body, 0
    for start, end, instead in [*sorted(cuts), (len(visible), len(visible), "")]:
        if start < at:  # within what is cut already
            at = max(at, end) if start > article.body else at
            continue
        texts += [visible[at:start], instead]
        starts.append(at)
        places.append(length)
        length += start - at + len(instead)
        at = end
    return Rendered("".join(texts), tuple(starts), tuple(places))


def _replaced(text: str, visible: str) -> Iterator[Cut]:
    """Yield where something stands for what a page computes or strikes."""
    if text == visible:
        return
    differing = (
        at for at, (old, new) in enumerate(zip(text, visible, strict=True)) if old != new and not new.isspace()
    )
    for _, run in groupby(enumerate(differing), lambda pair: pair[1] - pair[0]):
        places = [at for _, at in run]
        yield _around(visible, places[0], places[-1] + 1)


def _markdown(text: str) -> Iterator[Cut]:
    """Yield the marks of a Markdown text."""
    fenced = [span for span, is_comment in comments_and_code(text) if not is_comment and "\n" in text[slice(*span)]]
    prose = blanked(text, fenced, by="x")
    for start, end in fenced:
        yield start, text.index("\n", start), "\n"
        yield text.rindex("\n", start, end), end, "\n"
    code = [part for part in parts_of(prose) if part["code"]]
    for part in code:
        yield part.start(), part.start("inside"), ""
        yield part.end("inside"), part.end(), ""
    prose = blanked(prose, (part.span() for part in code), by="x")
    for line in _NO_TEXT.finditer(prose):
        yield *line.span(), "\n"
    for prefix in _PREFIX.finditer(prose):
        yield *prefix.span(), ""
    for row in _ROW.finditer(prose):
        yield from ((at, at + 1, "\n") for at in range(*row.span()) if prose[at] == "|" and prose[at - 1] != "\\")
    for heading in _HEADING.finditer(prose):
        yield heading.start() + _words_end(heading.group()), heading.end(), ""
    yield from _links(prose)
    escaped = -1
    for part in parts_of(prose):
        if part.start() == escaped:
            yield from [(escaped + 1, part.end(), "")] if part["emphasis"] else []
            continue
        yield from _mark(prose, part)
        escaped = part.end() if part.group() == "\\" else -1
    for entity in _ENTITY.finditer(prose):
        yield *entity.span(), unescape(entity.group())


def _words_end(heading: str) -> int:
    """Return where the words of a heading end: its name for links, and signs like those it begins with, follow."""
    words = heading.rstrip(" \t#")
    name = words.rfind("{")
    if name >= 0 and _HEADING_ID.fullmatch(words, name):
        words = words[:name].rstrip(" \t#")
    return len(words)


def _links(text: str) -> Iterator[Cut]:
    """Yield the marks of links, and images."""
    labels = {_label(label) for label in _DEFINED.findall(text)}
    for link in _LINK.finditer(text):
        words, target = link[1], link[2] or ""
        label = _label(words if target in ("", "[]") else target[1:-1])
        if words.startswith("^") or (not target.startswith("(") and label not in labels):
            continue
        if text[link.start() - 1 : link.start()] == "!":
            yield link.start() - 1, link.end(), ""
            continue
        yield link.start(), link.start(1), ""
        yield link.end(1), link.end(), ""


def _label(label: str) -> str:
    return " ".join(label.split()).casefold()


def _mark(text: str, part: re.Match[str]) -> Iterator[Cut]:
    """Yield what is no text of a mark within a line."""
    start, end = part.span()
    name = _TAG_NAME.match(part["tag"] or "")
    if part["literal"]:
        yield start, part.start("words"), ""
        yield part.end("words"), end, ""
    elif part["footnote"] or part["template"]:
        yield _around(text, start, end)
    elif part["tag"] and _ADDRESS.match(part["tag"]):
        yield start, start + 1, ""
        yield end - 1, end, ""
    elif name:
        is_inline = name[1].lower() not in BLOCK_TAGS | {"br", "td", "th", "tr"} and not name[1][0].isupper()
        yield start, end, "" if is_inline else "\n"
    elif part["escape"]:
        yield start, start + 1, ""
    elif part["emphasis"] and not (text[start - 1 : start].isspace() and text[end : end + 1].isspace()):
        yield start, end, ""
    elif part["image"] or part["embed"] or part["blank"]:
        yield start, end, " "


def _around(text: str, start: int, end: int) -> Cut:
    """Return a place with the letters beside it, with which it would make one word, as the border of two lines."""
    before, behind = text[max(0, start - _LONGEST_WORD) : start], text[end : end + _LONGEST_WORD]
    letters = len(list(takewhile(str.isalnum, reversed(before))))
    return start - letters, end + len(list(takewhile(str.isalnum, behind))), "\n"
