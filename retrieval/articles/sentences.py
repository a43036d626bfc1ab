"""An article -> its spans that may be quoted, each with the context that it is read with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sentencex import get_sentence_boundaries

from retrieval.articles.abbreviations import without_stops
from retrieval.articles.blocks import blocks_of
from retrieval.articles.boilerplate import credit_end, credit_start, is_boilerplate, script_of
from retrieval.articles.language import language_of
from retrieval.articles.left_out import left_out
from retrieval.articles.marks import balanced, readable
from retrieval.articles.plain_text import FIELD
from retrieval.articles.sentence_ends import ends_in_title, is_fragment, word_count
from retrieval.articles.structure import Block, Span
from retrieval.articles.visible import MARKDOWN, ending_of, visible_text
from retrieval.records import Article, Kind, LeftOut, Reason, Sentence

LONGEST = 1200
"""Characters of the longest sentence; a longer one is split."""
LONGEST_ITEM = 400
"""Characters of the longest list item that is quoted whole; a longer one is cut into its sentences."""
REACH = 3
"""Blocks behind a question that stands alone which may answer it."""
LEAST_LINE = 4
"""Words of a line without a full stop that is quoted where it is no heading; one with a figure needs no more."""

_WINDOW = 20_000
_SPACE = re.compile(r"\s|[\ud800-\udfff]")
_CLAUSE_END = re.compile(r"[;:,](?=\s)|[，；、：،؛]")
_OPENED = re.compile(r"\s([“‘«„(\[]+)\s*\Z")
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
_YES_OR_NO = re.compile(
    r"(?:(?:yes|yep|yeah|no|nope|sure|correct|true|false|never|always|maybe|perhaps|absolutely|definitely|certainly|sometimes|"
    r"of course|not (?:yet|really|always|necessarily|any ?more|at all|quite)|(?:it|that) depends|both|neither|none|"
    r"ja|nein|doch|oui|non|si|sí|да|нет)\b(?:,? [\w’']+){0,3}|是的?|不是?|はい|いいえ)[.!。！]\W*",
    re.IGNORECASE,
)
"""An answer that says nothing without the sentence behind it."""
_SPEAKER = re.compile(r"(?:Q|A|Question|Answer)[:.]\s+", re.IGNORECASE)
_Piece = tuple[int, int, Reason | None]
"""A span, and why it is not quoted; None where it is."""
_ENDS_INSIDE = re.compile(r"\w[.!?。！？]\W*\s")
_UNITS = frozenset({Kind.ITEM, Kind.STEP, Kind.ROW, Kind.CODE})
_FULL_STOPPED = frozenset({"LATIN", "CYRILLIC", "GREEK", None})
"""Scripts whose sentences end in full stops, so that what has none may be a heading."""
_ANNOUNCES = re.compile(
    r"(?:in this (?:\w+ )?(?:post|article|section|guide|chapter|page|tutorial|document|video|episode)s?\b.{0,40}?\b"
    r"(?:we|you|i)(?:['’]ll| will| are going to|['’]re going to)? (?:also )?"
    r"(?:cover|look|see|discuss|explain|learn|show|explore|describe|talk|go|walk|take|answer|introduce)"
    r"|this (?:\w+ )?(?:post|article|section|guide|chapter|page|tutorial|document) (?:will )?(?:also )?"
    r"(?:explains?|describes?|covers?|shows?|discuss(?:es)?|introduces?|walks?|looks?|answers?|goes|go over|tells?|"
    r"is about)\b"
    r"|we (?:will|['’]ll) (?:also |now |then )?(?:cover|look at|see how|discuss|explain|learn|explore)\b"
    r"|(?:read on|keep reading|see below)\b)",
    re.IGNORECASE,
)
"""What says that something will be said, and does not say it."""


def segment(article: Article) -> tuple[Sentence, ...]:
    """Return every span that may be quoted, in order; each is `article.text[start:end]`, in characters."""
    return tuple(_Segmenter(article).sentences())


def cut(article: Article) -> tuple[tuple[Sentence, ...], tuple[LeftOut, ...]]:
    """Return every span that may be quoted, as `segment` does, and what else the article holds."""
    segmenter = _Segmenter(article)
    sentences = tuple(segmenter.sentences())
    return sentences, left_out(article, sentences, segmenter.dropped)


def why_none(article: Article) -> str:
    """Return, as a part of a sentence, why an article has no sentence that may be quoted."""
    body = article.text[article.body :]
    if not any(map(str.isalpha, body)):
        return "has nothing to quote: no word, only numbers or signs"
    if sum(not line.isspace() for line in body.splitlines() if line) == 1:
        return "has nothing to quote: one line, which is no sentence (a title?)"
    return "has nothing to quote: no sentence, only titles, labels, code or page furniture"


@dataclass(slots=True)
class _Outline:
    """What the current block stands under."""

    headings: list[Block] = field(default_factory=list)
    items: list[Block] = field(default_factory=list)
    header: Block | None = None
    """Of the table."""
    introduction: Span | None = None
    """The sentence that introduces a list or a table."""
    question: Span | None = None
    """A question that stands alone."""
    reach: int = 0
    """How many more blocks may answer it."""

    def enter(self, block: Block, *, is_title: bool = False) -> None:
        """Go on to the next block; the article's title is no context, since it is read with every passage."""
        self.headings = [heading for heading in self.headings if block.start < heading.scope]
        if block.kind is Kind.HEADING and block.level:
            self.headings = [heading for heading in self.headings if heading.level < block.level]
            if not is_title:
                self.headings.append(block)
        if block.kind in {Kind.HEADING, Kind.LEFT_OUT} or not self.reach:
            self.question = None
        self.reach -= 1
        if block.kind not in _UNITS and block.kind is not Kind.HEADER:
            self.introduction = None
        if block.kind is not Kind.ROW:
            self.header = block if block.kind is Kind.HEADER else None
        # A paragraph within an item has its level, and stands under it.
        under = block.level if block.kind is Kind.PROSE else block.level - 1
        if block.kind is not Kind.CODE:
            self.items = [] if block.kind is Kind.HEADING else self.items[: max(under, 0)]

    def add(self, item: Block) -> None:
        """Put an item above those that are nested in it."""
        if item.kind in {Kind.ITEM, Kind.STEP} and item.level:
            self.items.append(item)

    def context(self) -> tuple[Span, ...]:
        """Return the spans that the current block stands under, the outermost first."""
        spans = [(heading.start, heading.end) for heading in self.headings]
        spans += [span for span in (self.question, self.introduction) if span]
        spans += [(item.start, item.end) for item in self.items if item.end - item.start <= LONGEST_ITEM]
        return (*spans, (self.header.start, self.header.end)) if self.header else tuple(spans)


class _Segmenter:
    """Cuts one article."""

    def __init__(self, article: Article) -> None:
        self._markdown = ending_of(article) in MARKDOWN
        self._whole = article.text
        self._text = visible_text(article)
        self._blocks = blocks_of(article)
        self._title = " ".join(article.title.split())
        self._scraped = not self._markdown and not article.layout
        """Whether nothing but the text itself tells what its lines are."""
        self._language = language_of(article.text[article.body :])
        self._outline = _Outline()
        self._paragraph = self._run = 0
        self._context: tuple[Span, ...] = ()
        self._lead = -1
        """Where a question begins that the next sentence answers."""
        self._introduces = -1
        """Where a sentence begins that introduces the code behind it."""
        self._txt = ending_of(article) == "txt"
        is_sentence = [self._txt and self._is_sentence(block) for block in self._blocks]
        self._last_sentence = max((row for row, known in enumerate(is_sentence) if known), default=-1)
        self._of_lines = self._txt and self._are_mostly_lines(is_sentence)
        """Whether the text is made of lines that end without a full stop: facts, verses, addresses."""
        self._ends_prose = False
        """Whether no sentence follows the current block, which is therefore no heading."""
        self.dropped: list[tuple[int, int, Reason]] = []
        """What is never quoted, of what has been cut so far; marks are not among it."""

    def sentences(self) -> Iterator[Sentence]:
        """Yield the spans in order."""
        for row, block in enumerate(self._blocks):
            following = self._blocks[row + 1] if row + 1 < len(self._blocks) else None
            follows_furniture = row > 0 and self._blocks[row - 1].kind is Kind.LEFT_OUT
            self._ends_prose = self._txt and row > self._last_sentence and not follows_furniture
            self._outline.enter(block, is_title=block.kind is Kind.HEADING and self._is_title(block))
            if block.kind in {Kind.LEFT_OUT, Kind.HEADING, Kind.HEADER}:
                reason = Reason.FURNITURE if block.kind is Kind.LEFT_OUT else Reason.CONTEXT
                self.dropped.append((block.start, block.end, reason))
                self._run += block.kind is not Kind.HEADING or block.level > 0
                self._lead = self._introduces = -1
            else:
                yield from self._of_block(block, following)
            self._outline.add(block)

    def _are_mostly_lines(self, is_sentence: Sequence[bool]) -> bool:
        """Return whether more of the text stands in lines than in sentences."""
        lengths = {True: 0, False: 0}
        for block, known in zip(self._blocks, is_sentence, strict=True):
            if block.kind in {Kind.PROSE, Kind.LINE}:
                lengths[known] += block.end - block.start
        return lengths[False] > lengths[True]

    def _is_sentence(self, block: Block) -> bool:
        """Return whether a block may be text below a heading."""
        if block.kind in {Kind.LEFT_OUT, Kind.LINE, Kind.HEADING}:
            return False
        block_text = self._text[block.start : block.end]
        return block.kind is not Kind.PROSE or not is_fragment(block_text) or bool(_ENDS_INSIDE.search(block_text))

    def _is_title(self, heading: Block) -> bool:
        return " ".join(self._flat(heading).split()) == self._title

    def _of_block(self, block: Block, following: Block | None) -> Iterator[Sentence]:
        context = self._outline.context()
        if context != self._context:
            self._context, self._run, self._lead = context, self._run + 1, -1
        pieces = list(self._spans(block))
        self.dropped += [(start, end, reason) for start, end, reason in pieces if reason is Reason.SHORT]
        pieces = [piece for piece in pieces if piece[2] is not Reason.SHORT]
        spans = self._introducing(block, following, pieces)
        counted = False
        for row, (start, end, reason) in enumerate(spans):
            if reason:
                self.dropped.append((start, end, reason))
                self._run += 1
                self._lead = -1
                continue
            if block.kind is not Kind.CODE and self._asks(start, end):
                self.dropped.append((start, end, Reason.CONTEXT))
                if len(spans) == 1 and block.kind is Kind.PROSE:
                    self._outline.question, self._outline.reach = (start, end), REACH
                else:
                    self._lead = start if self._lead < 0 else self._lead
                continue
            self._paragraph += not counted
            counted = True
            lead = self._lead if self._lead >= 0 or row else block.mark
            self._lead = -1
            headings = len(self._outline.headings)
            yield Sentence(start, end, self._paragraph, self._run, block.kind, lead, context, headings)

    def _introducing(self, block: Block, following: Block | None, spans: list[_Piece]) -> list[_Piece]:
        """Join the sentence that introduces code with it, and keep one that introduces a list as its context."""
        if block.kind is Kind.CODE and self._introduces >= 0:
            end = spans[0][1] if spans else block.end
            spans = [(self._introduces, end, None), *spans[1:]]
        self._introduces = -1
        if not spans or following is None or following.kind not in {*_UNITS, Kind.HEADER}:
            return spans
        start, end, reason = spans[-1]
        if reason or not self._text[start:end].rstrip("*_ ").endswith((":", "：")):
            return spans
        if following.kind is Kind.CODE:
            self._introduces = start
            return spans[:-1]
        if block.kind is Kind.PROSE:
            self._outline.introduction = (start, end)
            self.dropped.append((start, end, Reason.CONTEXT))
            return spans[:-1]
        return spans

    def _asks(self, start: int, end: int) -> bool:
        return self._text[start:end].rstrip("*_~` ").endswith(("?", "？", "؟"))

    def _spans(self, block: Block) -> Iterator[_Piece]:
        """Yield the spans of a block in order."""
        block_text = self._text[block.start : block.end]
        if block.kind is Kind.CODE:
            for start, end in _lines_together(self._text, block.start, block.end):
                yield start, end, None
            return
        flat = self._flat(block)
        if self._scraped and block.kind is Kind.ITEM and is_boilerplate(block_text):
            yield block.start, block.end, Reason.FURNITURE
            return
        if block.kind in _UNITS and len(block_text) <= LONGEST_ITEM:
            pieces: Iterator[Span] = iter([(block.start, block.end)])
        else:
            pieces = _boundaries(flat, block.start, self._language)
        yes: Span | None = None
        for start, end in self._trimmed(flat, block, pieces):
            if yes is not None:
                start, yes = yes[0], None
            elif self._says_nothing_alone(flat, block, start, end):
                yes = (start, end)
                continue
            yield from self._checked(block, start, end)
        if yes is not None:
            yield from self._checked(block, *yes)

    def _checked(self, block: Block, start: int, end: int) -> Iterator[_Piece]:
        """Yield a sentence without the photo credits around it, in pieces where it is too long."""
        if self._text[start:end] != self._whole[start:end]:  # a comment that its page never shows
            yield start, end, Reason.MARKS
            return
        begin = start + credit_end(self._text[start:end])
        if begin > start:
            yield start, begin, Reason.FURNITURE
        sentence = self._text[begin:end]
        stop = begin + credit_start(sentence)
        # In a scrape, a short end without a full stop is no sentence: a heading, or the name that was broken off.
        loose = (
            block.kind is Kind.PROSE and end == block.end and is_fragment(sentence) and not self._stands_alone(sentence)
        )
        for first, last in _split(self._text, begin, stop):
            piece = self._text[first:last]
            if not any(map(str.isalnum, piece)):
                continue
            if block.kind is Kind.PROSE and (is_boilerplate(piece) or _ANNOUNCES.match(piece)):
                yield first, last, Reason.FURNITURE
            else:
                yield first, last, Reason.SHORT if loose else None
        if stop < end:
            yield stop, end, Reason.FURNITURE

    def _stands_alone(self, piece: str) -> bool:
        """Return whether a piece without a full stop is meant to be read as it is."""
        if self._markdown:
            return any(map(str.isalpha, piece))
        count, has_figure = word_count(piece), any(map(str.isdigit, piece))
        if (self._of_lines and (count > 1 or has_figure)) or (self._ends_prose and (count >= LEAST_LINE or has_figure)):
            return True
        return bool(FIELD.match(piece)) or script_of(piece) not in _FULL_STOPPED

    def _says_nothing_alone(self, flat: str, block: Block, start: int, end: int) -> bool:
        """Return whether this opens a block and is an answer as short as "No."."""
        opens = not flat[: start - block.start].strip()
        alone = opens and end < block.end and _YES_OR_NO.fullmatch(self._text, start, end)
        return block.kind is Kind.PROSE and bool(alone)

    def _flat(self, block: Block) -> str:
        """Return the block's text, at its length, with white space for line ends, marks and containers' signs."""
        parts, at = [], block.start
        for start, end in block.gaps:
            parts += [self._text[at:start], " " * (end - start)]
            at = end
        flat = "".join([*parts, self._text[at : block.end]])
        flat = readable(flat) if self._markdown else flat
        return without_stops(_SPACE.sub(" ", flat))

    def _trimmed(self, flat: str, block: Block, spans: Iterator[Span]) -> Iterator[Span]:
        """Yield the spans without white space and marks at their ends; those without a letter or digit are dropped."""
        for first, last in spans:
            start, end = first - block.start, last - block.start
            while start < end and (flat[start].isspace() or flat[start] in _INVISIBLE):
                start += 1
            if speaker := _SPEAKER.match(flat, start, end):
                start = speaker.end()
            while start < end and (flat[end - 1].isspace() or flat[end - 1] in _INVISIBLE):
                end -= 1
            if any(map(str.isalnum, flat[start:end])):
                span = start + block.start, end + block.start
                yield balanced(self._text, *span, (block.start, block.end)) if self._markdown else span


def _boundaries(flat: str, offset: int, language: str) -> Iterator[Span]:
    """Yield the sentences that sentencex finds, white space included."""
    position = 0
    while position < len(flat):
        # In windows, because unbalanced quotation marks take time that grows with the square of the length.
        boundaries = get_sentence_boundaries(language, flat[position : position + _WINDOW])
        if len(boundaries) > 1 and position + _WINDOW < len(flat):
            boundaries.pop()
        start = position
        for sentence in boundaries:
            end = position + sentence["end_index"]
            if sentence is not boundaries[-1] and (opened := _OPENED.search(flat, start, end)):
                end = opened.start(1)  # a quotation that is never closed begins with the sentence behind it
            if not ends_in_title(sentence["text"]) or sentence is boundaries[-1]:
                yield offset + start, offset + end
                start = end
        position = start


def _split(text: str, start: int, end: int) -> Iterator[Span]:
    """Cut a sentence that is too long behind a clause, at white space or, with neither, where the limit falls."""
    while end - start > LONGEST:
        clauses = [mark.end() for mark in _CLAUSE_END.finditer(text, start + LONGEST // 4, start + LONGEST)]
        spaces = [] if clauses else [mark.start() for mark in _SPACE.finditer(text, start + 1, start + LONGEST)]
        cut = (clauses or spaces or [start + LONGEST])[-1]
        yield _stripped(text, start, cut)
        start = cut
    yield _stripped(text, start, end)


def _stripped(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _lines_together(text: str, start: int, end: int) -> Iterator[Span]:
    """Cut code that is too long behind a line; a line that is too long is cut where the limit falls."""
    while end - start > LONGEST:
        cut = text.rfind("\n", start + 1, start + LONGEST)
        cut = cut if cut > start else start + LONGEST
        if any(map(str.isalnum, text[start:cut])):
            yield _stripped(text, start, cut)
        start = cut
    if any(map(str.isalnum, text[start:end])):
        yield _stripped(text, start, end)
