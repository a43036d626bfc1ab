"""A block -> its pieces: sentences, and what is never quoted of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.analysis import script_of
from retrieval.articles.abbreviations import without_stops
from retrieval.articles.boilerplate import credit_end, credit_start, is_boilerplate
from retrieval.articles.boundaries import SPACE, lines_together, sentence_spans, split
from retrieval.articles.language import language_of
from retrieval.articles.marks import balanced, ends_within_tag, footnotes, is_only_components, without_marks
from retrieval.articles.outline import LONGEST_ITEM, UNITS
from retrieval.articles.running_text import FIELD
from retrieval.articles.sentence_ends import is_fragment, word_count
from retrieval.articles.speakers import Speakers
from retrieval.articles.structure import Block, Span
from retrieval.articles.visible import ending_of
from retrieval.readable import MARKDOWN
from retrieval.records import Article, Kind, Reason

Piece = tuple[int, int, Reason | None]
"""A span, and why it is not quoted; None where it is."""
LEAST_LINE = 4
"""Words of a line without a full stop that is quoted where it is no heading; one with a figure needs no more."""
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
_DANGLING = re.compile(r"[,;)][\s:]+")
"""Signs that open a block behind an image or a component of its page."""
_YES_OR_NO = re.compile(
    r"(?:(?:yes|yep|yeah|no|nope|sure|correct|true|false|never|always|maybe|perhaps|absolutely|definitely|certainly|sometimes|"
    r"of course|not (?:yet|really|always|necessarily|any ?more|at all|quite)|(?:it|that) depends|both|neither|none|"
    r"ja|nein|doch|oui|non|si|sí|да|нет)\b(?:,? [\w’']+){0,3}|是的?|不是?|はい|いいえ)[.!。！]\W*",
    re.IGNORECASE,
)
"""An answer that says nothing without the sentence behind it."""
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
    r"|(?:read on|keep reading|see below)(?=\W*\Z| (?:for|to|if)\b))",
    re.IGNORECASE,
)
"""What says that something will be said, and does not say it."""
_PAGES = frozenset({"html", "htm", "pdf"})
_SAYS = re.compile(
    r"\d|\b(?:that|which|who|whose|because|since|but|not|no|never|only|has|had|must|cannot|(?:is|are|was|were)(?!\W*\Z))\b|n['’]t\b",
    re.IGNORECASE,
)
"""Words with which an announcement says it all the same."""


class Pieces:
    """Cuts the blocks of one article."""

    def __init__(self, article: Article, visible: str, *, of_lines: bool) -> None:
        """Take an article and its visible text; `of_lines` says that lines without a full stop are most of it."""
        self._markdown = ending_of(article) in MARKDOWN
        self._whole = article.text
        self._notes = footnotes(article.text) if self._markdown else frozenset[str]()
        self._text = visible
        self._scraped = ending_of(article) == "pdf" or not (self._markdown or article.layout)
        """Whether nothing but the text itself tells what its lines are."""
        self._written = self._markdown or (bool(article.layout) and ending_of(article) not in _PAGES)
        """Whether each paragraph is one that its author wrote, no label of a page's."""
        self._language = article.language or language_of(article.text[article.body :])
        self._of_lines = of_lines
        self._speakers = Speakers(article.text[article.body :])

    def of(self, block: Block, *, ends_prose: bool) -> Iterator[Piece]:
        """Yield the pieces of a block in order; behind one that `ends_prose`, no sentence follows."""
        block_text = self._text[block.start : block.end]
        if block.kind is Kind.CODE:
            for start, end in lines_together(self._text, block.start, block.end):
                yield start, end, None
            return
        if block.kind is Kind.ROW and self._markdown and self._is_row_torn(block):
            yield block.start, block.end, Reason.MARKS
            return
        flat = self.flat(block)
        if self._scraped and block.kind is Kind.ITEM and is_boilerplate(block_text):
            yield block.start, block.end, Reason.FURNITURE
            return
        if block.kind in UNITS and len(block_text) <= LONGEST_ITEM:
            spans: Iterator[Span] = iter([(block.start, block.end)])
        else:
            spans = sentence_spans(flat, block.start, self._language)
        yes: Span | None = None
        for start, end in self._trimmed(flat, block, spans):
            if yes is not None:
                start, yes = yes[0], None
            elif self._says_nothing_alone(flat, block, start, end):
                yes = (start, end)
                continue
            yield from self._checked(block, start, end, ends_prose=ends_prose)
        if yes is not None:
            yield from self._checked(block, *yes, ends_prose=ends_prose)

    def _is_row_torn(self, row: Block) -> bool:
        """Return whether a row has a cell that its page does not show, without which its columns are others."""
        line = slice(self._text.rfind("\n", 0, row.start) + 1, self._text.find("\n", row.end) % (len(self._text) + 1))
        return self._text[line] != self._whole[line]

    def _checked(self, block: Block, start: int, end: int, *, ends_prose: bool) -> Iterator[Piece]:
        """Yield a sentence without the photo credits around it, in pieces where it is too long."""
        sentence = self._text[start:end]
        says_nothing = is_only_components(sentence) and self._text[start - 1 : start] != "`"
        is_torn = self._markdown and (says_nothing or ends_within_tag(sentence))
        # Only its line ends may be others than those of what its page shows: a comment is never quoted.
        if is_torn or sentence.split() != self._whole[start:end].split():
            yield start, end, Reason.MARKS
            return
        begin = start + credit_end(self._text[start:end])
        if begin > start:
            yield start, begin, Reason.FURNITURE
        sentence = self._text[begin:end]
        stop = begin + credit_start(sentence)
        # In a scrape, a short end without a full stop is no sentence: a heading, or the name that was broken off.
        is_loose = block.kind is Kind.PROSE and end == block.end and is_fragment(sentence)
        is_loose = is_loose and not self._stands_alone(sentence, ends_prose=ends_prose)
        for first, last in split(self._text, begin, stop):
            piece = self._text[first:last]
            if not any(map(str.isalnum, piece)):
                continue
            if block.kind is Kind.PROSE and (is_boilerplate(piece) or _announces(piece)):
                yield first, last, Reason.FURNITURE
            else:
                yield first, last, Reason.SHORT if is_loose else None
        if stop < end:
            yield stop, end, Reason.FURNITURE

    def _stands_alone(self, piece: str, *, ends_prose: bool) -> bool:
        """Return whether a piece without a full stop is meant to be read as it is."""
        if self._written:
            return any(map(str.isalpha, piece))
        count, has_figure = word_count(piece), any(map(str.isdigit, piece))
        if (self._of_lines and (count > 1 or has_figure)) or (ends_prose and (count >= LEAST_LINE or has_figure)):
            return True
        return bool(FIELD.match(piece)) or script_of(piece) not in _FULL_STOPPED

    def _says_nothing_alone(self, flat: str, block: Block, start: int, end: int) -> bool:
        """Return whether this opens a block and is an answer as short as "No."."""
        opens = not flat[: start - block.start].strip()
        alone = opens and end < block.end and _YES_OR_NO.fullmatch(self._text, start, end)
        return block.kind is Kind.PROSE and bool(alone)

    def flat(self, block: Block) -> str:
        """Return the block's text, at its length, with white space for line ends, marks and containers' signs."""
        parts, at = [], block.start
        for start, end in block.gaps:
            parts += [self._text[at:start], " " * (end - start)]
            at = end
        flat = "".join([*parts, self._text[at : block.end]])
        flat = without_marks(flat, self._notes) if self._markdown else flat
        return without_stops(SPACE.sub(" ", flat), self._language)

    def _trimmed(self, flat: str, block: Block, spans: Iterator[Span]) -> Iterator[Span]:
        """Yield the spans without white space and marks at their ends; those without a letter or digit are dropped."""
        free = block.start  # marks between two sentences are those of one of them
        for first, last in spans:
            start, end = first - block.start, last - block.start
            while start < end and (flat[start].isspace() or flat[start] in _INVISIBLE):
                start += 1
            if start < end and not flat[:start].strip() and (dangling := _DANGLING.match(flat, start, end)):
                start = dangling.end()
            start = self._speakers.end(flat, start, end)
            while start < end and (flat[end - 1].isspace() or flat[end - 1] in _INVISIBLE):
                end -= 1
            if any(map(str.isalnum, flat[start:end])):
                span = start + block.start, end + block.start
                span = balanced(self._text, *span, (free, block.end)) if self._markdown else span
                span = max(span[0], free), span[1]
                yield span
                free = span[1]


def _announces(sentence: str) -> bool:
    """Return whether a sentence only says that something will be said."""
    match = _ANNOUNCES.match(sentence)
    return match is not None and not _SAYS.search(sentence, match.end())
