"""An article's text -> its parts as people read them: words, and the marks of Markdown that say how these look.

Put together, the parts are the text, character for character: what shows them hides the marks and leaves out none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from itertools import groupby

from retrieval.articles.blocks import blocks_of
from retrieval.articles.labels import labels_in
from retrieval.articles.structure import Block
from retrieval.articles.visible import ending_of, visible_text
from retrieval.readable import MARKDOWN, readable
from retrieval.records import Article, Kind

SYNTAX, FLOW, CODE, HEADING = "syntax", "flow", "code", "heading"
"""How a part looks: not at all; with line ends that are spaces; as code; as a heading."""
_BULLET = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
_ADDRESSES = re.compile(r"<[^<>\n]+>|\]\([^()\n]*\)|\]\[[^\[\]\n]*\]")
"""What holds no words that are shown, if these are to be had elsewhere."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_DEFINITION = re.compile(r"[ \t>]{0,8}\[[^\]^][^\]\n]*\]:[ \t]*\S")
"""A line that says where a link leads."""
_OPENING = re.compile(r"[ \t>]*(?:`{3,}|~{3,})[^\n]*\n")
_CLOSING = re.compile(r"\n[ \t>]*(?:`{3,}|~{3,})\s*\Z")
_BLANKS = re.compile(r"[^\S\n]{2,}")
_SPANS = re.compile(r"\s+|\S+")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text."""

    text: str
    look: str = ""
    """How it looks; "" as it stands, line by line."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """The parts of a text before a quote, in it and behind it."""

    before: tuple[Part, ...]
    quote: tuple[Part, ...]
    after: tuple[Part, ...]


def appearance(article: Article, start: int, end: int) -> Appearance:
    """Return the parts of an article around the quote between two offsets; front matter above a quote is left out."""
    first = min(start, article.body)
    parts = [Part(article.text[first : article.body]), *_parts(article)]
    before, quote, after = (
        tuple(_between(parts, *span))
        for span in ((0, start - first), (start - first, end - first), (end - first, None))
    )
    if all(part.look == SYNTAX for part in quote):
        quote = (Part(article.text[start:end]),)
    return Appearance(before, quote, after)


def _between(parts: Sequence[Part], start: int, end: int | None) -> Iterator[Part]:
    """Yield the parts between two offsets of their text, cut where these are within one."""
    at = 0
    for part in parts:
        text = part.text[max(0, start - at) : None if end is None else max(0, end - at)]
        at += len(part.text)
        if text:
            yield replace(part, text=text)


def _parts(article: Article) -> Iterator[Part]:
    text, at = article.text, article.body
    if ending_of(article) not in MARKDOWN:
        yield Part(text[at:])
        return
    visible = visible_text(article)
    for block in sorted(blocks_of(article, visible), key=lambda block: block.start):
        if block.start >= at:
            yield from _around(text[at : block.start], visible[at : block.start], is_start=at == article.body)
            yield from _block(article, visible, block)
            at = block.end
    yield from _around(text[at:], visible[at:], is_start=at == article.body)


def _around(text: str, visible: str, *, is_start: bool) -> Iterator[Part]:
    """Yield what stands between two blocks: bullets stay, other marks do not, nor do lines of nothing but marks."""
    at = 0
    for number, line in enumerate(text.splitlines(keepends=True)):
        is_whole = line.endswith(("\n", "\r")) and (number > 0 or is_start)
        has_words = any(map(str.isalnum, visible[at : at + len(line)])) and not _DEFINITION.match(line)
        if has_words or line.isspace() or _BULLET.fullmatch(line):
            yield Part(line)
        elif is_whole or not line.endswith(("\n", "\r")):
            yield Part(line, SYNTAX)
        else:
            yield from (Part(span, "" if span.isspace() else SYNTAX) for span in _SPANS.findall(line))
        at += len(line)


def _block(article: Article, visible: str, block: Block) -> Iterator[Part]:
    source = article.text[block.start : block.end]
    if block.kind is Kind.CODE:
        opening, closing = _OPENING.match(source), _CLOSING.search(source)
        begin, end = opening.end() if opening else 0, closing.start() if opening and closing else len(source)
        yield from (Part(source[:begin], SYNTAX), Part(source[begin:end], CODE), Part(source[end:], SYNTAX))
        return
    look = HEADING if block.kind is Kind.HEADING and block.level else FLOW
    # The mark of a footnote stays as it is written, as its text does.
    labels = [(label, number) for label, number in labels_in(article.text, block.start, block.end) if not number]
    shown = visible[block.start : block.end]
    looks = _looks(source, shown, readable(shown, article.path, labels), look)
    if looks is None:
        yield Part(source)
        return
    at = 0
    for look, run in groupby(looks):
        length = len(list(run))
        words = source[at : at + length]
        yield Part(words, "" if look == FLOW and "\n" not in words else look)
        at += length


def _looks(source: str, visible: str, reads: str, look: str) -> list[str] | None:
    """Return how each character of a text looks that is to be read as another; None where that has others."""
    unseen = {at for at, (char, other) in enumerate(zip(source, visible, strict=True)) if char != other}
    addresses = {at for match in _ADDRESSES.finditer(source) for at in range(*match.span())}
    entities = {match.start(): match[0] for match in _ENTITY.finditer(source)}
    for passed in (addresses | unseen, unseen):
        looks = [SYNTAX] * len(source)
        at = 0
        for char in _BLANKS.sub(" ", reads):
            while at < len(source) and (at in passed or not _shows(source[at], entities.get(at, ""), char)):
                at += 1
            if at == len(source):
                break
            length = 1 if _shows(source[at], "", char) else len(entities[at])
            looks[at : at + length] = ["" if char == "\n" else look] * length
            at += length
        else:
            return looks
    return None


def _shows(char: str, entity: str, other: str) -> bool:
    """Return whether a character, or the entity that begins with it, is read as another one."""
    return char == other or (char.isspace() and other.isspace()) or (bool(entity) and unescape(entity) == other)
