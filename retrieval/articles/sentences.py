"""An article -> its spans that may be quoted, each with the context that it is read with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from retrieval.articles.blocks import blocks_of
from retrieval.articles.left_out import left_out
from retrieval.articles.outline import UNITS, Outline
from retrieval.articles.pieces import Piece, Pieces
from retrieval.articles.sentence_ends import is_fragment
from retrieval.articles.structure import LABEL, Block, Span
from retrieval.articles.visible import ending_of, visible_text
from retrieval.records import Article, Kind, LeftOut, Reason, Sentence
from retrieval.stand_ins import UNSURE

REACH = 3
"""Blocks behind a question that stands alone which may answer it."""

MOST_TITLES = 3
"""Blocks behind a sentence that introduces something, of which all but the last are titles: of a tab within a tab."""

_ENDS_INSIDE = re.compile(r"\w[.!?。！？]\W*\s")


def segment(article: Article) -> tuple[Sentence, ...]:
    """Return every span that may be quoted, in order; each is `article.text[start:end]`, in characters."""
    return tuple(_Segmenter(article, visible_text(article)).sentences())


def cut(article: Article, visible: str | None = None) -> tuple[tuple[Sentence, ...], tuple[LeftOut, ...]]:
    """Return every span that may be quoted, as `segment` does, and what else the article holds.

    `visible` is its visible text, where that is known.
    """
    segmenter = _Segmenter(article, visible_text(article) if visible is None else visible)
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


class _Segmenter:
    """Cuts one article."""

    def __init__(self, article: Article, visible: str) -> None:
        self._text, self._whole = visible, article.text
        self._blocks = blocks_of(article, visible)
        self._title = " ".join(article.title.split())
        self._outline = Outline()
        self._paragraph = self._run = 0
        self._context: tuple[Span, ...] = ()
        self._lead = -1
        """Where a question begins that the next sentence answers."""
        self._introduces = -1
        """Where a sentence begins that introduces the code behind it."""
        self._txt = ending_of(article) == "txt"
        is_sentence = [self._txt and self._is_sentence(block) for block in self._blocks]
        self._last_sentence = max((row for row, known in enumerate(is_sentence) if known), default=-1)
        self._pieces = Pieces(article, self._text, of_lines=self._txt and self._are_mostly_lines(is_sentence))
        self.dropped: list[tuple[int, int, Reason]] = []
        """What is never quoted, of what has been cut so far; marks are not among it."""

    def sentences(self) -> Iterator[Sentence]:
        """Yield the spans in order."""
        for row, block in enumerate(self._blocks):
            self._outline.enter(block, is_title=block.kind is Kind.HEADING and self._is_title(block))
            if block.kind in {Kind.LEFT_OUT, Kind.HEADING, Kind.HEADER}:
                reason = Reason.FURNITURE if block.kind is Kind.LEFT_OUT else Reason.CONTEXT
                self.dropped.append((block.start, block.end, reason))
                self._run += block.kind is not Kind.HEADING or block.level > 0
                self._lead = self._introduces = -1
            else:
                yield from self._of_block(row, block)
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
        return " ".join(self._pieces.flat(heading).split()) == self._title

    def _ends_prose(self, row: int) -> bool:
        """Return whether no sentence follows a block, which is therefore no heading."""
        follows_furniture = row > 0 and self._blocks[row - 1].kind is Kind.LEFT_OUT
        return self._txt and row > self._last_sentence and not follows_furniture

    def _of_block(self, row: int, block: Block) -> Iterator[Sentence]:
        context = tuple(self._seen_context())
        if context != self._context:
            self._context, self._run, self._lead = context, self._run + 1, -1
        pieces = list(self._pieces.of(block, ends_prose=self._ends_prose(row)))
        pieces = [(start, end, self._doubt(start, end) or reason) for start, end, reason in pieces]
        self.dropped += [(start, end, reason) for start, end, reason in pieces if reason is Reason.SHORT]
        pieces = [piece for piece in pieces if piece[2] is not Reason.SHORT]
        spans = self._introducing(block, row + 1, pieces)
        counted = False
        for number, (start, end, reason) in enumerate(spans):
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
            lead = self._lead if self._lead >= 0 or number else block.mark
            self._lead = -1
            headings = len(self._outline.headings)
            yield Sentence(start, end, self._paragraph, self._run, block.kind, lead, context, headings)

    def _doubt(self, start: int, end: int) -> Reason | None:
        return Reason.DOUBT if UNSURE in self._text[start:end] else None

    def _seen_context(self) -> Iterator[Span]:
        """Yield the spans that the current block stands under; beside headings, those of which all is visible."""
        for number, (start, end) in enumerate(self._outline.context()):
            if number < len(self._outline.headings) or self._text[start:end] == self._whole[start:end]:
                yield start, end

    def _introducing(self, block: Block, row: int, spans: list[Piece]) -> list[Piece]:
        """Join the sentence that introduces code with it, and keep one that introduces a list as its context.

        So it is kept where titles or tags stand between it and code: each tab shows another way to do what it says.
        """
        if block.kind is Kind.CODE and self._introduces >= 0:
            end = spans[0][1] if spans else block.end
            spans = [(self._introduces, end, None), *spans[1:]]
        self._introduces = -1
        following = next((other for other in self._blocks[row : row + MOST_TITLES] if other.level != LABEL), None)
        if not spans or following is None or following.kind not in {*UNITS, Kind.HEADER}:
            return spans
        start, end, reason = spans[-1]
        if reason or not self._text[start:end].rstrip("*_ ").endswith((":", "：")):
            return spans
        if following.kind is Kind.CODE and not self._text[end : following.start].strip("*_> \t\r\n"):
            self._introduces = start
            return spans[:-1]
        if block.kind is Kind.PROSE:
            self._outline.introduction = (start, end)
            self.dropped.append((start, end, Reason.CONTEXT))
            return spans[:-1]
        return spans

    def _asks(self, start: int, end: int) -> bool:
        return self._text[start:end].rstrip("*_~` ").endswith(("?", "？", "؟"))
